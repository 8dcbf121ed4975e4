"""Pages of a class and of a student."""

import re
from typing import Any

import pytest
from exhibit_samples import make_code, make_data, make_exhibit, make_notebook, make_stream
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import Page, assert_self_contained
from report_hostile import HOSTILE, HOSTILE_OUTPUTS, make_marked
from report_samples import load_exam, make_class, make_result, make_sample_class, make_ungradable

from grader.exhibits import SubmissionExhibit, TaskExhibit
from grader.records import TensorTrace
from grader.report.html import render_index, render_page
from grader.results import Outcome, SubmissionResult

EXAM = load_exam()


def render(submission: SubmissionResult, exhibit: SubmissionExhibit | None = None) -> Page:
    """A student's page, read again."""
    return Page(render_page(EXAM, submission, exhibit))


def test_class_page_names_every_student_with_a_link() -> None:
    """Each submission has a row with a link to its page, an ungradable one its reason."""
    result = make_sample_class()
    pages = [f"{number}번.html" for number in range(len(result.submissions))]
    page = Page(render_index(EXAM, result, pages))
    links = page.list_attributes("href")
    assert len(pages) == sum(link.endswith("%EB%B2%88.html") for link in links)
    for submission in result.submissions:
        assert submission.student in page.text
    assert "The file is empty. Ask for it again." in page.text
    assert_self_contained(page)


def test_class_page_says_in_words_what_its_colours_say() -> None:
    """A point cell carries its meaning as hidden text besides its number and colour."""
    shares: dict[str, float | Outcome] = {"1.1": 0.5, "1.2": 0.0, "1.4": "not_reached", "1.5": "grader_error"}
    text = Page(render_index(EXAM, make_class(make_result("kim", shares)), ["kim.html"])).text
    for meaning in ("full points", "part of the points", "no points", "not reached", "a person has to look"):
        assert meaning in text


def test_pass_rates_count_graded_submissions() -> None:
    """The table beside the bars tells how many had full points and how many a part of them."""
    result = make_class(make_result("a", {}), make_result("b", {"1.1": 0.5}), make_ungradable("c"))
    text = Page(render_index(EXAM, result, ["a.html", "b.html", "c.html"])).text
    assert "1.1 torch.nn.RNN 1 1 2 " in text


@pytest.mark.parametrize("submissions", [(), (make_ungradable("kim"),)])
def test_class_without_grades_has_a_page(submissions: tuple[SubmissionResult, ...]) -> None:
    """An empty class and one in which nothing could be graded are shown without charts."""
    page = Page(render_index(EXAM, make_class(*submissions), ["kim.html"] * len(submissions)))
    assert "svg" not in page.tags
    assert "The run" in page.text


def test_student_page_shows_every_check_in_words() -> None:
    """Icon, word, expected, found, message and points of each check stand on the page."""
    shares: dict[str, float | Outcome] = {"1.1": 0.5, "1.2": 0.0, "1.4": "not_reached", "1.5": "grader_error"}
    submission = make_result("김철수", {**shares, "1.6": "no_evidence"})
    page = render(submission)
    for words in ("✓ passed", "~ partial", "✗ failed", "- not reached", "? no evidence", "! grader error"):
        assert words in page.text
    for task in submission.tasks:
        for check in task.checks:
            assert check.expected in page.text
            assert check.actual in page.text
            assert check.message in page.text
        for diagnosis in task.diagnosis:
            assert f"What went wrong: {diagnosis.message}" in page.text


def test_charts_have_names_and_tables() -> None:
    """Each drawing has an accessible name, and its values stand in a table beside it."""
    page = render(make_result("kim", {}), make_exhibit())
    drawings = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(drawings) == 4
    assert [
        drawing for drawing in drawings if drawing.get("role") != "img" or not drawing.get("aria-label")
    ] == []
    assert "0.880000" in page.text
    assert "-0.060000" in page.text
    assert "1.9508" in page.text


def test_parameters_stand_beside_the_references() -> None:
    """Tensors, owners, shapes and both sums are listed."""
    text = render(make_result("kim", {}), make_exhibit()).text
    for words in ("i2h.weight", "MyRNN", "8 × 7", "weight_ih", "RNNCell", "Adam"):
        assert words in text
    # 136 of the recurrent layer and 63 of the output layer.
    assert len(re.findall(r"\b199\b(?! trained)", text)) == 2


def test_cells_and_outputs_are_framed_and_locked() -> None:
    """Highlighted source, text, a framed table, a figure and a traceback are shown; nothing can run."""
    page = render(make_result("kim", {}), make_exhibit())
    assert_self_contained(page)
    assert len(page.frames) == 1
    assert "0.981" in page.frames[0].text
    assert "epoch 20: 0.4210" in page.text
    assert "NameError: name 'lstm_cell' is not defined" in page.text
    assert sum(source.startswith("data:image/png;base64,") for source in page.list_attributes("src")) == 1


def test_unreadable_notebook_leaves_a_note() -> None:
    """A page whose notebook cannot be read says so and keeps its verdicts."""
    page = render(make_result("kim", {}), SubmissionExhibit(notebook="{ not JSON"))
    assert "cannot be read, so its cells are not shown" in page.text
    assert "Fitted values" in page.text


def test_page_without_exhibit_leaves_a_note() -> None:
    """A page of which only the result is known says that there are no cells to show."""
    assert "No executed notebook was recorded" in render(make_result("kim", {})).text


def test_ungradable_page_gives_the_reason() -> None:
    """A submission that could not be graded has a page that says why and what to do."""
    text = render(make_ungradable("kim", "The file is a PDF. Ask for the notebook.")).text
    assert "The file is a PDF. Ask for the notebook." in text


def test_language_is_named_and_titles_follow_it() -> None:
    """The page carries its language, and the assignment's own texts are in it."""
    page = Page(render_page(EXAM, make_result("kim", {}), None, language="ko"))
    assert page.list_attributes("lang")[0] == "ko"
    assert "직접 만든 LSTM" in page.text


@settings(deadline=None, max_examples=60)
@given(
    st.text(min_size=1, max_size=40)
    | st.sampled_from([HOSTILE, "</iframe>", "<!--", "]]>", "&#60;script&#62;"])
)
def test_no_text_changes_the_page_around_it(text: str) -> None:
    """Whatever stands in names, messages, notes and labels, the page keeps exactly its elements."""
    filler = f"a{text}b"
    plain, hostile = (render(*make_marked(words)) for words in ("a plain text b", filler))
    assert plain.tags == hostile.tags
    names = [[sorted(attributes) for _, attributes in page.elements] for page in (plain, hostile)]
    assert names[0] == names[1]


def test_hostile_text_is_shown_as_it_is() -> None:
    """A message full of markup reaches the reader letter by letter, and template code is not run."""
    page = render(*make_marked(HOSTILE))
    assert HOSTILE in page.text
    assert_self_contained(page)


def test_hostile_class_page_is_harmless() -> None:
    """Names and problems full of markup change nothing on the class's page."""
    result = make_class(make_result(HOSTILE, {}), make_ungradable(HOSTILE, HOSTILE))
    page = Page(render_index(EXAM, result, ["a.html", "b.html"]))
    assert_self_contained(page)
    assert HOSTILE in page.text


@pytest.mark.parametrize(
    "output",
    HOSTILE_OUTPUTS,
)
def test_hostile_outputs_are_harmless(output: dict[str, Any]) -> None:
    """No output of any kind or type gets out of its place."""
    notebook = make_notebook(make_code(HOSTILE, output), {"cell_type": "markdown", "source": HOSTILE})
    html = render_page(
        EXAM, make_result("kim", {}), SubmissionExhibit(notebook=notebook, cell_tasks=("1.1", "1.1"))
    )
    assert_self_contained(Page(html))
    assert "alert(1)" not in "".join(re.findall(r"<script.*?</script>", html))
    html.encode()


def test_page_stays_small() -> None:
    """However much there is of everything, the page stays under 5 MB and says what was cut."""
    outputs = [make_data(text__html="<b>" + "<" * 90_000 + "</b>"), make_stream("<&>" * 20_000)] * 20
    cells = [make_code("x = '<' + " * 10_000, *outputs)] * 30
    tensor = TensorTrace(shape=(1,) * 64, elements=1, name="n" * 10_000, owner="o" * 10_000)
    shown = TaskExhibit(
        task="1.1",
        rows=("r" * 1000,) * 500,
        columns=("c" * 1000,) * 500,
        fitted=((0.5,) * 500,) * 500,
        reference=((0.5,) * 500,) * 500,
        losses=tuple(1.0 + step % 7 for step in range(20_000)),
        tensors=(tensor,) * 3000,
        notes=("n" * 100_000,) * 500,
    )
    exhibit = SubmissionExhibit(
        notebook=make_notebook(*cells), cell_tasks=("1.1",) * 30, notes=("n" * 100_000,) * 500, tasks=(shown,)
    )
    html = render_page(EXAM, make_result("kim", {}), exhibit)
    assert len(html.encode()) < 5_000_000
    text = Page(html).text
    for words in (
        "because the page would become too large",
        "more notes are left out",
        "more lines are left out",
    ):
        assert words in text
