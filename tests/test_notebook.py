import json
import random
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import notebook as module
from grader.errors import NotebookError
from grader.notebook import read_notebook

NOTEBOOKS = Path(__file__).parent / "notebooks"


def write(cells: Any, **top: Any) -> bytes:
    """A notebook file with these cells."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | top).encode()


def code(source: Any, **rest: Any) -> dict[str, Any]:
    """A code cell as the file holds it."""
    return {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    } | rest


VALID = write(
    [code("a = 1", id="one"), {"cell_type": "markdown", "metadata": {}, "source": ["# (1)\n", "참"]}]
)


def test_texts_and_kinds_are_kept_in_order() -> None:
    """What the student wrote comes back, cell by cell, lists of lines joined."""
    cells = read_notebook(VALID).cells
    assert [(cell.cell_type, cell.source) for cell in cells] == [("code", "a = 1"), ("markdown", "# (1)\n참")]


def test_result_is_valid_nbformat_4() -> None:
    """nbformat itself finds no fault with what comes back, repaired ids included."""
    messy = write([code("a", id="same"), code("b", id="same"), code("c", id="not valid!"), code("d", id=7)])
    nbformat.validate(read_notebook(messy), relax_add_props=False)


def test_hostile_notebook_loses_all_that_steers_execution() -> None:
    """Forged outputs, counts, tags, a foreign kernel and attachments are gone; the grader's marks stay."""
    notebook = read_notebook((NOTEBOOKS / "forged-outputs-and-tags.ipynb").read_bytes())
    assert [cell.outputs for cell in notebook.cells if cell.cell_type == "code"] == [[]]
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == [None]
    assert [dict(cell.metadata) for cell in notebook.cells] == [{"grader": {"task": "1.1"}}, {}]
    assert {"kernelspec", "language_info"} == set(notebook.metadata)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "attachments" not in notebook.cells[1]


def test_ids_are_repaired_alike_every_time() -> None:
    """The same bytes give the same ids, and no id stands twice."""
    messy = write([code("a"), code("a"), code("b", id="x"), code("c", id="x"), code("d", id="")])
    first, second = ([cell.id for cell in read_notebook(messy).cells] for _ in range(2))
    assert first == second
    assert len(set(first)) == 5
    assert first[2] == "x"


def test_id_that_foresees_a_repair_is_no_collision() -> None:
    """A student who guesses the id that a repair would choose does not get two cells of one id."""
    repaired = read_notebook(write([code("a"), code("b")])).cells[1].id
    ids = [cell.id for cell in read_notebook(write([code("a", id=repaired), code("b")])).cells]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_unicode_encodings_are_read_alike(encoding: str) -> None:
    """A byte order mark and wide encodings make no difference."""
    assert read_notebook(VALID) == read_notebook(json.dumps(json.loads(VALID)).encode(encoding))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_older_formats_are_upgraded(version: int) -> None:
    """Notebooks of nbformat 1 to 3 arrive with their cells, and twice the same."""
    old = (NOTEBOOKS / f"nbformat-{version}.ipynb").read_bytes()
    cells = read_notebook(old).cells
    assert [(cell.cell_type, cell.source) for cell in cells] == [
        ("code", "a = 1\nb = 2"),
        ("markdown", "(2) text"),
    ]
    assert read_notebook(old) == read_notebook(old)


def test_lone_surrogates_are_replaced() -> None:
    """Text that UTF-8 cannot hold is mended, so that the notebook can be written."""
    notebook = read_notebook(write([code("a = '\ud800'", metadata={"grader": {"task": "\udfff"}})]))
    assert notebook.cells[0].source == "a = '\N{REPLACEMENT CHARACTER}'"
    nbformat.writes(notebook).encode()


def test_saved_outputs_of_the_wrong_type_do_no_harm() -> None:
    """Outputs are dropped unread, so a broken one costs the student nothing."""
    assert (
        read_notebook(write([code("a = 1", outputs={"x": 3}, execution_count=[])])).cells[0].source == "a = 1"
    )


@pytest.mark.parametrize(
    ("content", "fact", "remedy"),
    [
        (b"", "empty", "save it again"),
        (b" \n\t", "empty", "save it again"),
        (b"\xef\xbb\xbf", "empty", "save it again"),
        (b"{", "line 1, column 2", "broken off"),
        (VALID[:-20], "not valid JSON", "broken off"),
        (b"<!DOCTYPE html><html>", "HTML page", "Download"),
        (b"import torch\nx = 1\n", "Python script", "not its export"),
        (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> b\n]}', "git merge", "settle the conflict"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer", "git lfs pull"),
        (b"PK\x03\x04rest", "zip archive", "unpack"),
        (b"%PDF-1.7", "PDF", "notebook itself"),
        (b"\x1f\x8b\x08", "gzip", "unpack"),
        (b'{"a": "\xff"}', "UTF-8", "save it again"),
        (b"[" * 100_000, "nested too deep", "save it again"),
        (b'{"cells":' * 100_000, "nested too deep", "save it again"),
        (b'{"cells": ' + b"9" * 5000 + b"}", "no notebook", "save it again"),
        (b"[]", "a list on top", "save it again"),
        (b"null", "null on top", "save it again"),
        (b'{"type": "FeatureCollection"}', "no `cells`", "hand in the notebook"),
        (write({}), "an object, not a list", "save it again"),
        (write([]), "empty", "save it first"),
        (write([code("  \n"), code("")]), "empty", "save it first"),
        (write([3]), "Cell 1 is a number", "save it again"),
        (write([code("a", cell_type="sql")]), "'sql'", "code, markdown and raw"),
        (write([code("a"), {"source": "b"}]), "Cell 2 is of no kind", "code, markdown and raw"),
        (write([code("a", cell_type=["code"])]), "Cell 1 is of no kind", "code, markdown and raw"),
        (write([code({"a": 1})]), "text of cell 1", "save it again"),
        (write([code(["a", 1])]), "text of cell 1", "save it again"),
        (write([code(None)]), "text of cell 1", "save it again"),
        (write([code("a")], nbformat=5), "nbformat 5", "Save it as nbformat 4"),
        (write([code("a")], nbformat="4"), "format version is text", "save it again"),
        (write([code("a")], nbformat=True), "format version is true", "save it again"),
        (write([code("a")], nbformat=0), "format version", "save it again"),
        (write([], nbformat=3), "nbformat 3", "save it again"),
        (write([], nbformat=3, worksheets=[{"cells": [{"cell_type": "x"}]}]), "nbformat 3", "save it again"),
        (write([code("a")] * (module.MAX_CELLS + 1)), f"{module.MAX_CELLS + 1:,} cells", "Delete"),
        (
            write([code("a" * (module.MAX_TEXT_CHARACTERS + 1))]),
            f"{module.MAX_TEXT_CHARACTERS + 1:,} characters",
            "pasted data",
        ),
        (b" " * (module.MAX_NOTEBOOK_BYTES + 1), "64 MiB", "Clear the outputs"),
    ],
    ids=lambda value: repr(value)[:30] if isinstance(value, str) else "",
)
def test_what_is_no_notebook_is_refused_with_a_remedy(content: bytes, fact: str, remedy: str) -> None:
    """Every refusal names what is wrong and what the student should do."""
    with pytest.raises(NotebookError) as caught:
        read_notebook(content)
    assert fact in str(caught.value)
    assert remedy in str(caught.value)


def try_to_read(content: bytes) -> None:
    """Reads bytes that may be anything: a notebook comes back that can be written, or NotebookError."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            notebook = read_notebook(content)
        except NotebookError as error:
            assert str(error).endswith(".")
        else:
            nbformat.validate(notebook, relax_add_props=False)
            nbformat.writes(notebook).encode()


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    """Arbitrary bytes are refused in words."""
    try_to_read(content)


@given(seed=st.integers(0, 2**32), start=st.sampled_from(sorted(NOTEBOOKS.glob("*.ipynb"))))
@settings(deadline=None)
def test_no_damaged_byte_crashes_the_reader(seed: int, start: Path) -> None:
    """A notebook with bytes flipped, cut or doubled is read or refused in words."""
    chance = random.Random(seed)
    content = bytearray(start.read_bytes())
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(content))
        match chance.randrange(3):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                del content[at : at + chance.randint(1, 40)]
            case _:
                content[at:at] = content[at : at + chance.randint(1, 40)]
    try_to_read(bytes(content))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data(), version=st.integers(1, 5))
@settings(deadline=None)
def test_no_wrong_type_crashes_the_reader(data: st.DataObject, version: int) -> None:
    """Any JSON value may stand in any place of a notebook of any version."""
    cell = {"cell_type": "code", "source": "a", "input": "a", "code": "a", "metadata": {}, "id": "a"}
    sheet = {"cells": [cell], "metadata": {}}
    top = {"nbformat": version, "cells": [cell], "worksheets": [sheet], "metadata": {}}
    for _ in range(data.draw(st.integers(1, 2))):
        place: dict[str, Any] = data.draw(st.sampled_from([top, sheet, cell]))
        place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    try_to_read(json.dumps(top).encode())
