"""Looks at one forward pass as torch's dispatcher sees it.

A recurrent layer can be called by ways that no wrapper stands in: `torch.ops`, a scripted module, torch's C
functions. All of them pass the dispatcher, which its profiler records. That costs more than the pass itself,
so only one pass of a training is looked at, and nobody can know beforehand which.
"""

import secrets
from typing import Any

import torch

AUTOGRAD: Any = torch.autograd
"""The profiler's own switches: its public context manager takes seconds to sum up what it has seen."""

RECURRENT = frozenset("rnn_tanh rnn_relu lstm gru rnn_tanh_cell rnn_relu_cell lstm_cell gru_cell".split())
LATEST_PASS = 12
"""The last pass that may be chosen in a full run, counted from 0."""


def choose_latest_pass(mode: str, steps: int | None, *, forbids: bool) -> int:
    """The last pass that may be looked at in a run of so many steps, counted from 0; 0 for none.

    In a replay beside a full run the pass would be known beforehand, and time is dear. A quick run stands
    alone, and looks where layers are forbidden.
    """
    if steps is None:
        return LATEST_PASS
    return steps - 1 if mode == "quick" and forbids else 0


class PassSampler:
    """Records the operators of one forward pass, from the end of one step to the next backward pass."""

    def __init__(self, latest: int) -> None:
        """`latest` is the last pass that may be chosen, counted from 0; 0 looks at none."""
        self._chosen = 1 + secrets.randbelow(latest) if latest else None
        self._is_open = False
        self.is_kept_out = False
        """Whether the notebook's own profiler was in the way of the pass that was chosen."""

    def open(self, step: int) -> None:
        """Begin to record if the pass that begins is the one chosen."""
        if step != self._chosen:
            return
        # There is only one profiler.
        self.is_kept_out = bool(AUTOGRAD._profiler_enabled())
        if not self.is_kept_out:
            config = AUTOGRAD.ProfilerConfig(
                AUTOGRAD.ProfilerState.CPU,
                False,
                False,
                False,
                False,
                False,
                torch._C._profiler._ExperimentalConfig(),
            )
            AUTOGRAD._enable_profiler_legacy(config)
            self._is_open = True

    def give_way(self) -> set[str]:
        """Close, because the notebook wants the profiler."""
        self.is_kept_out |= self._is_open
        return self.close()

    def close(self) -> set[str]:
        """The recurrent operators seen since `open`, such as `aten::lstm_cell`; empty where none was."""
        if not self._is_open:
            return set()
        self._is_open = False
        threads = AUTOGRAD._disable_profiler_legacy()
        # Without gradients an operator has no number, and takes no part in training.
        names = {event.name() for thread in threads for event in thread if event.sequence_nr() >= 0}
        return {name for name in names if name.removeprefix("aten::") in RECURRENT}
