"""What students' pages show whatever the marks are: made once, and kept beside the runs that it shows."""

import contextlib
import json
from collections.abc import Iterator, Mapping

from grader.assignment.reference import hash_content
from grader.exhibits import ShownPage, SubmissionExhibit
from grader.records import Language
from grader.report.shown import render_shown
from grader.workflow.exhibited import Exhibits
from grader.workflow.surroundings import hash_machine, hash_sources

DRAWER = (
    *("assignment", "judge", "report"),
    *("evidence.py", "exhibits.py", "notebook.py", "records.py", "results.py", "values.py"),
    *("workflow/exhibited.py", "workflow/kept.py", "workflow/pages.py"),
)
"""Whatever of this package decides what a page shows of a run."""


class Pages(Mapping[str, SubmissionExhibit | ShownPage]):
    """What each page shows, by file, made when it is asked for unless it is kept already."""

    def __init__(self, exhibits: Exhibits, language: Language = "en") -> None:
        self._exhibits = exhibits
        self._language = language

    def __getitem__(self, file: str) -> SubmissionExhibit | ShownPage:
        """The rendered parts; the exhibit itself where they cannot be rendered, which the report tells."""
        decisive = self._exhibits.describe(file)
        if decisive is None:
            return self._exhibits[file]
        derived = self._exhibits.runs.kept.derived
        key = self._hash(decisive)
        with contextlib.suppress(ValueError):
            if (found := derived.load(key)) is not None:
                return ShownPage.model_validate_json(found)
        exhibit = self._exhibits[file]
        try:
            shown = render_shown(exhibit, language=self._language)
        except Exception:
            return exhibit
        derived.save(key, shown.model_dump_json().encode())
        return shown

    def _hash(self, decisive: dict[str, object]) -> str:
        everything = {
            **decisive,
            "language": self._language,
            "machine": hash_machine(),
            "drawer": hash_sources(DRAWER),
        }
        return hash_content(json.dumps(everything, sort_keys=True).encode())

    def __iter__(self) -> Iterator[str]:
        return iter(self._exhibits)

    def __len__(self) -> int:
        return len(self._exhibits)
