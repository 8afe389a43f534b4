"""A checkpoint that student code wrote: read at home and in the sandbox, and opened where student code never ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.errors import CheckFailure
from proctorch.grading.sandbox_bench import SandboxBench
from proctorch.grading.student import Student
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS

COURSE = Course(Path(__file__).resolve().parents[3])

SOURCE = """
import os
import sys
from collections import OrderedDict

class Command:
    def __reduce__(self):
        return os.mkdir, (sys.modules["tempfile"].gettempdir() + "/code-has-run",)

def save(path):
    model = nn.Linear(3, 2)
    torch.save({"model": model.state_dict(), "epoch": 4, "shape": (1, None), "loss": [0.5]}, path)
    return model.weight, model.bias

def save_module(path):
    torch.save(nn.Linear(3, 2), path)

def save_command(path):
    import tempfile
    torch.save({"weight": Command()}, path)

def save_garbage(path):
    open(path, "wb").write(b"PK not a checkpoint")

def save_much(path):
    torch.save(torch.zeros(1_000_000), path)

def save_nothing(path):
    pass

def ran():
    import tempfile
    return os.path.exists(tempfile.gettempdir() + "/code-has-run")

def patch():
    torch.load = lambda *args, **kwargs: {"forged": torch.ones(1)}
"""


def saved(student: Student, name: str) -> Any:
    path = student.lab("scratch_file", "model.pt")
    getattr(student, name)(path)
    return path


def test_plain_values_and_tensors_come_back(submit: Any) -> None:
    student = submit(SOURCE)
    path = student.lab("scratch_file", "model.pt")
    weight, bias = student.save(path)
    found = student.checkpoint(path)
    assert type(found) is dict and type(found["model"]) is dict
    assert torch.equal(found["model"]["weight"], weight) and torch.equal(found["model"]["bias"], bias)
    assert (found["epoch"], found["shape"], found["loss"]) == (4, (1, None), [0.5])


@pytest.mark.parametrize("name", ["save_module", "save_command", "save_garbage"])
def test_what_is_no_plain_checkpoint_is_refused_and_runs_nothing(submit: Any, name: str) -> None:
    student = submit(SOURCE)
    path = saved(student, name)
    with pytest.raises(CheckFailure, match="weights_only=True refuses it"):
        student.checkpoint(path)
    assert student.ran() is False


def test_a_file_that_is_not_there_and_one_that_is_too_large_are_told_apart(submit: Any) -> None:
    student = submit(SOURCE)
    with pytest.raises(CheckFailure, match="was not written"):
        student.checkpoint(saved(student, "save_nothing"))
    with pytest.raises(CheckFailure):
        student.checkpoint(saved(student, "save_much"))


def test_marks_are_given_for_what_a_clean_guest_finds(zygote: Zygote) -> None:
    """Code that patches torch.load in its own guest opens nothing: the file is read elsewhere."""
    day = load_day(COURSE, "day02_tensors")
    bench = SandboxBench(zygote, day, (), secret=b"s" * 32, versions={}, limits=DEFAULT_LIMITS)
    guest = zygote.guest()
    try:
        student = Student(guest.base)
        source = "import torch\nfrom torch import nn\n" + SOURCE
        assert student._client.load("cell", source) is None
        path = student.lab("scratch_file", "model.pt")
        weight, _ = student.save(path)
        student.patch()
        assert set(student.checkpoint(path)) == {"forged"}
        student._clean = bench._open_cleanly
        found = student.checkpoint(path)
        assert torch.equal(found["model"]["weight"], weight)
        with pytest.raises(CheckFailure, match="weights_only=True refuses it"):
            student.checkpoint(saved(student, "save_command"))
    finally:
        guest.kill()
