"""`assert_same_twice` finds chance, and takes no rounding for it."""

from __future__ import annotations

import itertools

import pytest
import torch

from proctorch import assert_same_twice
from proctorch.errors import CheckFailure
from proctorch.grading.student import Student
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace
from proctorch.sandbox.limits import DEFAULT_LIMITS
from proctorch.sandbox.server import GuestServer, no_host
from proctorch.sandbox.transport import Loopback

CODE = """
import random
import numpy as np
import torch

def seeded(count, seed):
    return torch.randn(count, generator=torch.Generator().manual_seed(seed))

def drawn(count):
    return torch.randn(count), random.random(), float(np.random.rand())
"""


@pytest.fixture
def student() -> Student:
    student = Student(Loopback(GuestServer(new_namespace().__dict__, no_host, Capture(DEFAULT_LIMITS.output))))
    student._client.begin(DEFAULT_LIMITS, 5)
    assert student._client.load("cell 1", CODE) is None
    return student


def test_a_function_that_heeds_its_seed_passes_and_its_answer_comes_back(student: Student) -> None:
    first = assert_same_twice(lambda: student.seeded(3, seed=4))
    assert torch.equal(first, torch.randn(3, generator=torch.Generator().manual_seed(4)))


def test_all_generators_start_again(student: Student) -> None:
    def drawn() -> object:
        student.reseed(3)
        return student.drawn(2)

    assert_same_twice(drawn)


def test_reseeding_without_a_number_goes_back_to_the_start_of_the_check(student: Student) -> None:
    first = student.drawn(2)
    student.reseed()
    assert torch.equal(student.drawn(2)[0], first[0])


def test_chance_is_found(student: Student) -> None:
    with pytest.raises(CheckFailure, match="something else the second time") as caught:
        assert_same_twice(lambda: student.drawn(2))
    assert caught.value.rung == "random"


def test_another_type_or_shape_is_another_answer_too() -> None:
    answers = itertools.cycle([torch.ones(2), torch.ones(3), None])
    for _ in range(3):
        with pytest.raises(CheckFailure):
            assert_same_twice(lambda: next(answers))


def test_rounding_is_no_chance() -> None:
    answers = iter([torch.tensor(1.0), torch.tensor(1.0 + 1e-7)])
    assert_same_twice(lambda: next(answers))
