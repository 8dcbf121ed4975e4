"""A student's cells as a page shows them: highlighted, sanitised, and within the page's size."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from markupsafe import Markup, escape
from pygments import highlight  # type: ignore[import-untyped]  # stubs are no dependency
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

from grader.exhibits import SubmissionExhibit
from grader.records import CellRun
from grader.report.notebook import Cell, Output, read_cells
from grader.report.sanitise import (
    Image,
    clean_html,
    clean_text,
    read_image,
    render_markdown,
    render_terminal,
    shorten_text,
)

PAGE_BYTES = 3_500_000
"""What a page spends on cells, of the 5 MB that it may take in all."""
PAGE_CHARACTERS = 1_000_000
"""What a page renders, images aside: some texts are made to be slow, and many of them fit a page."""
PAGE_MARKDOWN = 200_000
"""Characters of Markdown, or of the HTML it becomes where that is longer, that a page renders as such.

20,000 made to be slow take up to 0.35 s, or 1.2 s where they become so much that no second is rendered."""
SOURCE_CHARACTERS = 40_000
HIGHLIGHT_CHARACTERS = 12_000
MARKDOWN_CHARACTERS = 20_000
TEXT_CHARACTERS = 20_000
HTML_CHARACTERS = 100_000
OUTPUTS_PER_CELL = 50
CELLS_PER_PAGE = 400

LIGHT_STYLE, DARK_STYLE = "xcode", "github-dark"
"""Those of pygments' styles whose every colour has a contrast of 4.5 on the page's own backgrounds."""

CACHED_SOURCES = 200
"""Highlighted sources that are kept: the cells that students are given are the same on all their pages."""
PYTHON, SPANS = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)

NOTHING = Markup()
LONG_SPACE = re.compile(r"\s{300}")


@dataclass(frozen=True)
class OutputView:
    """One output, ready to be shown."""

    kind: Literal["text", "error", "image", "frame", "too_large", "unreadable", "page_full"]
    markup: Markup = NOTHING
    """Of text and error: what stands in the page. Of frame: the body of the framed document."""
    image: Image | None = None
    height_rem: int = 0
    """Of frame: an estimate, since a frame without scripts cannot tell its height."""
    left_out: int = 0
    """Characters cut out of the middle."""


@dataclass(frozen=True)
class CellView:
    """One cell, ready to be shown."""

    number: int
    """Place in the notebook, from 1."""
    task: str | None
    kind: Literal["code", "markdown"]
    markup: Markup
    left_out: int = 0
    page_full: bool = False
    run: CellRun | None = None
    outputs: tuple[OutputView, ...] = ()
    outputs_left_out: int = 0


@dataclass(frozen=True)
class NotebookView:
    """All cells of a notebook by task, None being those that answer no task."""

    by_task: Mapping[str | None, tuple[CellView, ...]] = field(default_factory=dict)
    readable: bool = True
    cells_left_out: int = 0


@dataclass
class Allowance:
    """Bytes that a page may still spend; what does not fit is refused, and smaller things may follow."""

    bytes_left: int = PAGE_BYTES
    characters_left: int = PAGE_CHARACTERS
    markdown_left: int = PAGE_MARKDOWN

    def start(self, characters: int) -> bool:
        """Whether a text of that length may still be rendered, whatever becomes of it."""
        self.characters_left -= characters
        return self.characters_left >= 0 and self.bytes_left > 0

    def render_markdown(self, source: str) -> Markup:
        """Markdown as HTML, or its source as it stands once the page has rendered enough of it."""
        if len(source) > self.markdown_left:
            return Markup("<pre>{}</pre>").format(clean_text(source))
        markup = render_markdown(source)
        self.markdown_left -= max(len(source), len(markup))
        return markup

    def take(self, size_bytes: int) -> bool:
        """Whether that many bytes were left, which they are then no more."""
        if size_bytes > self.bytes_left:
            return False
        self.bytes_left -= size_bytes
        return True


def view_notebook(exhibit: SubmissionExhibit) -> NotebookView:
    """The notebook's cells, ready to be shown; unreadable if the text is no notebook."""
    cells = read_cells(exhibit.notebook)
    if cells is None:
        return NotebookView(readable=False)
    runs = {run.index: run for run in exhibit.cells}
    allowance = Allowance()
    by_task: dict[str | None, tuple[CellView, ...]] = {}
    for index, cell in enumerate(cells[:CELLS_PER_PAGE]):
        task = exhibit.cell_tasks[index] if index < len(exhibit.cell_tasks) else None
        if cell.kind != "raw" and (cell.source.strip() or cell.outputs):
            view = view_cell(cell, index, task, runs.get(index), allowance)
            by_task[task] = (*by_task.get(task, ()), view)
    return NotebookView(by_task, cells_left_out=max(0, len(cells) - CELLS_PER_PAGE))


def view_cell(
    cell: Cell, index: int, task: str | None, run: CellRun | None, allowance: Allowance
) -> CellView:
    """One cell, ready to be shown."""
    render, characters = (
        (allowance.render_markdown, MARKDOWN_CHARACTERS)
        if cell.kind == "markdown"
        else (highlight_python, SOURCE_CHARACTERS)
    )
    source, left_out = shorten_text(cell.source, characters)
    markup = render(source) if allowance.start(len(source)) else None
    fits = markup is not None and allowance.take(count_bytes(markup))
    outputs = cell.outputs[:OUTPUTS_PER_CELL]
    return CellView(
        number=index + 1,
        task=task,
        kind="markdown" if cell.kind == "markdown" else "code",
        markup=markup if markup is not None and fits else NOTHING,
        left_out=left_out,
        page_full=not fits,
        run=run,
        outputs=tuple(view_output(output, allowance) for output in outputs),
        outputs_left_out=len(cell.outputs) - len(outputs),
    )


@lru_cache(CACHED_SOURCES)
def highlight_python(source: str) -> Markup:
    """Python source as spans of pygments' classes, to stand in a `pre`.

    A source so long, or with so much white space in one run, that only a machine can have written it
    stays plain: the lexer takes a time that grows with the square of such a run, 14 s for 40,000.
    """
    source = clean_text(source)
    if len(source) > HIGHLIGHT_CHARACTERS or LONG_SPACE.search(source):
        return escape(source.rstrip("\n"))
    return Markup(highlight(source, PYTHON, SPANS).rstrip("\n"))


def style_source(dark: bool) -> Markup:
    """The style sheet that colours highlighted source on a light or on a dark page."""
    formatter = HtmlFormatter(style=DARK_STYLE if dark else LIGHT_STYLE)
    return Markup("\n".join(formatter.get_token_style_defs(".source")))


def view_output(output: Output, allowance: Allowance) -> OutputView:
    """One output in the best form that can be shown safely: an image, a framed document, or text."""
    if output.kind != "data":
        return view_text(output.text, output.kind == "error", allowance)
    data = dict(output.data)
    refused: OutputView | None = None
    for media_type in ("image/png", "image/jpeg", "image/svg+xml"):
        if media_type in data:
            image = read_image(media_type, data[media_type])
            if image and allowance.take(len(image.source)):
                return OutputView("image", image=image)
            refused = OutputView("page_full" if image else "unreadable")
    for media_type, render, characters in (
        ("text/html", clean_html, HTML_CHARACTERS),
        ("text/markdown", allowance.render_markdown, MARKDOWN_CHARACTERS),
    ):
        if media_type not in data:
            continue
        if len(data[media_type]) > characters:
            refused = OutputView("too_large")
        elif allowance.start(len(data[media_type])):
            view = view_frame(render(data[media_type]))
            if allowance.take(count_bytes(escape(str(view.markup)))):
                return view
            refused = OutputView("page_full")
        else:
            refused = OutputView("page_full")
    if "text/plain" in data:
        return view_text(data["text/plain"], False, allowance)
    return refused or OutputView("unreadable")


def view_text(text: str, error: bool, allowance: Allowance) -> OutputView:
    """Text or a traceback, its middle cut out if it is long."""
    text, left_out = shorten_text(text.rstrip("\n"), TEXT_CHARACTERS)
    if not allowance.start(len(text)):
        return OutputView("page_full")
    markup = render_terminal(text)
    if not allowance.take(count_bytes(markup)):
        return OutputView("page_full")
    return OutputView("error" if error else "text", markup, left_out=left_out)


def view_frame(markup: Markup) -> OutputView:
    """Cleaned HTML for a frame about as high as its lines need, at most 30 rem."""
    lines = sum(markup.count(end) for end in ("</tr>", "</p>", "</li>", "<br>", "</div>", "</h", "</pre>"))
    lines = max(lines, 1 + len(markup.striptags()) // 90)
    height_rem = 25 if "<img" in markup else min(30, 3 + round(1.7 * lines))
    return OutputView("frame", markup, height_rem=height_rem)


def count_bytes(markup: Markup) -> int:
    """Size in UTF-8."""
    return len(markup.encode("utf-8"))
