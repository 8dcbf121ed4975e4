"""Names of files: out of any encoding, safe to print, and what learning platforms write into them."""

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MOODLE = re.compile(
    r"(?P<student>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:[_.].*)?", re.DOTALL
)
CANVAS = re.compile(
    r"(?P<student>[^_]+)(?:_late)?_(?P<id>\d{2,})_(?P<attachment>\d{3,})_.+", re.I | re.DOTALL
)
BLACKBOARD = re.compile(r"(?P<who>.+_.+?)_attempt_\d{4}(?:-\d\d){5}(?:_.*)?(?:\.[^.]*)?", re.DOTALL)

HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of controls, invisible formats, surrogates and separators of lines and paragraphs."""


@dataclass(frozen=True, order=True)
class Owner:
    """Whom a name points to."""

    student: str
    number: str = ""
    """The platform's id of the student, which tells namesakes apart; empty if the name holds none."""


def clean_name(name: str) -> str:
    """A file name or path in NFC, as UTF-8 can hold it, without characters that change how text is shown.

    Control characters, line breaks and the invisible format characters (among them those that turn the
    direction of text) are replaced, so that a name cannot pretend to be another.
    """
    if any("\ud800" <= sign <= "\udfff" for sign in name):
        name = decode_name(os.fsencode(name)) if _is_from_disk(name) else name
    normal = unicodedata.normalize("NFC", name)
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in HARMFUL else sign for sign in normal
    )


def _is_from_disk(name: str) -> bool:
    return all("\udc80" <= sign <= "\udcff" for sign in name if "\ud800" <= sign <= "\udfff")


def decode_name(raw: bytes) -> str:
    """A name whose encoding nobody wrote down: UTF-8, Korean (cp949) or, failing both, DOS (cp437)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        korean = raw.decode("cp949")
    except UnicodeDecodeError:
        return raw.decode("cp437")
    foreign = [sign for sign in korean if not sign.isascii()]
    # cp949 also makes rare syllables out of Western letters such as 0x82 (é) followed by a plain one. The
    # syllables of euc-kr are those that Korean is written with.
    common = [sign for sign in foreign if "가" <= sign <= "힣" and sign.encode("euc_kr", "ignore")]
    return korean if 2 * len(common) > len(foreign) else raw.decode("cp437")


def read_owner(name: str) -> Owner | None:
    """Whom a folder of a Moodle download belongs to, or None if the name is no such folder's."""
    match = MOODLE.fullmatch(name)
    return Owner(match["student"].strip(), match["id"]) if match else None


def read_owners(names: Iterable[str], others: Iterable[str] = ()) -> dict[str, Owner]:
    """Whom the files of one folder belong to, for those names that a learning platform wrote.

    `names` are those of notebooks and zips, `others` of all other files. Canvas' pattern, a word and two
    numbers, also fits names that people choose, such as `hw_20240612_153000_final.ipynb`; so it counts only
    if it fits all notebooks and zips, and they differ in the student.
    """
    names, everything = list(names), [*names, *others]
    owners = {name: owner for name in everything if (owner := read_owner(name))}
    canvas = {name: match for name in everything if (match := CANVAS.fullmatch(name)) and name not in owners}
    students = {match["student"] for match in canvas.values()}
    numbers = {match["id"] for match in canvas.values()}
    is_download = bool(names) and all(name in canvas for name in names)
    if is_download and (len(students) > 1 or len(numbers) == 1):
        owners |= {name: Owner(match["student"], match["id"]) for name, match in canvas.items()}
    blackboard = {name: match["who"] for name in everything if (match := BLACKBOARD.fullmatch(name))}
    prefix = _find_shared_prefix(set(blackboard.values()))
    return owners | {name: Owner(who[len(prefix) :]) for name, who in blackboard.items()}


def _find_shared_prefix(whose: set[str]) -> str:
    """The assignment's name with its underscore: all but the last word, as far as all have it in common.

    User names may hold underscores too; a prefix that all share keeps them whole where the class has two
    students or more.
    """
    if len(whose) == 1:
        return next(iter(whose)).rpartition("_")[0] + "_"
    shared = os.path.commonprefix(sorted(whose))  # noqa: RUF071 - characters are meant, these are no paths
    return shared[: shared.rfind("_") + 1]
