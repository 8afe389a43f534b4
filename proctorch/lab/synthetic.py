"""A classification task drawn from a generator: nobody can have its labels, or weights for it, beforehand."""

from __future__ import annotations

import torch

from proctorch.lab.data import Split


def clusters(
    generator: torch.Generator,
    *,
    classes: int = 3,
    features: int = 6,
    train: int = 96,
    test: int = 200,
    spread: float = 0.6,
    dtype: torch.dtype = torch.float32,
) -> Split:
    """Return points around two random centres a class, (rows, features), with labels from 0 to `classes` - 1.

    Centres are of length 3, points deviate from theirs by `spread` in every direction. A class of two centres is not
    always one that a linear border can part from the rest. Every class has the same number of rows, but for one.
    """
    centres = torch.randn(2 * classes, features, generator=generator, dtype=torch.float64)
    centres = 3 * centres / centres.norm(dim=1, keepdim=True)
    homes = torch.arange(train + test) % (2 * classes)
    homes = homes[torch.randperm(len(homes), generator=generator)]
    noise = torch.randn(len(homes), features, generator=generator, dtype=torch.float64)
    points = (centres[homes] + spread * noise).to(dtype)
    labels = homes % classes
    return Split(points[:train], labels[:train], points[train:], labels[train:])
