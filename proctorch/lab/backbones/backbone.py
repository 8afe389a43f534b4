"""A pretrained network, and what one needs to know to use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Backbone:
    """A pretrained `model` in evaluation mode; `stages` are its parts from the input to the head.

    `prepare` turns images of shape (batch, 1, 8, 8) from 0 to 1 into what the model takes. `story` says what it has
    learnt, and why it is this one when another was asked for.
    """

    name: str
    model: nn.Module
    stages: tuple[str, ...]
    prepare: Callable[[Tensor], Tensor]
    story: str

    def __str__(self) -> str:
        return f"{self.name}: {self.story}"
