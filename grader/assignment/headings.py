"""Reads the headings of a notebook's cells: numbers of parts and tasks in the forms that students write."""

import io
import re
import tokenize
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nbformat import NotebookNode

Style = Literal["full", "word", "round", "dot", "bare", "part"]

LONG_LINE, MOST_ESCAPES = 1_000, 100
"""A line of code with more characters and more backslashes is data, or made to be slow."""
FENCE = re.compile(r"^\s*(?:```|~~~)")
DECORATION = re.compile(r"^(?:[\s>*_`~|•·-]|\+\s|<[^<>]{1,40}>)+")
LEVEL = re.compile(r"^[\s>*_-]*(#{1,6})(?!#)\s*|^\s*<h([1-6])[^<>]*>", re.IGNORECASE)
CIRCLED = {ord("①") + offset: f"({offset + 1})" for offset in range(20)}

# A number that goes on like this is spoken of, as in "the same start as (2)", and heads nothing.
PARTICLES = "와|과|은|는|이|가|을|를|의|에|에서|에는|로|으로|부터|까지|처럼|도"
NOT_SPOKEN_OF = rf"(?![%\d])(?!(?:번\s*)?(?:{PARTICLES})(?:\s|$))"
NUMBER = r"(?P<number>\d{1,2})"
PART = re.compile(
    r"(?:(?:part|section|파트|제)\s*(?P<part>\d{1,2})\s*(?:부|장|파트)?|(?P<before>\d{1,2})\s*(?:부|파트))"
    r"(?![\w%])(?:\s*[.,:·-])*\s*",
    re.IGNORECASE,
)
FULL = re.compile(
    rf"[(\[]?(?P<part>\d{{1,2}})\s*[.-]\s*[(\[]?{NUMBER}[)\]]?(?:\s*번)?{NOT_SPOKEN_OF}(?=$|[\s.:,)\]*_`~|·])"
)
# Here the first number may be the part, as in 1번 (2), or the task, and the second one a step of its answer.
LOOSE = re.compile(
    r"(?:(?P<part>\d{1,2})|\(\s*(?P<bracketed>\d{1,2})\s*\)(?=\s*-\s*\())"
    r"(?:\s*번\s*(?:-\s*|(?=\())|\s*-\s*(?=\()|(?=\())"
    rf"(?:\(\s*{NUMBER}\s*\)|(?P<plain>\d{{1,2}})){NOT_SPOKEN_OF}(?=$|[\s.:,)\]*_`~|·])"
)
WORD = re.compile(
    r"[\[(<【]?\s*(?:문제|문항|과제|problem|question|exercise|task|prob|ex|q|no)\s*[.#]?\s*(?:(?P<full>[(\[]?\d.*)|$)",
    re.IGNORECASE,
)
ROUND = re.compile(
    rf"(?:[(\[]\s*{NUMBER}\s*[)\]]|(?P<half>\d{{1,2}})\s*\)|(?P<nth>\d{{1,2}})\s*번){NOT_SPOKEN_OF}"
)
DOT = re.compile(rf"{NUMBER}(?:\.(?!\d)|$){NOT_SPOKEN_OF}")
PLAIN = re.compile(rf"{NUMBER}(?!\w|[.]\d){NOT_SPOKEN_OF}")
BARE = re.compile(rf"{NUMBER}(?=[*_`]+(?:\s|$)){NOT_SPOKEN_OF}")
# Up to the last sign of a number, so that emphasis in what follows it stays whole.
LEAD = re.compile(r"(?:[\s*_`~]*(?:[()\[\].-]|\d{1,2}(?!\d)|번))+")
TRUTH_OFFERED = re.compile(
    r"참\s*(?:[/,|·]|과|와|또는|혹은|이나|-)?\s*거짓|true\s*(?:[/,|·]|or|and|또는)?\s*false|(?<!\w)(?-i:O\s?/?\s?X|T\s?/\s?F)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heading:
    """A line that starts with a number of a part or a task."""

    style: Style
    part: str | None
    number: str | None
    """Within its part; None for a part's own heading."""
    level: int
    """Markdown's, 1 to 6; 0 for a line that is no header."""
    is_framed: bool
    """Whether the number is set off by bold type or as code."""
    rest: str
    """What follows the number on the line."""
    offers_truth: bool = False
    """Whether the line speaks of true and false."""
    is_comment: bool = False
    is_loose: bool = False
    """Whether `part` may as well be the task, and `number` a step of its answer, as in 1번 (2)."""


def normalise_line(line: str) -> str:
    """A line in NFKC, so that Hangul is composed and full-width or circled numbers are plain ones."""
    return unicodedata.normalize("NFKC", line.translate(CIRCLED))


def read_heading(line: str, is_comment: bool = False) -> Heading | None:
    """The heading that a line of Markdown, or of a comment without its sign, starts with."""
    line = normalise_line(line[:400])
    header = None if is_comment else LEVEL.match(line)
    level = (len(header[1]) if header[1] else int(header[2])) if header else 0
    after = line[header.end() :] if header else line
    decoration = DECORATION.match(after)
    text = after[decoration.end() :] if decoration else after
    is_framed = level == 0 and bool(decoration and re.search(r"\*\*|__|`|<b|<strong|<h|[*_]$", decoration[0]))
    is_bare = bool(decoration and re.search(r"[*_`]$", decoration[0]) and BARE.match(text))
    text = LEAD.sub(lambda lead: re.sub(r"[*_`~]", "", lead[0]), text, count=1) if LEAD.match(text) else text
    offers_truth = bool(TRUTH_OFFERED.search(text))

    def make(
        style: Style, part: str | None, number: str | None, rest: str, is_loose: bool = False
    ) -> Heading:
        plain = [str(int(value)) if value else None for value in (part, number)]
        return Heading(style, plain[0], plain[1], level, is_framed, rest, offers_truth, is_comment, is_loose)

    def make_loose(match: re.Match[str], rest: str) -> Heading:
        part, number = match["part"] or match["bracketed"], match["number"] or match["plain"]
        return make("full", part, number, rest, is_loose=True)

    part = None
    if match := PART.match(text):
        part, text = match["part"] or match["before"], text[match.end() :]
    if match := WORD.match(text):
        inner = match["full"] or ""
        if full := FULL.match(inner):
            return make("full", full["part"], full["number"], inner[full.end() :])
        if not part and (loose := LOOSE.match(inner)):
            return make_loose(loose, inner[loose.end() :])
        if number := ROUND.match(inner) or PLAIN.match(inner):
            value = next(filter(None, number.groups()))
            return make("full" if part else "word", part, value, inner[number.end() :])
    if not part and (match := FULL.match(text)):
        return make("full", match["part"], match["number"], text[match.end() :])
    if not part and (match := LOOSE.match(text)):
        return make_loose(match, text[match.end() :])
    if match := ROUND.match(text):
        value = next(filter(None, match.groups()))
        return make("full" if part else "round", part, value, text[match.end() :])
    if part:
        return make("part", part, None, text)
    if match := DOT.match(text):
        if match.end() == len(match["number"]) and not (level or is_framed):
            return None
        return make("dot", None, match["number"], text[match.end() :])
    if is_bare and (match := BARE.match(text)):
        return make("bare", None, match["number"], text[match.end() :])
    return None


def list_headings(cell: NotebookNode) -> list[Heading]:
    """All headings of a Markdown cell, or the one that a code cell's first comment makes."""
    if cell.cell_type == "code":
        # Magics such as %%time may stand above it.
        first = next((line for line in cell.source.splitlines() if line.strip() and line[0] not in "%!"), "")
        heading = read_heading(first.lstrip("#% "), is_comment=True) if first.startswith("#") else None
        return [heading] if heading and heading.style in ("full", "word", "round") else []
    lines = list_prose(cell.source)
    found = [read_heading(line) or _read_truth_title(line, index == 0) for index, line in enumerate(lines)]
    return [heading for heading in found if heading]


def _read_truth_title(line: str, is_first: bool) -> Heading | None:
    """The heading of statements to be called true or false that bears no number."""
    level = LEVEL.match(line)
    if not TRUTH_OFFERED.search(normalise_line(line[:400])):
        return None
    if not (is_first or level or line.lstrip().startswith("**")):
        return None
    return Heading("part", None, None, int(bool(level)), False, "", offers_truth=True)


def list_prose(source: str) -> list[str]:
    """The lines of a Markdown text that are not blank and stand in no fenced block of code."""
    lines, is_fenced = [], False
    for line in source.splitlines():
        if FENCE.match(line):
            is_fenced = not is_fenced
        elif line.strip() and not is_fenced:
            lines.append(line)
    return lines


def split_tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a code cell. Raises TokenError or SyntaxError where it stops being Python."""
    if any(len(line) > LONG_LINE and line.count("\\") > MOST_ESCAPES for line in source.splitlines()):
        # From each escaped quote of a line that closes none, Python's tokenizer looks to the line's end.
        raise tokenize.TokenError("a line of escapes")
    yield from tokenize.generate_tokens(io.StringIO(source).readline)


def list_comments(source: str) -> Iterator[str]:
    """Comments of a code cell in their order, with their signs."""
    if "#" not in source:
        return
    try:
        for token in split_tokens(source):
            if token.type == tokenize.COMMENT:
                yield token.string
    except (tokenize.TokenError, SyntaxError):
        # What was read until the cell stopped being Python still counts.
        return
