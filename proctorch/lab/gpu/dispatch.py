"""Below autograd: every operation is checked as CUDA would check it, runs on the CPU, and its results are marked.

This sees what Python never does: the operations of the backward pass, and those inside torch's own C++.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from proctorch.lab.gpu import moves
from proctorch.lab.gpu.agreement import Placed, common_device, placed
from proctorch.lab.gpu.machine import Machine
from proctorch.lab.gpu.placement import ANYWHERE, CPU, mark_of, place, tensors_in


class SimulatedDispatch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The mode of one thread; `machine` knows the devices and their generators."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.machine = machine

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation; raises RuntimeError in CUDA's words when its tensors are on several devices."""
        with torch._C.DisableTorchFunction():
            return self._run(func, args, dict(kwargs or {}))

    def _run(self, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if not isinstance(func, torch._ops.OpOverload):
            return func(*args, **kwargs)
        arguments = placed(func, args, kwargs)
        device = common_device(func, arguments)
        asked = kwargs.get("device")
        if asked is not None and asked.type == "cuda":
            device, kwargs["device"] = self.machine.resolve(asked), CPU
        if device is None:
            device = self._unasked()
        pinned = kwargs.get("pin_memory")
        if pinned:
            kwargs["pin_memory"] = False
        with self._randomness(func, device, kwargs):
            results = func(*args, **kwargs)
        if pinned:
            moves.note_pinned(results)
        self._mark(func, results, device, arguments)
        return results

    def _unasked(self) -> torch.device:
        """Return where a tensor goes that is made from nothing, inside torch's own code, with no device named."""
        if self.machine.ambient is not None:
            return self.machine.ambient
        return ANYWHERE if torch._C._current_graph_task_id() != -1 else CPU

    def _randomness(self, func: Any, device: torch.device, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        if kwargs.get("generator") is not None:
            return nullcontext()
        if device.type == "cuda" and torch.Tag.nondeterministic_seeded in func.tags:
            return self.machine.generators[device.index or 0].in_place_of_the_default()
        return nullcontext()

    def _mark(self, func: Any, results: Any, device: torch.device, arguments: list[Placed]) -> None:
        if device == CPU or torch.Tag.inplace_view in func.tags:
            return
        name = func._schema.name
        if name == "aten::_pack_padded_sequence":
            results = results[0]
        devices = [device]
        if name.startswith("aten::_foreach_") and arguments:
            first = arguments[0].name
            devices = [argument.device for argument in arguments if argument.name == first]
        for number, tensor in enumerate(tensors_in(results)):
            if mark_of(tensor) is None and not _is_argument(tensor, arguments):
                place(tensor, devices[min(number, len(devices) - 1)])


def _is_argument(tensor: torch.Tensor, arguments: list[Placed]) -> bool:
    """Return whether a result is one of the arguments: written to in place, or handed through."""
    return any(tensor is argument.tensor for argument in arguments)
