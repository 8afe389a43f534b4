"""A few digits of some classes, split and renumbered."""

from __future__ import annotations

import pytest
import torch

from proctorch.lab.pictures import digit_pictures


def test_classes_are_counted_from_zero_and_the_halves_are_disjoint() -> None:
    data = digit_pictures(range(5, 10), per_class=7, seed=1)
    assert data.train_inputs.shape == (35, 1, 8, 8)
    assert data.train_labels.bincount().tolist() == [7] * 5
    assert data.test_labels.unique().tolist() == [0, 1, 2, 3, 4]
    assert len(data.test_labels) == 896 - 35
    assert data.train_labels[:7].unique().numel() > 1


def test_the_seed_chooses_the_pictures() -> None:
    first, second, again = (digit_pictures((3, 8), per_class=4, seed=seed) for seed in (0, 1, 0))
    assert torch.equal(first.train_inputs, again.train_inputs)
    assert not torch.equal(first.train_inputs, second.train_inputs)


@pytest.mark.parametrize("per_class", [0, 1000])
def test_too_many_are_refused(per_class: int) -> None:
    with pytest.raises(ValueError, match="there are not"):
        digit_pictures(range(5), per_class=per_class)
