"""Above autograd: what Python code says and asks about devices. Moves, factories, getters, and what CUDA refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _device as default_device

from proctorch.lab.gpu import autocast, messages, moves, requirements
from proctorch.lab.gpu.machine import Machine
from proctorch.lab.gpu.placement import CPU, device_of, place, share_storage, tensors_in
from proctorch.lab.gpu.reentry import unguarded

Handler = Callable[[Machine, tuple[Any, ...], dict[str, Any]], Any]

# These may hand out the memory of what they were given, and then a move has to copy.
_ALIASING = frozenset([torch.as_tensor, torch.asarray])


class SimulatedFunctions(TorchFunctionMode):
    """The mode of one thread."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine
        self._running: Any = None

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Answer one call of torch's."""
        kwargs = dict(kwargs or {})
        handler = _HANDLERS.get(func)
        if handler is not None:
            return handler(self.machine, tuple(args), kwargs)
        device = self._asked(func, kwargs)
        # Some methods of Tensor pass the call on to C++, which hands it to the mode under the same name again.
        twin = unguarded(func) if isinstance(func, FunctionType) and func is not self._running else None
        if twin is not None:
            results = self._inside(func, twin, args, kwargs)
        else:
            results = self._builtin(func, tuple(args), kwargs, device)
        return results if device is None else _placed_at(self.machine, device, func, args, results)

    def _inside(self, func: Any, twin: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Run one of torch's Python functions with this mode on."""
        before, self._running = self._running, func
        try:
            with self.machine.around(None), self:
                return twin(*args, **kwargs)
        finally:
            self._running = before

    def _asked(self, func: Any, kwargs: dict[str, Any]) -> torch.device | None:
        """Take the device out of a call, named or by default; None where the call does not say."""
        asked = kwargs.get("device")
        if asked is None:
            if func not in default_device._device_constructors() or default_device.CURRENT_DEVICE is None:
                return None
            if func in _ALIASING and isinstance(kwargs.get("data"), torch.Tensor):
                return None
            asked = default_device.CURRENT_DEVICE
        device = self.machine.resolve(asked)
        if device.type in ("cuda", "cpu"):
            kwargs["device"] = CPU
            return device
        kwargs["device"] = device
        return None

    def _builtin(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], device: torch.device | None) -> Any:
        name = getattr(func, "__name__", "")
        check = requirements.CHECKS.get(name)
        if check is not None:
            check(args, kwargs)
        if torch.is_autocast_enabled("cuda"):
            args, kwargs = autocast.cast(name, args, kwargs)
        device = device or _device_among((args, kwargs)) or CPU
        _check_generator(kwargs.get("generator"), device)
        with self.machine.around(device):
            results = func(*args, **kwargs)
        if name in requirements.LENGTHS_STAY:
            place(results[1], CPU)
        return results


def _device_among(tree: Any) -> torch.device | None:
    """Return the first CUDA device among the tensors of a call, or the CPU; None for a call without tensors."""
    found = None
    for tensor in tensors_in(tree):
        found = device_of(tensor)
        if found.type == "cuda":
            return found
    return found


def _placed_at(machine: Machine, device: torch.device, func: Any, args: Sequence[Any], results: Any) -> Any:
    """Mark what a factory made; of what shares memory with an argument that is elsewhere, a copy."""
    if not isinstance(results, torch.Tensor) or device_of(results) == device:
        return results
    shared = any(share_storage(results, tensor) for tensor in tensors_in(tuple(args)))
    if func in _ALIASING or shared:
        moves.note_wait(machine, device_of(results), device)
        return moves.moved(results, device)
    place(results, device)
    return results


def _check_generator(generator: torch.Generator | None, device: torch.device) -> None:
    """Raise RuntimeError when random numbers for one device are asked of another's generator."""
    if generator is not None and generator.device.type != device.type and device.type in ("cpu", "cuda"):
        raise messages.wrong_generator(device, generator.device)


def _numpy(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    tensor = args[0]
    device = device_of(tensor)
    if device.type == "cuda":
        if not kwargs.get("force", False):
            raise messages.no_array(device)
        tensor = moves.moved(tensor.detach(), CPU)
    return tensor.numpy(**kwargs)


def _set_gradient(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    tensor, gradient = args
    if isinstance(gradient, torch.Tensor) and device_of(gradient) != device_of(tensor):
        raise messages.wrong_gradient(device_of(gradient), device_of(tensor))
    tensor.grad = gradient


def _type(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    tensor, *others = args
    if not others and not kwargs:
        return messages.type_name(tensor.dtype, device_of(tensor))
    named = others[0] if others else kwargs.get("dtype")
    if isinstance(named, str) and named.startswith("torch.cuda."):
        moved = moves.to(machine, (tensor, "cuda"), {})
        return moved.type(named.replace("torch.cuda.", "torch."))
    return tensor.type(*others, **kwargs)


def _new_tensor(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    asked = kwargs.pop("device", None)
    made: torch.Tensor = args[0].new_tensor(*args[1:], **kwargs)
    place(made, device_of(args[0]) if asked is None else machine.resolve(asked))
    return made


def _deepcopy(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    copied: torch.Tensor = args[0].__deepcopy__(*args[1:])
    place(copied, device_of(args[0]))
    return copied


_HANDLERS: dict[Any, Handler] = {
    torch.Tensor.device.__get__: lambda machine, args, kwargs: device_of(args[0]),
    torch.Tensor.is_cuda.__get__: lambda machine, args, kwargs: device_of(args[0]).type == "cuda",  # type: ignore[attr-defined]
    torch.Tensor.is_cpu.__get__: lambda machine, args, kwargs: device_of(args[0]) == CPU,  # type: ignore[attr-defined]
    torch.Tensor.get_device: lambda machine, args, kwargs: (
        device_of(args[0]).index if device_of(args[0]).type == "cuda" else args[0].get_device()
    ),
    torch.Tensor.to: moves.to,
    torch.Tensor.cuda: moves.cuda,
    torch.Tensor.cpu: moves.cpu,
    torch.Tensor.pin_memory: moves.pin_memory,
    torch.Tensor.is_pinned: moves.is_pinned,
    torch.Tensor.numpy: _numpy,
    torch.Tensor.type: _type,
    torch.Tensor.grad.__set__: _set_gradient,  # type: ignore[union-attr]
    torch.Tensor.new_tensor: _new_tensor,
    torch.Tensor.__deepcopy__: _deepcopy,
}
