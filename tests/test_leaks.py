"""Lines of a solution, looked for wherever a notebook can hold text."""

import base64
import json
from typing import Any

import pytest

from grader.assignment.leaks import Secret, find_leaks, is_telling

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
