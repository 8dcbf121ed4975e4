"""Ends a training after its first steps, as a replay wants it.

Every loop of a replayed cell asks, before each of its rounds, whether the training that it drives has been
seen; if so the loop is left as by `break`, and what stands behind it runs on. Up to that moment the code has
taken the course that it takes in a full run: no exception is thrown through it, and nothing it computes is
touched. A loop of Keras' own is left by its `stop_training`. Only a training that no loop drives which is
known here, such as a recursion or code in a string, is ended by an exception, and one that catches every
exception runs to its own end: its evidence was taken long before.
"""

import ast
import builtins
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from grader.probe.lengths import find_length

Comprehension = TypeVar("Comprehension", ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

ENTER, LEAVE, DRAW = "__grader_enter_loop__", "__grader_leave_loop__", "__grader_draw__"
"""Names among the builtins that the changed code calls."""

STEPS_OF_GRACE = 2
"""Steps that a stopped training may make before it is ended by an exception: a loop over batches within one
over epochs is left round by round."""

MOST_EXCEPTIONS = 3
STEPS_IN_ALL = 30
"""Steps of all trainings of a task, in multiples of the steps kept, after which every loop is left: some
notebooks build an optimizer in each round, so that no training ever makes a second step."""


class ReplayEnded(BaseException):
    """Ends a training that nothing else ended. Not an Exception, so that only a bare `except` catches it."""


class Stopper:
    """Knows when each optimizer first stepped, each round of a loop began, each training stopped.

    A loop drives a training if it has begun a new round between the training's first step and its last.
    One that only holds such a loop, over networks or settings to compare, goes on.
    """

    def __init__(self, steps: int, *, asks_lengths: bool = True) -> None:
        self.steps = steps
        """Optimizer steps of one training that are kept."""
        self._asks_lengths = asks_lengths
        """Whether anybody wants to know how long a training would have gone on."""
        self._clock = 0
        self._first_steps: dict[int, int] = {}
        self._rounds: dict[int, int] = {}
        """When each loop last began a round."""
        self._entered: dict[int, tuple[int, int | None]] = {}
        """When each loop was entered, and how many rounds it is going to have."""
        self._begun: dict[int, int] = {}
        """Rounds of each loop since then."""
        self._planned: dict[int, int | None] = {}
        """Steps that the loop of each training that was stopped was going to make, by its optimizer."""
        self._stops_any = True
        self._stops: dict[int, tuple[int, int]] = {}
        """Of each training stopped, by its optimizer: its first step and its latest."""
        self._late: dict[int, int] = {}
        self._steps_in_all = 0
        self._exceptions = 0

    def install(self) -> None:
        """Make the questions known to the code that `LoopMarker` changes."""
        setattr(builtins, ENTER, self.enter)
        setattr(builtins, LEAVE, self.is_over)
        setattr(builtins, DRAW, self.draw)

    def restart(self, *, stops: bool = True) -> None:
        """Forget what an earlier task did; `stops` says whether this one's trainings are stopped at all."""
        self._stops_any = stops
        self._planned.clear()
        self._stops.clear()
        self._late.clear()
        self._steps_in_all = self._exceptions = 0
        self._tick()

    def note_birth(self, optimizer: Any) -> None:
        """Note that an optimizer has been built; another may have had its place in memory."""
        self._first_steps.pop(id(optimizer), None)
        self._planned.pop(id(optimizer), None)

    def enter(self, loop: int, iterable: Any = None) -> Any:
        """Note that a loop begins; hands on what it runs over."""
        self._rounds.pop(loop, None)
        self._begun[loop] = 0
        length = find_length(iterable) if self._asks_lengths and iterable is not None else None
        self._entered[loop] = self._tick(), length
        return iterable

    def draw(self, loop: int, iterable: Iterable[Any]) -> Iterator[Any]:
        """What a comprehension runs over, until it is over: not one item more is drawn."""
        # Asked for at once, as Python does: what cannot be run over fails here.
        iterator = iter(self.enter(loop, iterable))

        def go_on() -> Iterator[Any]:
            while not self.is_over(loop):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
                yield item

        return go_on()

    def is_over(self, loop: int) -> bool:
        """Whether a loop that is about to begin a round drives a training that has been stopped."""
        began = self._rounds.get(loop)
        self._rounds[loop] = self._tick()
        driven = [
            key for key, (first, stop) in self._stops.items() if began is not None and first < began < stop
        ]
        for key in driven:
            self._plan_steps(key, loop)
        self._begun[loop] = self._begun.get(loop, 0) + 1
        return bool(driven)

    def _plan_steps(self, key: int, loop: int) -> None:
        """Note how long a training would have gone on in the loop that drives it."""
        entered, length = self._entered.get(loop, (0, None))
        # Steps before the loop, several in a round or in some rounds only: then its length tells nothing.
        is_alone = self._begun.get(loop) == self.steps and entered < self._stops[key][0]
        self._planned[key] = length if is_alone and key not in self._planned else None

    def find_planned(self, optimizers: Iterable[int]) -> int | None:
        """Steps that a training with these optimizers was going to make; None where that is not known."""
        known = {self._planned.get(key) for key in optimizers}
        return known.pop() if len(known) == 1 else None

    def has_stopped(self, optimizer: Any) -> bool:
        """Whether the training that an optimizer makes has been stopped, so that its loop should be left."""
        return self._stops_any and id(optimizer) in self._stops

    def note_step(self, optimizer: Any, made: int) -> None:
        """Note the step that makes `made` of an optimizer's. Raises ReplayEnded where no loop was left."""
        if not self._stops_any:
            return
        self._steps_in_all += 1
        key = id(optimizer)
        first = self._first_steps.setdefault(key, self._tick())
        everything = self._steps_in_all >= STEPS_IN_ALL * self.steps
        if made < self.steps and not everything:
            return
        if made > self.steps or everything:
            # It goes on where no loop was left, or in another.
            self._planned[key] = None
        self._stops[key] = (0 if everything else first, self._tick())
        self._late[key] = self._late.get(key, 0) + 1
        if self._late[key] > STEPS_OF_GRACE and self._exceptions < MOST_EXCEPTIONS:
            self._exceptions += 1
            raise ReplayEnded(f"a replay ends after {self.steps} steps")

    def _tick(self) -> int:
        self._clock += 1
        return self._clock


def call_after(method: Callable[..., Any], note: Callable[[Any], None]) -> Callable[..., Any]:
    """The method, with its object handed to `note` once it has run."""

    @functools.wraps(method)
    def call(self_: Any, *args: Any, **kwargs: Any) -> Any:
        result = method(self_, *args, **kwargs)
        note(self_)
        return result

    return call


class LoopMarker(ast.NodeTransformer):
    """Lets every loop of a cell ask whether it is over. Lines and names stay what they are."""

    def __init__(self) -> None:
        self._loops = 0

    def visit_For(self, node: ast.For) -> ast.For:
        """`for a in b` runs over what it ran over, and asks first in each round."""
        self.generic_visit(node)
        loop = self._count()
        node.iter = _call(ENTER, node.iter, loop, node.iter)
        node.body.insert(0, _leave_if_over(node, loop))
        return node

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        """`while a` asks first in each round, and is announced before the first."""
        self.generic_visit(node)
        loop = self._count()
        node.body.insert(0, _leave_if_over(node, loop))
        return [ast.copy_location(ast.Expr(_call(ENTER, node, loop)), node), node]

    def visit_ListComp(self, node: ast.ListComp) -> ast.ListComp:
        """A comprehension computes nothing more once it is over."""
        return self._mark_comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.SetComp:
        """As a list's."""
        return self._mark_comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.DictComp:
        """As a list's."""
        return self._mark_comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.GeneratorExp:
        """As a list's."""
        return self._mark_comprehension(node)

    def _mark_comprehension(self, node: Comprehension) -> Comprehension:
        self.generic_visit(node)
        for part in node.generators:
            if not part.is_async:
                part.iter = _call(DRAW, part.iter, self._count(), part.iter)
        return node

    def _count(self) -> int:
        self._loops += 1
        return self._loops


def _leave_if_over(place: ast.stmt, loop: int) -> ast.If:
    leave = ast.If(_call(LEAVE, place, loop), [ast.copy_location(ast.Break(), place)], [])
    return ast.copy_location(leave, place)


def _call(name: str, place: ast.AST, loop: int, *args: ast.expr) -> ast.Call:
    located = [ast.Name(name, ast.Load()), ast.Constant(loop)]
    function, number = (ast.copy_location(node, place) for node in located)
    return ast.copy_location(ast.Call(function, [number, *args], []), place)
