"""Models that show by their values how they were used: in which mode, recorded or not, how many rows at once.

A flag can be set and forgotten; what dropout and batch norm did to the numbers cannot. `ModeProbe` gives different
results, gradients and statistics in training and in evaluation mode, without any randomness, so that the host can say
what a right training loop leaves behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

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

    A graph takes its room in the forward pass and gives it back in the backward pass, or when it is forgotten; without
    recording nothing is taken. A forward pass that needs more raises RuntimeError, as a full GPU does.
    """

    def __init__(self, rows: int, features: int, classes: int, hidden: int = 5) -> None:
        super().__init__()
        self.hidden = nn.Linear(features, hidden, dtype=torch.float64)
        self.last = nn.Linear(hidden, classes, dtype=torch.float64)
        self.rows = rows
        self._taken = [0]

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the logits; raises RuntimeError where there is no room for the graph."""
        logits: Tensor = self.last(torch.tanh(self.hidden(inputs)))
        if not logits.requires_grad:
            return logits
        if self._taken[0] + len(inputs) > self.rows:
            raise RuntimeError(
                f"out of memory: the graphs of {self._taken[0]} rows are waiting for their backward pass, and "
                f"{len(inputs)} more do not fit ({self.rows} rows of memory)"
            )
        return cast(Tensor, _Room.apply(logits, _Taken(self._taken, len(inputs))))  # type: ignore[no-untyped-call]


class _Taken:
    """The room of one graph; given back once, at the latest when the graph is forgotten."""

    def __init__(self, counter: list[int], rows: int) -> None:
        self._counter, self._rows = counter, rows
        counter[0] += rows

    def give_back(self) -> None:
        """Make the room free again; safe to call twice."""
        self._counter[0] -= self._rows
        self._rows = 0

    def __del__(self) -> None:
        self.give_back()


class _Room(torch.autograd.Function):
    """The identity, whose node holds the room of its graph."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, taken: _Taken) -> Tensor:
        """Return the logits, and keep the room."""
        ctx.taken = taken
        return logits.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Return the gradient, and give the room back."""
        ctx.taken.give_back()
        return gradient, None


class CountedBatches:
    """Batches of so many rows from several tensors, which count in `taken` how many of them have been asked for."""

    def __init__(self, *tensors: Tensor, batch_size: int) -> None:
        self.taken = 0
        self._parts = [torch.split(tensor, batch_size) for tensor in tensors]

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for batch in zip(*self._parts, strict=True):
            self.taken += 1
            yield batch
