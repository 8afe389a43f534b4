"""Tensors that a check may read and not write: copies of what lives in the guest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from proctorch.errors import GraderBroken

_NO_WRITES = {"requires_grad_", "retain_grad", "register_hook"}
_AUGMENTED = ("__iadd", "__isub", "__imul", "__itruediv", "__ipow", "__iand", "__ior", "__ixor", "__setitem__")
_DATA_GETTER = torch.Tensor.data.__get__  # type: ignore[attr-defined]
_GRAD_GETTER = torch.Tensor.grad.__get__  # type: ignore[union-attr]
_DATA_SETTER = torch.Tensor.data.__set__  # type: ignore[attr-defined]


class ReadOnly(torch.Tensor):
    """A view of what a mirror holds; writing to it is refused, because the guest would never see it."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation on plain, up-to-date tensors; raises GraderBroken when it would write to a mirror."""
        kwargs = kwargs or {}
        for home in {value.__dict__["home"] for value in _flat(args) if _is_mirror(value)}:
            home.refresh()
        targets = [*_flat([kwargs.get("out")]), *(_flat(args[:1]) if _writes(func) else ())]
        if any(isinstance(value, ReadOnly) for value in targets):
            raise GraderBroken(
                "a check tried to change a parameter of a student's module; what the host holds is a copy.\n"
                "  To mend it: use module.load_state_dict(...), or let the student's own function change it."
            )
        with torch._C.DisableTorchFunctionSubclass():
            result = func(*args, **kwargs)
            if result is None and func == _GRAD_GETTER and _is_mirror(args[0]):
                args[0].home.note_bare(args[0].key)
            shares = func == torch.Tensor.detach or func == _DATA_GETTER
            return result.as_subclass(ReadOnly) if shares else result


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield value


def _writes(func: Any) -> bool:
    name = getattr(func, "__name__", "")
    if name == "__set__":
        return bool(func == _DATA_SETTER)
    in_place = name.endswith("_") and not name.endswith("__")
    return (in_place or name.startswith(_AUGMENTED)) and name not in _NO_WRITES


def _is_mirror(value: Any) -> bool:
    return isinstance(value, ReadOnly) and "home" in value.__dict__
