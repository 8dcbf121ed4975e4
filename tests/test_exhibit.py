"""What is chosen to be shown of a training, and what the page says of what was left out."""

import numpy as np
import pytest
from page_reader import Page
from report_samples import load_exam, make_result
from training_samples import gather

from grader.exhibits import SubmissionExhibit, TaskExhibit
from grader.judge.exhibit import LOSSES_SHOWN, build_exhibit
from grader.records import CellMap, TaskRun, name_losses
from grader.report.html import render_page

EXAM = load_exam()


def show_losses(count: int) -> tuple[SubmissionExhibit, str]:
    """What is shown of a training of so many steps, and the text of its page."""
    arrays = {name_losses("1.1"): np.linspace(2.0, 1.0, count)}
    evidence = gather(TaskRun(task="1.1", steps=count), arrays=arrays)
    shown = build_exhibit(
        EXAM, CellMap(tasks=("1.1",), changed=(True,), method="metadata"), evidence, None, ""
    )
    return shown, Page(render_page(EXAM, make_result("kim", {}), shown)).text


def test_every_step_of_a_training_has_its_loss() -> None:
    """A training of 690 steps is shown to its end, and nothing is said to be left out."""
    shown, text = show_losses(690)
    assert (690, 690, 1.0) == (len(shown.tasks[0].losses), shown.tasks[0].steps, shown.tasks[0].losses[-1])
    assert " 689 1 " in text
    assert "are shown" not in text


@pytest.mark.parametrize("more", [1, 5000])
def test_losses_that_are_left_out_are_counted(more: int) -> None:
    """Of a training too long to be shown, the page says how many of how many steps it shows."""
    shown, text = show_losses(LOSSES_SHOWN + more)
    assert LOSSES_SHOWN == len(shown.tasks[0].losses)
    assert f"This submission: the first {LOSSES_SHOWN} of {LOSSES_SHOWN + more} steps are shown." in text


SYMBOLS = "Rows: the symbol to be predicted. Columns: the symbol predicted."
EXAMPLES = "Rows: the first examples. Columns: the outputs of the network. Both are counted from 0."


@pytest.mark.parametrize(
    ("symbols", "legend", "head"),
    [(("h", "i"), SYMBOLS, "Symbol h i h 0.9"), ((), EXAMPLES, "Example 0 1 0 0.9")],
)
def test_rows_and_columns_are_called_what_they_are(symbols: tuple[str, ...], legend: str, head: str) -> None:
    """Without a sequence of symbols rows are examples and columns outputs, and both have numbers."""
    task = TaskExhibit(task="1.1", rows=symbols, columns=symbols, fitted=((0.9, 0.1), (0.2, 0.8)))
    shown = SubmissionExhibit(notebook="", tasks=(task,))
    text = Page(render_page(EXAM, make_result("kim", {}), shown)).text
    assert [True, False] == [each in text for each in (legend, EXAMPLES if symbols else SYMBOLS)]
    assert head in text
