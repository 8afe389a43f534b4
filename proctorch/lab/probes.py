"""Models that show by their values how they were used: in which mode, recorded or not, how many rows at once.

A flag can be set and forgotten; what dropout and batch norm did to the numbers cannot. `ModeProbe` gives different
results, gradients and statistics in training and in evaluation mode, without any randomness, so that the host can say
what a right training loop leaves behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn


class ModeProbe(nn.Module):
    """A small classifier in float64, (batch, features) to (batch, classes), that reveals its mode.

    Batch norm normalises by the batch in training (which therefore needs two rows or more) and by its running
    statistics in evaluation. Dropout with p=1 takes the whole `skip` branch away in training and leaves it in
    evaluation: no generator is used, and the two modes differ in every output.

    The buffer `calls` counts forward passes: in training mode, in evaluation mode, recorded by autograd, not recorded.
    It is not part of the state dict, so that restoring a checkpoint does not rewrite history.
    """

    calls: Tensor

    def __init__(self, features: int, classes: int, hidden: int = 6) -> None:
        super().__init__()
        # A bias in front of batch norm has no gradient but rounding, which Adam would blow up.
        self.first = nn.Linear(features, hidden, bias=False, dtype=torch.float64)
        self.norm = nn.BatchNorm1d(hidden, dtype=torch.float64)
        self.last = nn.Linear(hidden, classes, dtype=torch.float64)
        self.skip = nn.Linear(features, classes, bias=False, dtype=torch.float64)
        self.drop = nn.Dropout(p=1.0)
        self.register_buffer("calls", torch.zeros(4, dtype=torch.int64), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the logits, and count the call."""
        self._count()
        return self.last(torch.tanh(self.norm(self.first(inputs)))) + self.skip(self.drop(inputs))  # type: ignore[no-any-return]

    def _count(self) -> None:
        """Count by what dropout does to a one, and by whether a product with a weight has a history."""
        evaluating = bool(self.drop(torch.ones(())).item())
        recorded = (self.first.weight[0, 0] * 1.0).requires_grad
        with torch.no_grad():
            self.calls[int(evaluating)] += 1
            self.calls[3 - int(recorded)] += 1


class RoomFor(nn.Module):
    """A small classifier in float64 on a machine with little memory: there is room for the graphs of `rows` rows.

    A graph takes its room in the forward pass and gives it back when autograd lets it go: in a backward pass that does
    not retain it, or when it is forgotten; without recording nothing is taken. A forward pass that needs more raises
    RuntimeError, as a full GPU does, and says whether the graphs in its way wait for backward() or were kept after it.
    It lives with the student's code, which could give it more room: mistake-proof, not forgery-proof.
    """

    def __init__(self, rows: int, features: int, classes: int, hidden: int = 5) -> None:
        super().__init__()
        self.hidden = nn.Linear(features, hidden, dtype=torch.float64)
        self.last = nn.Linear(hidden, classes, dtype=torch.float64)
        self._memory = _Memory(rows)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the logits; raises RuntimeError where there is no room for the graph."""
        if not (self.last.weight * 1.0).requires_grad:
            return self._logits(inputs)
        taken = _Taken(self._memory, len(inputs))
        # The graph holds what a hook packed as long as it can still go backward. An output that is not detached would
        # hold its own graph, for ever.
        with torch.autograd.graph.saved_tensors_hooks(lambda saved: (saved.detach(), taken), _unpacked):
            return self._logits(inputs)

    def _logits(self, inputs: Tensor) -> Tensor:
        return cast(Tensor, self.last(torch.tanh(self.hidden(inputs))))


class _Memory:
    """The rows that there is room for, and how many are taken by graphs that wait for backward(), or were kept."""

    def __init__(self, rows: int) -> None:
        self.rows, self.waiting, self.kept = rows, 0, 0

    def require(self, rows: int) -> None:
        """Raise RuntimeError where a graph of so many rows does not fit."""
        if self.waiting + self.kept + rows <= self.rows:
            return
        if self.waiting:
            told = f"the graphs of {self.waiting} rows are waiting for their backward pass, and {rows} more do not fit"
        elif self.kept:
            told = f"the graphs of {self.kept} rows were kept after their backward pass, and {rows} more do not fit"
        else:
            told = f"a graph of {rows} rows does not fit"
        raise RuntimeError(f"out of memory: {told} ({self.rows} rows of memory)")


class _Taken:
    """The room of one graph, given back when the graph lets go of it."""

    def __init__(self, memory: _Memory, rows: int) -> None:
        self._memory, self._rows, self._used = memory, 0, False
        memory.require(rows)
        self._rows = rows
        memory.waiting += rows

    def use(self) -> None:
        """Note that a backward pass has reached the graph."""
        if not self._used:
            self._used = True
            self._memory.waiting -= self._rows
            self._memory.kept += self._rows

    def __del__(self) -> None:
        if self._used:
            self._memory.kept -= self._rows
        else:
            self._memory.waiting -= self._rows


def _unpacked(packed: tuple[Tensor, _Taken]) -> Tensor:
    saved, taken = packed
    taken.use()
    return saved


class CountedBatches:
    """Batches of so many rows from several tensors, which count in `taken` how many of them have been asked for."""

    def __init__(self, *tensors: Tensor, batch_size: int) -> None:
        self.taken = 0
        self._parts = [torch.split(tensor, batch_size) for tensor in tensors]

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for batch in zip(*self._parts, strict=True):
            self.taken += 1
            yield batch
