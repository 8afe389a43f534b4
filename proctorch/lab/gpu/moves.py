"""Moving a tensor: always a copy, marked as living elsewhere, with a gradient that comes back the same way."""

from __future__ import annotations

from typing import Any

import torch

from proctorch.lab.gpu.machine import Machine
from proctorch.lab.gpu.placement import CPU, device_of, place

_PINNED = "_simulated_pinned"
# torch's own, as it is outside of any simulation.
_PARSE: Any = torch._C._nn._parse_to


class ToCopy(torch.autograd.Function):
    """The move as autograd sees it."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor, device: torch.device, options: dict[str, Any]) -> torch.Tensor:
        """Return a copy that lives on `device`."""
        ctx.home, ctx.dtype = device_of(tensor), tensor.dtype
        return _copied(tensor, device, options)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the gradient where the tensor came from."""
        return moved(gradients[0], ctx.home, dtype=ctx.dtype), None, None


def moved(tensor: torch.Tensor, device: torch.device, **options: Any) -> torch.Tensor:
    """Return a copy of a tensor on another device; `options` are those of `Tensor.to`."""
    with torch._C.DisableTorchFunction():
        if tensor.requires_grad and torch.is_grad_enabled():
            result: torch.Tensor = ToCopy.apply(tensor, device, options)  # type: ignore[no-untyped-call]
            return result
        return _copied(tensor, device, options)


def _copied(tensor: torch.Tensor, device: torch.device, options: dict[str, Any]) -> torch.Tensor:
    with torch._C.DisableTorchFunction():
        copy = tensor.detach().to(device=CPU, copy=True, **options)
        place(copy, device)
        return copy


def to(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    """Answer `Tensor.to` in all its forms."""
    tensor, *others = args
    copy = kwargs.pop("copy", False)
    options = list(others)
    # The forms to(device, dtype, non_blocking, copy) and to(dtype, non_blocking, copy) take a copy by position.
    if options and type(options[-1]) is bool and len(options) == (3 if isinstance(options[0], torch.dtype) else 4):
        copy = options.pop()
    device, dtype, non_blocking, layout = parse_to(*options, **kwargs)
    extra = {} if layout is None else {"memory_format": layout}
    return _to(machine, tensor, device, dtype, copy=bool(copy), waits=not non_blocking, **extra)


def parse_to(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Return device, dtype, non_blocking and layout from the arguments of a `to`, of a tensor or of a module."""
    like = args[0] if args else kwargs.get("other", kwargs.get("tensor"))
    if isinstance(like, torch.Tensor):
        rest = {key: value for key, value in kwargs.items() if key not in ("other", "tensor")}
        with torch._C.DisableTorchFunction():
            args, kwargs = (device_of(like), like.dtype, *args[1:]), rest
    parsed: tuple[Any, ...] = _PARSE(*args, **kwargs)
    return parsed


def _to(
    machine: Machine,
    tensor: torch.Tensor,
    device: Any,
    dtype: torch.dtype | None,
    *,
    copy: bool = False,
    waits: bool = True,
    **extra: Any,
) -> torch.Tensor:
    here = device_of(tensor)
    there = here if device is None else machine.resolve(device)
    if dtype is not None:
        extra["dtype"] = dtype
    if there == here:
        return _converted(tensor, copy=copy, **extra) if extra or copy else tensor
    if there.type not in ("cpu", "cuda"):
        return _converted(tensor, device=there, **extra)
    if waits:
        note_wait(machine, here, there)
    return moved(tensor, there, **extra)


def note_wait(machine: Machine, here: torch.device, there: torch.device) -> None:
    """Count a copy for which the CPU waits, where it goes from the CPU to a device."""
    machine.waits += here == CPU and there.type == "cuda"


def _converted(tensor: torch.Tensor, **options: Any) -> torch.Tensor:
    return tensor.to(**options)


def cuda(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    """Answer `Tensor.cuda`."""
    tensor, *others = args
    asked = others[0] if others else kwargs.get("device")
    non_blocking = others[1] if len(others) > 1 else kwargs.get("non_blocking", False)
    device = torch.device("cuda", machine.index_of(asked))
    extra = {key: kwargs[key] for key in ("memory_format",) if key in kwargs}
    return _to(machine, tensor, device, None, waits=not non_blocking, **extra)


def cpu(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    """Answer `Tensor.cpu`."""
    extra = {key: kwargs[key] for key in ("memory_format",) if key in kwargs}
    return _to(machine, args[0], CPU, None, **extra)


def pin_memory(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    """Answer `Tensor.pin_memory`: a copy that says it is pinned; a CUDA tensor cannot be."""
    tensor: torch.Tensor = args[0]
    if device_of(tensor) != CPU:
        kind = "torch.cuda." + str(tensor.type()).removeprefix("torch.")
        raise RuntimeError(f"cannot pin '{kind}' only dense CPU tensors can be pinned")
    if is_pinned(machine, args, kwargs):
        return tensor
    pinned = tensor.clone()
    note_pinned(pinned)
    return pinned


def note_pinned(tensor: torch.Tensor) -> None:
    """Let a tensor say that its memory is pinned."""
    setattr(tensor.untyped_storage(), _PINNED, True)


def is_pinned(machine: Machine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Answer `Tensor.is_pinned`."""
    return bool(getattr(args[0].untyped_storage(), _PINNED, False))
