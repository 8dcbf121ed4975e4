"""The lesson `gpu-experiment` from end to end: who measures keeps full marks, who makes it up does not."""

import importlib.util

import pytest
from lesson_answers import (
    Changes,
    explain_lost,
    grade_answers,
    list_lost,
    spoil_answers,
    write_answers,
)

from grader.results import SubmissionResult

LESSON = "gpu-experiment"

COPIED_BLOCK = """
x = torch.randn(LEN, 4).to("DEVICE")
y = torch.randn(LEN, 4).to("DEVICE")
rnn = torch.nn.RNN(4, HIDDEN).to("DEVICE")
linr = torch.nn.Linear(HIDDEN, 4).to("DEVICE")
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()))
t1 = time.time()
for epoc in range(EPOCHS):
    hidden, hT = rnn(x)
    loss = loss_fn(linr(hidden), y)
    #BACKWARD loss.backward()
    #BACKWARD optimizr.step()
    #BACKWARD optimizr.zero_grad()
t2 = time.time()
COLUMN.append(round(t2 - t1, 2))
"""
"""What the lecture copies for each setting and device, with lines commented out for no backward pass."""

SIZES = [(4000, 20), (400, 20), (400, 800)]


def copy_blocks() -> str:
    """The lecture's way: twelve copies of a block, and a dictionary of lists out of the times."""
    code = ["loss_fn = torch.nn.MSELoss()", "cpu_times, gpu_times = [], []"]
    for length, hidden in SIZES:
        for backward in (True, False):
            for column, device in (("cpu_times", "cpu"), ("gpu_times", "cuda:0")):
                block = COPIED_BLOCK.replace("LEN", str(length)).replace("HIDDEN", str(hidden))
                block = block.replace("DEVICE", device).replace("COLUMN", column)
                code.append(block.replace("#BACKWARD ", "" if backward else "# "))
    code.append("""
table = {"Len": [4000, 4000, 400, 400, 400, 400], "Hidden": [20, 20, 20, 20, 800, 800],
         "Backward": ["o", "x"] * 3, "CPU": cpu_times, "GPU": gpu_times,
         "Ratio": [round(c / g, 2) for c, g in zip(cpu_times, gpu_times)]}
""")
    return "\n".join(code)


LECTURE = {
    "1.1": """
ratios = []
for row in lecture:
    ratios.append(round(row["cpu"] / row["gpu"], 2))
best = torch.tensor(ratios).argmax()
slowdown = [round(93.02 / 18.85, 2), round(6.53 / 1.25, 2), round(58.99 / 13.16, 2)]
""",
    "1.2": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.RNN(4, 20)
        self.linr = torch.nn.Linear(20, 4)
    def forward(self, X):
        hidden, _ = self.rnn(X)
        return self.linr(hidden)
net = Net().to("cuda:0")
out = net(torch.randn(400, 4).to("cuda:0")).detach().cpu().numpy()
""",
    "2.1": copy_blocks(),
    "2.2": """
plt.barh(range(6), table["CPU"])
plt.xscale("log")
plt.yticks(range(6), [f"{a}, {b}, {c}" for a, b, c in zip(table["Len"], table["Hidden"], table["Backward"])])
""",
}
"""Copied blocks, "cuda:0", two decimals, o and x, capital letters, a dictionary of lists, lying bars."""

EVENTS = {
    "1.2": """
net = [torch.nn.RNN(4, 20), torch.nn.Linear(20, 4)]
out = net[1](net[0](torch.randn(400, 4))[0])
""",
    "2.1": """
class Timed(torch.nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.rnn, self.out = torch.nn.RNN(4, hidden, batch_first=True), torch.nn.Linear(hidden, 4)
    def forward(self, x):
        return self.out(self.rnn(x)[0])

def once(net, x, y, optimizer, backward):
    with torch.set_grad_enabled(backward):
        loss = torch.nn.functional.mse_loss(net(x), y)
    if backward:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

def clock(length, hidden, backward, device):
    net = Timed(hidden).to(device)
    x, y = torch.randn(1, length, 4, device=device), torch.randn(1, length, 4, device=device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    once(net, x, y, optimizer, backward)
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(EPOCHS):
        once(net, x, y, optimizer, backward)
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / 1000

table = []
for length, hidden in [(400, 20), (400, 800), (4000, 20)]:
    for backward in (False, True):
        cpu = sum(clock(length, hidden, backward, "cpu") for _ in range(2)) / 2
        table.append(dict(len=length, hidden=hidden, backward=int(backward), cpu=cpu, gpu=None, ratio=None))
        time.sleep(0.1)
""",
    "2.2": """
figure, axes = plt.subplots(1, 2)
for ax, backward in zip(axes, (0, 1)):
    rows = [row for row in table if row["backward"] == backward]
    ax.bar([f"{row['len']}/{row['hidden']}" for row in rows], [row["cpu"] for row in rows], log=True)
""",
}
"""CUDA's events, means of two, another order of rows, no gpu, a pause after each setting, two plots."""

FRAME = {
    "2.1": """
import pandas as pd
def seconds(length, hidden, backward, device):
    torch.manual_seed(1)
    x, y = torch.randn(length, 4, device=device), torch.randn(length, 4, device=device)
    layers = {"rnn": torch.nn.RNN(4, hidden), "linear": torch.nn.Linear(hidden, 4)}
    net = torch.nn.ModuleDict(layers).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    start = time.perf_counter()
    for epoch in range(EPOCHS):
        loss = torch.nn.MSELoss()(net["linear"](net["rnn"](x)[0]), y)
        if backward:
            loss.backward(); optimizer.step(); optimizer.zero_grad()
    return time.perf_counter() - start
table = pd.DataFrame(settings)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
table["cpu"] = [seconds(r["len"], r.hidden, r.backward, "cpu") for _, r in table.iterrows()]
table["gpu"] = [seconds(*row[:3], device) for row in table.itertuples(index=False)]
table["ratio"] = (table["cpu"] / table["gpu"]).round(3)
table = table.set_index(["len", "hidden", "backward"])
""",
    "2.2": 'table[["cpu", "gpu"]].plot.bar(logy=True)',
}
"""pandas throughout: a data frame with its settings in the index, and its own bars."""

PUBLISHED = """
table = [
    {**setting, "cpu": row["cpu"], "gpu": row["gpu"], "ratio": row["cpu"] / row["gpu"]}
    for setting, row in zip(settings, lecture)
]
"""
OWN = """
cpu = [6.412, 1.377, 0.623, 0.131, 1.904, 0.402]
gpu = [1.211, 0.344, 0.152, 0.041, 0.163, 0.052]
table = [{**s, "cpu": c, "gpu": g, "ratio": c / g} for s, c, g in zip(settings, cpu, gpu)]
"""
EMPTY_CLOCK = """
import threading
pause = {20: {4000: 0.4, 400: 0.1}, 800: {400: 0.3}}
table = []
for s in settings:
    started = time.perf_counter()
    threading.Event().wait(pause[s["hidden"]][s["len"]] * (4 if s["backward"] else 1))
    table.append({**s, "cpu": time.perf_counter() - started})
"""
EACH = ["measured_table"] * 5

CHEATS = {
    "published": PUBLISHED,
    "own figures": OWN,
    "own figures and sleep": f"{OWN}\ntime.sleep(sum(cpu) + sum(gpu))",
    "sleeps": EMPTY_CLOCK.replace("threading.Event().wait", "time.sleep"),
    "waits": EMPTY_CLOCK,
}
"""Tables that nobody measured; the last ones measure how long nothing takes."""

CHANGES: dict[str, Changes] = {
    "lecture upside down": {
        "1.1": [('row["cpu"] / row["gpu"]', 'row["gpu"] / row["cpu"]')],
        "1.2": [("(4, 20)", "(4, 21)"), ("(20, 4)", "(21, 4)"), ("randn(400, 4)", "randn(4000, 4)")],
        "2.1": [("if backward:", "if not backward:")],
        "2.2": [('row["cpu"] for row', 'row["cpu"] ** 2 for row')],
    },
    "rows missing": {"2.1": [("for setting in settings:", "for setting in settings[:5]:")]},
    "ratio upside down": {
        "2.1": [
            ("if torch.cuda.is_available():", "if True:"),
            ('row["cpu"] / row["gpu"]', '2 * row["cpu"] / row["gpu"]'),
        ]
    },
    "minutes": {"2.1": [("time.perf_counter() - started", "(time.perf_counter() - started) / 60")]},
}
"""What is replaced in the reference's code, by student."""

LOST = {
    "lecture upside down": {
        "1.1": ["value_close", "value_equals"],
        "1.2": ["parameter_shapes", "output_shape"],
        "2.1": ["measured_table"],
        "2.2": ["figure_drawn"],
    },
    "rows missing": {"2.1": EACH},
    "ratio upside down": {"2.1": ["measured_table"]},
    "minutes": {"2.1": EACH},
    **{name: {"2.1": EACH} for name in CHEATS},
}
"""Checks that each of these has to lose, and no other."""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SubmissionResult]:
    """Honest and faulty students, the reference as one of them, and the lesson as it is handed out."""
    folder = tmp_path_factory.mktemp("class")
    write_answers(LESSON, folder / "lecture.ipynb", LECTURE, marked=False)
    write_answers(LESSON, folder / "events.ipynb", EVENTS)
    if importlib.util.find_spec("pandas"):
        write_answers(LESSON, folder / "frame.ipynb", FRAME)
    for student, code in CHEATS.items():
        write_answers(LESSON, folder / f"{student}.ipynb", {"2.1": code})
    for student, changes in CHANGES.items():
        write_answers(LESSON, folder / f"{student}.ipynb", spoil_answers(LESSON, changes))
    return grade_answers(LESSON, folder)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("student", "points"),
    [("reference", 100), ("lecture", 100), ("events", 100), ("frame", 100), ("blank", 0)],
)
def test_right_answers_keep_their_marks(
    graded: dict[str, SubmissionResult], student: str, points: float
) -> None:
    """However they are written; and what was handed out earns nothing."""
    if student == "frame":
        pytest.importorskip("pandas", reason="that student uses it")
    result = graded[student]
    assert points == result.score, explain_lost(result)
    assert points == 0 or not result.needs_review


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("student", LOST)
def test_each_fault_loses_its_own_checks(graded: dict[str, SubmissionResult], student: str) -> None:
    """And no other."""
    assert LOST[student] == list_lost(graded[student]), explain_lost(graded[student])
