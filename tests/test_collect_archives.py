"""Zips of classes and students: damaged, locked, lying and harmful ones too."""

import stat
import struct
import zipfile
from pathlib import Path

from collect_samples import pack, spread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.collect import collect_submissions
from grader.errors import CollectError
from grader.notebook import MAX_NOTEBOOK_BYTES


def test_too_large_file_is_a_problem(tmp_path: Path) -> None:
    """A file beyond the cap is refused, packed or not."""
    with (tmp_path / "big.ipynb").open("wb") as stream:
        stream.truncate(MAX_NOTEBOOK_BYTES + 1)
    (tmp_path / "bomb.zip").write_bytes(pack({"x.ipynb": bytes(MAX_NOTEBOOK_BYTES + 1)}))
    for found in collect_submissions(tmp_path):
        assert "64 MiB" in str(found.problem)


def test_zip_that_lies_about_its_size_is_a_problem(tmp_path: Path) -> None:
    """An entry that declares 10 bytes and holds many megabytes is damaged, not unpacked."""
    packed = bytearray(pack({"x.ipynb": bytes(8 * 2**20)}))
    at = packed.index(b"PK\x01\x02") + 24
    packed[at : at + 4] = struct.pack("<I", 10)
    (tmp_path / "a.zip").write_bytes(packed)
    (found,) = collect_submissions(tmp_path / "a.zip")
    assert "damaged" in str(found.problem)


def test_paths_that_leave_the_zip_are_refused(tmp_path: Path) -> None:
    """Climbing, absolute and drive paths are problems; nothing is written anywhere."""
    bad = ["../kim.ipynb", "/etc/lee.ipynb", "C:/park.ipynb", "a/../../choi.ipynb"]
    root = tmp_path / "in" / "a.zip"
    root.parent.mkdir()
    root.write_bytes(pack(dict.fromkeys(bad, b"x")))
    found = collect_submissions(root)
    assert len(found) == 4
    assert all("leads out" in str(submission.problem) for submission in found)
    assert [root.parent] == list(tmp_path.iterdir())


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    """A packed symbolic link is a problem, not the path that it holds."""
    link = zipfile.ZipInfo("kim.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    (found,) = collect_submissions(tmp_path / "a.zip")
    assert "link" in str(found.problem)
    assert found.content == b""


def test_locked_and_exotic_entries_are_problems(tmp_path: Path) -> None:
    """Passwords and packing methods whose output cannot be bounded are refused with a remedy."""
    locked = bytearray(pack({"x.ipynb": b"x"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    spread(
        tmp_path,
        {"kim/a.zip": bytes(locked), "lee/a.zip": pack({"x.ipynb": b"x" * 99}, zipfile.ZIP_BZIP2)},
    )
    kim, lee = collect_submissions(tmp_path)
    assert "password" in str(kim.problem)
    assert "method" in str(lee.problem)


def test_zips_within_zips_end(tmp_path: Path) -> None:
    """A zip in the class's zip is opened; a chain of them is refused."""
    content = pack({"hw.ipynb": b"x"})
    for _ in range(5):
        content = pack({"inner.zip": content})
    (tmp_path / "a.zip").write_bytes(pack({"kim.zip": content, "lee.zip": pack({"hw.ipynb": b"L"})}))
    kim, lee = collect_submissions(tmp_path / "a.zip")
    assert "too many" in str(kim.problem)
    assert lee.content == b"L"


def test_damaged_zip_stops_one_student(tmp_path: Path) -> None:
    """A student's broken zip is that student's problem; beside a notebook it is a note."""
    spread(tmp_path, {"kim/a.zip": b"PK", "lee/a.zip": b"PK", "lee/hw.ipynb": b"L"})
    kim, lee = collect_submissions(tmp_path)
    assert "damaged" in str(kim.problem)
    assert (lee.problem, lee.content) == (None, b"L")
    assert "lee/a.zip" in lee.notes[0]


@given(data=st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_a_zip_crashes(data: st.DataObject, tmp_path: Path) -> None:
    """A zip with bytes changed gives submissions or CollectError, nothing else."""
    content = bytearray(
        pack({"kim/hw.ipynb": b"text" * 9, "lee.zip": pack({"hw.ipynb": b"x"}), "한.ipynb": b""})
    )
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "a.zip").write_bytes(content)
    try:
        found = collect_submissions(tmp_path / "a.zip")
    except CollectError:
        return
    students = [submission.student for submission in found]
    assert len(students) == len(set(students))
