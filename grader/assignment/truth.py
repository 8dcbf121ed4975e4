"""Reads one answer to a true/false statement out of a line that a student wrote."""

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from grader.assignment.headings import normalise_line

NOT_TRUE = r"(?:참이|맞지|옳지|사실이)\s*(?:아니|않|아닙|아님)\w*|not\s+(?:true|correct)"
NOT_FALSE = r"(?:거짓이|틀리지)\s*(?:아니|않|아닙|아님)\w*|not\s+(?:false|wrong|incorrect)"
STATEMENT = r"\s*(?:말|진술|문장|설명)(?:이다|입니다)?"
SAYS_FALSE = (
    r"거짓(?:이다|입니다|임|이에요)?|false|틀리다|틀림|틀렸다|틀렸음|틀렸습니다|틀립니다"
    rf"|틀린{STATEMENT}|아니다|아니오|아닙니다|incorrect|wrong"
)
SAYS_TRUE = (
    r"참(?:이다|입니다|임|이에요)?|true|맞다|맞음|맞는다|맞습니다|맞아요"
    rf"|맞는{STATEMENT}|옳다|옳음|옳습니다|옳은{STATEMENT}|correct"
)
LETTER_FALSE = r"[FfXx×✕✗✘❌]"
LETTER_TRUE = r"[TtOo○◯⭕✓✔✅]"
# Negations are tried before the words that they hold: "참이 아니다" says false.
LONG = (
    rf"(?<!\w)(?:(?P<not_true>{NOT_TRUE})|(?P<not_false>{NOT_FALSE})"
    rf"|(?P<false>{SAYS_FALSE})|(?P<true>{SAYS_TRUE}))(?!\w)"
)
WORD = re.compile(LONG, re.IGNORECASE)
ANY = rf"(?:{LONG}|(?<!\w)(?:(?P<f>{LETTER_FALSE})|(?P<t>{LETTER_TRUE}))(?!\w))"
EXACT = re.compile(rf"[\W_]*?{ANY}[\W_]*", re.IGNORECASE)
MARKED = re.compile(rf"(?:답안?|answer|ans|solution)\s*(?:은|는|is)?\s*[:=\-→>*_`\s(]+{ANY}", re.IGNORECASE)
EMPHASIS = re.compile(r"\*\*(.+?)\*\*|__(.+?)__|`([^`]+)`|<(?:b|strong|u|mark)>(.+?)</", re.IGNORECASE)
STRUCK = re.compile(r"~~(.+?)~~|<(?:s|del|strike)>(.+?)</(?:s|del|strike)>", re.IGNORECASE)
STARTS = re.compile(rf"[\W_]*(?:{LONG}|(?P<f>[FX])|(?P<t>[TO]))(?=[\s]*[.,:;()\-–—→]|$|\s+[^\w\s])")
STARTS_WORD = re.compile(rf"[\W_]*{LONG}", re.IGNORECASE)
# A letter ends a line as an answer in "(X)", "…다(X)", "…. X" or "→ X", and not in "net(x)".
ENDS = re.compile(
    rf"(?:(?i:{LONG})|(?:(?:^|(?<=[\s다요까.?!]))[(\[]\s*|(?<=[→:=-])\s*|(?<=[다요까.?!])\s+)"
    rf"(?:(?P<f>[FX×])|(?P<t>[TO○])))[\W_]*$"
)
OFFER = re.compile(
    r"(?P<a>[*_~`<>/a-z\[\]]*?(?P<first>참|거짓|True|False|(?<!\w)[TFOX](?!\w))[*_~`<>/a-z]*)\s*[/,|·]\s*"
    r"(?P<b>[*_~`<>/a-z]*?(?P<second>참|거짓|True|False|(?<!\w)[TFOX](?!\w))[*_~`<>/a-z]*)",
    re.IGNORECASE,
)
UNTICKED = re.compile(r"\[\s\]\s*[^\[\]\n]*")
TOKEN = re.compile(r"\w+|[^\w\s]")
MAX_LINE_CHARACTERS = 1_000
"""The patterns take quadratic time on lines made for that."""
MAX_STEPS = 4_000
"""Pairs of equal tokens of two lines that are compared: a line of text beside its copy has some 100."""
MAX_LIKELY = 8
"""Released lines that a line is compared with, those first that it shares most tokens with."""
TRUE_CHOICES = {"참", "true", "t", "o"}


def read_truths(lines: Sequence[str], quoted: Sequence[str]) -> set[bool]:
    """The truth values that lines of a student state, as far as the clearest way of stating any of them goes.

    `quoted` are lines of the released notebook: where a line repeats one of them, only what was added to it
    counts. Two values come back where the student stated both equally clearly, none where neither.
    """
    lines = list(dict.fromkeys(line[:MAX_LINE_CHARACTERS] for line in lines))
    chosen = {value for line in lines if (value := _read_choice(normalise_line(line))) is not None}
    if chosen:
        return chosen
    added = [text for line in lines for text in _drop_quotes(_drop_offers(normalise_line(line)), quoted)]
    readers = (_read_marked, _read_exact, _read_emphasised, _read_edge, _read_anywhere)
    for reader in readers:
        found = set().union(*(reader(line) for line in added)) if added else set()
        if found:
            return found
    return set()


def _read_match(match: re.Match[str] | None) -> set[bool]:
    if not match:
        return set()
    groups = match.groupdict()
    says_false = groups.get("not_true") or groups.get("false") or groups.get("f")
    return {not says_false}


def _read_choice(line: str) -> bool | None:
    """The one of two offered answers that is set off, or that was not struck out."""
    offer = OFFER.search(line)
    if not offer:
        return None
    values = [offer[name].casefold() in TRUE_CHOICES for name in ("first", "second")]
    if values[0] == values[1]:
        return None
    struck = [bool(STRUCK.search(offer[name])) for name in "ab"]
    if struck[0] != struck[1]:
        return values[struck.index(False)]
    framed = [bool(EMPHASIS.search(offer[name])) for name in "ab"]
    if framed[0] != framed[1]:
        return values[framed.index(True)]
    return None


def _drop_offers(line: str) -> str:
    line = STRUCK.sub(" ", line)
    if "[x]" in line.casefold() or "[ ]" in line:
        line = UNTICKED.sub(" ", line)
    offer = OFFER.search(line)
    if offer and (offer["first"].casefold() in TRUE_CHOICES) != (offer["second"].casefold() in TRUE_CHOICES):
        line = line[: offer.start()] + " " + line[offer.end() :]
    return re.sub(r"\[x\]", " ", line, flags=re.IGNORECASE)


def _drop_quotes(line: str, quoted: Sequence[str]) -> list[str]:
    """What a line says beyond the released line that it repeats; the line itself if it repeats none."""
    spans = [match.span() for match in TOKEN.finditer(line[:2_000])]
    tokens = [line[start:end].casefold() for start, end in spans]
    count = Counter(tokens)
    likely: list[tuple[int, tuple[str, ...]]] = []
    for source in quoted:
        known, known_count = _split_quoted(source)
        common = count.keys() & known_count.keys()
        most = sum(min(count[token], known_count[token]) for token in common)
        # Tokens that come again and again make the comparison slow, and no line of text.
        steps = sum(count[token] * known_count[token] for token in common)
        if len(common) >= 3 and 2 * most >= len(known) and steps <= MAX_STEPS:
            likely.append((most, known))
    best: list[tuple[int, int]] = []
    for most, known in sorted(likely, key=lambda line: -line[0])[:MAX_LIKELY]:
        if most <= sum(size for _, size in best):
            break
        blocks = difflib.SequenceMatcher(None, tokens, known, autojunk=False).get_matching_blocks()
        shared = sum(block.size for block in blocks)
        if shared >= 3 and 2 * shared >= len(known) and shared > sum(size for _, size in best):
            best = [(block.a, block.size) for block in blocks if block.size]
    if not best:
        return [line]
    pieces, at = [], 0
    for start, size in best:
        pieces.append(line[at : spans[start][0]])
        at = spans[start + size - 1][1]
    pieces.append(line[at:])
    return [piece for piece in pieces if piece.strip()]


@lru_cache(maxsize=1_024)
def _split_quoted(source: str) -> tuple[tuple[str, ...], Counter[str]]:
    known = tuple(TOKEN.findall(normalise_line(source[:2_000]).casefold()))
    return known, Counter(known)


def repeats_line(line: str, quoted: Sequence[str]) -> bool:
    """Whether a line repeats at least half of one of those released lines."""
    line = normalise_line(line[:MAX_LINE_CHARACTERS])
    return _drop_quotes(line, quoted) != [line]


def _read_marked(line: str) -> set[bool]:
    return _read_match(MARKED.search(line))


def _read_exact(line: str) -> set[bool]:
    return _read_match(EXACT.fullmatch(line))


def _read_emphasised(line: str) -> set[bool]:
    inner = (next(filter(None, match.groups())) for match in EMPHASIS.finditer(line))
    return set().union(*(_read_exact(text) for text in inner), set())


def _read_edge(line: str) -> set[bool]:
    """A word that the line starts with, or else ends with."""
    start = STARTS.match(line) or STARTS_WORD.match(line)
    return _read_match(start) or _read_match(ENDS.search(line))


def _read_anywhere(line: str) -> set[bool]:
    found: set[bool] = set()
    for match in WORD.finditer(line):
        found |= _read_match(match)
    return found
