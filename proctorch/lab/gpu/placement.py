"""Where a tensor lives: a mark on its storage, so that views, `.data`, parameters and saved tensors share it.

A storage without a mark is on the device that torch says. The mark is an attribute of the storage's Python object,
which torch keeps as long as the storage itself. Call these with torch's own function modes off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

CPU = torch.device("cpu")
# What the autograd engine makes by itself, a gradient of zeros for example, belongs to whatever it meets.
ANYWHERE = torch.device("meta")

_MARK = "_simulated_device"


def _storage(tensor: torch.Tensor) -> Any:
    """Return the storage of a tensor; None where it has none of its own (sparse, quantised by others, functional)."""
    try:
        with torch._C.DisableTorchFunctionSubclass():  # a parameter that is not yet initialised would refuse
            return tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):
        return None


def mark_of(tensor: torch.Tensor) -> torch.device | None:
    """Return the device that was marked, ANYWHERE included; None for a tensor that no simulation has seen."""
    found: torch.device | None = getattr(_storage(tensor), _MARK, None)
    return found


def device_of(tensor: torch.Tensor) -> torch.device:
    """Return the device that a tensor claims to live on."""
    mark = mark_of(tensor)
    return tensor.device if mark is None else CPU if mark is ANYWHERE else mark


def place(tensor: torch.Tensor, device: torch.device) -> None:
    """Mark a tensor, and all that shares its storage, as living on a device."""
    storage = _storage(tensor)
    if storage is not None:
        setattr(storage, _MARK, device)


def share_storage(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Return whether two tensors are views of one storage."""
    first, second = _storage(one), _storage(other)
    return first is not None and second is not None and first._cdata == second._cdata


def tensors_in(tree: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in nested lists, tuples and dicts."""
    if isinstance(tree, torch.Tensor):
        yield tree
    elif isinstance(tree, (list, tuple)) and not isinstance(tree, torch.Size):
        for item in tree:
            yield from tensors_in(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from tensors_in(item)
