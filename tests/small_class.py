"""A class that takes seconds: an assignment of one small training and one statement, and its notebooks."""

from pathlib import Path

import nbformat

TOML = """
schema = 1
id = "small"
notebook = "small.ipynb"
seed = 7
title = { ko = "작은 과제", en = "A small exercise" }

[budget]
cell_seconds = 60

[reference]
parameters = { epochs = 7 }
checkpoints = [4]

[[task]]
kind = "training"
id = "1"
title = { ko = "훈련", en = "Training" }
checks = [{ name = "parameter_count", points = 4 }, { name = "fitted_values", points = 4 }]

[[task]]
kind = "true_false"
id = "2"
title = { ko = "참 거짓", en = "A statement" }
variable = "answer"
checks = [{ name = "same_answer", points = 2 }]
"""

SETUP = "import torch\nepochs = 6"
TRAINING = """torch.manual_seed(1)
x, aims = torch.eye(4), torch.tensor([1, 2, 3, 0])
net = torch.nn.Linear(4, 4)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    out = net(x)
    loss = torch.nn.functional.cross_entropy(out, aims)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()"""
HANDED_OUT = {"setup": SETUP, "1": "# your answer", "2": "answer = None"}

FAULTS = {
    "right": (TRAINING, "answer = True"),
    "slow to learn": (TRAINING.replace("lr=0.1", "lr=0.02"), "answer = True"),
    "without bias": (TRAINING.replace("Linear(4, 4)", "Linear(4, 4, bias=False)"), "answer = False"),
    "broken": (TRAINING.replace("net(x)", "ent(x)"), "answer = True"),
    "right again": (TRAINING, "answer = True"),
}
"""Students: their answers to both tasks. Two have handed in the same code."""


def write_notebook(path: Path, training: str, answer: str) -> None:
    """A notebook of the small assignment with these answers."""
    cells = []
    for task, source in {**HANDED_OUT, "1": training, "2": answer}.items():
        head = nbformat.v4.new_markdown_cell(f"## {task}\n\n{path.stem}", id=f"text-{task}")
        code = nbformat.v4.new_code_cell(source, id=f"code-{task}")
        for cell in (head, code):
            if task != "setup":
                cell.metadata["grader"] = {"task": task, "role": "answer"}
        if task == "setup":
            code.metadata["tags"] = ["parameters"]
        cells += [head, code]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def make_class(folder: Path, answers: dict[str, tuple[str, str]] = FAULTS) -> Path:
    """A folder with the small assignment, its solution and a class; the folder of the submissions."""
    write_notebook(folder / "assignments" / "small" / "small.ipynb", HANDED_OUT["1"], HANDED_OUT["2"])
    (folder / "assignments" / "small" / "assignment.toml").write_text(TOML, encoding="utf-8")
    write_notebook(folder / "solutions" / "small.ipynb", TRAINING, "answer = True")
    for student, (training, answer) in answers.items():
        write_notebook(folder / "submissions" / f"{student}.ipynb", training, answer)
    return folder / "submissions"
