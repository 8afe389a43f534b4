"""A submission with training loops, right and wrong, behind the loopback; and the host's own probe beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from proctorch.grading.student import Student
from proctorch.lab import ModeProbe
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace
from proctorch.sandbox.limits import DEFAULT_LIMITS
from proctorch.sandbox.server import GuestServer, no_host
from proctorch.sandbox.transport import Loopback

CODE = """
import torch
from torch import nn

def step(model, inputs, labels, loss, optimizer):
    model.train()
    optimizer.zero_grad()
    loss(model(inputs), labels).backward()
    optimizer.step()

def steps(model, loader, loss, optimizer, scheduler=None, zero=True, first=False, every="batch"):
    model.train()
    for inputs, labels in loader:
        if zero:
            optimizer.zero_grad()
        loss(model(inputs), labels).backward()
        if first:
            scheduler.step()
        optimizer.step()
        if scheduler and not first and every == "batch":
            scheduler.step()
    if scheduler and every == "epoch":
        scheduler.step()

def idle(model, *rest):
    pass

def uphill(model, inputs, labels, loss, optimizer):
    model.train()
    (-loss(model(inputs), labels)).backward()
    optimizer.step()

def run(model, inputs, mode, recording):
    model.train(mode)
    with torch.set_grad_enabled(recording):
        model(inputs)
"""


@pytest.fixture
def submit() -> Callable[[str], Student]:
    """Load source behind the training loops above and return it as `student`."""

    def make(source: str = "") -> Student:
        student = Student(Loopback(GuestServer(new_namespace().__dict__, no_host, Capture(DEFAULT_LIMITS.output))))
        student._client.begin(DEFAULT_LIMITS, 5)
        assert student._client.load("cell 1", CODE + source) is None
        return student

    return make


@pytest.fixture
def student(submit: Callable[[str], Student]) -> Student:
    return submit("")


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(3)


@pytest.fixture
def network() -> ModeProbe:
    """The host's probe, with weights from a seed."""
    with torch.random.fork_rng():
        torch.manual_seed(11)
        return ModeProbe(4, 3)
