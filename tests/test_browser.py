"""Report pages in a real browser: nothing runs, nothing is loaded, everything can be read."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from exhibit_samples import make_code, make_data, make_exhibit, make_notebook
from report_browser import CHROMIUM, Browser, start_browser
from report_samples import load_exam, make_class, make_result, make_sample_class

from grader.exhibits import SubmissionExhibit
from grader.report.files import write_reports

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; on Debian: apt install chromium"),
]

CONTRAST = """
(() => {
  const read = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = read(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = [];
  let count = 0;
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || element.closest('.matrix') || element.closest('.hidden, .skip')) continue;
    const style = getComputedStyle(element);
    const ink = read(element.closest('svg') ? style.fill : style.color).slice(0, 3);
    const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x);
    count += 1;
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push([text.slice(0, 40), (a + 0.05) / (b + 0.05)]);
  }
  return JSON.stringify({count, found});
})()
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all pages."""
    with start_browser() as started:
        yield started


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample class's reports."""
    out = tmp_path_factory.mktemp("reports")
    write_reports(out, load_exam(), make_sample_class(), {"이영희.ipynb": make_exhibit()})
    return out


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """The address of a local server, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def write_hostile(address: str) -> str:
    """HTML that loads from an address in every way it can."""
    return f"""
<script>fetch('{address}/script')</script><script src="{address}/source"></script>
<img src="{address}/image"><img src=x onerror="fetch('{address}/handler')">
<link rel="stylesheet" href="{address}/sheet"><style>@import url({address}/import);</style>
<div style="background:url({address}/background)">x</div><iframe src="{address}/frame"></iframe>
<object data="{address}/object"></object><video src="{address}/video" autoplay></video>
<svg><image href="{address}/drawn"/><script>fetch('{address}/drawn-script')</script></svg>
<meta http-equiv="refresh" content="1;url={address}/refresh">
</iframe><script>document.title = 'owned'; fetch('{address}/escaped')</script>
"""


@pytest.mark.parametrize("page", ["index.html", "이영희.html", "오세훈.html"])
def test_pages_load_nothing_and_complain_of_nothing(browser: Browser, reports: Path, page: str) -> None:
    """A page asks for itself and its own data: images only, and its console stays empty."""
    browser.open((reports / page).as_uri())
    others = [url for url in browser.list_events("Network.requestWillBeSent") if not url.startswith("data:")]
    assert [(reports / page).as_uri()] == others
    assert browser.list_complaints() == []


def test_raw_hostile_html_reaches_the_canary(
    browser: Browser, tmp_path: Path, canary: tuple[str, list[str]]
) -> None:
    """The hostile sample does what it threatens where nobody stops it, so silence below means something."""
    address, asked = canary
    page = tmp_path / "raw.html"
    page.write_text(f"<!doctype html><title>-</title>{write_hostile(address)}", encoding="utf-8")
    browser.open(page.as_uri(), settle_seconds=0.3)
    assert {"/script", "/source", "/image", "/handler", "/sheet", "/frame"} <= set(asked)


def test_hostile_notebook_reaches_nobody(
    browser: Browser, tmp_path: Path, canary: tuple[str, list[str]]
) -> None:
    """The same HTML as source, text, table, drawing, error and name loads nothing and runs nothing."""
    address, asked = canary
    html = write_hostile(address)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}/d"/><script>alert(1)</script></svg>'
    )
    notebook = make_notebook(
        make_code(
            html,
            make_data(text__html=html),
            make_data(text__markdown=html),
            make_data(image__svg_xml=drawing),
            {"output_type": "stream", "text": html},
            {"output_type": "error", "traceback": [html]},
        ),
        {"cell_type": "markdown", "source": f"{html}\n\n![x]({address}/markdown)"},
    )
    exhibit = SubmissionExhibit(notebook=notebook, cell_tasks=("1.1", "1.1"), notes=(html,))
    result = make_class(make_result(html, {"1.1": 0.0}, file="x.ipynb"))
    pages = write_reports(tmp_path, load_exam(), result, {"x.ipynb": exhibit})
    for page in (path for path in pages if path.suffix == ".html"):
        browser.open(page.as_uri(), settle_seconds=1.5)
        assert browser.evaluate("document.title") != "owned"
        outside = [url for url in browser.list_events("Network.requestWillBeSent") if url.startswith("http")]
        assert outside == []
    assert asked == []


def test_framed_outputs_are_shown(browser: Browser, reports: Path) -> None:
    """A table of an output can be read in its locked frame, which the page's policy does not block."""
    browser.open((reports / "이영희.html").as_uri())
    sessions = [e["params"]["sessionId"] for e in browser.events if e["method"] == "Target.attachedToTarget"]
    shown = [
        browser.call("Runtime.evaluate", session, expression="document.body.innerText", returnByValue=True)
        for session in sessions
    ]
    assert len(shown) == 1
    assert "0.981" in shown[0]["result"]["value"]


@pytest.mark.parametrize("page", ["index.html", "이영희.html", "오세훈.html"])
def test_pages_can_be_read_on_a_telephone(browser: Browser, reports: Path, page: str) -> None:
    """At 360 pixels no page has to be scrolled sideways, even with everything unfolded."""
    browser.open((reports / page).as_uri(), width=360)
    browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("page", ["index.html", "이영희.html", "오세훈.html"])
def test_text_has_enough_contrast(browser: Browser, reports: Path, page: str, dark: bool) -> None:
    """All text keeps a contrast of 4.5 with its ground, on a light and on a dark page."""
    browser.open((reports / page).as_uri(), dark=dark)
    audit = json.loads(browser.evaluate(CONTRAST))
    assert audit["found"] == []
    # An audit that looks at nothing would find nothing.
    assert audit["count"] > 5
    ground = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == ("rgb(18, 20, 25)" if dark else "rgb(247, 248, 249)")
