"""The words of the messages: how a type, a number, a shape and a result are called in a sentence.

Nothing here calls a method of a value that is not of a known exact type, so that what a student's code made cannot
speak for itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

_LONGEST_TEXT = 80
_LONGEST_LIST = 8
_DEEPEST = 3
_LARGEST_BITS = 128

NUMPY_SCALARS = frozenset(np.sctypeDict.values())

_TYPES: dict[type, str] = {
    type(None): "None",
    bool: "a bool",
    int: "an int",
    float: "a float",
    complex: "a complex number",
    str: "a string",
    bytes: "bytes",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
    set: "a set",
    frozenset: "a frozenset",
    torch.Tensor: "a tensor",
    torch.nn.Parameter: "a parameter",
    torch.Size: "a torch.Size",
    torch.dtype: "a torch.dtype",
    torch.device: "a torch.device",
    np.ndarray: "a NumPy array",
}

# What stands in the host for something of the student's, and the host's copies of parameters.
_PROXIES = {
    "StudentModule": "a module",
    "StudentFunction": "a function",
    "StudentObject": "an object",
    "Mirror": "a parameter",
    "ReadOnly": "a tensor",
}


def type_phrase(value: object) -> str:
    """Return what kind of thing a value is, for example `a list`."""
    return kind_phrase(type(value))


def kind_phrase(kind: type) -> str:
    """Return how a type is called, for example `a tensor`."""
    if kind in _TYPES:
        return _TYPES[kind]
    name = str(type.__dict__["__name__"].__get__(kind))[:40]
    if kind in NUMPY_SCALARS:
        return f"a NumPy {name}"
    if name in _PROXIES and str(type.__dict__["__module__"].__get__(kind)).startswith("proctorch."):
        return _PROXIES[name]
    if torch.Tensor in type.__dict__["__mro__"].__get__(kind):
        return f"a subclass of Tensor ({name})"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def dtype_name(dtype: torch.dtype | torch.layout | np.dtype[Any]) -> str:
    """Return `float32` for torch.float32 and for NumPy's float32, `sparse_coo` for torch.sparse_coo."""
    return str(dtype).removeprefix("torch.")


def shape_phrase(shape: Sequence[int], axes: Sequence[str] = ()) -> str:
    """Return `(batch=32, classes=10)`, or `(32, 10)` where the axes have no names."""
    if len(axes) != len(shape) or not any(axes):
        return str(tuple(shape))
    named = [f"{axis}={size}" if axis else str(size) for axis, size in zip(axes, shape, strict=True)]
    return f"({', '.join(named)}{',' if len(named) == 1 else ''})"


def count_phrase(count: int, noun: str) -> str:
    """Return `1 item` or `3 items`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def number_phrase(number: complex, digits: int = 6) -> str:
    """Return a number with so many significant digits; of an enormous integer, only how long it is."""
    if type(number) is bool:
        return str(number)
    if type(number) is int:
        if number.bit_length() <= _LARGEST_BITS:
            return str(number)
        return f"an integer of about {int(number.bit_length() * math.log10(2)) + 1} digits"
    if type(number) is complex:
        return f"{number:.{digits}g}"
    return f"{float(number.real):.{digits}g}"


def number_phrases(given: complex, expected: complex) -> tuple[str, str]:
    """Return two different numbers with as many digits as it takes to see the difference."""
    for digits in (6, 9, 17):
        phrases = number_phrase(given, digits), number_phrase(expected, digits)
        if phrases[0] != phrases[1]:
            break
    return phrases


def value_phrase(value: object, depth: int = 0) -> str:
    """Return a plain value as Python writes it, cut where it is long or deep."""
    kind = type(value)
    if kind in (str, bytes):
        text = repr(value[: _LONGEST_TEXT + 1])  # type: ignore[index]
        return text if len(text) <= _LONGEST_TEXT + 2 else text[:_LONGEST_TEXT] + "…"
    if kind in (bool, int, float, complex):
        return number_phrase(value, 17)  # type: ignore[arg-type]
    if kind in (type(None), torch.dtype, torch.device):
        return str(value)
    if kind in (list, tuple, torch.Size) and depth < _DEEPEST:
        return _sequence_phrase(value, depth)  # type: ignore[arg-type]
    return type_phrase(value)


def _sequence_phrase(items: Sequence[object], depth: int) -> str:
    shown = [value_phrase(item, depth + 1) for item in items[:_LONGEST_LIST]]
    if len(items) > _LONGEST_LIST:
        shown.append("…")
    if type(items) is list:
        return f"[{', '.join(shown)}]"
    return f"({', '.join(shown)}{',' if len(items) == 1 else ''})"


_PLURALS = {"is": "are", "has": "have"}


def _is_plural(words: str) -> bool:
    """Say whether words such as `the gradients of the loss` speak of several; not so `the loss`, `the bias`."""
    noun = words.split(" of ")[0].split(" in ")[0].rpartition(" ")[2]
    return noun.endswith("s") and not noun.endswith(("ss", "us", "is", "as"))


@dataclass(frozen=True)
class Step:
    """One step into a nested result: an index, or a key, which may be a value and so is withheld where values are."""

    key: object
    is_index: bool


@dataclass(frozen=True)
class Subject:
    """What a sentence is about: the return value of a call, or what the check's author called it, or a part of it.

    `call` is the name of the function that returned it, `what` the author's words, `path` leads to the part.
    """

    call: str | None = None
    what: str | None = None
    path: tuple[Step, ...] = ()

    def item(self, index: int) -> Subject:
        """Return the part of it at an index."""
        return Subject(self.call, self.what, (*self.path, Step(index, True)))

    def entry(self, key: object) -> Subject:
        """Return the part of it under a key."""
        return Subject(self.call, self.what, (*self.path, Step(key, False)))

    def gave(self, thing: str, verb: str = "is") -> str:
        """Return `softmax returned a list`, or `the result is a list`."""
        return self._sentence(thing, verb, safe=False)

    def safely_gave(self, thing: str, verb: str = "is") -> str:
        """Return the same with no key of the result and no words that might hold a value."""
        return self._sentence(thing, verb, safe=True)

    def _sentence(self, thing: str, verb: str, *, safe: bool) -> str:
        what = self.what
        if safe and what is not None and any(mark.isdigit() or mark in "\"'[]{}" for mark in what):
            what = None
        if self.call is not None and what is None:
            whole = f"what {self.call} returned"
            if not self.path:
                return f"{self.call} returned {thing}"
        else:
            whole = what or "the result"
        if not self.path:
            return f"{whole} {_PLURALS[verb] if _is_plural(whole) else verb} {thing}"
        steps = "".join("[…]" if safe and not step.is_index else f"[{value_phrase(step.key)}]" for step in self.path)
        return f"item {steps} of {whole} {verb} {thing}"
