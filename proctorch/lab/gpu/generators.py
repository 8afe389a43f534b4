"""`torch.Generator(device="cuda")`: a generator that says it belongs to a CUDA device, and draws on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from proctorch.lab.gpu.machine import Machine

_Base: Any = torch.Generator


class _Meta(type(_Base)):  # type: ignore[misc]
    """Every generator counts as an instance: those made before the simulation, and torch's own."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _Base)


def generator_class(machine_of: Callable[[], Machine | None]) -> type:
    """Return the class that stands for `torch.Generator`; `machine_of` tells this thread's machine."""

    class Generator(_Base, metaclass=_Meta):  # type: ignore[misc]
        """A stream of random numbers for one device."""

        def __new__(cls, device: Any = "cpu") -> Any:
            machine, named = machine_of(), torch.device(device)
            if machine is None or named.type != "cuda":
                return _Base(device)
            made = super().__new__(cls, "cpu")
            made._home = machine.resolve(named)
            return made

        @property
        def device(self) -> torch.device:
            """The device that the generator is for."""
            return self._home  # type: ignore[no-any-return]

    return Generator
