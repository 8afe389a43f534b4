"""Tasks that are made up: the same from the same generator, learnable, and of no use to who knows another one."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from proctorch.lab import Split, signs


def drawn(seed: int, **settings: Any) -> Split:
    return signs(torch.Generator().manual_seed(seed), **settings)


def learnt(data: Split, seed: int = 0) -> nn.Linear:
    torch.manual_seed(seed)
    model = nn.Linear(64, int(data.train_labels.max()) + 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.train_inputs), data.train_labels).backward()
        optimizer.step()
    return model


def share_right(model: nn.Module, data: Split) -> float:
    with torch.no_grad():
        return (model(data.test_inputs).argmax(dim=1) == data.test_labels).double().mean().item()


def test_signs_are_rows_of_64_pixels_from_zero_to_one_and_every_class_has_its_share() -> None:
    data = drawn(0, classes=7, train=211, test=69)
    assert data.train_inputs.shape == (211, 64)
    assert data.test_inputs.shape == (69, 64)
    everything = torch.cat([data.train_inputs, data.test_inputs])
    assert everything.dtype == torch.float32
    assert everything.min() == 0
    assert everything.max() == 1
    labels = torch.cat([data.train_labels, data.test_labels])
    assert labels.dtype == torch.int64
    assert torch.equal(labels.bincount(), torch.full((7,), 40))


def test_the_same_generator_gives_the_same_alphabet_and_another_another() -> None:
    first, again, other = drawn(1), drawn(1), drawn(2)
    assert torch.equal(first.train_inputs, again.train_inputs)
    assert torch.equal(first.test_labels, again.test_labels)
    assert not torch.equal(first.train_inputs, other.train_inputs)


def test_a_linear_layer_learns_every_alphabet_and_one_learnt_elsewhere_is_of_no_use() -> None:
    alphabets = [drawn(seed, wobble=0.7) for seed in range(5)]
    models = [learnt(data) for data in alphabets]
    assert all(share_right(model, data) > 0.93 for model, data in zip(models, alphabets, strict=True))
    strangers = [share_right(models[k - 1], alphabets[k]) for k in range(5)]
    assert sum(strangers) / 5 < 0.25


def test_the_more_it_wobbles_the_harder_it_is() -> None:
    calm, wild = (
        [share_right(learnt(data), data) for data in (drawn(seed, wobble=w) for seed in range(3))] for w in (0.3, 1.2)
    )
    assert min(calm) > max(wild)


def test_more_signs_than_are_drawn_are_refused() -> None:
    assert drawn(0, classes=60, train=60, test=60).train_labels.max() == 59
    with pytest.raises(ValueError, match="60 signs at most, not 61"):
        drawn(0, classes=61)
