"""The steps that a right training loop takes, taken by the host with its own torch, from weights to weights."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from proctorch.grading.training.states import State, state_of

Batch = tuple[Tensor, Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]
MOST_STEPS = 10


@dataclass(frozen=True)
class Recipe:
    """What a training loop does with each batch.

    `optimizer` makes an optimizer of a list of parameters, `scheduler` a schedule of an optimizer, stepped after each
    `epoch` or each `batch`; `clip` is the largest norm of all gradients together; every `accumulate` batches make one
    step, with the gradients of the mean loss over all their rows. The last two fields make wrong loops on purpose:
    gradients that are never forgotten, a schedule that steps before the optimizer.

        Recipe(functional.cross_entropy, lambda parameters: torch.optim.SGD(parameters, lr=0.1))
    """

    loss: Loss
    optimizer: Callable[[list[Tensor]], Optimizer]
    scheduler: Callable[[Optimizer], LRScheduler] | None = None
    every: Literal["epoch", "batch"] = "epoch"
    clip: float | None = None
    accumulate: int = 1
    zero: bool = True
    scheduler_first: bool = False


def reference_run(network: nn.Module, batches: Iterable[Batch], recipe: Recipe, epochs: int = 1) -> State:
    """Return the state of `network` after training on a copy of it, in training mode; `network` stays as it is.

    `network` is a module of the host in float64. Raises ValueError for another dtype, or for more than ten steps.
    """
    copied = copy.deepcopy(network).train()
    trainable: list[Tensor] = [value for value in copied.parameters() if value.requires_grad]
    if any(value.dtype is not torch.float64 for value in trainable):
        raise ValueError("weights after training are compared in float64: call .double() on the network")
    if recipe.scheduler_first and recipe.every == "epoch":
        raise ValueError("scheduler_first is for a schedule that steps with every batch")
    known = list(batches)
    groups = [known[start : start + recipe.accumulate] for start in range(0, len(known), recipe.accumulate)]
    if epochs * len(groups) > MOST_STEPS:
        raise ValueError(f"{epochs * len(groups)} steps are too many to compare weights after: take {MOST_STEPS}")
    optimizer = recipe.optimizer(trainable)
    schedule = recipe.scheduler(optimizer) if recipe.scheduler is not None else None
    for _ in range(epochs):
        for group in groups:
            _leave_gradients(copied, trainable, group, recipe)
            _move(optimizer, schedule if recipe.every == "batch" else None, recipe.scheduler_first)
        if schedule is not None and recipe.every == "epoch":
            schedule.step()
    return state_of(copied)


def _leave_gradients(network: nn.Module, parameters: list[Tensor], group: Sequence[Batch], recipe: Recipe) -> None:
    """Leave in each parameter the gradient of the mean loss over the group's rows, added to what was there if asked."""
    if recipe.zero:
        for parameter in parameters:
            parameter.grad = None
    rows = sum(len(inputs) for inputs, _ in group)
    for inputs, targets in group:
        with torch.enable_grad():
            loss = recipe.loss(network(inputs), targets) * (len(inputs) / rows)
        for parameter, found in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True), strict=True):
            if found is not None:
                parameter.grad = found if parameter.grad is None else parameter.grad + found
    if recipe.clip is not None:
        _clip([parameter.grad for parameter in parameters if parameter.grad is not None], recipe.clip)


def _clip(gradients: list[Tensor], most: float) -> None:
    """Shrink all gradients by one factor where their common norm is above `most`."""
    norm = float(torch.cat([gradient.flatten() for gradient in gradients]).norm())
    if norm > most:
        for gradient in gradients:
            gradient *= most / norm


def _move(optimizer: Optimizer, schedule: LRScheduler | None, schedule_first: bool) -> None:
    if schedule is not None and schedule_first:
        _step(schedule)
    optimizer.step()
    if schedule is not None and not schedule_first:
        _step(schedule)


def _step(schedule: LRScheduler) -> None:
    """Step a schedule without torch's warning about the order, which is sometimes wrong on purpose here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schedule.step()
