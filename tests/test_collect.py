"""Whose notebooks stand where, in every layout that teachers hand in."""

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from collect_samples import pack, spread

from grader.collect import collect_submissions
from grader.errors import CollectError


def collect(root: Path) -> dict[str, tuple[str, bytes]]:
    """File and bytes of every student that can be graded; fails if one cannot."""
    found = collect_submissions(root)
    assert [None] * len(found) == [submission.problem for submission in found]
    return {submission.student: (submission.file, submission.content) for submission in found}


LAYOUTS = {
    "flat": ({"lee.ipynb": b"L", "kim.ipynb": b"K"}, {"kim": "kim.ipynb", "lee": "lee.ipynb"}),
    "folders": ({"kim/hw.ipynb": b"K", "lee/a.ipynb": b"L"}, {"kim": "kim/hw.ipynb", "lee": "lee/a.ipynb"}),
    "folders one deeper": (
        {"kim/hw/hw.ipynb": b"K", "lee/src/a.ipynb": b"L"},
        {"kim": "kim/hw/hw.ipynb", "lee": "lee/src/a.ipynb"},
    ),
    "wrapper": (
        {"class/kim/hw.ipynb": b"K", "class/lee/hw.ipynb": b"L"},
        {"kim": "class/kim/hw.ipynb", "lee": "class/lee/hw.ipynb"},
    ),
    "sections": (
        {"A/kim/x.ipynb": b"K", "A/lee/x.ipynb": b"L", "B/kim/x.ipynb": b"other"},
        {"kim (A)": "A/kim/x.ipynb", "lee": "A/lee/x.ipynb", "kim (B)": "B/kim/x.ipynb"},
    ),
    "files and folders mixed": (
        {"kim.ipynb": b"K", "lee/deep/deeper/x.ipynb": b"L", "README.md": b"hi"},
        {"kim": "kim.ipynb", "lee": "lee/deep/deeper/x.ipynb"},
    ),
    "a zip for each student": (
        {"kim.zip": pack({"hw.ipynb": b"K"}), "lee.zip": pack({"hw/a.ipynb": b"L"})},
        {"kim": "kim.zip/hw.ipynb", "lee": "lee.zip/hw/a.ipynb"},
    ),
    "a zip in each folder": (
        {"kim/a.zip": pack({"hw.ipynb": b"K"}), "lee/hw.ipynb": b"L"},
        {"kim": "kim/a.zip/hw.ipynb", "lee": "lee/hw.ipynb"},
    ),
    "moodle": (
        {
            "김민수_12_assignsubmission_file_/hw.ipynb": b"K",
            "Lee, Ann_13_assignsubmission_file/hw.ipynb": b"L",
        },
        {
            "김민수": "김민수_12_assignsubmission_file_/hw.ipynb",
            "Lee, Ann": "Lee, Ann_13_assignsubmission_file/hw.ipynb",
        },
    ),
    "moodle without folders, namesakes": (
        {"kim_12_assignsubmission_file_a.ipynb": b"K", "kim_13_assignsubmission_file_a.ipynb": b"L"},
        {
            "kim (12)": "kim_12_assignsubmission_file_a.ipynb",
            "kim (13)": "kim_13_assignsubmission_file_a.ipynb",
        },
    ),
    "canvas": (
        {"kimminsu_123_4567_hw_1.ipynb": b"K", "leeann_LATE_124_4568_hw.zip": pack({"x.ipynb": b"L"})},
        {"kimminsu": "kimminsu_123_4567_hw_1.ipynb", "leeann": "leeann_LATE_124_4568_hw.zip/x.ipynb"},
    ),
    "names that only look like canvas": (
        {"hw_20240612_153000_a.ipynb": b"K", "hw_20240613_160000_b.ipynb": b"L"},
        {
            "hw_20240612_153000_a": "hw_20240612_153000_a.ipynb",
            "hw_20240613_160000_b": "hw_20240613_160000_b.ipynb",
        },
    ),
    "blackboard": (
        {
            "HW 1_kim_ms_attempt_2024-06-12-10-00-00_hw.ipynb": b"K",
            "HW 1_kim_ms_attempt_2024-06-12-10-00-00.txt": b"receipt",
            "HW 1_lee_attempt_2024-06-12-11-00-00_hw.ipynb": b"L",
        },
        {
            "kim_ms": "HW 1_kim_ms_attempt_2024-06-12-10-00-00_hw.ipynb",
            "lee": "HW 1_lee_attempt_2024-06-12-11-00-00_hw.ipynb",
        },
    ),
    "litter of other programs": (
        {
            "kim/hw.ipynb": b"K",
            "kim/.ipynb_checkpoints/hw-checkpoint.ipynb": b"old",
            "kim/._hw.ipynb": b"fork",
            "__MACOSX/kim/hw.ipynb": b"fork",
            "lee/hw.ipynb": b"L",
            ".ipynb_checkpoints/x.ipynb": b"old",
            ".git/x.ipynb": b"old",
        },
        {"kim": "kim/hw.ipynb", "lee": "lee/hw.ipynb"},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("is_packed", [False, True], ids=["folder", "zip"])
def test_every_layout_gives_each_student_the_right_file(layout: str, is_packed: bool, tmp_path: Path) -> None:
    """A folder and a zip of it give the same students, each with the bytes of the right notebook."""
    files, expected = LAYOUTS[layout]
    if is_packed:
        root = tmp_path / "class.zip"
        root.write_bytes(pack(files))
    else:
        root = spread(tmp_path / "class", files)
    found = collect(root)
    assert expected == {student: file for student, (file, _) in found.items()}
    assert {b"K", b"L"} <= {content for _, content in found.values()}


def test_single_notebook_is_its_own_student(tmp_path: Path) -> None:
    """One file gives one submission under the file's name, with its digest."""
    (tmp_path / "kim.ipynb").write_bytes(b"text")
    (found,) = collect_submissions(tmp_path / "kim.ipynb")
    expected = ("kim", "kim.ipynb", hashlib.sha256(b"text").hexdigest())
    assert expected == (found.student, found.file, found.sha256)


def test_zip_of_a_folder_of_notebooks_is_a_class(tmp_path: Path) -> None:
    """The name that packing puts before each file is not taken for a student."""
    (tmp_path / "a.zip").write_bytes(pack({"hw/kim.ipynb": b"K", "hw/lee.ipynb": b"L"}))
    assert collect(tmp_path / "a.zip") == {"kim": ("hw/kim.ipynb", b"K"), "lee": ("hw/lee.ipynb", b"L")}


def test_order_is_that_of_the_files(tmp_path: Path) -> None:
    """Submissions come sorted by path, whatever order the disk has."""
    names = ["다.ipynb", "b.ipynb", "가.ipynb", "a.ipynb", "B.ipynb"]
    spread(tmp_path, dict.fromkeys(names, b""))
    assert sorted(names) == [found.file for found in collect_submissions(tmp_path)]


def test_several_notebooks_are_named_and_none_is_chosen(tmp_path: Path) -> None:
    """Two drafts give one submission without content whose problem names both and says what to do."""
    spread(tmp_path, {"kim/a.ipynb": b"1", "kim/b.ipynb": b"2", "lee/a.ipynb": b"3"})
    kim, lee = collect_submissions(tmp_path)
    assert kim.content == b""
    assert "kim/a.ipynb, kim/b.ipynb" in str(kim.problem)
    assert "Keep the one" in str(kim.problem)
    assert lee.problem is None


def test_equal_copies_and_autosaves_are_left_aside_with_a_note(tmp_path: Path) -> None:
    """A copy that is equal to the byte and an autosave beside its original leave one notebook to grade."""
    files = {
        "kim/hw.ipynb": b"1",
        "kim/hw (1).ipynb": b"1",
        "lee/x.ipynb": b"2",
        "lee/x-checkpoint.ipynb": b"0",
    }
    kim, lee = collect_submissions(spread(tmp_path, files))
    assert (kim.student, kim.content, kim.problem) == ("kim", b"1", None)
    assert "the same as" in kim.notes[0]
    assert (lee.file, lee.content, lee.problem) == ("lee/x.ipynb", b"2", None)
    assert "x-checkpoint.ipynb" in lee.notes[0]


def test_folder_without_a_notebook_is_a_submission_with_a_problem(tmp_path: Path) -> None:
    """A student who handed in something else, or nothing, is not missing from the class."""
    spread(tmp_path, {"kim/hw.ipynb": b"1", "lee/report.pdf": b"", "park/": b""})
    _, lee, park = collect_submissions(tmp_path)
    assert (lee.student, lee.file) == ("lee", "lee")
    assert "report.pdf" in str(lee.problem)
    assert "empty" in str(park.problem)


def test_wrong_file_in_a_platform_download_is_a_submission_with_a_problem(tmp_path: Path) -> None:
    """Where the platform names the student, a script in place of a notebook still counts as handed in."""
    spread(tmp_path, {"kim_12_assignsubmission_file_hw.py": b"", "lee_13_assignsubmission_file_a.ipynb": b""})
    kim, lee = collect_submissions(tmp_path)
    assert kim.student == "kim"
    assert "hw.py" in str(kim.problem)
    assert lee.problem is None


def test_links_pipes_and_folders_are_never_read(tmp_path: Path) -> None:
    """Whatever is no regular file is a problem of that student, at once and without being followed."""
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(b"secret")
    root = spread(tmp_path / "class", {"zoe.ipynb": b"fine", "dir.ipynb/inner.ipynb": b"x"})
    (root / "link.ipynb").symlink_to(secret)
    (root / "dangling.ipynb").symlink_to(tmp_path / "nowhere")
    (root / "folderlink").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.ipynb")
    found = {submission.student: submission for submission in collect_submissions(root)}
    expected = {"dangling": "link", "dir": "folder", "folderlink": "link", "link": "link", "pipe": "pipe"}
    assert {*expected, "zoe"} == set(found)
    for student, word in expected.items():
        assert word in str(found[student].problem)
        assert found[student].content == b""
    assert found["zoe"].content == b"fine"


def test_unreadable_file_and_folder_are_problems() -> None:
    """Missing permission stops one student, not the class."""
    own_id = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        root = spread(Path(name), {"a/hw.ipynb": b"1", "b/hw.ipynb": b"2", "c/hw.ipynb": b"3"})
        root.chmod(0o755)
        (root / "a/hw.ipynb").chmod(0)
        (root / "b").chmod(0)
        try:
            if own_id == 0:
                os.seteuid(65534)  # root may read everything, nobody may not
            a, b, c = collect_submissions(root)
        finally:
            os.seteuid(own_id)
            (root / "b").chmod(0o755)
    assert "Permission" in str(a.problem)
    assert "Permission" in str(b.problem)
    assert (c.problem, c.content) == (None, b"3")


@pytest.mark.parametrize(
    ("make", "fact"),
    [
        (lambda root: root / "missing", "There is no"),
        (lambda root: spread(root, {"a.txt": b""}) / "a.txt", "neither a folder nor a notebook"),
        (lambda root: spread(root, {"data/x.csv": b"", "b.md": b""}), "it holds b.md, data/"),
        (lambda root: spread(root, {"a/": b""}) / "a", "it is empty"),
        (lambda root: spread(root, {"a.zip": b"no zip"}) / "a.zip", "damaged"),
        (lambda root: spread(root, {"a.zip": pack({"x": b""})}) / "a.zip", "it holds x"),
    ],
    ids=["missing", "text", "no notebook", "empty", "damaged zip", "zip without notebook"],
)
def test_place_without_submissions_is_refused(make, fact: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The message says what was found there and what should be given instead."""
    with pytest.raises(CollectError, match=fact) as caught:
        collect_submissions(make(tmp_path))
    assert str(tmp_path) in str(caught.value)
    assert str(caught.value).endswith(".")
