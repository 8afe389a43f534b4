"""Do the tensors of one operation live together? Finds the device that it runs on, or raises what CUDA would say."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from proctorch.lab.gpu import kernels, messages
from proctorch.lab.gpu.placement import ANYWHERE, CPU, mark_of, tensors_in


@dataclass(frozen=True)
class Placed:
    """A tensor argument of an operation: its name in the schema, where it is, and whether it is written to."""

    name: str
    tensor: torch.Tensor
    device: torch.device
    written: bool

    @property
    def is_scalar(self) -> bool:
        """Whether this is a CPU tensor without axes, which elementwise kernels take as a number."""
        return self.device == CPU and self.tensor.dim() == 0 and not self.written


def placed(func: torch._ops.OpOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Placed]:
    """Return the tensor arguments of a call in the order of the schema; those that belong anywhere are left out."""
    return list(_placed(func, args, kwargs))


def _placed(func: torch._ops.OpOverload, args: Sequence[Any], kwargs: dict[str, Any]) -> Iterator[Placed]:
    for place, (name, written) in enumerate(_parameters(func)):
        value = args[place] if place < len(args) else kwargs.get(name)
        for tensor in tensors_in(value):
            mark = mark_of(tensor)
            if mark is not ANYWHERE:
                yield Placed(name, tensor, mark or CPU, written)


@functools.cache
def _parameters(func: torch._ops.OpOverload) -> tuple[tuple[str, bool], ...]:
    """Return the name of each parameter of an operation, and whether it is written to."""
    return tuple(
        (argument.name, argument.alias_info is not None and argument.alias_info.is_write)
        for argument in func._schema.arguments
    )


def common_device(func: torch._ops.OpOverload, arguments: list[Placed]) -> torch.device | None:
    """Return where an operation runs; None without tensors. Raises RuntimeError in CUDA's words."""
    if not arguments:
        return None
    there = next((argument.device for argument in arguments if argument.device.type == "cuda"), None)
    if there is None:
        return CPU
    if any(argument.device != there for argument in arguments):
        name = func._schema.name.removeprefix("aten::")
        rule = _RULES.get(name)
        if rule is not None:
            return rule(arguments)
        if name.startswith("_foreach_"):
            return _item_by_item(arguments)
        overload = func._schema.overload_name
        return _one_by_one(f"{name}.{overload}" if overload else name, arguments, there)
    return there


def _one_by_one(name: str, arguments: list[Placed], there: torch.device) -> torch.device:
    if name in ("native_batch_norm", "_native_batch_norm_legit") and arguments[0].tensor.dim() >= 3:
        name = "cudnn_batch_norm"
    method = kernels.method_of(name)
    if method is None:
        return _elementwise(arguments, there)
    names = kernels.RENAMED.get(name, ("", {}))[1]
    first = arguments[0].device
    for argument in arguments:
        if argument.device != first:
            raise messages.argument_elsewhere(names.get(argument.name, argument.name), argument.device, first, method)
    return first


def _elementwise(arguments: list[Placed], there: torch.device) -> torch.device:
    for argument in arguments:
        if argument.device != there and not argument.is_scalar:
            raise messages.two_devices(there, argument.device)
    return there


def _item_by_item(arguments: list[Placed]) -> torch.device:
    """Check the tensors of several lists that stand at one place; returns the device of the first."""
    lists: dict[str, list[Placed]] = {}
    for argument in arguments:
        lists.setdefault(argument.name, []).append(argument)
    first, *others = lists.values()
    for other in others:
        for one, two in zip(first, other, strict=False):
            if one.device != two.device and not two.is_scalar and len(first) == len(other):
                there, here = sorted((one.device, two.device), key=lambda device: device.type == "cpu")
                raise messages.two_devices(there, here)
    return first[0].device


def _own_device(arguments: list[Placed]) -> torch.device:
    """Return the device of the first argument: the others may be anywhere."""
    return arguments[0].device


def _index(arguments: list[Placed]) -> torch.device:
    own = arguments[0].device
    for argument in arguments:
        if argument.name == "indices" and argument.device not in (CPU, own):
            raise messages.index_elsewhere(own)
        if argument.name == "values" and argument.device != own and argument.tensor.dim():
            raise messages.value_elsewhere(own, argument.device)
    return own


def _masked_fill(arguments: list[Placed]) -> torch.device:
    own = arguments[0].device
    for argument in arguments[1:]:
        if argument.name == "mask" and argument.device != own:
            raise messages.mask_elsewhere(own, argument.device)
    return _elementwise(arguments, own) if own != CPU else own


def _convolution(arguments: list[Placed]) -> torch.device:
    given, *others = arguments
    for argument in others:
        if argument.name in ("weight", "bias") and argument.device != given.device:
            raise messages.convolution_types(
                messages.type_name(given.tensor.dtype, given.device),
                argument.name,
                messages.type_name(argument.tensor.dtype, argument.device),
            )
    return given.device


_RULES: dict[str, Callable[[list[Placed]], torch.device]] = {
    **dict.fromkeys(
        ("copy_", "copy", "set_", "_to_copy", "_pad_packed_sequence", "_pack_padded_sequence"), _own_device
    ),
    **dict.fromkeys(("index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"), _index),
    **dict.fromkeys(("masked_fill", "masked_fill_"), _masked_fill),
    **dict.fromkeys(("convolution", "_convolution", "convolution_overrideable"), _convolution),
}
