"""torch's Python functions, made so that a mode can stay on while they run.

A mode is off while it handles a call, and such a function asks at its beginning whether a mode is there, so calling it
with the mode on comes back for ever. Its twin here is the same code with that question answered no.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

_QUESTIONS = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")


def _no(*args: Any, **kwargs: Any) -> bool:
    return False


@functools.lru_cache(maxsize=512)
def unguarded(function: FunctionType) -> Callable[..., Any] | None:
    """Return the twin of a Python function that does not ask whether a mode is on; None where it asks otherwise."""
    if not any(name in function.__code__.co_names and name in function.__globals__ for name in _QUESTIONS):
        return None
    names = {**function.__globals__, **dict.fromkeys(_QUESTIONS, _no)}
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin
