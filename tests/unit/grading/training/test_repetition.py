"""The same seed gives the same weights, and a state dict carries a model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from proctorch import assert_same_seed_same_weights, assert_state_dict_round_trip
from proctorch.errors import CheckFailure
from proctorch.grading.student import Student

CODE = """
def seeded(seed):
    torch.manual_seed(seed)
    return nn.Linear(3, 2)

def unseeded(seed):
    return nn.Linear(3, 2)

def constant(seed):
    torch.manual_seed(0)
    return nn.Linear(3, 2)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
    def forward(self, x):
        return self.layer(x)

class Hidden(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(3, 2)]
    def forward(self, x):
        return self.layers[0](x)

class HalfHidden(Net):
    def __init__(self):
        super().__init__()
        self.scale = torch.randn(2)
    def forward(self, x):
        return self.layer(x) * self.scale

class Deaf(Net):
    def forward(self, x):
        return torch.ones(len(x), 2)

class Forgetful(Net):
    def load_state_dict(self, state):
        pass
"""
INPUTS = torch.tensor([[1.0, -2.0, 3.0]])


@pytest.fixture
def student(submit: Callable[[str], Student]) -> Student:
    return submit(CODE)


def test_seeds_decide(student: Student) -> None:
    state = assert_same_seed_same_weights(lambda seed: student.seeded(seed), 3)
    assert state.keys() == {"weight", "bias"}
    with pytest.raises(CheckFailure, match="different after a second run"):
        assert_same_seed_same_weights(lambda seed: student.unseeded(seed), 3)
    with pytest.raises(CheckFailure, match="the very same weights"):
        assert_same_seed_same_weights(lambda seed: student.constant(seed), 3)


def test_a_model_that_is_none_is_refused(student: Student) -> None:
    with pytest.raises(CheckFailure) as caught:
        assert_same_seed_same_weights(lambda seed: None, 3)  # type: ignore[arg-type, return-value]
    assert caught.value.rung == "state"


def test_a_state_dict_goes_round(student: Student) -> None:
    assert_state_dict_round_trip(student.Net(), student.Net(), INPUTS)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Hidden", "holds no weights"),
        ("HalfHidden", "the output of the model with a loaded state dict"),
        ("Deaf", "does not follow"),
        ("Forgetful", "not what was loaded"),
    ],
)
def test_what_a_state_dict_does_not_carry_is_found(student: Student, name: str, told: str) -> None:
    made = getattr(student, name)
    with pytest.raises(CheckFailure, match=told):
        assert_state_dict_round_trip(made(), made(), INPUTS)
