"""Makes what students wrote fit to be shown: text, HTML, Markdown, terminal colours and images.

A student's notebook is read by the person who marks it, in the same folder as everyone else's pages. So
whatever comes from it is escaped, or cleaned to a short list of harmless elements, or refused.
"""

import base64
import binascii
import re
import struct
from collections import Counter
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

IMAGE_BYTES = 1_500_000
"""Largest image that a page carries: a 10-by-6-inch figure at 150 dpi takes about a tenth of it."""
IMAGE_PIXELS = 40_000_000
"""Largest image that a browser is asked to unpack, since a few bytes can stand for gigabytes of pixels."""

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
ASCII_CONTROLS = bytes(code for code in range(128) if CONTROLS.match(chr(code)))
DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ESCAPES = re.compile(
    r"\x1b\[([0-9;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?"
)
COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

_FORMATS = "b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
FORMAT = re.compile(rf"<({_FORMATS})[\s/][^>]*>", re.IGNORECASE)
"""Elements that HTML opens again in every block until they are closed, all that differ in an attribute: 41 kB
of them become 31 MB. Without attributes, which are dropped anyway, it is three of a name."""
FORMAT_ENDS = re.compile(rf"<(/?)({_FORMATS})>", re.IGNORECASE)
OPEN_FORMATS = 8
REOPENED_FORMATS = 100_000

TAGS = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
    ),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
    ),
    *("s", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead"),
    *("tr", "u", "ul", "var"),
}
CONTENT_TAGS = {"iframe", "noscript", "object", "script", "style", "template", "textarea", "title"}
"""Elements whose content goes with them, because it was never meant to be read."""
ATTRIBUTES = {
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


@dataclass(frozen=True)
class Image:
    """An image that may be shown."""

    source: str
    """A data: URI."""
    width: int | None = None
    """Pixels; None where the image scales."""
    height: int | None = None


def clean_text(text: str) -> str:
    """The text without characters that act on what stands around them.

    Control characters and lone surrogates become U+FFFD. Characters that turn the direction of writing
    become visible as their escapes, because they let code and names read as something they are not.
    """
    if is_clean(text):
        return text
    return DIRECTIONS.sub(lambda found: f"\\u{ord(found[0]):04x}", CONTROLS.sub("\ufffd", text))


def is_clean(text: str) -> bool:
    """Whether `clean_text` certainly has nothing to do; where it is not certain, False.

    Nothing that it replaces is printable in Python's sense. That is found out in a tenth of the time of
    its patterns for a word, and in a third for a page.
    """
    if text.isprintable():
        return True
    if text.isascii():
        return len(text.encode().translate(None, ASCII_CONTROLS)) == len(text)
    # Not the method of a subclass: that of Markup escapes, which takes longer than all the rest.
    return str.replace(text, "\n", "").isprintable()


def clean_line(text: str) -> str:
    """The text on one line, without terminal escapes or characters that act on what stands around them."""
    return clean_text(" ".join(ESCAPES.sub("", text).split()))


def shorten_text(text: str, characters: int) -> tuple[str, int]:
    """Beginning and end of a long text, and how many characters were left out between them.

    The end is kept because that is where an error says what happened.
    """
    left_out = len(text) - characters
    if left_out <= 0:
        return text, 0
    tail = characters // 4
    return f"{text[: characters - tail]}\n[…]\n{text[-tail:]}", left_out


def render_terminal(text: str) -> Markup:
    """Terminal output as HTML: the eight colours and bold as classes, every other escape dropped.

    A line that was overwritten by a carriage return shows its last state, as a progress bar does.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)
    parts: list[Markup] = []
    colour, bold, position = "", False, 0
    for found in ESCAPES.finditer(text):
        parts.append(wrap_coloured(text[position : found.start()], colour, bold))
        position = found.end()
        if found[1] is not None:
            colour, bold = read_colour(found[1], colour, bold)
    parts.append(wrap_coloured(text[position:], colour, bold))
    return Markup("").join(parts)


def wrap_coloured(text: str, colour: str, bold: bool) -> Markup:
    """Escaped text in a span that carries its colour."""
    if not text or not (colour or bold):
        return escape(clean_text(text))
    names = " ".join(filter(None, (colour and f"ansi-{colour}", "ansi-bold" if bold else "")))
    return Markup('<span class="{}">{}</span>').format(names, clean_text(text))


def read_colour(codes: str, colour: str, bold: bool) -> tuple[str, bool]:
    """Colour and boldness after the codes of one escape, given those before it."""
    numbers = [int(code) if code.isdecimal() and len(code) < 4 else 0 for code in re.split("[;:]", codes)]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            colour, bold = "", False
        elif code in (1, 22):
            bold = code == 1
        elif 30 <= code <= 37 or 90 <= code <= 97:
            colour = COLOURS[code % 10]
        elif code == 39:
            colour = ""
        elif code in (38, 48) and numbers:
            # Followed by "5;n" or by "2;r;g;b"; of these only the first 16 of the palette have a name.
            arguments = numbers[1:2] if numbers[0] == 5 else numbers[1:4]
            del numbers[: 1 + len(arguments)]
            if code == 38:
                named = len(arguments) == 1 and arguments[0] < 16
                colour = COLOURS[arguments[0] % 8] if named else ""
    return colour, bold


def _is_endless(html: str) -> bool:
    """Whether formats that nobody closes would come again in so many elements that they fill the page."""
    still_open: Counter[str] = Counter()
    most = 0
    for slash, name in FORMAT_ENDS.findall(html):
        name = name.lower()
        still_open[name] = max(0, still_open[name] - 1) if slash else still_open[name] + 1
        # Of equal ones a parser of HTML opens three again.
        most = max(most, min(3, still_open[name]) + sum(min(3, count) for count in still_open.values()))
    return most > OPEN_FORMATS and most * html.count("<") > REOPENED_FORMATS


def clean_html(html: str, *, links: bool = False) -> Markup:
    """HTML cut down to text, tables, lists and checked images; links only to the web, and only if wanted."""

    def keep_attribute(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            image = read_image_source(value)
            return image.source if image else None
        if (tag, attribute) == ("a", "href"):
            return value if links and value.startswith(("https://", "http://")) else None
        if attribute in ("width", "height", "colspan", "rowspan", "span", "start"):
            return value if value.isascii() and value.isdecimal() and len(value) <= 4 else None
        return value

    html = FORMAT.sub(r"<\1>", clean_text(html))
    if _is_endless(html):
        return Markup("<pre>{}</pre>").format(html)
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=CONTENT_TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep_attribute,
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(cleaned)


def render_markdown(source: str) -> Markup:
    """Markdown as cleaned HTML whose headings stand below those of the page around it."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # Its own check would drop data: images; clean_html checks every address afterwards.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    tokens = parser.parse(clean_text(source))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"
    return clean_html(parser.renderer.render(tokens, parser.options, {}), links=True)


def read_image_source(source: str) -> Image | None:
    """The image of a data: URI of PNG or JPEG, or None for any other address."""
    found = re.fullmatch(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]*)", source)
    return read_image(found[1], found[2]) if found else None


def read_image(media_type: str, content: str) -> Image | None:
    """The image if it is what it claims and not too large, or None.

    PNG and JPEG are base64 text whose first bytes must agree with the media type. SVG is source text: it
    is shown as an image only, where a browser neither runs its scripts nor follows its links.
    """
    if len(content) > IMAGE_BYTES * 4 // 3 + 4:
        return None
    if media_type == "image/svg+xml":
        text = clean_text(content)
        if "<svg" not in text or "<!ENTITY" in text.upper():
            return None
        return Image(f"data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}")
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    size = {"image/png": measure_png, "image/jpeg": measure_jpeg}[media_type](data)
    if size is None or not 0 < size[0] * size[1] <= IMAGE_PIXELS:
        return None
    return Image(f"data:{media_type};base64,{base64.b64encode(data).decode()}", *size)


def measure_png(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, or None if the data does not begin as a PNG does."""
    if len(data) < 24 or data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def measure_jpeg(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, or None if the data is no JPEG up to its frame header."""
    if data[:2] != b"\xff\xd8":
        return None
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], struct.unpack(">H", data[position + 2 : position + 4])[0]
        # C0 to CF are frame headers, but for the Huffman and arithmetic tables and a reserved one.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return None
