"""Checkpoints that a student's code wrote: their bytes are fetched, and opened where nothing can be gained.

Parsing a file that an attacker wrote is a risk even with `weights_only=True`. So the host asks the guest for the bytes,
bounded, and has them opened in a *clean guest*: a fresh one that has run no student code and holds no secret. What
comes back is data, checked like every other answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from proctorch.errors import CheckFailure, StudentRaised
from proctorch.sandbox.trees import leaves

_PLAIN = (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size, torch.Tensor)


def opened(content: bytes, opener: Callable[[bytes], Any]) -> Any:
    """Return the plain values and tensors in a checkpoint; raises CheckFailure where it holds anything else.

    `opener` asks a guest for its `open_checkpoint`.
    """
    try:
        found = opener(content)
    except StudentRaised as error:
        told = "the file holds more than tensors and plain values, or is no checkpoint: weights_only=True refuses it"
        raise CheckFailure("type", told, told) from error
    if not all(type(leaf) in _PLAIN for leaf in leaves(found)):
        told = "the file holds something that is neither a tensor nor a plain value"
        raise CheckFailure("type", told, told)
    return found


def missing_file(error: StudentRaised) -> CheckFailure:
    """Return what to raise when a file cannot be read that student code should have written."""
    why = "was not written" if error.type_name == "FileNotFoundError" else "cannot be read"
    told = f"The file that the check named {why}."
    return CheckFailure("type", told, told)
