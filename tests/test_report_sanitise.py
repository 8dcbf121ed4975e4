"""Cleaning of text, HTML, Markdown, terminal output and images."""

import base64
from html.parser import HTMLParser

import pytest
from exhibit_samples import make_code, make_data, make_jpeg_header, make_notebook, make_png
from hypothesis import given
from hypothesis import strategies as st

from grader.exhibits import SubmissionExhibit
from grader.report.cells import MARKDOWN_CHARACTERS, CellView, view_notebook
from grader.report.sanitise import (
    ATTRIBUTES,
    CONTROLS,
    DIRECTIONS,
    TAGS,
    clean_html,
    clean_line,
    clean_text,
    is_clean,
    read_image,
    render_markdown,
    render_terminal,
    shorten_text,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=http://tracker.invalid/a.png>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>",
    "<base href='http://tracker.invalid/'>",
    "<meta http-equiv=refresh content='0;url=http://tracker.invalid/'>",
    "</iframe><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<style>body{background:url(http://tracker.invalid/)}</style>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form action=http://tracker.invalid><input type=submit></form>",
    "<div style='position:fixed;inset:0' id=main class=score>over the page</div>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<table background='http://tracker.invalid/'><tr><td>1</table>",
]


class Reader(HTMLParser):
    """Lists every element with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    """Fails if anything but listed elements with listed attributes stands in the HTML."""
    reader = Reader()
    reader.feed(html)
    for tag, attributes in reader.elements:
        assert tag in TAGS
        allowed = ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        assert set() == set(attributes) - allowed
        assert (attributes.get("href") or "http://").startswith(("http://", "https://"))
        assert (attributes.get("src") or "data:image/png;").startswith(
            ("data:image/png;", "data:image/jpeg;")
        )


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_becomes_harmless(html: str) -> None:
    """Scripts, handlers, styles, remote addresses and elements that act on a page do not survive."""
    assert_harmless(clean_html(html))
    assert_harmless(render_markdown(html))
    assert "tracker.invalid" not in clean_html(html)


@given(st.text(alphabet=st.sampled_from("<>/=\"' aimgscriptonerror:javdstyle&#;-!"), max_size=120))
def test_any_markup_becomes_harmless(html: str) -> None:
    """No arrangement of markup gets anything else through."""
    assert_harmless(clean_html(html, links=True))
    assert_harmless(render_markdown(html))


def test_tables_and_checked_images_survive() -> None:
    """What notebooks are for is kept: tables with their spans, and images that are what they claim."""
    image = f"data:image/png;base64,{make_png()}"
    cleaned = clean_html(f'<table><tr><td colspan="2">0.98</td></tr></table><img src="{image}">')
    assert f'<table><tbody><tr><td colspan="2">0.98</td></tr></tbody></table><img src="{image}">' == cleaned


def test_markdown_headings_stand_below_the_pages_own() -> None:
    """A student's top heading does not pose as the report's."""
    assert render_markdown("# Answer\n\n**참**") == "<h4>Answer</h4>\n<p><strong>참</strong></p>\n"


def test_markdown_links_lead_to_the_web_only() -> None:
    """Links are kept without a way back, and scripts behind links are dropped."""
    assert 'rel="noopener noreferrer nofollow"' in render_markdown("[docs](https://pytorch.org)")
    assert "javascript" not in render_markdown("[docs](javascript:alert(1))")


def view_markdown(*sources: str) -> tuple[CellView, ...]:
    """The cells of a notebook that holds nothing but Markdown."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": source} for source in sources]
    return view_notebook(SubmissionExhibit(notebook=make_notebook(*cells))).by_task[None]


SLOW_MARKDOWN = {
    "table": "|a|b|\n|-|-|\n" + "|x|y|\n" * 12_000,
    "wide table": "|a" * 2500 + "|\n" + "|-" * 2500 + "|\n" + "a\n" * 5000,
    "elements": "<div>" * 20_000,
    "formats": "".join(f"<b id={number}><p>" for number in range(1500)),
    "brackets": "![" * 10_000,
}


@pytest.mark.parametrize("name", SLOW_MARKDOWN)
def test_slow_markdown_is_rendered_up_to_a_budget(name: str) -> None:
    """200 cells that are made to be slow are cut, rendered while the page can afford it, then shown plain."""
    cells = view_markdown(*[SLOW_MARKDOWN[name]] * 200)
    assert max(0, len(SLOW_MARKDOWN[name]) - MARKDOWN_CHARACTERS) == cells[0].left_out
    plain = [cell for cell in cells if cell.markup.startswith("<pre>")]
    assert len(plain) > 20
    assert "</script>" not in plain[0].markup


def test_markdown_beyond_the_budget_is_escaped() -> None:
    """What is no longer rendered stands as it was written, and acts on nothing."""
    *_, last = view_markdown(*["a " * 9000] * 12, "</pre><script>alert(1)</script>\u202e" + "b" * 9000)
    assert f"<pre>&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u202e{'b' * 9000}</pre>" == last.markup


def test_markdown_of_a_real_notebook_is_rendered_in_full() -> None:
    """300 cells of a long paragraph are within the budget."""
    cells = view_markdown(*["## Task\n\n" + "Explain **why** the loss falls. " * 12] * 300)
    assert all(cell.markup.startswith("<h5>Task</h5>") for cell in cells)


def test_markdown_outputs_share_the_budget() -> None:
    """What a cell displays as Markdown is paid for by the same page."""
    outputs = [make_data(text__markdown=SLOW_MARKDOWN["brackets"]) for _ in range(30)]
    (cell,) = view_notebook(SubmissionExhibit(notebook=make_notebook(make_code("x", *outputs)))).by_task[None]
    assert [False, True] == [
        output.markup.startswith("<pre>") for output in (cell.outputs[0], cell.outputs[-1])
    ]


def test_terminal_colours_become_classes() -> None:
    """Red and bold are kept as classes, text is escaped, and every other escape is dropped."""
    rendered = render_terminal("\x1b[1;31mNameError\x1b[0m: <b> \x1b]0;title\x07\x1b[2Jx")
    assert rendered == '<span class="ansi-red ansi-bold">NameError</span>: &lt;b&gt; x'


def test_palette_colours_do_not_leak_into_each_other() -> None:
    """Numbers that belong to an extended colour are not read as codes of their own."""
    assert render_terminal("\x1b[38;5;1ma\x1b[38;2;1;31;4mb") == '<span class="ansi-red">a</span>b'


def test_progress_bars_show_their_last_state() -> None:
    """A line that was written over shows what a terminal would."""
    assert render_terminal("  0%\r 50%\r100%\r\ndone") == "100%\ndone"


def test_direction_and_control_characters_become_visible() -> None:
    """Text cannot turn itself round, ring a bell, or stop the file from being written."""
    assert clean_text("a\u202eb\x07c\ud800") == "a\\u202eb\ufffdc\ufffd"
    assert clean_line("\x1b[31mred\x1b[0m\n  line") == "red line"


def test_nothing_that_is_replaced_counts_as_clean() -> None:
    """Each character that is to be replaced is found, alone and among letters, in ASCII and beyond."""
    everything = "".join(map(chr, range(0x110000)))
    bad = {*CONTROLS.findall(everything), *DIRECTIONS.findall(everything)}
    assert {"\x00", "\x7f", "\x9f", "\ufeff", "\udfff", "\u202e"} < bad
    for character in bad:
        for text in (character, f"a\n{character}", f"한\n{character}"):
            assert not is_clean(text)
            assert character not in clean_text(text)


@given(st.text())
def test_clean_text_stays_as_it_is(text: str) -> None:
    """Text that counts as clean has nothing that is to be replaced, and is not changed."""
    if is_clean(text):
        assert (None, None) == (CONTROLS.search(text), DIRECTIONS.search(text))
        assert text == clean_text(text)


@pytest.mark.parametrize("text", ["", "x = 1\n\ty = 2\n", "한글 1 × 2\n– 3", "<svg>\n</svg>"])
def test_common_text_counts_as_clean(text: str) -> None:
    """Lines of code, of Korean and of markup are found clean without being searched."""
    assert is_clean(text)


def test_long_text_keeps_beginning_and_end() -> None:
    """The middle is cut, because errors stand at the end."""
    text, left_out = shorten_text("a" * 100 + "end", 40)
    assert (text, left_out) == ("a" * 30 + "\n[…]\n" + "a" * 7 + "end", 63)


def test_images_tell_their_size() -> None:
    """Width and height are read from the header of a PNG and of a JPEG."""
    png = read_image("image/png", make_png(3, 2))
    jpeg = read_image("image/jpeg", make_jpeg_header(640, 480))
    assert png and jpeg
    assert ((png.width, png.height), (jpeg.width, jpeg.height)) == ((3, 2), (640, 480))


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/png", "not base64!"),
        ("image/png", base64.b64encode(b"<script>alert(1)</script>").decode()),
        ("image/jpeg", make_png()),
        ("image/png", make_png(claimed=(60_000, 60_000))),
        ("image/png", make_png(claimed=(0, 0))),
        ("image/jpeg", make_jpeg_header(60_000, 60_000)),
        ("image/png", "A" * 3_000_000),
        ("image/svg+xml", "<html></html>"),
        ("image/svg+xml", '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>'),
    ],
)
def test_images_that_are_not_what_they_claim_are_refused(media_type: str, content: str) -> None:
    """Broken, disguised, oversized and exploding images are not shown."""
    assert read_image(media_type, content) is None
