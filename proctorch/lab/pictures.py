"""Handwritten digits as pictures, a few of some classes: what transfer learning is tried on."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from proctorch.lab.data import Split, digits


def digit_pictures(classes: Sequence[int] = range(10), *, per_class: int, seed: int = 0) -> Split:
    """Return the digits of some classes as images of shape (n, 1, 8, 8), labels counted from 0 in the classes' order.

    `per_class` of each class are for training, in an order drawn from the seed, and all others for testing. Raises
    ValueError when a class has not so many.
    """
    data = digits(seed)
    images = torch.cat([data.train_inputs, data.test_inputs]).reshape(-1, 1, 8, 8)
    names = torch.cat([data.train_labels, data.test_labels])
    places = [(names == name).nonzero()[:, 0] for name in classes]
    if per_class < 1 or per_class >= min(map(len, places), default=0):
        raise ValueError(f"there are not {per_class} digits and one more of each of the classes {list(classes)}")
    order = torch.Generator().manual_seed(seed)
    halves = []
    for chosen in ([place[:per_class] for place in places], [place[per_class:] for place in places]):
        labels = torch.cat([torch.full((len(found),), number) for number, found in enumerate(chosen)])
        mixed = torch.randperm(len(labels), generator=order)
        halves += [images[torch.cat(chosen)][mixed], labels[mixed]]
    return Split(*halves)
