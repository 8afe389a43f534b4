"""Classification tasks drawn from a generator: nobody can have their labels, or weights for them, beforehand."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from proctorch.lab.data import Split

_DRAWN_SIGNS = 60
_PEN = 1.4


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


def signs(
    generator: torch.Generator, *, classes: int = 10, train: int = 600, test: int = 200, wobble: float = 0.6
) -> Split:
    """Return handwriting in an alphabet that is made up here: 64 features from 0 to 1, the 8 by 8 pixels of a sign.

    A sign is a line through four points, drawn with a broad pen; each hand puts each point a little elsewhere, by
    `wobble` pixels in both directions (standard deviation). The signs of an alphabet are chosen to be unlike each
    other, wherever they are put down. Like `digits`, but nobody has seen them before: neither a table of pictures nor a
    network that was trained at home knows one. Every class has the same number of rows, but for one. Raises ValueError
    for more than 60 classes.
    """
    if classes > _DRAWN_SIGNS:
        raise ValueError(f"an alphabet has {_DRAWN_SIGNS} signs at most, not {classes}")
    points = _unlike(7 * torch.rand(_DRAWN_SIGNS, 4, 2, generator=generator), classes)
    labels = torch.arange(train + test) % classes
    labels = labels[torch.randperm(len(labels), generator=generator)]
    pixels = _inked(points[labels] + wobble * torch.randn(len(labels), 4, 2, generator=generator))
    return Split(pixels[:train], labels[:train], pixels[train:], labels[train:])


def _inked(points: Tensor) -> Tensor:
    """Return the pixels, (signs, 64), of lines through points of shape (signs, points, 2): one on the line, less
    beside it, and zero where the pen does not reach.
    """
    starts, ends = points[:, :-1, None], points[:, 1:, None]
    way = ends - starts
    centres = torch.cartesian_prod(torch.arange(8.0), torch.arange(8.0))
    # The place on each stretch that is nearest to each pixel, as a share of its length.
    share = ((centres - starts) * way).sum(dim=-1) / way.square().sum(dim=-1).clamp_min(1e-6)
    nearest = starts + share.clamp(0, 1).unsqueeze(-1) * way
    distances = (centres - nearest).norm(dim=-1).amin(dim=1)
    ink: Tensor = (_PEN - distances).clamp(0, 1)
    return ink


def _unlike(points: Tensor, count: int) -> Tensor:
    """Return so many of the signs, each the one that is least like those before it."""
    pixels = _inked(points)
    pictures = pixels.reshape(-1, 1, 8, 8)
    # What two pictures share at the best of 49 shifts of one against the other.
    shared = functional.conv2d(functional.pad(pictures, (3, 3, 3, 3)), pictures).flatten(2).amax(dim=2)
    sizes = pixels.square().sum(dim=1)
    apart = sizes[:, None] + sizes - 2 * shared
    chosen = [0]
    while len(chosen) < count:
        chosen.append(int(apart[chosen].amin(dim=0).argmax()))
    return points[chosen]
