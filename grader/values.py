"""What a task's variables, figures and trainings were when it ended, as records.

Numbers in bulk do not stand here: they travel as arrays beside the record, under the names that `name_value`
gives, and a record says which of them is its own.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Scalar = bool | int | float | str | None
"""One cell of a table. A float that is no finite number stands as None."""


class Part(BaseModel):
    """A frozen record, as those of `grader.records`, which cannot be imported here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kept(Part):
    """Numbers that stand in an array, or are too many for one."""

    shape: tuple[int, ...]
    dtype: str = ""
    """As the notebook had it, such as `torch.float32`; `list` for a list of numbers."""
    array: int | None = None
    """Which of the task's arrays holds them; None if none does."""


class ArrayValue(Kept):
    """A tensor, an array, or a list of nothing but numbers."""

    kind: Literal["array"] = "array"
    requires_grad: bool = False
    """Whether autograd follows it."""


class NumberValue(Part):
    """A number, or a tensor of a single one; None where it is infinite or no number."""

    kind: Literal["number"] = "number"
    value: int | float | None


class FlagValue(Part):
    """True or False."""

    kind: Literal["flag"] = "flag"
    value: bool


class TextValue(Part):
    """The beginning of a string."""

    kind: Literal["text"] = "text"
    value: str
    characters: int


class NothingValue(Part):
    """None."""

    kind: Literal["nothing"] = "nothing"


class ListValue(Part):
    """A list or tuple."""

    kind: Literal["list"] = "list"
    items: tuple["Value", ...]
    """The first of them."""
    length: int


class MappingValue(Part):
    """A dictionary."""

    kind: Literal["mapping"] = "mapping"
    keys: tuple[str, ...]
    items: tuple["Value", ...]
    """One for each of the keys."""
    length: int


class Column(Part):
    """One column of a table."""

    name: str
    dtype: str
    cells: tuple[Scalar, ...]


class TableValue(Part):
    """A data frame, or a list of dictionaries."""

    kind: Literal["table"] = "table"
    columns: tuple[Column, ...]
    rows: int
    """All rows, also those that are not kept."""


class Parameter(Part):
    """A parameter of a network's own."""

    name: str
    """Dotted, as in `lstm.weight_ih_l0`."""
    shape: tuple[int, ...]
    elements: int
    """Distinct elements: 0 for one that shares its storage with one listed before."""
    trainable: bool


class Configured(Part):
    """An object that is set up, such as a layer or a callback, by its class and its plain settings."""

    name: str
    """Qualified class."""
    settings: dict[str, Scalar] = Field(default_factory=dict)
    """Numbers, truth values and strings that it holds, by the names of its attributes."""


class NetworkValue(Part):
    """A `torch.nn.Module`, a model of Keras' among them."""

    kind: Literal["network"] = "network"
    name: str
    """Qualified class."""
    bases: tuple[str, ...]
    """Qualified classes it is derived from, itself first."""
    parameters: tuple[Parameter, ...]
    left_out: int = 0
    """Parameters beyond those listed, or of a class of the notebook's own."""
    layers: tuple[Configured, ...] = ()
    """It and all that it holds, outer ones first."""
    digest: str = ""
    """Of the values of its trainable parameters, in any order; empty where they are too many."""
    printed: tuple[int, ...] = ()
    """Elements of its parameters each time that the task's cells printed it or its summary."""


class OtherValue(Part):
    """Anything else; nothing but its class is known."""

    kind: Literal["other"] = "other"
    name: str


Plain = NumberValue | FlagValue | TextValue | NothingValue
Value = Annotated[
    ArrayValue | Plain | ListValue | MappingValue | TableValue | NetworkValue | OtherValue,
    Field(discriminator="kind"),
]
"""What a variable held."""

ListValue.model_rebuild()
MappingValue.model_rebuild()


class Drawn(Kept):
    """A line, bars or points: float64, (2, points), their x and y."""

    what: Literal["line", "bars", "points"]
    label: str = ""


class Picture(Kept):
    """An image: float64, (rows, columns) or (rows, columns, channels)."""

    colors: str = ""
    """Name of the colour map."""
    low: float | None = None
    """Value at the lower end of the colours."""
    high: float | None = None


class Axes(Part):
    """One plot of a figure."""

    title: str = ""
    x_label: str = ""
    y_label: str = ""
    drawn: tuple[Drawn, ...] = ()
    pictures: tuple[Picture, ...] = ()


class Figure(Part):
    """A figure that the task's cells made."""

    title: str = ""
    axes: tuple[Axes, ...]
    left_out: int = 0
    """Plots, lines and images beyond those listed."""
    unseen: int = 0
    """Lines, bars, points and images that are there and cannot be seen."""


class Epoch(Part):
    """What was logged when an epoch of a training ended."""

    logs: dict[str, float | None]
    """Such as `loss` and `val_loss`; None where it was no finite number."""
    digest: str
    """Of the values of what was trained, as a network's."""


class TrainingSummary(Part):
    """One of a task's trainings."""

    number: int
    steps: int
    layers: tuple[str, ...]
    """Qualified classes that own what it stepped, and those of the notebook's own around them."""
    parameters: int
    """Distinct elements stepped."""
    first_loss: float | None = None
    last_loss: float | None = None
    right: tuple[tuple[int, float], ...] = ()
    """Of each class at its last step, the rarest first: rows that are of it, and its mean fitted value."""
    saturated: float | None = None
    """Share of hidden values beyond 0.9 or -0.9 at its last step, where they were seen."""
    ending: Kept | None = None
    """Fitted values of the last rows of its last step: float32, (rows, classes)."""
    seeds: tuple[int, ...] = ()
    """torch seeds asked for before its first step."""
    epochs: tuple[Epoch, ...] = ()
    """Of a loop that says where its epochs end, as Keras' does."""
    callbacks: tuple[Configured, ...] = ()
    """What such a loop was given to call."""


class Look(Part):
    """What an expression of an assertion gave in the notebook."""

    plain: list[Any] | None = None
    """The value as `grader.probe.plain_values` writes it; None if it is no plain one, or there is none."""
    opaque: str | None = None
    """Class of a value that is no plain one."""
    error: str | None = None
    """What was raised in its place, in one line."""
    raised: tuple[str, ...] = ()
    """Names of Python's own exceptions that this was."""
    roots: dict[str, str] = Field(default_factory=dict)
    """Names that the expression starts from, but for functions, to the classes of what they hold."""


class AssertionsRun(Part):
    """How one block of assertions went when its task ended."""

    id: str
    looks: tuple[Look, ...] = ()
    """One for each question of the block, where it has any."""
    inside: Literal["passed", "failed", "timeout", "died"] | None = None
    """How the block itself ended in the notebook's process; None where it was not needed there."""
    credit: float | None = Field(default=None, allow_inf_nan=False)
    """Value of the number that the block ended with there."""
    error: str = ""
    """Of the block itself, in one line."""
    roots: dict[str, str] = Field(default_factory=dict)
    """The same for the names that the block itself uses."""
    replaced: tuple[str, ...] = ()
    """What the block uses that the notebook has put something of its own in the place of."""


class Left(Part):
    """What a task's cells left behind, beside the training that counts."""

    values: dict[str, Value] = Field(default_factory=dict)
    """Of the variables that the assignment names, those that were there."""
    figures: tuple[Figure, ...] = ()
    trainings: tuple[TrainingSummary, ...] = ()
    """Every training, where the assignment asks for values."""
    trainings_left_out: int = 0
    slept_seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Seconds in `time.sleep`."""
    backward_seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Seconds within backward passes. CUDA may go on with one that has returned."""
    asserted: tuple[AssertionsRun, ...] = ()
    """Blocks of assertions, where the assignment has any."""


def name_value(task_id: str, number: int) -> str:
    """Array of a variable or of something drawn: float32, float64 or int64, any shape."""
    return f"{task_id}/value/{number}"


def list_kept(left: Left) -> Iterator[Kept]:
    """Whatever in these values and figures may have an array."""
    waiting: list[Value] = list(left.values.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, ArrayValue):
            yield value
        elif isinstance(value, (ListValue, MappingValue)):
            waiting.extend(value.items)
    for axes in (axes for figure in left.figures for axes in figure.axes):
        yield from (*axes.drawn, *axes.pictures)
    yield from (training.ending for training in left.trainings if training.ending is not None)
