"""How optimizers and gradient clipping sort tensors into groups that one call can work on: by device and dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from proctorch.lab.gpu import messages
from proctorch.lab.gpu.placement import CPU, device_of

Groups = dict[tuple[torch.device, torch.dtype], tuple[list[list[Any]], list[int]]]


def by_device_and_dtype(original: Callable[..., Any]) -> Callable[..., Groups]:
    """Return the function that sorts by the devices that tensors claim, and refuses a place with several."""

    def group(tensorlistlist: list[list[Any]], with_indices: bool = False) -> Groups:
        with torch._C.DisableTorchFunction():
            return _group(tensorlistlist, with_indices)

    return group


def _group(lists: list[list[Any]], with_indices: bool) -> Groups:
    groups: Groups = {}
    for place, first in enumerate(lists[0]):
        key = (device_of(first), first.dtype)
        columns, indices = groups.setdefault(key, ([[] for _ in lists], []))
        for column, tensors in zip(columns, lists, strict=True):
            tensor = tensors[place] if tensors else None
            if tensor is not None:
                _check(tensor, key)
            if tensors:
                column.append(tensor)
        if with_indices:
            indices.append(place)
    return groups


def _check(tensor: torch.Tensor, key: tuple[torch.device, torch.dtype]) -> None:
    """Refuse what torch refuses: state that stayed on the CPU is let through here, and stops the operation on it."""
    device, dtype = device_of(tensor), tensor.dtype
    single = dtype in (torch.float32, torch.float64)
    if not (device == key[0] and (dtype == key[1] or single)) and not (device == CPU and single):
        raise messages.foreach_elsewhere()
