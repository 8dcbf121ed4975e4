"""A student's cells on a page."""

import json
from typing import Any

import pytest
from exhibit_samples import TABLE, make_code, make_data, make_exhibit, make_notebook, make_png, make_stream
from hypothesis import given
from hypothesis import strategies as st
from pygments.styles import get_style_by_name  # type: ignore[import-untyped]

from grader.exhibits import SubmissionExhibit
from grader.report.cells import DARK_STYLE, LIGHT_STYLE, PAGE_BYTES, OutputView, view_notebook
from grader.report.charts import measure_luminance
from grader.report.notebook import read_cells

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(["output_type", "data", "text", "traceback", "text/html", "image/png", "ename"]),
            children | st.sampled_from(["stream", "error", "display_data", "execute_result"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


def view_outputs(*outputs: dict[str, Any]) -> tuple[OutputView, ...]:
    """The outputs of a notebook's only cell."""
    exhibit = SubmissionExhibit(notebook=make_notebook(make_code("x", *outputs)))
    return view_notebook(exhibit).by_task[None][0].outputs


@pytest.mark.parametrize("notebook", ["", "{", "[]", '{"cells": 3}', "null", "[" * 100_000])
def test_what_is_no_notebook_is_called_unreadable(notebook: str) -> None:
    """Text that is no notebook, or nested beyond reason, is reported and does not fail."""
    assert read_cells(notebook) is None
    assert not view_notebook(SubmissionExhibit(notebook=notebook)).readable


@given(
    st.lists(
        st.fixed_dictionaries({"cell_type": st.sampled_from(["code", "markdown"]), "source": JSON}),
        max_size=3,
    )
)
def test_any_source_is_shown(cells: list[dict[str, Any]]) -> None:
    """A source of the wrong type is shown as empty, and every readable one is shown."""
    assert view_notebook(SubmissionExhibit(notebook=make_notebook(*cells))).readable


@given(st.lists(JSON, max_size=4))
def test_any_outputs_are_shown(outputs: list[Any]) -> None:
    """Outputs of wrong types or half a structure never stop a page."""
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": "x", "outputs": outputs}]})
    cells = view_notebook(SubmissionExhibit(notebook=notebook)).by_task[None]
    assert len(cells) == 1


def test_cells_are_sorted_by_task_and_keep_their_number() -> None:
    """Each task has its own cells, and what answers none is kept apart."""
    by_task = view_notebook(make_exhibit()).by_task
    numbers = {task: [cell.number for cell in cells] for task, cells in by_task.items()}
    assert numbers == {None: [1, 2], "1.3": [3, 4, 5], "1.6": [6]}


def test_cells_tell_how_they_ended() -> None:
    """A cell carries its own run, found by its place in the notebook."""
    (failed,) = view_notebook(make_exhibit()).by_task["1.6"]
    assert failed.run
    assert (failed.run.status, failed.run.error) == ("error", "NameError: name 'lstm_cell' is not defined")


def test_missing_task_names_mean_no_task() -> None:
    """A notebook with more cells than the exhibit names is shown in full."""
    notebook = make_notebook(make_code("a"), make_code("b"))
    by_task = view_notebook(SubmissionExhibit(notebook=notebook, cell_tasks=("1.1",))).by_task
    assert list(by_task) == ["1.1", None]


def test_tables_are_framed_and_images_preferred() -> None:
    """HTML goes into a frame, and an image is shown rather than the text that stands in for it."""
    table, image = view_outputs(
        make_data(text__html=TABLE, text__plain="table"),
        make_data(image__png=make_png(), text__plain="<Figure>"),
    )
    assert (table.kind, image.kind) == ("frame", "image")
    assert "0.981" in table.markup
    assert "color: red" not in table.markup


def test_refused_images_leave_their_text_or_a_line() -> None:
    """An image that cannot be trusted falls back on its text, and without text a line says so."""
    with_text, without = view_outputs(
        make_data(image__png="junk", text__plain="<Figure>"), make_data(image__png="junk")
    )
    assert (with_text.kind, str(with_text.markup)) == ("text", "&lt;Figure&gt;")
    assert without.kind == "unreadable"


def test_svg_is_shown_as_an_image() -> None:
    """A drawing never stands in the page as markup, where it could run scripts."""
    (view,) = view_outputs(make_data(image__svg_xml="<svg><script>alert(1)</script></svg>"))
    assert view.kind == "image"
    assert view.image
    assert view.image.source.startswith("data:image/svg+xml;base64,")


def test_huge_outputs_are_cut_and_say_so() -> None:
    """Ten megabytes of text keep their beginning and end, and the number left out is told."""
    (view,) = view_outputs(make_stream("x" * 10_000_000 + "the end"))
    assert view.left_out == 10_000_007 - 20_000
    assert view.markup.endswith("the end")


def test_source_made_to_be_slow_is_shown_plain() -> None:
    """White space over which the highlighter would take seconds is shown without colours."""
    exhibit = SubmissionExhibit(notebook=make_notebook(make_code("x = 1" + "\n \n" * 13_000 + "y = 2")))
    (cell,) = view_notebook(exhibit).by_task[None]
    assert "<span" not in cell.markup
    assert cell.markup.endswith("y = 2")


def test_a_page_has_one_allowance() -> None:
    """Many outputs that are small enough each are left out once the page is full."""
    views = view_outputs(*[make_data(text__html="<p>" + "x" * 90_000 + "</p>") for _ in range(60)])
    assert sum(len(view.markup) for view in views) < PAGE_BYTES
    assert {"frame", "page_full"} == {view.kind for view in views}


def test_many_outputs_and_cells_are_counted() -> None:
    """A thousand outputs or cells are cut short, and what is left out is counted."""
    outputs = [make_stream("x")] * 1000
    (cell,) = view_notebook(SubmissionExhibit(notebook=make_notebook(make_code("x", *outputs)))).by_task[None]
    assert len(cell.outputs) + cell.outputs_left_out == 1000
    cells = view_notebook(SubmissionExhibit(notebook=make_notebook(*[make_code("x")] * 1000)))
    assert len(cells.by_task[None]) + cells.cells_left_out == 1000


@pytest.mark.parametrize(("style", "background"), [(LIGHT_STYLE, "#f3f5f7"), (DARK_STYLE, "#15181d")])
def test_highlighted_source_has_enough_contrast(style: str, background: str) -> None:
    """Every colour of source code keeps a contrast of 4.5 with the ground it stands on."""
    ground = measure_luminance(background)
    for token, settings in get_style_by_name(style):
        # White space has a colour as well, which nothing shows.
        if settings["color"] and not settings["bgcolor"] and "Whitespace" not in str(token):
            light, dark = sorted((ground, measure_luminance(f"#{settings['color']}")), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, settings
