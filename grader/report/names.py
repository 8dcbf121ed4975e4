"""File names for students' pages."""

import unicodedata
from collections.abc import Iterable

STEM_BYTES = 120
"""Longest stem in UTF-8: file systems allow 255, and decomposing Hangul triples its bytes at most."""

RESERVED = frozenset(
    {"index", "con", "prn", "aux", "nul", "conin", "conout"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)
"""Stems that are taken: the class's own page, and devices that Windows finds behind any extension."""


def name_pages(students: Iterable[str]) -> tuple[str, ...]:
    """One file name a student, in their order: readable, NFC, and different from every other.

    A name holds letters, marks, digits, `-` and `_` only, so that it can neither climb out of its folder
    nor be hidden or taken for a device. Names count as different only if they still are after folding
    case and compatibility forms, because the file systems of macOS and Windows fold them as well.
    """
    taken = set(RESERVED)
    pages = []
    for student in students:
        stem = name_stem(student)
        unique, number = stem, 2
        while fold_name(unique) in taken:
            unique, number = f"{stem}-{number}", number + 1
        taken.add(fold_name(unique))
        pages.append(f"{unique}.html")
    return tuple(pages)


def name_stem(student: str) -> str:
    """A student's name as the stem of a file, not yet unique."""
    name = unicodedata.normalize("NFC", student)
    kept = "".join(character if is_kept(character) else " " for character in name)
    # Normalised again: a mark that stood behind something dropped may now follow a letter.
    stem = unicodedata.normalize("NFC", "-".join(kept.split()))
    short = stem.encode("utf-8", "ignore")[:STEM_BYTES].decode("utf-8", "ignore")
    return short.strip("-_") or "submission"


def is_kept(character: str) -> bool:
    """Whether a character may stand in a file name. Superscript digits may not: Windows reserves COM¹."""
    return character in "-_" or unicodedata.category(character)[0] in "LM" or character.isdecimal()


def fold_name(stem: str) -> str:
    """What two stems share if a file system could take them for the same."""
    return unicodedata.normalize("NFKC", stem).casefold()
