"""What students read of a fault, in both languages, with the line where it stands."""

import ast
from pathlib import Path

import pytest

from grader.assignment.mutants import EDITS, LATE_EDITS, SHOWN_EDITS
from grader.judge import diagnose as diagnose_module
from grader.judge.sentences import PLACES, SENTENCES, name_fault
from grader.records import CodePlace, TaskRun


def list_codes() -> set[str]:
    """Every code that a mutant has or that `diagnose` names."""
    found = {code for edits in (EDITS, SHOWN_EDITS, LATE_EDITS) for code, _ in edits}
    source = Path(diagnose_module.__file__).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "name_fault":
            found |= {
                each.value
                for each in ast.walk(node.args[0])
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return found


@pytest.mark.parametrize("code", sorted(SENTENCES.keys() | list_codes()))
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    """Each is a whole sentence, and the Korean one is in Korean."""
    fault = name_fault(code, TaskRun(task="1.1"), exact=False)
    assert (code, "likely") == (fault.code, fault.confidence)
    assert fault.message == SENTENCES[code].en and fault.message.endswith(".")
    assert fault.message_ko == SENTENCES[code].ko and fault.message_ko.endswith(".")
    assert any("가" <= letter <= "힣" for letter in fault.message_ko)
    assert not any("가" <= letter <= "힣" for letter in fault.message)


def test_places_belong_to_codes_there_are() -> None:
    """No place is kept for a code that is not named."""
    assert set(PLACES) <= set(SENTENCES)


@pytest.mark.parametrize(
    ("cell", "text", "said"),
    [(0, "f()", "Cell 1, line 3: f()"), (None, "f()", "Line 3: f()"), (0, "", "")],
)
def test_place_is_said_as_far_as_it_is_known(cell: int | None, text: str, said: str) -> None:
    """Cells count from 1 for people; without a cell the line stands alone, without a text nothing does."""
    places = tuple(
        CodePlace(what=what, cell=cell, line=3, text=text if what == "seed" else "other()")
        for what in ("loss", "seed", "layer")
    )
    fault = name_fault("seeds_differ", TaskRun(task="1.1", places=places), exact=True)
    assert f"{SENTENCES['seeds_differ'].en} {said}".strip() == fault.message
