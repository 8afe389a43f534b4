"""Scores that a memory of the test set does not raise."""

from __future__ import annotations

import pytest
import torch

from proctorch import held_out_accuracy, rebuilt
from proctorch.errors import CheckFailure
from proctorch.grading.student import Student
from proctorch.lab import ModeProbe, clusters


def test_the_order_of_the_test_rows_is_not_that_of_the_split(rng: torch.Generator) -> None:
    split = clusters(rng)
    in_order = torch.nn.functional.one_hot(split.test_labels, 3).float()
    assert held_out_accuracy(lambda x: in_order, split, rng) < 0.6


def test_weights_are_scored_on_the_host(student: Student, rng: torch.Generator) -> None:
    split = clusters(rng, features=4, dtype=torch.float64)
    model = student.lab("ModeProbe", 4, 3)
    host = rebuilt(model, ModeProbe(4, 3).eval())
    with torch.no_grad():
        assert torch.equal(host(split.test_inputs), model.eval()(split.test_inputs))
    assert 0.0 <= held_out_accuracy(host, split, rng) <= 1.0


@pytest.mark.parametrize(
    ("logits", "rung"), [(None, "type"), (torch.zeros(200, 2), "shape"), (torch.full((200, 3), torch.nan), "finite")]
)
def test_what_is_no_logits_is_refused(rng: torch.Generator, logits: object, rung: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        held_out_accuracy(lambda x: logits, clusters(rng), rng)  # type: ignore[arg-type, return-value]
    assert caught.value.rung == rung
