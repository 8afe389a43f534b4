"""The lab's data sets: shapes, dtypes, and splits that depend on their seed alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from sklearn import datasets

from proctorch import lab

SIZES = {"digits": (1797, 64), "iris": (150, 4), "wine": (178, 13), "breast_cancer": (569, 30), "diabetes": (442, 10)}


@pytest.mark.parametrize("name", SIZES)
def test_a_split_holds_every_row_once(name: str) -> None:
    rows, features = SIZES[name]
    split = getattr(lab, name)(seed=3)
    everything = torch.cat([split.train_inputs, split.test_inputs])
    assert everything.shape == (rows, features)
    assert everything.dtype == torch.float32
    again = getattr(lab, name)(seed=9)
    other = torch.cat([again.train_inputs, again.test_inputs])
    assert torch.equal(everything.sum(dim=1).sort().values, other.sum(dim=1).sort().values)
    assert len(split.test_inputs) == len(split.test_labels) == round(rows * 0.25)


def test_the_same_seed_gives_the_same_split_and_another_another() -> None:
    first, again, other = lab.digits(seed=1), lab.digits(seed=1), lab.digits(seed=2)
    assert torch.equal(first.test_inputs, again.test_inputs)
    assert torch.equal(first.test_labels, again.test_labels)
    assert not torch.equal(first.test_inputs, other.test_inputs)


def test_digits_lie_between_zero_and_one() -> None:
    split = lab.digits()
    assert split.train_inputs.min() == 0
    assert split.train_inputs.max() == 1
    assert sorted(split.test_labels.unique().tolist()) == list(range(10))


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        lab.iris(test_share=1.0)


def test_digits_are_scikit_learns_and_come_without_importing_it() -> None:
    code = "import sys; from proctorch import lab; lab.digits(); sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    theirs = datasets.load_digits()
    split = lab.digits(test_share=0.5)
    order = torch.randperm(len(theirs.data), generator=torch.Generator().manual_seed(0))
    ours = torch.cat([split.test_inputs, split.train_inputs])
    assert torch.equal(ours, torch.tensor(theirs.data, dtype=torch.float32)[order] / 16.0)
    assert torch.equal(torch.cat([split.test_labels, split.train_labels]), torch.tensor(theirs.target)[order])
