"""What running a class left: keys, behind which the runs are kept, and what was made of them."""

from dataclasses import dataclass, field, replace
from importlib.metadata import version

from grader.errors import GraderError
from grader.evidence import Dossier, Evidence, Fingerprint
from grader.results import SubmissionResult
from grader.workflow.jobs import Job
from grader.workflow.kept import KeptRuns

Order = tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """The runs of one notebook, by the keys that they are kept under; None where one was not made."""

    full: str
    hidden: str | None = None
    submitted: str | None = None
    order_free: str | None = None
    relabelled: str | None = None
    short: str | None = None


@dataclass
class Runs:
    """What running a class left; of students where it is kept, so that memory does not grow with them."""

    kept: KeptRuns
    outcomes: dict[str, Outcome | GraderError] = field(default_factory=dict)
    """By file."""
    results: dict[str, SubmissionResult] = field(default_factory=dict)
    """By file."""
    orders: dict[str, dict[Order, set[str]]] = field(default_factory=dict)
    """By file: the symbol orders that judging needs references in, and the tasks that need them."""
    references: dict[Order, tuple[Dossier, ...]] = field(default_factory=dict)
    reference_keys: dict[Order, str] = field(default_factory=dict)
    """Of the full run that students' pages show."""
    mutants: dict[tuple[Order, str], tuple[Fingerprint, ...]] = field(default_factory=dict)

    @property
    def device(self) -> str | None:
        """Where the networks were trained in the end; None where nothing ran."""
        return next((right[0].full.run.device for right in self.references.values()), None)

    @property
    def torch(self) -> str:
        """torch's version in the sandbox; where nothing ran, the one that would have."""
        runs = [right[0].full.run for right in self.references.values()]
        return next((run.versions.get("torch", "") for run in runs), version("torch"))

    def read(self, job: Job) -> Dossier:
        """What the runs of a notebook left. Raises GraderError if they could not be made, or are gone."""
        outcome = self.outcomes[job.submission.file]
        if isinstance(outcome, GraderError):
            raise outcome
        dossier = self.read_dossier(outcome)
        # An identical notebook may have left it.
        run = dossier.full.run.model_copy(update={"notebook_sha256": job.submission.sha256})
        return replace(dossier, full=replace(dossier.full, run=run))

    def read_dossier(self, outcome: Outcome) -> Dossier:
        """What the runs behind these keys left. Raises EvidenceError if that is gone."""

        def read(key: str | None) -> Evidence | None:
            return None if key is None else self.kept.read(key)

        return Dossier(
            self.kept.read(outcome.full),
            hidden=read(outcome.hidden),
            submitted=read(outcome.submitted),
            order_free=read(outcome.order_free),
            relabelled=read(outcome.relabelled),
            short=read(outcome.short),
        )
