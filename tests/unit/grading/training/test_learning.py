"""Losses that the host computed decide whether a model has learnt."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from proctorch import assert_loss_falls, assert_overfits, loss_on
from proctorch.errors import CheckFailure


def test_the_mean_is_over_rows_and_not_over_batches() -> None:
    inputs, targets = torch.arange(5.0)[:, None], torch.zeros(5, 1)
    found = loss_on(lambda x: x, [(inputs[:4], targets[:4]), (inputs[4:], targets[4:])], functional.mse_loss)
    assert found == pytest.approx(float((inputs**2).mean()))


def test_outputs_that_are_none_are_refused() -> None:
    batch = (torch.zeros(3, 1), torch.zeros(3, 1))
    for output, rung in ((None, "type"), (torch.zeros(()), "shape"), (torch.zeros(2, 1), "shape")):
        with pytest.raises(CheckFailure) as caught:
            loss_on(lambda x, output=output: output, [batch], functional.mse_loss)  # type: ignore[misc]
        assert caught.value.rung == rung
    with pytest.raises(ValueError, match="no batch"):
        loss_on(lambda x: x, [], functional.mse_loss)


def test_a_loss_falls_or_the_sentence_says_how_far() -> None:
    assert_loss_falls(2.0, 1.0, ratio=0.5)
    with pytest.raises(CheckFailure) as caught:
        assert_loss_falls(2.0, 1.5, ratio=0.5, steps=20)
    assert caught.value.sentence == "the loss did not fall to 0.5 of what it was within 20 steps: it was 2 and is 1.5"
    assert "1.5" not in caught.value.safe
    with pytest.raises(CheckFailure, match="did not fall at all"):
        assert_loss_falls(2.0, 2.0)
    for lost in (math.nan, math.inf):
        with pytest.raises(CheckFailure, match="nan or infinite"):
            assert_loss_falls(2.0, lost)


@pytest.mark.parametrize(("before", "ratio"), [(2.0, 1.0), (2.0, 0.0), (0.0, 0.5), (math.nan, 0.5)])
def test_a_claim_that_makes_no_sense_is_the_authors_fault(before: float, ratio: float) -> None:
    with pytest.raises(ValueError, match="ratio between 0 and 1"):
        assert_loss_falls(before, 0.1, ratio=ratio)


def test_learning_by_heart() -> None:
    torch.manual_seed(0)
    inputs, labels = torch.randn(8, 5), torch.arange(8) % 3
    model = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 3))
    with pytest.raises(CheckFailure, match="not learnt this one batch by heart after 0 steps") as caught:
        assert_overfits(model, inputs, labels, functional.cross_entropy, steps=0)
    assert "loss" not in caught.value.safe
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    assert_overfits(model, inputs, labels, functional.cross_entropy)
    with pytest.raises(CheckFailure):
        assert_overfits(lambda x: torch.full((8, 3), torch.nan), inputs, labels, functional.cross_entropy)
