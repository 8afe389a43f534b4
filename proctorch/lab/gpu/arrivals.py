"""A tensor that came over the wire with a CUDA device in its claim."""

from __future__ import annotations

import torch

from proctorch.lab.gpu.choice import uses_real_devices
from proctorch.lab.gpu.placement import place


def arrived(tensor: torch.Tensor, claimed: str) -> torch.Tensor:
    """Return the tensor on the device that it claims: marked, or on a real one where the checks use that.

    Outside of a simulation the mark says nothing: the tensor is a CPU tensor like any other.
    """
    if uses_real_devices():
        return tensor.to(claimed)
    place(tensor, torch.device(claimed))
    return tensor
