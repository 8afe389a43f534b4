"""One lock for all that makes syntax trees: Python 3.11 may fail with SystemError where two threads do it at once."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

PARSING = threading.RLock()

P = ParamSpec("P")
T = TypeVar("T")


def parses(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function that makes syntax trees run in one thread at a time."""

    @functools.wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> T:
        with PARSING:
            return function(*args, **kwargs)

    return alone
