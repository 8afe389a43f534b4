"""A probe tells by what dropout, batch norm and autograd did in which mode it ran."""

from __future__ import annotations

import pytest
import torch

from proctorch import (
    assert_eval_mode,
    assert_no_gradient_recorded,
    assert_train_mode,
    calls_of,
    left_training,
)
from proctorch.errors import CheckFailure
from proctorch.grading.student import Student

INPUTS = torch.ones(3, 4, dtype=torch.float64).cumsum(dim=0)


def test_modes_are_told_from_what_happened(student: Student) -> None:
    probe = student.lab("ModeProbe", 4, 3)
    student.run(probe, INPUTS, True, True)
    assert_train_mode(probe)
    with pytest.raises(CheckFailure, match="ran in training mode while it was evaluated"):
        assert_eval_mode(probe)
    middle = calls_of(probe)
    student.run(probe, INPUTS, False, False)
    assert_eval_mode(probe, middle)
    assert_no_gradient_recorded(probe, middle)
    with pytest.raises(CheckFailure, match="sometimes ran in evaluation mode"):
        assert_train_mode(probe)
    with pytest.raises(CheckFailure, match="autograd recorded"):
        assert_no_gradient_recorded(probe)


def test_a_probe_that_never_ran_proves_nothing(student: Student) -> None:
    probe = student.lab("ModeProbe", 4, 3)
    for check in (assert_train_mode, assert_eval_mode, assert_no_gradient_recorded):
        with pytest.raises(CheckFailure, match="never called"):
            check(probe)


def test_the_mode_in_which_it_was_left_shows(student: Student) -> None:
    probe = student.lab("ModeProbe", 4, 3)
    for mode in (True, False):
        student.run(probe, INPUTS, mode, True)
        assert left_training(probe, INPUTS) is mode


def test_another_model_is_refused(student: Student) -> None:
    with pytest.raises(CheckFailure, match="not the one that was handed in"):
        calls_of(torch.nn.Linear(1, 1))
