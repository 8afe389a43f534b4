"""Replacing attributes of torch's modules for a while, and putting every one of them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_ABSENT = object()
Replacement = tuple[Any, str, Any]


@contextmanager
def replaced(replacements: list[Replacement]) -> Iterator[None]:
    """Set each attribute, and on the way out set it back to what it was; in reverse order, whatever happens."""
    before: list[Replacement] = []
    try:
        for owner, name, value in replacements:
            before.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(before):
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def in_this_thread(owner: Any, name: str, answer: Callable[..., Any], is_simulated: Callable[[], bool]) -> Replacement:
    """Return a replacement that answers in a thread that simulates, and leaves other threads what was there."""
    original = getattr(owner, name)

    def either(*args: Any, **kwargs: Any) -> Any:
        return answer(*args, **kwargs) if is_simulated() else original(*args, **kwargs)

    either.__name__, either.__doc__ = name, original.__doc__
    return owner, name, either
