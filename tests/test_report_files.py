"""The files of a class's reports."""

import csv
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from exhibit_samples import make_exhibit
from report_samples import load_exam, make_class, make_result, make_sample_class, make_ungradable

from grader.errors import GraderError
from grader.report import files
from grader.report.files import replace_files, write_reports
from grader.report.shown import render_shown
from grader.results import ClassResult

EXAM = load_exam()


def read_grades(out: Path) -> list[list[str]]:
    """All rows of grades.csv."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_every_submission_gets_a_page(tmp_path: Path) -> None:
    """The class's page, a page a submission, the table and the results are written, and nothing else."""
    result = make_sample_class()
    written = write_reports(tmp_path / "new" / "reports", EXAM, result, {"이영희.ipynb": make_exhibit()})
    assert sorted((tmp_path / "new" / "reports").iterdir()) == sorted(written)
    assert len(result.submissions) + 3 == len(written)
    assert {"index.html", "김철수.html", "김철수-2.html", "grades.csv"} <= {path.name for path in written}
    assert "epoch 20: 0.4210" in (tmp_path / "new" / "reports" / "이영희.html").read_text(encoding="utf-8")


def test_index_links_lead_to_pages(tmp_path: Path) -> None:
    """Each page's name stands in the class's page, percent-encoded as an address needs it."""
    write_reports(tmp_path, EXAM, make_class(make_result("김 #1", {})), {})
    assert (tmp_path / "김-1.html").exists()
    assert 'href="%EA%B9%80-1.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "student", ["../../escape", "/etc/passwd", "a\nb", "\u202egnp.exe", "김" * 300, "...", "CON", "", "x\0y"]
)
def test_no_name_climbs_out_of_the_folder(tmp_path: Path, student: str) -> None:
    """Whatever a student is called, everything is written into the folder itself."""
    out = tmp_path / "reports"
    write_reports(out, EXAM, make_class(make_result(student, {}, file="x.ipynb")), {})
    assert [out] == list(tmp_path.iterdir())
    assert len(list(out.iterdir())) == 4


def test_grades_open_in_excel(tmp_path: Path) -> None:
    """The table begins with a mark that makes Excel read Hangul, and has a row a submission."""
    write_reports(
        tmp_path, EXAM, make_class(make_result("김철수", {"1.3": 0.0}), make_ungradable("오세훈")), {}
    )
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    header, graded, ungradable = read_grades(tmp_path)
    assert header[:6] == ["student", "file", "status", "score", "max_score", "needs_review"]
    assert [task.id for task in EXAM.task] == header[6:]
    assert graded[:6] == ["김철수", "김철수.ipynb", "graded", "85.0", "100.0", "no"]
    assert dict(zip(header, graded, strict=True))["1.3"] == "0.0"
    assert ["오세훈", "오세훈.ipynb", "ungradable", "0.0", "100.0", "yes", *[""] * 11] == ungradable


@pytest.mark.parametrize(
    "student", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("http://x","y")']
)
def test_names_never_become_formulas(tmp_path: Path, student: str) -> None:
    """A cell that a spreadsheet would calculate is written as text."""
    write_reports(tmp_path, EXAM, make_class(make_result(student, {}, file=f"{student}.ipynb")), {})
    row = read_grades(tmp_path)[1]
    assert [row[0][0], row[1][0]] == ["'", "'"]
    assert student.strip() in row[0]


def test_results_have_their_keys_in_order(tmp_path: Path) -> None:
    """results.json holds its keys in a fixed order, and `problem` only where there is no grade."""
    write_reports(
        tmp_path, EXAM, make_class(make_result("김철수", {"1.3": 0.0}), make_ungradable("오세훈")), {}
    )
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    results = json.loads(text)
    graded, ungradable = results["submissions"]
    keys = ["student", "file", "sha256", "status", "score", "max_score", "needs_review"]
    keys += ["review_reasons", "tasks"]
    assert list(results) == ["schema", "assignment", "run", "submissions"]
    assert list(results["run"]) == ["seed", "device", "mode", "torch", "sandbox", "weaker", "seconds"]
    assert keys == list(graded)
    assert [*keys, "problem"] == list(ungradable)
    assert list(graded["tasks"][2]) == ["id", "points", "max_points", "checks", "diagnosis"]
    check = ["name", "outcome", "points", "max_points", "expected", "actual", "message"]
    assert check == list(graded["tasks"][2]["checks"][0])
    assert list(graded["tasks"][2]["diagnosis"][0]) == ["code", "confidence", "message", "message_ko"]
    assert '"student": "김철수"' in text


def test_results_can_be_read_back(tmp_path: Path) -> None:
    """Nothing is lost on the way to results.json."""
    result = make_sample_class()
    write_reports(tmp_path, EXAM, result, {})
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert result == ClassResult.model_validate({"schema_version": results.pop("schema"), **results})


def test_interrupted_writing_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in the middle of a file leaves the old one whole and nothing half-written beside it."""
    path = tmp_path / "results.json"
    path.write_text("former")

    def run_out_of_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", run_out_of_space)
    with pytest.raises(GraderError, match="No space left on device"):
        write_reports(tmp_path, EXAM, make_class(), {})
    assert path.read_text() == "former"
    assert [path] == list(tmp_path.iterdir())


def test_no_page_is_replaced_before_all_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one page of three does not reach the disk, the former three stand, and nothing beside them."""
    paths = [tmp_path / f"{number}.html" for number in range(3)]
    for path in paths:
        path.write_text("former")
    synced = []

    def fail_at_the_second(descriptor: int) -> None:
        synced.append(os.read(descriptor, 10))
        if synced[-1] == b"page 1":
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(files.os, "fsync", fail_at_the_second)
    with pytest.raises(OSError, match="Input/output error"):
        replace_files((path, f"page {number}".encode()) for number, path in enumerate(paths))
    assert [b"page 0", b"page 1", b"page 2"] == sorted(synced)
    assert ["former"] * 3 == [path.read_text() for path in paths]
    assert paths == sorted(tmp_path.iterdir())


def test_files_are_announced_before_they_are_written(tmp_path: Path) -> None:
    """Whoever listens hears of every file, with all that it will hold, while it is not there yet."""
    result = make_sample_class()
    announced: dict[str, bytes] = {}

    def announce(path: Path, content: bytes) -> None:
        assert not path.exists()
        announced[path.name] = content

    written = write_reports(tmp_path, EXAM, result, {}, announce=announce)
    assert len(result.submissions) + 3 == len(written)
    assert {path.name: path.read_bytes() for path in written} == announced
    assert announced["김철수.html"].startswith(b"<!doctype html>")


def test_parts_rendered_before_make_the_same_files(tmp_path: Path) -> None:
    """Reports from rendered parts equal those from the exhibit."""
    result, exhibit = make_sample_class(), make_exhibit()
    for name, shown in (("whole", exhibit), ("parts", render_shown(exhibit))):
        write_reports(tmp_path / name, EXAM, result, {"이영희.ipynb": shown})
    whole, parts = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("whole", "parts")
    )
    assert whole == parts


def test_links_are_replaced_rather_than_followed(tmp_path: Path) -> None:
    """A link that stands where a report goes does not lead the writing elsewhere."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "reports"
    out.mkdir()
    (out / "index.html").symlink_to(victim)
    write_reports(out, EXAM, make_class(), {})
    assert victim.read_text() == "precious"
    assert stat.S_ISREG((out / "index.html").lstat().st_mode)


def test_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    """Where no folder can be made the error names the place and what to do."""
    (tmp_path / "reports").write_text("")
    with pytest.raises(GraderError, match=r"reports.*--out"):
        write_reports(tmp_path / "reports", EXAM, make_class(), {})


def test_page_that_cannot_be_rendered_costs_nobody_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook that breaks its page leaves a page of verdicts with a note, and all the others whole."""
    original = files.render_page

    def break_with_notebook(
        assignment: Any, submission: Any, exhibit: Any, *, language: Any, mode: Any
    ) -> str:
        if exhibit is not None and exhibit.notebook:
            raise RecursionError("too deep")
        return original(assignment, submission, exhibit, language=language, mode=mode)

    monkeypatch.setattr(files, "render_page", break_with_notebook)
    result = make_sample_class()
    exhibits = {result.submissions[0].file: make_exhibit()}
    written = write_reports(tmp_path, load_exam(), result, exhibits)
    assert len(result.submissions) + 3 == len(written)
    pages = [path.read_text(encoding="utf-8") for path in written if path.suffix == ".html"]
    assert 1 == sum("could not be rendered (RecursionError: too deep)" in page for page in pages)
