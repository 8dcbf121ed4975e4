"""Compares cells with those of the released notebook."""

import re
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from nbformat import NotebookNode

from grader.assignment.headings import list_comments, split_tokens
from grader.assignment.spec import Assignment

WORDS = re.compile(r"[^\W_]+(?:[._][^\W_]+)*")
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
MAX_CELL_CHARACTERS = 100_000
"""A longer cell holds data, is no copy of a released one, and would take seconds to split into tokens."""
ENOUGH = 0.6
"""Share of a task's weighted words that make a cell the task's."""
MARGIN = 0.05
"""By which the best task must lead: texts of sibling tasks share all but a few words."""


def normalise_code(source: str) -> str:
    """The source without comments, blank lines and spacing; empty if nothing in it does anything."""
    kept: list[str] = []
    if len(source) > MAX_CELL_CHARACTERS:
        return source
    try:
        for token in split_tokens(source):
            if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE):
                kept.append(tokenize.tok_name[token.type])
            elif token.type not in LAYOUT:
                kept.append(token.string)
    except (tokenize.TokenError, SyntaxError):
        lines = (line.strip() for line in source.splitlines())
        kept = [line for line in lines if line and not line.startswith("#")]
    return " ".join(kept).removesuffix("NEWLINE").strip()


def normalise_text(source: str) -> str:
    """The text in NFC, with every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", source).split())


def normalise_cell(cell: NotebookNode) -> str:
    """What two cells have in common if they differ only in layout or, for code, in comments."""
    return normalise_code(cell.source) if cell.cell_type == "code" else normalise_text(cell.source)


def list_words(text: str) -> set[str]:
    """The words of a text in lower case; a dotted name is one word."""
    return {word.casefold() for word in WORDS.findall(unicodedata.normalize("NFKC", text))}


def list_cell_words(cell: NotebookNode) -> set[str]:
    """The words that say what a cell is about: its text, or the comments of its code."""
    if len(cell.source) > MAX_CELL_CHARACTERS:
        return set()
    if cell.cell_type == "code":
        return list_words(" ".join(list_comments(cell.source)))
    return list_words(cell.source)


def weigh_words(texts: Iterable[set[str]]) -> dict[str, float]:
    """A weight for each word: one over the number of texts that have it."""
    return {word: 1 / count for word, count in Counter(word for text in texts for word in text).items()}


class Likeness:
    """The released notebook's tasks as bags of words."""

    def __init__(self, assignment: Assignment, released: NotebookNode) -> None:
        ids = {task.id for task in assignment.task}
        self.texts: list[tuple[str, set[str]]] = []
        for cell in released.cells:
            task = read_mark(cell, "task")
            if task in ids and (words := list_cell_words(cell)):
                self.texts.append((task, words))
        for spec in assignment.task:
            self.texts += [(spec.id, list_words(title)) for title in (spec.title.ko, spec.title.en)]
        self.weights = weigh_words(words for _, words in self.texts)
        self.wholes = [self._weigh(words) for _, words in self.texts]

    def _weigh(self, words: Iterable[str]) -> float:
        return sum(self.weights[word] for word in words)

    def find_task(self, cell: NotebookNode) -> str | None:
        """The task that a cell's words are most like; None if none is, or two are about equally."""
        words = list_cell_words(cell)
        scores: dict[str, float] = {}
        for (task, known), whole in zip(self.texts, self.wholes, strict=True):
            shared = self._weigh(known & words)
            # A title of one word stands in many sentences: it counts in a cell that says little else.
            is_heading = len(words) <= 3 * len(known)
            if whole and is_heading:
                scores[task] = max(scores.get(task, 0.0), shared / whole)
        best = sorted(scores, key=lambda task: -scores[task])[:2]
        if not best or scores[best[0]] < ENOUGH:
            return None
        return best[0] if len(best) == 1 or scores[best[0]] - scores[best[1]] >= MARGIN else None


def read_mark(cell: NotebookNode, key: str) -> str | None:
    """What the release wrote on a cell under `metadata.grader`."""
    marks = cell.metadata.get("grader")
    value = marks.get(key) if isinstance(marks, Mapping) else None
    return value if isinstance(value, str) else None
