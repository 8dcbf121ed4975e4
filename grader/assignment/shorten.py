"""Lets a notebook train on a shorter text: the same symbols, repeated less often.

A text that repeats teaches a network the same with a fifth of its rows, in a fifth of the time. So a whole
training can be seen where a verdict is provisional. Only a notebook that builds its text as the assignment
does, by repeating a literal, can be shortened; nothing else of it is changed.
"""

import ast
import copy

from nbformat import NotebookNode

from grader.assignment.parsing import UNREADABLE, parse_code
from grader.assignment.spec import Assignment, Sequence

FEWER = 5
"""How many times fewer repetitions. Of 35 trainings of the exam's networks, each with one change, 20 of 100
repetitions told in 35 whether the network predicts in the end, 10 in 33."""
MOST_CHARACTERS = 50_000
"""Of a cell that is parsed: a syntax tree takes up to 600 times as many bytes."""


def shorten_assignment(assignment: Assignment) -> Assignment | None:
    """The assignment with its text repeated less often; None where there is no such text."""
    sequence = assignment.sequence
    if sequence is None or sequence.repeat < 4 * FEWER:
        return None
    shorter = sequence.model_copy(update={"repeat": sequence.repeat // FEWER})
    return assignment.model_copy(update={"sequence": shorter})


def shorten_notebook(notebook: NotebookNode, sequence: Sequence | None) -> NotebookNode | None:
    """A copy in which the text is repeated less often; None where it is not built by repeating a literal."""
    if sequence is None or sequence.repeat < 4 * FEWER:
        return None
    shorter: NotebookNode = copy.deepcopy(notebook)
    found = False
    for cell in shorter.cells:
        if cell.cell_type == "code" and len(cell.source) <= MOST_CHARACTERS:
            cell.source, repeats = _shorten_source(cell.source, sequence)
            found |= repeats
    return shorter if found else None


def _shorten_source(source: str, sequence: Sequence) -> tuple[str, bool]:
    """The code with smaller numbers, and whether the text is built in it."""
    try:
        tree = parse_code(source)
    except UNREADABLE:
        return source, False
    repeats = [
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
        for number, other in ((node.right, node.left), (node.left, node.right))
        if isinstance(number, ast.Constant) and number.value == sequence.repeat and _holds(other, sequence)
    ]
    rows, fewer = len(sequence.targets), sequence.repeat // FEWER
    replaced = [(number, fewer) for number in repeats]
    # Whoever counts the rows in figures counts fewer now.
    replaced += [
        (node, len(sequence.text) * fewer - 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value == rows
    ]
    lines = source.encode().split(b"\n")
    # From the end, so that the places of those before stay what they are.
    for number, value in sorted(
        replaced, key=lambda pair: (pair[0].lineno, pair[0].col_offset), reverse=True
    ):
        line = lines[number.lineno - 1]
        head, tail = line[: number.col_offset], line[number.end_col_offset :]
        lines[number.lineno - 1] = head + str(value).encode() + tail
    return b"\n".join(lines).decode(), bool(repeats)


def _holds(node: ast.expr, sequence: Sequence) -> bool:
    """Whether an expression is the text, in a list perhaps."""
    constants = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return constants in ([sequence.text], list(sequence.text))
