"""Tasks that nobody knows beforehand: labels by a rule that is drawn anew, on inputs that everybody knows."""

from __future__ import annotations

import torch
from torch import Tensor

MAIN_DIRECTIONS = 6


def unknown_piles(features: Tensor, classes: Tensor, rng: torch.Generator, piles: int = 3) -> Tensor:
    """Sort features of shape (rows, features) into piles by a rule that a linear layer can learn: int64, (rows,).

    Each pile has a direction, drawn among the six along which the features vary most *within* a class; a row lies on
    the pile whose score is largest. What separates the `classes`, int64 of shape (rows,), is taken out first, so the
    class of a row tells nothing of its pile: whoever brings along a classifier of the classes, or a table of the rows
    with their classes, guesses. (With the classes left in, such a table and a vote on each class find two of three.)
    """
    centred = features - features.mean(dim=0)
    names: Tensor = torch.unique(classes)
    means = torch.stack([centred[classes == name].mean(dim=0) for name in names])
    between = torch.linalg.svd(means, full_matrices=False)[2][: len(names) - 1]
    within = centred - centred @ between.T @ between
    main: Tensor = within @ torch.linalg.svd(within, full_matrices=False)[2][:MAIN_DIRECTIONS].T
    directions = torch.linalg.qr(torch.randn(MAIN_DIRECTIONS, piles, generator=rng))[0]
    scores: Tensor = main / main.std(dim=0) @ directions
    return (scores - scores.median(dim=0).values).argmax(dim=1)
