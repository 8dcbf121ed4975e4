"""File names of students' pages."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.names import name_pages

FORBIDDEN = set('<>:"/\\|?*\0\n\r\t.') | {chr(code) for code in range(0x202A, 0x202F)}


@pytest.mark.parametrize(
    ("student", "page"),
    [
        ("김철수", "김철수.html"),
        (unicodedata.normalize("NFD", "김철수"), "김철수.html"),
        ("Ada Lovelace", "Ada-Lovelace.html"),
        ("../../etc/passwd", "etc-passwd.html"),
        ("a\\b:c\nd", "a-b-c-d.html"),
        ("\u202eevil", "evil.html"),
        ("...", "submission.html"),
        ("", "submission.html"),
        ("CON", "CON-2.html"),
        ("com¹", "com.html"),
        ("Index", "Index-2.html"),
    ],
)
def test_names_are_readable_and_safe(student: str, page: str) -> None:
    """A page is named after its student, without what a file system or a person could stumble over."""
    assert (page,) == name_pages([student])


def test_namesakes_get_pages_of_their_own() -> None:
    """Students whose names a file system could confuse do not overwrite each other's pages."""
    students = ["kim", "Kim", "kim-2", "ＫＩＭ", "kim"]
    assert name_pages(students) == ("kim.html", "Kim-2.html", "kim-2-2.html", "ＫＩＭ-3.html", "kim-4.html")


def test_long_names_are_cut_between_characters() -> None:
    """A name of 300 Hangul gives a valid name that fits every file system."""
    (page,) = name_pages(["가" * 300])
    assert set("가") == set(page.removesuffix(".html"))
    assert len(page.encode()) < 255


@given(st.lists(st.text(max_size=200), max_size=8))
def test_any_names_stay_in_their_folder_and_apart(students: list[str]) -> None:
    """Whatever students are called, each gets one plain NFC file name, different from all others."""
    pages = name_pages(students)
    assert len(students) == len(pages)
    assert len(pages) == len({unicodedata.normalize("NFKC", page).casefold() for page in pages})
    for page in pages:
        stem = page.removesuffix(".html")
        assert Path("out") == (Path("out") / page).parent
        assert set() == FORBIDDEN & set(stem)
        assert unicodedata.normalize("NFC", page) == page
        assert len(page.encode()) < 255
        assert stem.casefold() not in {"index", "con", "nul", "prn", "aux"}
