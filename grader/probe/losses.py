"""Sees what goes into a loss: the logits, from which the fitted values follow, and the targets."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import torch

from grader.probe.patches import Patches

Scale = Literal["logits", "log_probabilities", "probabilities", "values"]

LOSSES: dict[str, Scale] = {
    "cross_entropy": "logits",
    "nll_loss": "log_probabilities",
    "binary_cross_entropy_with_logits": "logits",
    "binary_cross_entropy": "probabilities",
    "mse_loss": "values",
}
"""Functions of torch.nn.functional, which the loss modules call too, and the scale of their input."""


NODES_WALKED = 20_000
"""Nodes of autograd's graph looked at in one backward pass: a sum over the exam's 999 rows has 2,000."""

NODES_TO_HIDDEN = 4
"""Between a loss and the linear layer before it: a reshape, a squeeze."""

OVER_CLASSES = ("cross_entropy", "nll_loss")


@dataclass(frozen=True)
class LossCall:
    """One call of a loss function on something that is being trained."""

    function: str
    scale: Scale
    inputs: torch.Tensor
    """Any device; (rows, symbols), (symbols,), or with further dimensions as torch's losses take them."""
    targets: torch.Tensor | None
    result: torch.Tensor | None
    """The loss; None for a softmax or its denominator, which are none."""

    @property
    def node(self) -> Any:
        """Where autograd's graph passes through this call."""
        return (self.inputs if self.result is None else self.result).grad_fn


def watch_losses(record: Callable[[LossCall], None], patches: Patches) -> None:
    """Have every call of a loss, and of a softmax outside one, recorded if it can be trained through.

    A notebook may write its loss by hand; then its softmax, or the logarithm of its denominator, is all
    there is to see.
    """
    for name, scale in LOSSES.items():
        patches.place(
            torch.nn.functional, name, functools.partial(_watch_loss, name=name, scale=scale, record=record)
        )
    for owner in (torch, torch.Tensor):
        for name, scale in (("softmax", "probabilities"), ("log_softmax", "log_probabilities")):
            patches.place(owner, name, functools.partial(_watch_softmax, scale=scale, record=record))
        patches.place(owner, "logsumexp", functools.partial(_watch_denominator, record=record))


def _watch_loss(
    function: Callable[..., Any], name: str, scale: Scale, record: Callable[[LossCall], None]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        inputs = args[0] if args else kwargs.get("input")
        targets = args[1] if len(args) > 1 else kwargs.get("target")
        if isinstance(inputs, torch.Tensor) and inputs.requires_grad and isinstance(result, torch.Tensor):
            record(LossCall(name, scale, inputs, targets, result))
        return result

    return call


def _watch_softmax(
    function: Callable[..., Any], scale: Scale, record: Callable[[LossCall], None]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if isinstance(result, torch.Tensor) and result.requires_grad:
            record(LossCall("softmax", scale, result, None, None))
        return result

    return call


def _watch_denominator(
    function: Callable[..., Any], record: Callable[[LossCall], None]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        inputs = args[0] if args else kwargs.get("input")
        if isinstance(inputs, torch.Tensor) and inputs.requires_grad:
            record(LossCall("logsumexp", "logits", inputs, None, None))
        return result

    return call


def find_reached(calls: list[LossCall], starts: Iterable[torch.Tensor]) -> list[LossCall]:
    """The calls that a backward pass from these tensors goes through first, in the order they were made.

    A loss that is only printed, or tried before the loop, is no part of it. The walk ends at each loss,
    so that it never enters the network's own graph unless something else is penalised.
    """
    # The nodes are held while they are compared: Python's names for them are made on demand, and one that
    # is let go may lend its id to the next.
    nodes = [call.node for call in calls]
    by_node = {id(node): call for node, call in zip(nodes, calls, strict=True)}
    reached: set[int] = set()
    seen: dict[int, Any] = {}
    waiting = [tensor.grad_fn for tensor in starts]
    while waiting and len(seen) < NODES_WALKED:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen[id(node)] = node
        call = by_node.get(id(node))
        if call is not None:
            reached.add(id(call))
        if call is None or call.result is None:
            waiting.extend(following for following, _ in node.next_functions)
    return [call for call in calls if id(call) in reached]


def find_leaves(starts: Iterable[torch.Tensor], nodes: int) -> tuple[set[int], int]:
    """Ids of the tensors that a backward pass from these accumulates gradients in.

    Looks at no more than `nodes` nodes of autograd's graph, and returns how many of them are left.
    """
    leaves: set[int] = set()
    seen: dict[int, Any] = {}
    waiting = [tensor.grad_fn for tensor in starts]
    while waiting and nodes > 0:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        # Held, so that its id is lent to no other.
        seen[id(node)] = node
        nodes -= 1
        if hasattr(node, "variable"):
            leaves.add(id(node.variable))
        waiting.extend(following for following, _ in node.next_functions)
    return leaves, nodes


def choose_calls(calls: list[LossCall]) -> list[LossCall]:
    """The calls that were fitted, all of one function and one width: losses, or else any softmax.

    Where several functions took part, as with a penalty beside the loss, the one over classes counts.
    """
    chosen = [call for call in calls if call.result is not None] or calls
    if not chosen:
        return []
    over_classes = [call for call in chosen if call.function in OVER_CLASSES]
    last = (over_classes or chosen)[-1]
    kind = (last.function, _find_width(last))
    return [call for call in chosen if (call.function, _find_width(call)) == kind]


def read_inputs(calls: list[LossCall]) -> torch.Tensor:
    """What the losses of one step were given: (rows, symbols), on their own device, detached."""
    return torch.cat([_as_rows(call.inputs.detach(), call) for call in calls])


def read_fitted(calls: list[LossCall]) -> torch.Tensor:
    """Fitted values of one step: float32, (rows, symbols), CPU, detached."""
    rows = read_inputs(calls)
    scale = calls[0].scale
    if scale == "logits":
        one_column = calls[0].function == "binary_cross_entropy_with_logits"
        rows = torch.sigmoid(rows) if one_column else torch.softmax(rows, dim=-1)
    elif scale == "log_probabilities":
        rows = torch.exp(rows)
    return rows.float().cpu().clone()


def find_hidden(call: LossCall) -> torch.Tensor | None:
    """What the layer before a loss was given: (rows, hidden); None where no linear layer ends the network.

    Read off what autograd holds for the backward pass, so only before that pass.
    """
    node: Any = call.inputs.grad_fn
    for _ in range(NODES_TO_HIDDEN):
        if node is None:
            return None
        if node.name().startswith("AddmmBackward"):
            values: torch.Tensor | None = node._saved_mat1
            return values
        node = node.next_functions[0][0] if node.next_functions else None
    return None


def read_hidden(calls: list[LossCall]) -> list[torch.Tensor]:
    """The same of several losses, of those where it can be read, detached."""
    try:
        return [values.detach() for call in calls if (values := find_hidden(call)) is not None]
    except RuntimeError:
        # Freed by an earlier backward pass, or overwritten: the pass that follows will tell the notebook.
        return []


def read_targets(calls: list[LossCall]) -> torch.Tensor | None:
    """Class indices that one step was given: int64, (rows,), CPU; None where they are not classes."""
    parts = []
    for call in calls:
        targets = call.targets
        if not isinstance(targets, torch.Tensor):
            return None
        targets = targets.detach()
        if targets.is_floating_point():
            targets = _as_rows(targets, call).argmax(dim=-1)
        parts.append(targets.reshape(-1).to("cpu", torch.int64))
    return torch.cat(parts) if parts else None


def _as_rows(values: torch.Tensor, call: LossCall) -> torch.Tensor:
    # torch's losses over classes take (symbols,), (rows, symbols) or (batch, symbols, steps).
    if call.function in OVER_CLASSES and values.dim() > 2:
        values = values.movedim(1, -1)
    return values.reshape(-1, values.shape[-1]) if values.dim() else values.reshape(1, 1)


def _find_width(call: LossCall) -> int:
    values = call.inputs
    if call.function in OVER_CLASSES and values.dim() > 2:
        return values.shape[1]
    return values.shape[-1] if values.dim() else 1
