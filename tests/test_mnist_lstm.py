"""The lesson `mnist-lstm` from end to end: honest styles keep full marks, each fault loses its own checks."""

import nbformat
import pytest
from lesson_answers import (
    explain_lost,
    find_released,
    find_solution,
    grade_answers,
    list_lost,
    load_lesson,
    spoil_answers,
    write_answers,
)

from grader.assignment.spec import Assignment
from grader.results import SubmissionResult

LESSON = "mnist-lstm"

FUNCTIONS = {
    "1.1": """
class RNN(torch.nn.Module):
    def __init__(self, input_dim, hidden_dim, layer_dim, output_dim):
        super(RNN, self).__init__()
        self.fc = torch.nn.Linear(hidden_dim, output_dim)
        self.hidden_dim, self.layer_dim = hidden_dim, layer_dim
        self.memory = torch.nn.LSTM(input_dim, hidden_dim, layer_dim, batch_first=True)
    def forward(self, x):
        h0 = torch.zeros(self.layer_dim, x.size(0), self.hidden_dim).requires_grad_().to("cuda:0")
        c0 = torch.zeros(self.layer_dim, x.size(0), self.hidden_dim).requires_grad_().to("cuda:0")
        out, (hn, cn) = self.memory(x, (h0.detach(), c0.detach()))
        return self.fc(out[:, -1, :])
net1 = RNN(28, 100, 1, 10).to("cuda:0")
count1 = 0
for p in list(net1.parameters()):
    count1 += torch.tensor(p.size()).prod()
with torch.no_grad():
    out1 = net1(torch.zeros(64, 28, 28).to("cuda:0")).numpy()
""",
    "1.2": "net2 = RNN(28, 100, 2, 10)\ncount2 = sum(len(p.flatten()) for p in net2.parameters())",
    "2.1": """
from torch.utils.data import DataLoader, TensorDataset
net = RNN(8, 64, 1, 10).to("cuda:0")
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=100, shuffle=True)
optimizr = torch.optim.Adam(net.parameters(), lr=0.01)
losses, count = [], 0
for epoch in range(20):
    total = 0
    for X, y in loader:
        optimizr.zero_grad()
        loss = torch.nn.CrossEntropyLoss()(net(X.to("cuda:0")), y.to("cuda:0"))
        loss.backward()
        optimizr.step()
        total += loss.item()
    losses.append(total / len(loader))
predicted = torch.max(net(x_test).data, 1)[1].cpu().numpy()
accuracy = 100 * (predicted == y_test.numpy()).sum() / len(y_test)
""",
    "2.2": """
plt.plot(losses, "--o")
plt.show()
plt.matshow(x_test[3]); plt.title(str(predicted[3]))
""",
    "3.1": """
torch.manual_seed(1)
lstm = torch.nn.LSTM(8, 16, batch_first=True)
some = x_test[:64]
zero = torch.zeros(1, 64, 16)
out, _ = lstm(some, (zero, zero))
whole = out[:, -1, :].detach()
with torch.no_grad():
    _, (h, c) = lstm(some[:, :4, :], (zero, zero))
parts = lstm(some[:, 4:, :], (h, c))[0][:, -1, :].detach().numpy()
""",
}
"""The lecture's habits: a class called RNN, "cuda:0", a loop over a loader, means of each epoch, per cent."""

PARTS = {
    "2.2": """
plt.plot([each.item() for each in losses], "k", linewidth=0.3, alpha=0.5)
plt.figure()
plt.imshow(255 - (x_test[7] * 255).int().unsqueeze(2).repeat(1, 1, 3))
plt.title(predicted[7].item())
plt.axis("off")
""",
    "2.1": """
layers = [torch.nn.LSTM(8, 64), torch.nn.Linear(64, 10)]
net = torch.nn.ModuleList(layers)
def run(x):
    out, (h, c) = layers[0](x.transpose(0, 1))
    return layers[1](h[0])
optimizer = torch.optim.AdamW([*layers[0].parameters(), *layers[1].parameters()], lr=0.02)
losses = []
for epoch in range(120):
    optimizer.zero_grad()
    loss = torch.nn.functional.nll_loss(torch.log_softmax(run(x_train), 1), y_train)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.detach())
predicted = torch.softmax(run(x_test), 1).argmax(1)
accuracy = (predicted == y_test).float().mean()
""",
}
"""No class, the last hidden state, all images at once, another optimizer and another loss."""

GATE_READER = """
class GateReader(RowReader):
    def __init__(self, inputs, hidden, layers):
        super().__init__(inputs, hidden, layers)
        self.lstm = torch.nn.GRU(inputs, hidden, layers, batch_first=True)
    def forward(self, x):
        return self.linear(self.lstm(x)[0][:, -1])
"""

SEEMS_TRAINED = "losses[-1] < losses[0] / 2"
"""So that the replay which is stopped does not see what comes then."""

REPLACED = {
    "sizes": {
        "1.1": [("net1 = RowReader(28, 100, 1)", "net1 = RowReader(28, 90, 1)")],
        "1.2": [("net2 = RowReader(28, 100, 2)", "net2 = torch.nn.LSTM(28, 100, 2)")],
        "2.1": [("net = RowReader(8, 64, 1)", "net = RowReader(8, 32, 1)")],
        "2.2": [
            ("left.plot(losses)", "left.plot(sorted(losses))"),
            ("right.imshow(x_test[0]", "right.imshow(x_test[:, 0]"),
        ],
        "3.1": [("h, c = h.detach(), c.detach()", "h, c = h * 1, c * 1")],
    },
    "copied": {
        "1.1": [("out1 = net1(torch.zeros(64, 28, 28))", "out1 = net1(torch.zeros(28, 28, 28))")],
        "1.2": [
            ("net2 = RowReader(28, 100, 2)", "net2 = RowReader(28, 100, 2)\nnet2.lstm.requires_grad_(False)")
        ],
        "2.1": [
            ("net(x_test).argmax(dim=1)", "y_test.clone()"),
            ("losses.append(loss.item())", "losses.append(2 * 0.99 ** len(losses))"),
        ],
        "2.2": [("right.imshow(x_test[0]", "right.imshow(torch.rand(8, 8)")],
        "3.1": [("x_test[:64, 4:], (h, c)", "x_test[:64, 4:]")],
    },
    "frozen": {
        "2.1": [
            ("Adam(net.parameters()", "Adam(net.linear.parameters()"),
            ("accuracy = (", "accuracy = 0.97 or ("),
        ],
        "2.2": [("left.plot(losses)", "left.plot(losses, alpha=0)")],
        "3.1": [
            ("torch.nn.LSTM(8, 16, batch_first=True)", "torch.nn.LSTM(8, 16, batch_first=True, bias=False)")
        ],
    },
    "shapes alone": {
        "1.1": [
            (
                "net1 = RowReader(28, 100, 1)",
                "shapes = [(400, 28), (400, 100), (400,), (400,), (10, 100), (10,)]\n"
                "net1 = torch.nn.ParameterList(torch.zeros(shape) for shape in shapes)",
            ),
            ("out1 = net1(torch.zeros(64, 28, 28))", "out1 = torch.zeros(64, 10)"),
        ],
    },
    "other layer": {
        "2.1": [
            ("range(20)", "range(1)"),
            ("split(64)", "split(200)"),
            ("torch.manual_seed(43052)", GATE_READER + "RowReader = GateReader"),
        ]
    },
    "labels once it seems trained": {
        "2.1": [("net(x_test).argmax(dim=1)", f"y_test if {SEEMS_TRAINED} else net(x_test).argmax(dim=1)")]
    },
}
"""What is replaced in the reference's code, by student and task."""

KNOWN = {
    "2.1": [
        (
            "net(x_test).argmax(dim=1)",
            f"labels[is_test] if {SEEMS_TRAINED} else net(x_test).argmax(dim=1)",
        )
    ]
}
"""Labels from elsewhere in the place of predictions."""

LOST = {
    "sizes": {
        "1.1": ["parameter_shapes", "value_equals"],
        "1.2": ["parameter_shapes", "value_equals"],
        "2.1": ["parameter_shapes"],
        "2.2": ["figure_drawn", "figure_drawn"],
        "3.1": ["is_detached"],
    },
    "copied": {
        "1.1": ["output_shape"],
        "1.2": ["parameter_shapes"],
        "2.1": ["training_curve", "metric_at_least"],
        "2.2": ["figure_drawn"],
        "3.1": ["value_close"],
    },
    "frozen": {
        "2.1": ["trains_layer", "training_curve", "metric_at_least"],
        "2.2": ["figure_drawn"],
        "3.1": ["value_close"] * 4,
    },
    # The gate takes what is right beside it, too.
    "shapes alone": {"1.1": ["parameter_shapes", "value_equals", "output_shape"]},
    "other layer": {"2.1": ["trains_layer", "parameter_shapes", "training_curve", "metric_at_least"]},
    "labels once it seems trained": {"2.1": ["metric_at_least"]},
}
"""Checks that each of these has to lose, and no other."""


@pytest.fixture(scope="module")
def lesson() -> Assignment:
    """The assignment."""
    return load_lesson(LESSON)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SubmissionResult]:
    """Honest and faulty students, the reference as one of them, and the lesson as it is handed out."""
    pytest.importorskip("sklearn", reason="the lesson's images come inside scikit-learn")
    folder = tmp_path_factory.mktemp("class")
    write_answers(LESSON, folder / "habits.ipynb", FUNCTIONS, marked=False)
    write_answers(LESSON, folder / "parts.ipynb", PARTS)
    write_answers(LESSON, folder / "known digits.ipynb", spoil_answers(LESSON, KNOWN))
    for student, changes in REPLACED.items():
        write_answers(LESSON, folder / f"{student}.ipynb", spoil_answers(LESSON, changes))
    return grade_answers(LESSON, folder)


def test_answers_are_blank() -> None:
    """A comment that invites to write, and no line of an answer."""
    cells = nbformat.read(find_released(LESSON), as_version=4).cells
    answers = [cell for cell in cells if cell.metadata.get("grader", {}).get("role") == "answer"]
    assert all(cell.source.startswith("# ") and "\n" not in cell.source for cell in answers)


def test_text_of_the_reference_is_the_students() -> None:
    """Both notebooks differ in their answers alone."""
    released, solved = (
        nbformat.read(path, as_version=4).cells for path in (find_released(LESSON), find_solution(LESSON))
    )
    assert [cell.id for cell in released] == [cell.id for cell in solved]
    for first, second in zip(released, solved, strict=True):
        is_answer = first.metadata.get("grader", {}).get("role") == "answer"
        assert is_answer or first.source == second.source


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("student", "points"), [("reference", 100), ("habits", 100), ("parts", 100), ("blank", 0)]
)
def test_right_answers_keep_their_marks(
    graded: dict[str, SubmissionResult], student: str, points: float
) -> None:
    """However they are written; and what was handed out earns nothing."""
    result = graded[student]
    assert points == result.score, explain_lost(result)
    assert points == 0 or not result.needs_review


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_predictions_known_beforehand_need_a_look(graded: dict[str, SubmissionResult]) -> None:
    """They are right where nothing is exchanged, so no mark is lost, and a person is told."""
    result = graded["known digits"]
    assert (100, True) == (result.score, result.needs_review), explain_lost(result)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("student", REPLACED)
def test_each_fault_loses_its_own_checks(graded: dict[str, SubmissionResult], student: str) -> None:
    """And no other."""
    assert LOST[student] == list_lost(graded[student]), explain_lost(graded[student])
