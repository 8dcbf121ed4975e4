"""What a student is told of a fault: one sentence a code, in both languages."""

from grader.assignment.spec import Text
from grader.records import CodePlace, TaskRun
from grader.results import Diagnosis

SENTENCES: dict[str, Text] = {
    "seeds_differ": Text(
        ko="두 문항이 서로 다른 초깃값에서 시작합니다. 두 문항 모두 층을 만들기 직전에 같은 시드를 "
        "지정하세요.",
        en="The two tasks start from different values. Set the same seed in both, right before the "
        "layers are built.",
    ),
    "creation_order": Text(
        ko="층을 만든 순서가 달라 초깃값이 기준 답안과 다르지만, 네트워크는 같습니다. 감점은 없습니다.",
        en="The layers are built in another order, so they start from other values; the network is the same. "
        "This costs nothing.",
    ),
    "no_zero_grad": Text(
        ko="기울기를 초기화하지 않아 이전 에폭의 기울기가 계속 누적됩니다. 에폭마다 "
        "optimizer.zero_grad()를 호출하세요.",
        en="The gradients are never set back to zero, so those of earlier epochs add up. Call zero_grad() in "
        "every epoch.",
    ),
    "softmax_before_loss": Text(
        ko="CrossEntropyLoss는 내부에서 softmax를 계산합니다. 손실 함수에는 softmax를 취하기 전의 "
        "출력을 그대로 넣으세요.",
        en="CrossEntropyLoss takes the softmax itself. Give it the output from before the softmax.",
    ),
    "softmax_axis": Text(
        ko="softmax를 시점(행) 방향으로 취했습니다. 각 행의 합이 1이 되도록 글자 방향(마지막 "
        "축)으로 취하세요.",
        en="The softmax runs over the time steps. Take it over the symbols (dim=1), so that rows sum to 1.",
    ),
    "learning_rate": Text(
        ko="학습률이 문제에서 정한 값과 다르거나, 학습 도중에 바뀝니다.",
        en="The learning rate is not the one that the task names, or it changes during training.",
    ),
    "optimizer": Text(
        ko="옵티마이저의 종류나 설정이 문제에서 정한 것과 다릅니다.",
        en="The optimizer, or one of its settings, is not the one that the task names.",
    ),
    "epochs": Text(
        ko="학습한 에폭까지는 기준 답안과 같지만 에폭 수가 부족합니다. 더 오래 학습시키세요.",
        en="As far as it went, the training is right; it is too short. Train for more epochs.",
    ),
    "bias_missing": Text(
        ko="편향(bias)이 빠진 층이 있습니다. 기준 답안의 층에는 편향이 모두 있습니다.",
        en="A layer lacks a bias. Those of the reference have all of theirs.",
    ),
    "hidden_size": Text(
        ko="은닉 노드의 수가 문제에서 정한 것과 다릅니다.",
        en="The number of hidden nodes is not the one that the task names.",
    ),
    "state_reset": Text(
        ko="은닉 상태가 다음 시점으로 전달되지 않습니다. 은닉 상태는 에폭을 시작할 때 한 번만 "
        "0으로 초기화하세요.",
        en="The hidden state is not handed on to the next time step. Set it to zeros once an epoch only.",
    ),
    "state_detached": Text(
        ko="시점마다 은닉 상태를 계산 그래프에서 분리(detach)하여 기울기가 이전 시점으로 전달되지 않습니다.",
        en="The hidden state is detached at every time step, so no gradient flows back through time.",
    ),
    "labels_shifted": Text(
        ko="손실 함수에 넣은 정답이 다음 글자가 아닙니다. x의 각 행에 그다음 글자가 y의 같은 "
        "행으로 짝지어져 있는지 확인하세요.",
        en="What the loss is given to aim at is not the next symbol. Check how x and y are lined up.",
    ),
    "gate_order": Text(
        ko="게이트를 i, f, g, o 순서로 나누지 않아 복사한 초깃값과 맞지 않습니다.",
        en="The gates are not taken in the order i, f, g, o, which the copied initial values have.",
    ),
    "activation": Text(
        ko="활성화 함수가 다르거나 빠졌습니다.",
        en="An activation function is another one, or is missing.",
    ),
    "initial_values": Text(
        ko="초깃값이 학습시키지 않은 기준 셀에서 복사한 값과 다릅니다.",
        en="The initial values are not those of the fresh, untrained layers that they should be copied from.",
    ),
    "layer_not_trained": Text(
        ko="학습되지 않는 층이 있습니다. 옵티마이저에 모든 층의 파라미터를 넣었는지, 기울기가 그 "
        "층까지 전달되는지 확인하세요.",
        en="A layer is not trained. See whether the optimizer holds all parameters and gradients reach them.",
    ),
    "wrong_layer": Text(
        ko="문제에서 요구한 층을 쓰지 않았거나, 쓰면 안 되는 층으로 학습했습니다.",
        en="The network is trained with another layer than the task asks for, or with one that it forbids.",
    ),
    "hard_coded": Text(
        ko="이 값은 네트워크가 계산한 결과가 아니라 코드에 직접 적었거나 정답에서 가져온 값으로 보입니다.",
        en="The values are not computed by the network: they are written down, or taken from the labels.",
    ),
    "copied_values": Text(
        ko="이미 학습된 네트워크나 앞 문항의 값을 가져다 썼습니다. 학습시키지 않은 초깃값에서 시작하세요.",
        en="The values come from a network that was trained before, or from another task. "
        "Start from fresh ones.",
    ),
    "not_trained": Text(
        ko="파라미터가 한 번도 갱신되지 않아 학습이 이루어지지 않았습니다. optimizer.step()을 "
        "호출했는지 확인하세요.",
        en="No parameter was ever updated, so nothing has been trained. See whether "
        "optimizer.step() is called.",
    ),
    "not_finite": Text(
        ko="학습 도중 손실이 NaN이나 무한대가 되었습니다.",
        en="The loss became NaN or infinite during training.",
    ),
    "vanishing_gradients": Text(
        ko="기울기가 거의 0이어서 학습이 진행되지 않습니다.",
        en="The gradients are nearly zero, so nothing is learnt.",
    ),
    "exploding_gradients": Text(
        ko="기울기가 매우 커져 학습이 불안정합니다.",
        en="The gradients have become very large, so the training is not stable.",
    ),
    "saturated": Text(
        ko="은닉 노드의 값이 대부분 -1이나 1에 가깝게 포화되어 학습이 더 진행되기 어렵습니다.",
        en="Most hidden values stick to -1 or 1, where little more can be learnt.",
    ),
}

PLACES: dict[str, str] = {
    "seeds_differ": "seed",
    "no_zero_grad": "step",
    "softmax_before_loss": "loss",
    "labels_shifted": "loss",
    "learning_rate": "optimizer",
    "optimizer": "optimizer",
    "layer_not_trained": "optimizer",
    "epochs": "step",
    "bias_missing": "layer",
    "hidden_size": "layer",
    "wrong_layer": "layer",
    "initial_values": "layer",
}
"""Kind of place in the notebook that a fault is shown at, where there is one."""


def name_fault(code: str, run: TaskRun, *, exact: bool, detail: Text | None = None) -> Diagnosis:
    """The diagnosis of a code, with the line of the student's own code where one is known."""
    sentence = SENTENCES[code]
    place = next((place for place in run.places if place.what == PLACES.get(code)), None)
    parts = {
        language: " ".join(
            part
            for part in (sentence[language], detail[language] if detail else "", _say_place(place)[language])
            if part
        )
        for language in ("ko", "en")
    }
    return Diagnosis(
        code=code,
        confidence="exact" if exact else "likely",
        message=parts["en"],
        message_ko=parts["ko"],
    )


def _say_place(place: CodePlace | None) -> Text:
    if place is None or not place.text:
        return Text(ko="", en="")
    if place.cell is None:
        return Text(ko=f"{place.line}번째 줄: {place.text}", en=f"Line {place.line}: {place.text}")
    number = place.cell + 1
    return Text(
        ko=f"위에서 {number}번째 셀(설명 셀 포함)의 {place.line}번째 줄: {place.text}",
        en=f"Cell {number}, line {place.line}: {place.text}",
    )
