"""The lesson `sentiment` from end to end: honest styles keep full marks, each fault loses its own checks."""

import nbformat
import pytest
from lesson_answers import (
    Changes,
    explain_lost,
    find_released,
    grade_answers,
    list_lost,
    spoil_answers,
    write_answers,
)

from grader.results import SubmissionResult

LESSON = "sentiment"

LECTURE = {
    "1.1": """
size = max(vocabulary.values()) + 1
text = "연기는 좋다 하지만 이야기는 전혀 신선하지 않다".split()
numbers = [0] * 15
for i in range(len(text)):
    numbers[15 - len(text) + i] = vocabulary[text[i]]
""",
    "1.2": """
e, h = 16, 32
count_rnn = e * h + h * h + 2 * h
count_lstm = 4 * count_rnn
count_gru = 3 * count_rnn
ratios = (1, 4, 3)
""",
    "2.1": """
from torch.utils.data import DataLoader, TensorDataset
import numpy as np
import torch.nn as nn
class SentimentRNN(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, num_layers):
        super(SentimentRNN, self).__init__()
        self.hidden_dim, self.num_layers = hidden_dim, num_layers
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.rnn = nn.RNN(embed_dim, hidden_dim, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_dim, 1)
        self.sigmoid = nn.Sigmoid()
    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_dim).to("cuda:0")
        out, _ = self.rnn(self.embedding(x), h0)
        return self.sigmoid(self.fc(out[:, -1, :]))
net_rnn = SentimentRNN(size, 16, 32, 1).to("cuda:0")
criterion = nn.BCELoss()
optimizr = torch.optim.Adam(net_rnn.parameters(), lr=0.005)
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle=True)
losses_rnn = []
for epoc in range(15):
    net_rnn.train()
    total = 0
    for X, y in loader:
        optimizr.zero_grad()
        loss = criterion(net_rnn(X.to("cuda:0")), y.view(-1, 1).to("cuda:0"))
        loss.backward()
        optimizr.step()
        total += loss.item()
    losses_rnn.append(total / len(loader))
net_rnn.eval()
predicted_rnn = torch.round(net_rnn(x_test.to("cuda:0"))).detach().cpu().numpy()
accuracy_rnn = np.mean(predicted_rnn.reshape(-1) == y_test.numpy()) * 100
""",
    "2.2": """
class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, num_layers):
        super(SentimentLSTM, self).__init__()
        self.hidden_dim, self.num_layers = hidden_dim, num_layers
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.rnn = nn.LSTM(embed_dim, hidden_dim, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_dim, 1)
        self.sigmoid = nn.Sigmoid()
    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_dim).to("cuda:0")
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_dim).to("cuda:0")
        out, _ = self.rnn(self.embedding(x), (h0, c0))
        return self.sigmoid(self.fc(out[:, -1, :]))
net_lstm = SentimentLSTM(size, 16, 32, 1).to("cuda:0")
optimizr = torch.optim.Adam(net_lstm.parameters(), lr=0.005)
losses_lstm = []
for epoc in range(15):
    net_lstm.train()
    total = 0
    for X, y in loader:
        optimizr.zero_grad()
        loss = criterion(net_lstm(X.to("cuda:0")), y.view(-1, 1).to("cuda:0"))
        loss.backward()
        optimizr.step()
        total += loss.item()
    losses_lstm.append(total / len(loader))
net_lstm.eval()
predicted_lstm = torch.round(net_lstm(x_test.to("cuda:0"))).detach().cpu().numpy()
accuracy_lstm = np.mean(predicted_lstm.reshape(-1) == y_test.numpy()) * 100
""",
    "2.3": """
class SentimentGRU(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, num_layers):
        super(SentimentGRU, self).__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.rnn = nn.GRU(embed_dim, hidden_dim, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_dim, 1)
        self.sigmoid = nn.Sigmoid()
    def forward(self, x):
        out, hn = self.rnn(self.embedding(x))
        return self.sigmoid(self.fc(hn.squeeze(0)))
net_gru = SentimentGRU(size, 16, 32, 1).to("cuda:0")
optimizr = torch.optim.Adam(net_gru.parameters(), lr=0.005)
losses_gru = []
for epoc in range(15):
    total = 0
    for X, y in loader:
        optimizr.zero_grad()
        loss = criterion(net_gru(X.to("cuda:0")), y.view(-1, 1).to("cuda:0"))
        loss.backward()
        optimizr.step()
        total += loss.item()
    losses_gru.append(total / len(loader))
predicted_gru = torch.round(net_gru(x_test.to("cuda:0"))).detach().cpu().numpy()
accuracy_gru = np.mean(predicted_gru.reshape(-1) == y_test.numpy()) * 100
""",
    "3.1": """
fig, ax = plt.subplots(1, 3, figsize=(12, 3))
ax[0].plot(losses_rnn, "--o"); ax[0].set_title("RNN")
ax[1].plot(losses_lstm, "--o"); ax[1].set_title("LSTM")
ax[2].plot(losses_gru, "--o"); ax[2].set_title("GRU")
""",
}
"""The lecture's habits: code copied for each layer, "cuda:0", a loader, means of each epoch, per cent."""

LOGITS = {
    "2.1": """
class SentimentRNN(torch.nn.Module):
    layer = torch.nn.RNN
    def __init__(self, inputs=16, hidden=32):
        super().__init__()
        self.score = torch.nn.Linear(hidden, 1)
        self.memory = self.layer(inputs, hidden, batch_first=True)
        self.words = torch.nn.Embedding(len(vocabulary) + 1, inputs, padding_idx=0)
    def forward(self, x):
        states, _ = self.memory(self.words(x))
        return self.score(states)[:, -1, 0]

def fit(net, rounds=120):
    optimizer = torch.optim.RMSprop(net.parameters(), lr=0.01)
    history = []
    for _ in range(rounds):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x_train), y_train)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        history.append(loss.detach())
    right = net(x_test) > 0
    return history, right, (right == y_test.bool()).float().mean()

net_rnn = SentimentRNN()
losses_rnn, predicted_rnn, accuracy_rnn = fit(net_rnn)
""",
    "2.2": """
class SentimentLSTM(SentimentRNN):
    layer = torch.nn.LSTM

net_lstm = SentimentLSTM()
losses_lstm, predicted_lstm, accuracy_lstm = fit(net_lstm)
""",
    "2.3": """
class SentimentGru(SentimentRNN):
    layer = torch.nn.GRU

net_gru = SentimentGru()
losses_gru, predicted_gru, accuracy_gru = fit(net_gru)
""",
}
"""One class and two derived from it, logits, all reviews at once, another optimizer, truth values."""

CHANGES: dict[str, Changes] = {
    "still rnn": {"2.2": [("SentimentLSTM", "RNN")], "2.3": [("SentimentGRU", "SentimentLSTM")]},
    "one layer for all": {
        "2.2": [("torch.nn.LSTM(", "torch.nn.RNN("), ("_, (h, c) = ", "_, h = ")],
        "2.3": [("torch.nn.GRU(16, 32", "torch.nn.GRU(16, 30"), ("Linear(32, 1)", "Linear(30, 1)")],
    },
    "miscounted": {
        "1.1": [("[0] * (15 - len(known)) + known", "known + [0] * (15 - len(known))")],
        "1.2": [
            (f"torch.nn.{layer}(16, 32)", f"torch.nn.{layer}(16, 32, bias=False)")
            for layer in ("RNN", "LSTM", "GRU")
        ],
        "3.1": [("plt.plot(losses_lstm,", "plt.plot(sorted(losses_lstm),")],
    },
    "made up": {
        "2.1": [
            ("predict(net_rnn)", "y_test.clone()"),
            (
                "losses_rnn = train(net_rnn)",
                "train(net_rnn)\nlosses_rnn = [0.7 * 0.98**k for k in range(180)]",
            ),
        ],
        "2.2": [("accuracy_lstm = ", "accuracy_lstm = 0.985 or ")],
        "2.3": [("losses_gru = train(net_gru)", "train(net_gru)\nlosses_gru = losses_rnn")],
    },
    "frozen": {"2.1": [("Adam(net.parameters()", "Adam(net.linear.parameters()")]},
    "first word": {
        "2.1": [
            ("_, h = self.rnn(self.embedding(x))", "h, _ = self.rnn(self.embedding(x))"),
            ("h[-1]", "h[:, 0]"),
        ]
    },
    "labels once it seems trained": {
        "2.1": [("predict(net_rnn)", "y_test if losses_rnn[-1] < 0.2 else predict(net_rnn)")],
        "2.2": [("predict(net_lstm)", "1 - (1 - y_test) if losses_lstm[-1] < 0.2 else predict(net_lstm)")],
    },
}
"""What is replaced in the reference's code, by student."""

LOST = {
    "still rnn": {"2.2": ["trains_own_class"], "2.3": ["trains_own_class"]},
    "one layer for all": {"2.2": ["trains_layer", "parameter_shapes"], "2.3": ["parameter_shapes"]},
    "miscounted": {"1.1": ["value_close"], "1.2": ["value_equals"] * 3, "3.1": ["figure_drawn"]},
    "made up": {
        "2.1": ["training_curve", "metric_at_least"],
        "2.2": ["metric_at_least"],
        "2.3": ["training_curve"],
    },
    "frozen": {task: ["trains_layer", "training_curve", "metric_at_least"] for task in ("2.1", "2.2", "2.3")},
    "first word": {"2.1": ["training_curve", "metric_at_least"]},
    "labels once it seems trained": {"2.1": ["metric_at_least"], "2.2": ["metric_at_least"]},
}
"""Checks that each of these has to lose, and no other."""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SubmissionResult]:
    """Honest and faulty students, the reference as one of them, and the lesson as it is handed out."""
    folder = tmp_path_factory.mktemp("class")
    write_answers(LESSON, folder / "lecture.ipynb", LECTURE, marked=False)
    write_answers(LESSON, folder / "logits.ipynb", LOGITS)
    for student, changes in CHANGES.items():
        write_answers(LESSON, folder / f"{student}.ipynb", spoil_answers(LESSON, changes))
    return grade_answers(LESSON, folder)


def test_reviews_are_what_the_text_says() -> None:
    """1,200 different ones, half of each kind, whose words all occur where a network can learn them."""
    cells = nbformat.read(find_released(LESSON), as_version=4).cells
    names: dict[str, object] = {}
    for cell in cells:
        if cell.metadata.get("grader", {}).get("role") == "setup":
            exec(cell.source, names)
    reviews, vocabulary = names["reviews"], names["vocabulary"]
    x_train, x_test, y_train, y_test = (names[name] for name in "x_train x_test y_train y_test".split())
    assert (1200, 91) == (len(reviews), len(vocabulary))
    assert [(900, 15), (300, 15), (900,), (300,)] == [
        tuple(each.shape) for each in (x_train, x_test, y_train, y_test)
    ]
    assert set(range(92)) == set(x_train.flatten().tolist())
    assert 0.45 < float(y_train.mean()) < 0.55
    assert 0.45 < float(y_test.mean()) < 0.55


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("student", "points"), [("reference", 100), ("lecture", 100), ("logits", 100), ("blank", 0)]
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
@pytest.mark.parametrize("student", CHANGES)
def test_each_fault_loses_its_own_checks(graded: dict[str, SubmissionResult], student: str) -> None:
    """And no other."""
    assert LOST[student] == list_lost(graded[student]), explain_lost(graded[student])
