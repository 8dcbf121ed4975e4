"""Lines of a solution, looked for wherever a notebook can hold text."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.leaks import MAX_FILE_BYTES, Secret, find_leaks, find_leaks_beside, is_telling

LINE = "weights = torch.full((3, 5), 0.25)"


def put(place: str) -> bytes:
    """A notebook that holds the line in one place."""
    hidden = base64.b64encode(f"<svg><!-- {LINE} --></svg>".encode()).decode()
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": ["x = 1\n", "y = 2"],
        "outputs": [],
    }
    notebook: dict[str, Any] = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    if place == "source":
        cell["source"] = ["x = 1\n", LINE]
    elif place == "stream":
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["fine\n", f"{LINE}\n"]}]
    elif place == "split":
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [LINE[:9], LINE[9:]]}]
    elif place == "figure":
        cell["outputs"] = [{"output_type": "display_data", "data": {"image/svg+xml": hidden}, "metadata": {}}]
    elif place == "attachment":
        cell["attachments"] = {"cat.svg": {"image/svg+xml": hidden}}
    elif place == "metadata":
        cell["metadata"] = {"notes": {"old": [{"source": LINE}]}}
    elif place == "key":
        cell["metadata"] = {LINE: True}
    elif place == "notebook":
        notebook["metadata"] = {"author": {"draft": f"first try: {LINE}"}}
    return json.dumps(notebook).encode()


@pytest.mark.parametrize(
    "place", ["source", "stream", "split", "figure", "attachment", "metadata", "key", "notebook", ""]
)
def test_line_is_found_wherever_it_stands(place: str) -> None:
    """Texts, outputs, figures, attachments and metadata at any depth are looked through."""
    found = find_leaks([Secret(6, 2, f"    {LINE}", True)], put(place), ())
    assert bool(place) == (len(found) == 1)
    assert all("line 2 of the solution in cell 6" in each for each in found)


@pytest.mark.parametrize(
    ("line", "telling"),
    [
        (LINE, True),
        ("answer = 3", True),
        ("if len(found) > 1:", True),
        ("return self.linear(hidden)", True),
        ("net(x).sum()", True),
        ("# it forgets what it has seen", True),
        ("return x", False),
        ("import torch.nn.functional as F", False),
        ("for row, label in zip(rows, labels):", False),
        ("def forward(self, x):", False),
        ("optimizer.zero_grad()", False),
        ("torch.manual_seed(43052)", False),
        (")", False),
        ("else:", False),
        ("# loss", False),
    ],
)
def test_lines_that_say_nothing_are_not_looked_for(line: str, telling: bool) -> None:
    """What every notebook holds is no part of a solution."""
    assert telling == is_telling(Secret(1, 1, f"  {line}", True))


@pytest.mark.parametrize("other", ["answer = 31", "my_answer = 3", "answer = 3.5", "x.answer = 3"])
def test_part_of_a_longer_word_is_no_leak(other: str) -> None:
    """A line is found as a whole, not as the beginning or end of another."""
    content = json.dumps({"cells": [{"cell_type": "code", "source": other}]}).encode()
    assert [] == find_leaks([Secret(1, 1, "answer = 3", True)], content, ())


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("net = torch.nn.Linear(2, 3)", "net=torch.nn.Linear(2,3)"),
        ("net = torch.nn.Linear(2, 3)", "x = 1\nnet = torch.nn.Linear(\n    2,\n    3,\n)\ny = 2"),
        ("net=torch.nn.Linear( 2,3, )", "`net = torch.nn.Linear(2, 3)`"),
        ("net = torch.nn.Linear(\n    2,  # in\n    3,\n)", "net = torch.nn.Linear(2, 3)"),
    ],
)
def test_line_is_found_however_it_is_laid_out(line: str, other: str) -> None:
    """Spaces, line breaks and a last comma make no other code."""
    secrets = [Secret(1, number, text, True) for number, text in enumerate(line.splitlines(), start=1)]
    content = json.dumps({"cells": [{"cell_type": "code", "source": other}]}).encode()
    place = f"cell 1, line {2 if other.startswith('x') else 1}: students would see line 1 of the solution"
    assert [True] == [each.startswith(place) for each in find_leaks(secrets, content, ())]
    assert [] == find_leaks(secrets, content, ["net = torch.nn.Linear(2, 3)"])


def test_words_are_not_joined_to_be_found() -> None:
    """Where a space parts two words, their letters in a row are something else."""
    content = json.dumps({"cells": [{"cell_type": "code", "source": "z = aorb(y)\nz = (a or b)"}]}).encode()
    assert [] == find_leaks([Secret(1, 1, "z = a or b(y)", True)], content, ())


def test_large_notebook_is_looked_into(tmp_path: Path) -> None:
    """Figures make a copy of the solution large; it is found all the same, as is one named in capitals."""
    notebook = json.loads(put("source"))
    notebook["cells"][0]["outputs"] = [{"data": {"image/png": "A" * MAX_FILE_BYTES}}]
    path = tmp_path / "copy.IPYNB"
    path.write_text(json.dumps(notebook))
    (told,) = find_leaks_beside([Secret(6, 2, LINE, True)], tmp_path, (), set())
    assert told.startswith(f"{path}, line ")


@pytest.mark.parametrize("name", ["s.zip", "s.csv.GZ", "s.Pdf", "s.docx", "data/large.csv"])
def test_file_that_cannot_be_looked_into_has_to_be_allowed(tmp_path: Path, name: str) -> None:
    """What is compressed or large is named, until the author says that it may go along."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * (MAX_FILE_BYTES + 1 if name.endswith("csv") else 9))
    (told,) = find_leaks_beside([], tmp_path, (), set())
    assert told.startswith(f"{path}: ")
    assert f"was not looked into: move it elsewhere, or allow it: add {name!r} to `unsearched`" in told
    assert [] == find_leaks_beside([], tmp_path, (), set(), [name])


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A file that fails under reading is a fault like the others."""
    (tmp_path / "torn.txt").symlink_to("/proc/self/mem")
    (told,) = find_leaks_beside([], tmp_path, (), set())
    assert told.startswith(f"{tmp_path / 'torn.txt'}: it cannot be read")
