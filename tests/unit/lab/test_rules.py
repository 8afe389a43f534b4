"""A rule that can be learnt, and not known: the classes of the rows say nothing about it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from proctorch.lab.backbones import load_backbone
from proctorch.lab.pictures import digit_pictures
from proctorch.lab.rules import unknown_piles


def task(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return features, digits and piles of 896 pictures."""
    data, body = digit_pictures(range(5, 10), per_class=60, seed=seed), load_backbone().model
    with torch.no_grad():
        features = body.features(torch.cat([data.train_inputs, data.test_inputs]))  # type: ignore[operator]
    digits = torch.cat([data.train_labels, data.test_labels])
    return features, digits, unknown_piles(features, digits, torch.Generator().manual_seed(seed))


def share(found: Tensor, truth: Tensor) -> float:
    return (found == truth).double().mean().item()


def test_a_linear_layer_learns_it_from_300_rows() -> None:
    for seed in range(3):
        features, _, piles = task(seed)
        torch.manual_seed(seed)
        head: Any = nn.Linear(128, 3)
        optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
        for _ in range(100):
            optimizer.zero_grad()
            nn.functional.cross_entropy(head(features[:300]), piles[:300]).backward()
            optimizer.step()
        assert share(head(features[300:]).argmax(dim=1), piles[300:]) > 0.8


def test_whoever_knows_every_digit_by_heart_guesses() -> None:
    scores = []
    for seed in range(6):
        _, digits, piles = task(seed)
        vote = torch.stack([piles[:300][digits[:300] == digit].bincount(minlength=3).argmax() for digit in range(5)])
        scores.append(share(vote[digits[300:]], piles[300:]))
    assert sum(scores) / 6 < 0.45
    assert max(scores) < 0.5


def test_every_pile_has_its_share_and_another_seed_another_rule() -> None:
    features, digits, piles = task(0)
    assert piles.bincount(minlength=3).min() > 0.2 * len(piles)
    other = unknown_piles(features, digits, torch.Generator().manual_seed(1))
    assert share(other, piles) < 0.7
