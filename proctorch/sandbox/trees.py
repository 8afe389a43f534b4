"""Trees of values: finding the tensors in them, in an order that host and guest agree on, and noticing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch


def leaves(tree: Any) -> Iterator[Any]:
    """Yield everything in nested lists, tuples and dicts that is not one of those, in order."""
    if isinstance(tree, (list, tuple)) and not isinstance(tree, torch.Size):
        for item in tree:
            yield from leaves(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from leaves(item)
    else:
        yield tree


def tensors(tree: Any) -> list[torch.Tensor]:
    """Return the tensors of a tree, in order."""
    return [leaf for leaf in leaves(tree) if isinstance(leaf, torch.Tensor)]


def replace_leaves(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return the tree with `change` applied to each leaf, in the order of `leaves`."""
    if type(tree) is list:
        return [replace_leaves(item, change) for item in tree]
    if type(tree) is tuple:
        return tuple(replace_leaves(item, change) for item in tree)
    if type(tree) is dict:
        return {key: replace_leaves(item, change) for key, item in tree.items()}
    return change(tree)


def _buffers(tree: Any) -> Iterator[Any]:
    """Yield the tensors, arrays and containers that a function could change in place."""
    if isinstance(tree, (torch.Tensor, np.ndarray, list, dict)):
        yield tree
    if isinstance(tree, (list, tuple)):
        for item in tree:
            yield from _buffers(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from _buffers(item)


class Snapshot:
    """Remembers the contents of arguments, to tell afterwards which were changed in place."""

    def __init__(self, tree: Any) -> None:
        self._kept = [(buffer, _copy(buffer)) for buffer in _buffers(tree)]

    def changed(self) -> list[tuple[int, Any]]:
        """Return (position, present content) of whatever no longer holds what it held."""
        return [(place, buffer) for place, (buffer, copy) in enumerate(self._kept) if not _same(buffer, copy)]


def write_back(tree: Any, changed: list[tuple[int, Any]]) -> None:
    """Write changes that another process reported for its copy of `tree` into this one."""
    buffers = list(_buffers(tree))
    for place, content in changed:
        target = buffers[place]
        if isinstance(target, torch.Tensor):
            with torch.no_grad():
                target.resize_(content.shape) if target.shape != content.shape else None
                target.copy_(content)
        elif isinstance(target, np.ndarray):
            target[...] = content
        elif isinstance(target, list):
            target[:] = content
        else:
            target.clear()
            target.update(content)


def _copy(buffer: Any) -> Any:
    if isinstance(buffer, torch.Tensor):
        return buffer.detach().clone()
    if isinstance(buffer, np.ndarray):
        return buffer.copy()
    return list(buffer) if isinstance(buffer, list) else dict(buffer)


def _same(buffer: Any, copy: Any) -> bool:
    if isinstance(buffer, torch.Tensor):
        return _same_tensor(buffer.detach(), copy)
    if isinstance(buffer, np.ndarray):
        return bool(buffer.dtype == copy.dtype and buffer.shape == copy.shape and buffer.tobytes() == copy.tobytes())
    if isinstance(buffer, list):
        return len(buffer) == len(copy) and all(_same_item(now, then) for now, then in zip(buffer, copy, strict=True))
    return list(buffer) == list(copy) and all(_same_item(buffer[key], copy[key]) for key in copy)


def _same_item(now: Any, then: Any) -> bool:
    """Say whether a container still holds the same item; containers and buffers inside it are compared on their own."""
    return now is then or (type(now) is type(then) and isinstance(now, (int, float, str, bytes)) and now == then)


def _same_tensor(now: torch.Tensor, then: torch.Tensor) -> bool:
    if now.shape != then.shape or now.dtype != then.dtype or now.layout != then.layout:
        return False
    if torch.equal(now, then):
        return True
    if not (now.is_floating_point() or now.is_complex()):
        return False
    return bool(((now == then) | ((now != now) & (then != then))).all())
