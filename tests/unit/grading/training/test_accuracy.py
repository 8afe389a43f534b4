"""Scores that a memory of the test set does not raise."""

from __future__ import annotations

import pytest
import torch

from proctorch import disguised, held_out_accuracy, rebuilt
from proctorch.errors import CheckFailure
from proctorch.grading.student import Student
from proctorch.lab import ModeProbe, clusters, digits


def nearest(inputs: torch.Tensor, labels: torch.Tensor, classes: int) -> object:
    """Return a predictor that looks its inputs up in a table."""
    return lambda x: torch.nn.functional.one_hot(labels[torch.cdist(x, inputs).argmin(dim=1)], classes).float()


def test_a_table_of_known_rows_knows_a_data_set_and_not_a_disguised_one(rng: torch.Generator) -> None:
    split = digits(3)
    table = nearest(split.test_inputs, split.test_labels, 10)
    assert held_out_accuracy(table, split, rng) == 1.0  # type: ignore[arg-type]
    hidden = disguised(split, rng)
    assert held_out_accuracy(table, hidden, rng) < 0.5  # type: ignore[arg-type]
    assert torch.equal(hidden.train_labels.bincount().sort()[0], split.train_labels.bincount().sort()[0])
    assert float((hidden.test_inputs - split.test_inputs).abs().mean()) < 0.1


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
