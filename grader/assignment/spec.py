"""What `assignment.toml` says, as frozen records."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from grader.assignment.assertions import AssertionBook
from grader.assignment.tolerance import Calibration, Tolerance
from grader.errors import AssignmentError
from grader.records import Language, Record


class Text(Record):
    """One text in both languages."""

    ko: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.ko if language == "ko" else self.en


class CheckSpec(Record):
    """One observable claim about a task, with its points."""

    name: str
    """A function of `grader.judge.checks`."""
    points: float = Field(default=0.0, ge=0)
    gate: bool = False
    """Whether the task's other checks earn nothing where this one fails."""
    public: bool = False
    """Whether a student's self-check runs it: it must need nothing of the reference."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Keyword arguments of the check."""


class Marked(Record):
    """What marks are given for, check by check."""

    checks: tuple[CheckSpec, ...]

    @property
    def points(self) -> float:
        """The task's full marks."""
        return sum(check.points for check in self.checks)


class TrainingTask(Marked):
    """A task that is answered by training a network."""

    kind: Literal["training"]
    id: str
    title: Text
    fitted: str = "yhat"
    """Name that the notebook asks students to give their fitted values."""
    needs: tuple[str, ...] = ()
    """Tasks whose evidence the checks compare with, or whose variables the cells may use."""
    variables: tuple[str, ...] = ()
    """Variables that the cells leave, besides the fitted values."""
    figures: bool = False
    """Whether the checks look at what the cells draw."""
    tolerance: Tolerance = Tolerance()


class TrueFalseTask(Marked):
    """A statement that is true or false."""

    kind: Literal["true_false"]
    id: str
    title: Text
    variable: str
    """Name that the notebook asks students to give their answer."""
    needs: tuple[str, ...] = ()


class ValuesTask(Marked):
    """A task whose cells leave variables or draw figures, by training or by anything else."""

    kind: Literal["values"]
    id: str
    title: Text
    variables: tuple[str, ...] = ()
    """Names that the notebook asks students to give what they have found."""
    figures: bool = False
    """Whether the checks look at what the cells draw."""
    trains: bool = False
    """Whether its answer comes from training: then a replay has to come to another one."""
    repeats: bool = False
    """Whether it trains under several seeds: those that its cells ask for stay different ones."""
    needs: tuple[str, ...] = ()


Task = Annotated[TrainingTask | TrueFalseTask | ValuesTask, Field(discriminator="kind")]


class Sequence(Record):
    """The symbols that a next-symbol task runs over; x drops the last one, y the first."""

    text: str
    repeat: int = Field(default=1, ge=1)
    symbols: tuple[str, ...]
    """Order of the reference; students may choose another."""

    @property
    def targets(self) -> str:
        """The symbol to be predicted in each row."""
        return (self.text * self.repeat)[1:]


class Budget(Record):
    """What one submission may use."""

    cell_seconds: float = Field(default=900, gt=0)
    task_seconds: float = Field(default=1200, gt=0)
    notebook_seconds: float = Field(default=3600, gt=0)
    memory_mb: int = Field(default=4096, gt=0)
    """Private memory of the kernel (RLIMIT_DATA). torch alone takes 300 MB."""
    output_kb: int = Field(default=2048, gt=0)
    """Outputs kept of one cell, images included."""


class Reference(Record):
    """How the reference notebook is run."""

    parameters: dict[str, int | float | str | bool] = Field(default_factory=dict)
    """Values for its `parameters` cell."""
    symbols_parameter: str | None = None
    """Name in that cell that takes another symbol order."""
    checkpoints: tuple[Annotated[int, Field(ge=0)], ...] = (99,)
    """Steps (from 0) at which every run records its fitted values, besides the first and the last."""
    alternatives: tuple[dict[str, int | float | str | bool], ...] = ()
    """Other values for the `parameters` cell that make a reference just as right; the nearer one counts."""


class Release(Record):
    """How the notebook for students is made of the reference."""

    shown: tuple[str, ...] = ()
    """Lines of the solution that students may see in other cells."""
    unsearched: tuple[str, ...] = ()
    """Files beside the notebook that students may have though no solution can be looked for in them."""
    instead: dict[str, str] = Field(default_factory=dict)
    """Ids of the reference's cells to what students get in their place; an empty text leaves the cell out."""


class Assignment(Record):
    """All that is known of an assignment but its solution."""

    schema_version: Literal[1] = Field(alias="schema")
    id: str
    title: Text
    notebook: str
    seed: int = Field(ge=0, lt=2**32)
    task: tuple[Task, ...]
    sequence: Sequence | None = None
    labels: tuple[str, ...] = ()
    """Variables of the set-up that hold class labels, one an entry; a replay exchanges the classes."""
    packages: dict[str, str] = Field(default_factory=dict)
    """Packages that its notebooks import and the grader does without, with the commands that install them."""
    budget: Budget = Budget()
    reference: Reference = Reference()
    release: Release = Release()
    folder: Path = Path()
    """Where `assignment.toml` stands."""
    calibration: Calibration = Calibration()
    """What `grade calibrate` measured, from `calibration.json` beside it."""
    assertions: AssertionBook = AssertionBook()
    """What imported tasks have to leave, from `assertions.toml`."""

    @property
    def points(self) -> float:
        """The assignment's full marks."""
        return sum(task.points for task in self.task)

    @property
    def notebook_path(self) -> Path:
        """The notebook that students get."""
        return self.folder / self.notebook

    @property
    def solution_path(self) -> Path:
        """The reference: `solutions/<id>.ipynb` beside the folder that holds the assignments."""
        return self.folder.parent.parent / "solutions" / f"{self.id}.ipynb"

    def choose_tolerance(self, task: TrainingTask, device: str) -> Tolerance:
        """What was measured for a task on this kind of device, or else what the assignment says."""
        measured = self.calibration.find(device, task.id)
        return task.tolerance if measured is None else measured.to_tolerance(task.tolerance)

    def list_needs(self, task_id: str) -> set[str]:
        """The tasks that a task needs, those that these need, and so on."""
        found: set[str] = set()
        waiting = [task_id]
        while waiting:
            for need in self.find_task(waiting.pop()).needs:
                if need not in found:
                    found.add(need)
                    waiting.append(need)
        return found

    def list_trained(self) -> set[str]:
        """The tasks that are answered by training."""
        return {
            task.id
            for task in self.task
            if isinstance(task, TrainingTask) or (isinstance(task, ValuesTask) and task.trains)
        }

    def list_replayed(self) -> set[str]:
        """The tasks that run in a replay: those up to the last that is answered by training.

        A notebook may define in one of them what it uses later.
        """
        ids, trained = [task.id for task in self.task], self.list_trained()
        return set(ids[: max((ids.index(task_id) + 1 for task_id in trained), default=0)])

    def find_task(self, task_id: str) -> TrainingTask | TrueFalseTask | ValuesTask:
        """The task of that id."""
        for task in self.task:
            if task.id == task_id:
                return task
        known = ", ".join(task.id for task in self.task)
        raise AssignmentError(f"{self.id} has no task {task_id!r}. It has: {known}.")
