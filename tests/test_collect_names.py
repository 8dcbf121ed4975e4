"""Names of students, as disks and zips have them."""

import os
import unicodedata
from pathlib import Path

from collect_samples import pack, spread
from hypothesis import given
from hypothesis import strategies as st

from grader.collect import collect_submissions
from grader.collect.names import clean_name, decode_name


def test_composed_and_decomposed_names_are_one_student(tmp_path: Path) -> None:
    """The same Korean name in NFC and NFD is one student, whose two notebooks are not chosen between."""
    composed, decomposed = (unicodedata.normalize(form, "김민수") for form in ("NFC", "NFD"))
    spread(tmp_path, {f"{composed}.ipynb": b"1", f"{decomposed}.ipynb": b"2", f"{decomposed}/": b""})
    (found,) = collect_submissions(tmp_path)
    assert composed == found.student
    assert "2 notebooks" in str(found.problem)


def test_korean_names_in_old_zips_are_read(tmp_path: Path) -> None:
    """Names without the UTF-8 flag are read as UTF-8, Korean or DOS, whichever they are."""
    for encoding, name in (("utf-8", "김민수"), ("cp949", "박펭수"), ("cp437", "René")):
        content = pack({"x" * len(name.encode(encoding)) + ".ipynb": b"1"})
        raw = name.encode(encoding)
        (tmp_path / f"{encoding}.zip").write_bytes(
            content.replace(b"x" * len(raw) + b".ipynb", raw + b".ipynb")
        )
        (found,) = collect_submissions(tmp_path / f"{encoding}.zip")
        assert name == found.student


def test_western_letters_are_not_taken_for_rare_syllables() -> None:
    """Two accented letters of DOS that cp949 could also read stay what they are."""
    assert decode_name("résumé".encode("cp437")) == "résumé"


def test_names_are_harmless_to_print(tmp_path: Path) -> None:
    """Controls, line breaks and signs that turn the direction of text never reach a report."""
    name = "kim\u202egnp\x1b[31m\n\u200b.ipynb"
    (tmp_path / name).write_bytes(b"")
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff\xfe.ipynb", os.O_CREAT))
    for found in collect_submissions(tmp_path):
        assert not set("\u202e\x1b\n\u200b") & set(found.student + found.file)
        (found.student + found.file).encode("utf-8")


@given(st.text(max_size=20))
def test_cleaning_a_name_twice_changes_nothing_more(name: str) -> None:
    """A cleaned name is NFC, can be written as UTF-8 and stays as it is."""
    cleaned = clean_name(name)
    assert cleaned == clean_name(cleaned) == unicodedata.normalize("NFC", cleaned)
    cleaned.encode("utf-8")
