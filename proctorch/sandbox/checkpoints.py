"""Opening what `torch.save` wrote. The guest's side: it runs in a guest that has run no student code."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import torch


def open_checkpoint(content: bytes) -> Any:
    """Return what a checkpoint holds, tensors on the CPU; raises pickle.UnpicklingError for more than plain values."""
    return _plain(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))


def _plain(value: Any) -> Any:
    """Turn ordered dicts into dicts, and parameters into tensors."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return type(value)(map(_plain, value))
    return value.detach() if isinstance(value, torch.Tensor) else value
