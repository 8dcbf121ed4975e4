"""The account of one task: what was stepped, by what, towards which loss."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch

from grader.probe.losses import LossCall, choose_calls, find_leaves, find_reached, read_hidden
from grader.probe.networks import count_parameters
from grader.probe.ownership import Ownership
from grader.probe.places import Place, Places
from grader.probe.sampling import PassSampler
from grader.probe.seeding import Seeds
from grader.probe.training import FIRST_STEPS, Optimizer, Training, list_stepped
from grader.values import Configured

PROGRESS_SECONDS = 0.5
"""Between two reports of progress: often enough to be watched, too seldom to be felt."""

NODES_SEARCHED = 100_000
"""Nodes of autograd's graph searched for leaves before a step: the exam's own LSTM has 25,000."""
CALLS_KEPT = 100_000
"""Calls of a loss between two steps: a hundred times what a loss per row of the exam makes."""
PRINTED = 50
"""Networks that one task prints which are noted."""
HIDDEN_CALLS = 64
"""Calls of one step whose hidden values are looked for: a loss for each row of the exam makes 999."""


class Trace:
    """Everything seen since the task began. Only trainings that stepped something are kept."""

    def __init__(
        self,
        ownership: Ownership,
        places: Places,
        *,
        keep: Iterable[int],
        keep_every: bool,
        stop_after: int | None,
        sampler: PassSampler,
        nudge: float | None = None,
        earlier: Mapping[str, Sequence[torch.Tensor]],
        report: Callable[[int, float], None],
    ) -> None:
        """`nudge` multiplies what is trained after its first step; `earlier` is what other tasks trained."""
        self._ownership = ownership
        self._places = places
        self.trainings: list[Training] = []
        self._keep = frozenset(keep)
        self._keep_every = keep_every
        self._stop_after = stop_after
        self._nudge = nudge
        self._earlier = earlier
        self._report = report
        self._reported = 0.0
        self._calls: list[LossCall] = []
        self._learnt: list[LossCall] = []
        """Calls that a backward pass since the last step went through."""
        self._backward: list[torch.Tensor] = []
        self.backward_seconds = 0.0
        """Seconds within backward passes so far."""
        self._hidden: list[torch.Tensor] = []
        """What their last layers were given. Held, since nobody knows which step is the last."""
        self._leaves: set[int] = set()
        """Ids of the tensors that backward passes since the last step reach."""
        self._nodes_left = NODES_SEARCHED
        self._functions: set[str] = set()
        self._seen: dict[str, Place] = {}
        """Where the first loss and backward pass since the last step were called."""
        self._held: dict[int, torch.Tensor] = {}
        """What an optimizer is about to step, as it was before."""
        self.sampler = sampler
        self.printed: list[tuple[torch.nn.Module, int]] = []
        """Networks that were printed, or their summaries, with the parameters that they had by then."""
        self.faults: list[str] = []
        """What the probe itself failed at: noted, and never raised into the notebook."""

    def add_call(self, call: LossCall) -> None:
        """Note a loss or softmax that may lead to the next step."""
        if len(self._calls) < CALLS_KEPT:
            self._calls.append(call)
            if call.result is not None:
                self._see("loss")

    def add_backward(self, tensors: Iterable[Any]) -> None:
        """Note what a backward pass starts from."""
        self._functions |= self.sampler.close()
        starts = [tensor for tensor in tensors if isinstance(tensor, torch.Tensor)]
        self._see("backward")
        if not self.trainings or self.trainings[-1].steps <= 1:
            found, self._nodes_left = find_leaves(starts, self._nodes_left)
            self._leaves |= found
        self._backward.extend(starts)
        reached = find_reached(self._calls, starts)
        self._learnt.extend(reached)
        training = self.trainings[-1] if self.trainings else None
        if training is not None and training.steps in self._keep and not self._is_full(training):
            training.measure_saturation(choose_calls(reached or self._calls))
        calls = reached or self._calls
        if self._stop_after is None and len(calls) <= HIDDEN_CALLS and len(self._hidden) <= HIDDEN_CALLS:
            self._hidden += read_hidden(choose_calls(calls))

    def note_backward(self, seconds: float) -> None:
        """Note how long a backward pass took."""
        self.backward_seconds += seconds

    def add_function(self, name: str) -> None:
        """Note a recurrent function that ran with gradients on."""
        self._functions.add(name)

    def open_step(self, optimizer: Optimizer) -> None:
        """Note that an optimizer is about to step, and copy what may move."""
        known = self._find_known(optimizer)
        if known is None or known.steps < FIRST_STEPS:
            tensors = [tensor for group in optimizer.param_groups for tensor in group["params"]]
            still = [tensor for tensor in tensors if known is None or id(tensor) not in known.moved]
            self._held = {id(tensor): tensor.detach().clone() for tensor in still}

    def add_step(self, optimizer: Optimizer, seeds: Seeds, birth: Place | None) -> int:
        """Note that an optimizer stepped, and close the account of this step; how many it has made."""
        training = self._find_training(optimizer)
        key = id(optimizer)
        made = training.optimizer_steps.get(key, 0) + 1
        training.optimizer_steps[key] = made
        if made > training.steps and self._is_full(training):
            self._drop_step()
            return made
        if not training.optimizers:
            training.seeds = tuple(seeds.asked)
            training.places |= {"seed": seeds.place} if seeds.place else {}
        if key not in training.optimizers:
            training.optimizers[key] = optimizer
            for what, place in (("optimizer", birth), ("step", self._places.find())):
                if place is not None:
                    training.places.setdefault(what, place)
        training.add_tensors(optimizer, self._ownership, self._held, self._earlier)
        training.compare_values(optimizer, self._held)
        self._held = {}
        if self._keep_every or made - 1 in self._keep:
            training.measure_gradients(made - 1, optimizer)
        if self._nudge is not None and made == 1:
            self._nudge_tensors(training, optimizer, self._nudge)
        # A second optimizer that steps in the same turn belongs to the same step.
        if made > training.steps:
            self._close_step(training)
        return made

    def _nudge_tensors(self, training: Training, optimizer: Optimizer, factor: float) -> None:
        """Move what was stepped a little further, so that values which do not come from it show.

        The same factor for all: however a network is cut into tensors, equal ones stay equal.
        """
        for tensor in list_stepped(optimizer):
            offset = int(tensor.storage_offset()) * tensor.element_size()
            address = tensor.untyped_storage().data_ptr() + offset
            if address not in training.nudged:
                training.nudged.add(address)
                tensor.data.mul_(factor)

    def add_epoch(
        self, optimizer: Optimizer, logs: Mapping[str, float | None], callbacks: tuple[Configured, ...]
    ) -> None:
        """Note the end of an epoch of the training that an optimizer makes."""
        training = self._find_known(optimizer)
        if training is not None:
            training.add_epoch(logs, callbacks)

    def add_printed(self, network: torch.nn.Module) -> None:
        """Note that a network was printed, or its summary."""
        if len(self.printed) < PRINTED:
            self.printed.append((network, count_parameters(network)))

    def forget_gradients(self) -> None:
        """Note that gradients were set to zero: what led to them leads to no step."""
        self._backward, self._learnt, self._hidden, self._leaves = [], [], [], set()

    def close_sample(self) -> None:
        """Stop recording operators: the pass is over."""
        self._functions |= self.sampler.close()

    def give_way(self) -> None:
        """Stop recording operators: somebody else wants the profiler."""
        self._functions |= self.sampler.give_way()

    def _is_full(self, training: Training) -> bool:
        return self._stop_after is not None and training.steps >= self._stop_after

    def _see(self, what: str) -> None:
        if what not in self._seen and (place := self._places.find()) is not None:
            self._seen[what] = place

    def _find_known(self, optimizer: Optimizer) -> Training | None:
        return next((each for each in self.trainings if id(optimizer) in each.optimizers), None)

    def _find_training(self, optimizer: Optimizer) -> Training:
        """The training that a step belongs to, which is now the last."""
        training = self._find_known(optimizer)
        # Optimizers that step in the same turn share a training: nothing went backward between them.
        if training is None and self.trainings and not self._backward and not self._calls:
            training = self.trainings[-1]
        if training is None:
            training = Training(len(self.trainings))
        else:
            self.trainings.remove(training)
        self.trainings.append(training)
        return training

    def _drop_step(self) -> None:
        """Forget what led to a step that a replay does not keep."""
        self._calls, self._learnt, self._backward, self._hidden = [], [], [], []
        self._functions.clear()
        self._ownership.ran.clear()
        self._seen.clear()
        self._leaves, self._nodes_left = set(), NODES_SEARCHED

    def _close_step(self, training: Training) -> None:
        self._functions |= self.sampler.close()
        step = training.steps
        training.steps += 1
        # What ran before the first step may be a trial of the layers; what runs between steps trains.
        if step == 1:
            training.functions.clear()
            training.ran.clear()
        training.functions |= self._functions
        training.ran |= self._ownership.ran
        training.leaves |= self._leaves
        calls = choose_calls(self._learnt or self._calls)
        if self._backward:
            # Summed, because a loop may go backward once per row before it steps.
            training.losses.append(torch.stack([loss.detach().sum() for loss in self._backward]).sum())
        given = [call.result.detach().sum() for call in self._learnt if call.result is not None]
        training.called.append(torch.stack(given).sum() if given else None)
        for what, place in self._seen.items():
            training.places.setdefault(what, place)
        if calls:
            training.last_calls = calls
            training.last_hidden = self._hidden if len(self._hidden) <= HIDDEN_CALLS else []
            if self._keep_every or step in self._keep:
                training.keep_values(step, calls)
            training.keep_targets(calls)
        self._drop_step()
        self.sampler.open(training.steps)
        now = time.monotonic()
        if now - self._reported > PROGRESS_SECONDS and training.losses:
            self._reported = now
            self._report(training.steps, float(training.losses[-1]))
