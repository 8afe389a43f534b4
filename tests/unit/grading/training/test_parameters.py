"""Frozen means bit for bit; trained means that everything moved."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from proctorch import assert_frozen, assert_trained, state_of
from proctorch.errors import CheckFailure


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))


def test_the_frozen_part_stays_and_the_rest_moves() -> None:
    model = network()
    before = state_of(model)
    with torch.no_grad():
        model[2].weight += 1
        model[2].bias += 1
    assert_frozen(before, model, ["0", "1"])
    assert_trained(before, model, ["2"])
    with pytest.raises(CheckFailure) as caught:
        assert_frozen(before, model)
    assert caught.value.sentence == "2.weight and 2.bias of the model should have stayed, but changed"
    with pytest.raises(CheckFailure, match=r"0\.weight and 0\.bias of the model should have been trained"):
        assert_trained(before, model, ["0", "2"])


def test_statistics_are_part_of_what_is_frozen() -> None:
    model = network()
    before = state_of(model)
    model(torch.randn(4, 2))
    with pytest.raises(CheckFailure, match="batch norm's statistics"):
        assert_frozen(before, model)


def test_a_beginning_is_a_whole_part_of_a_name() -> None:
    state = {"head.weight": torch.zeros(1), "header": torch.zeros(1)}
    assert_frozen(state, state | {"header": torch.ones(1)}, ["head"])
    with pytest.raises(ValueError, match="nothing of the model is called 'hea'"):
        assert_frozen(state, state, ["hea"])


def test_nan_is_not_trained_and_a_lost_name_is_neither() -> None:
    state = {"weight": torch.zeros(1)}
    with pytest.raises(CheckFailure) as caught:
        assert_trained(state, {"weight": torch.full((1,), torch.nan)})
    assert caught.value.rung == "finite"
    for check in (assert_frozen, assert_trained):
        with pytest.raises(CheckFailure):
            check(state, {})
