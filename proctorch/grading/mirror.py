"""A student's module as the host sees it: parameters are read-only copies, everything else happens in the guest.

Mirrors are fetched when they are first looked at and again after every call that could have changed the module. The
host's backward fills their `.grad`; before the guest looks at its parameters, those gradients are sent to it. The
only way to write parameters is `load_state_dict`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from proctorch.errors import CheckFailure, ProtocolViolation
from proctorch.grading.hearsay import renamed
from proctorch.grading.readonly import ReadOnly
from proctorch.sandbox.values import Reference

if TYPE_CHECKING:
    from proctorch.grading.client import Client


MOST_PARTS = 4096


class Mirror(ReadOnly, nn.Parameter):
    """A read-only copy of one parameter of a module in the guest; reading it brings it up to date."""

    home: StudentModule
    key: str


def make_mirror(home: StudentModule, key: str, value: torch.Tensor) -> Mirror:
    """Return the mirror of one parameter."""
    mirror = torch.Tensor._make_subclass(Mirror, value.detach().clone(), value.requires_grad)
    mirror.home, mirror.key = home, key
    return mirror


class _Container(nn.Module):
    """Indexing, length and iteration over numbered parts, as nn.Sequential and nn.ModuleList have them."""

    def _numbered(self) -> list[nn.Module]:
        parts = dict(self.named_children())
        if not parts or list(parts) != [str(place) for place in range(len(parts))]:
            raise TypeError(f"{self._get_name()} is no sequence of modules")  # type: ignore[no-untyped-call]
        return list(parts.values())

    def __getitem__(self, index: int | str) -> nn.Module:
        return dict(self.named_children())[index] if isinstance(index, str) else self._numbered()[index]

    def __len__(self) -> int:
        return len(self._numbered())

    def __iter__(self) -> Iterator[nn.Module]:
        return iter(self._numbered())

    def __bool__(self) -> bool:
        return True


class Part(_Container):
    """A submodule inside a mirrored module: holds mirrors, and calls go to the guest."""

    def __init__(self, home: StudentModule, path: str, type_name: str) -> None:
        super().__init__()
        self._home, self._path, self._type_name = [home], path, type_name

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the submodule in the guest."""
        home = self._home[0]
        return home.client.call(home.remote(self._path), f"{self._type_name}.forward", args, kwargs, root=home)

    def _get_name(self) -> str:
        return self._type_name


class StudentModule(_Container):
    """A module that lives in the guest; `state_dict`, `parameters`, `train`, `eval` and `to` do what they say."""

    def __init__(self, client: Client, reference: Reference) -> None:
        super().__init__()
        self.client, self.reference = client, reference
        self._epoch = -1
        self._mirrors: dict[str, Mirror] = {}
        self._paths: list[str] = []
        self._known: dict[str, tuple[int, int] | None] = {}
        client.watch(self)

    def _get_name(self) -> str:
        return self.reference.type_name

    @property
    def training(self) -> bool:
        """The mode of the module in the guest."""
        if "client" in self.__dict__:
            self.refresh()
        return bool(self.__dict__.get("_mode", True))

    @training.setter
    def training(self, mode: bool) -> None:
        self.__dict__["_mode"] = mode

    def remote(self, path: str) -> Any:
        """Return an attribute of the module in the guest; raises AttributeError."""
        found, value = self.client.request("get", self, path)
        if not found:
            raise AttributeError(f"{self.reference.type_name} has no attribute {value!r}")
        return value

    def __getattr__(self, name: str) -> Any:
        """Return a mirror, a part, or an attribute of the module in the guest."""
        if name.startswith("_") or name in ("client", "reference"):
            return super().__getattr__(name)
        self.refresh()
        try:
            return super().__getattr__(name)
        except AttributeError:
            return self.remote(name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the module in the guest."""
        return self.client.call(self, f"{self.reference.type_name}.forward", args, kwargs)

    def refresh(self) -> None:
        """Bring mirrors, buffers and the mode up to date, when a call since the last time could have changed them."""
        if self._epoch == self.client.epoch:
            return
        if self._epoch >= 0:
            self.client.push_gradients()
        self._epoch = self.client.epoch
        found = _checked(self.client.request("describe", self))
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            if self._shape_of(found) != self._shape_of_mirrors() or self._paths != list(found["modules"]):
                self._rebuild(found)
            for key, value in found["parameters"].items():
                self._mirrors[key].copy_(value)
                self._take_gradient(key, found["gradients"].get(key))
        self._place_buffers(found)
        for path, (_, training) in found["modules"].items():
            self._part(path).training = training

    @staticmethod
    def _shape_of(found: dict[str, Any]) -> list[Any]:
        values = found["parameters"].items()
        return [(key, value.shape, value.dtype, value.device, value.requires_grad) for key, value in values]

    def _shape_of_mirrors(self) -> list[Any]:
        values = self._mirrors.items()
        return [(key, value.shape, value.dtype, value.device, value.requires_grad) for key, value in values]

    def _rebuild(self, found: dict[str, Any]) -> None:
        """Make parts and mirrors anew, because the module has other parameters than before."""
        self._paths = list(found["modules"])
        self._modules.clear()
        self._parameters.clear()
        for path, (type_name, _) in found["modules"].items():
            if path:
                owner, _, name = path.rpartition(".")
                shown = renamed(Reference("module", 0, type_name), self.client.signatures)
                self._part(owner)._modules[name] = Part(self, path, shown.type_name)
        self._mirrors = {key: make_mirror(self, key, value) for key, value in found["parameters"].items()}
        for key, mirror in self._mirrors.items():
            owner, _, name = key.rpartition(".")
            self._part(owner)._parameters[name] = mirror

    def _take_gradient(self, key: str, gradient: torch.Tensor | None) -> None:
        mirror = self._mirrors[key]
        fits = gradient is not None and gradient.shape == mirror.shape and gradient.dtype == mirror.dtype
        mirror.grad = gradient if fits else None
        self._known[key] = _mark(mirror.grad)

    def _place_buffers(self, found: dict[str, Any]) -> None:
        for key, value in found["buffers"].items():
            owner, _, name = key.rpartition(".")
            self._part(owner)._buffers[name] = value

    def _part(self, path: str) -> nn.Module:
        part: nn.Module = self
        for name in path.split(".") if path else ():
            part = part._modules[name]  # type: ignore[assignment]
        return part

    def tracked(self) -> tuple[Reference, list[str], list[torch.Tensor]]:
        """Return the module, the names of its parameters that require a gradient, and their mirrors."""
        if not self._mirrors:
            self.refresh()
        with torch._C.DisableTorchFunctionSubclass():
            chosen = {key: mirror for key, mirror in self._mirrors.items() if mirror.requires_grad}
        return self.reference, list(chosen), list(chosen.values())

    def note_bare(self, key: str) -> None:
        """Remember that a parameter was asked for its gradient and has none: a message may need it."""
        self.client.progress.bare = key[:80]

    def push_gradients(self) -> None:
        """Send the gradients that have changed since the guest last heard of them."""
        with torch._C.DisableTorchFunctionSubclass():
            changed = {
                key: mirror.grad for key, mirror in self._mirrors.items() if _mark(mirror.grad) != self._known.get(key)
            }
            self._known.update({key: _mark(gradient) for key, gradient in changed.items()})
        if changed:
            self.client.request("set_gradients", self, changed)

    def _changed(self) -> None:
        self.client.epoch += 1

    def named_modules(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Yield the module and its parts, up to date."""
        self.refresh()
        yield from super().named_modules(*args, **kwargs)

    def named_children(self) -> Iterator[Any]:
        """Yield the direct parts, up to date."""
        self.refresh()
        yield from super().named_children()

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Return the guest's state dict, as copies."""
        return self.client.request("state_dict", self)

    def load_state_dict(self, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
        """Load values into the module in the guest: the only way to write its parameters."""
        result = self.client.request("load_state_dict", self, dict(state_dict))
        self._changed()
        return result

    def train(self, mode: bool = True) -> StudentModule:
        """Put the module in the guest into training or evaluation mode."""
        self._method("train", mode)
        return self

    def to(self, *args: Any, **kwargs: Any) -> StudentModule:
        """Move or convert the module in the guest."""
        self._method("to", *args, **kwargs)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget gradients, here and in the guest."""
        self._method("zero_grad", set_to_none)

    def _method(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.client.push_gradients()
        method: Callable[..., Any] = self.remote(name)
        self.client.request("call", method, list(args), kwargs, True, [])
        self._changed()


def _mark(gradient: torch.Tensor | None) -> tuple[int, int] | None:
    """Return what tells one state of a gradient from the next."""
    return None if gradient is None else (id(gradient), gradient._version)


def _checked(found: Any) -> dict[str, Any]:
    """Return a description of a module; raises ProtocolViolation or CheckFailure when it is not one."""
    if type(found) is not dict or found.keys() != {"parameters", "gradients", "buffers", "modules"}:
        raise ProtocolViolation("the description of a module has not the parts of one")
    if not all(type(part) is dict and all(type(key) is str for key in part) for part in found.values()):
        raise ProtocolViolation("the description of a module is not made of names")
    if not all(type(value) is torch.Tensor for value in found["parameters"].values()):
        sentence = "The module has a parameter that is not an ordinary tensor, so it cannot be checked."
        raise CheckFailure("type", sentence, sentence)
    if max(map(len, found.values())) > MOST_PARTS:
        sentence = f"The module has more than {MOST_PARTS} parts, so it cannot be checked."
        raise CheckFailure("type", sentence, sentence)
    for pair in found["modules"].values():
        if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not str or type(pair[1]) is not bool:
            raise ProtocolViolation("the description of a submodule is not a name and a mode")
    return found
