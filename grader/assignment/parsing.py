"""Parses code that somebody else wrote, as far as that takes a time in keeping with its length."""

import ast
import re
import unicodedata
import warnings

UNREADABLE = (SyntaxError, ValueError, MemoryError, RuntimeError)
"""What reading code, or walking over its tree, may end in: deep nesting is a RuntimeError, and so is what
IPython finds no end of."""

FOREIGN = re.compile(r"[^\x00-\x7f]{400,}")
MOST_COMBINING = 200
"""Marks that combine with the letter before them, in one run of letters; no language has ten."""


def is_slow_name(source: str) -> bool:
    """Whether code holds a name so long that only a machine can have written it.

    Python brings names into NFKC, which takes quadratic time on a run of combining characters.
    """
    return any(
        sum(unicodedata.combining(character) > 0 for character in run) > MOST_COMBINING
        for run in FOREIGN.findall(source)
    )


def parse_code(source: str) -> ast.Module:
    """The syntax tree of Python; one of `UNREADABLE` for what is none or would take too long.

    Python's remarks on a student's code, such as on its escapes, are nobody's business here.
    """
    if is_slow_name(source):
        raise SyntaxError("a name with hundreds of combining characters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
