"""How far the check that is running has come: what messages need to know of the calls before the one that fails.

The plugin opens it with `student` and settles it when the check's function has ended, so that what concerns a whole
check (an input that was changed in place) is said after everything else was found right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from proctorch.errors import CheckFailure

_MOST_VALUES = 64
# Python keeps one object for each of these, so which call it came from cannot be told.
_SHARED_INTEGERS = range(-5, 257)


class Call(Protocol):
    """The call of a student's function that a value came out of; a tensor keeps it in its `_proctorch_call`.

    Only `name` is needed. The arguments let a diagnosis tell a sum from a mean; `axes`, the names of the returned
    tensor's axes, and `named_sizes`, the lengths of the axes that the signature names, let a message name them.
    """

    @property
    def name(self) -> str:
        """How the check calls the function."""

    @property
    def arguments(self) -> Sequence[object]:
        """The values that were passed by position."""

    @property
    def keywords(self) -> Mapping[str, object]:
        """The values that were passed by name."""


@dataclass
class Progress:
    """What has happened in one check.

    `changed` is the first function that changed its input in place without leave, `compared` whether anything was found
    right since then, `last` the latest call, and `bare` the parameter whose `.grad` was found to be None since then.
    """

    changed: str | None = None
    compared: bool = False
    last: Call | None = None
    bare: str | None = None
    _values: deque[tuple[object, Call]] = field(default_factory=lambda: deque(maxlen=_MOST_VALUES))

    def note_value(self, value: object, call: Call) -> None:
        """Remember which call a plain value came out of; tensors carry their own."""
        self.last, self.bare = call, None
        if _is_traceable(value):
            self._values.append((value, call))

    def call_of(self, value: object) -> Call | None:
        """Return the call that this very object came out of, or None."""
        return next((call for known, call in self._values if known is value), None)

    def note_change(self, name: str) -> None:
        """Remember that a function changed its input; raises CheckFailure where no check would settle it."""
        if _RUNNING.get() is not self:
            raise _changed(name, "")
        if self.changed is None:
            self.changed, self.compared = name, False

    def settle(self) -> None:
        """End the check: raise CheckFailure when an input was changed, though all else is right."""
        if self.changed is not None:
            raise _changed(self.changed, "what was compared is right, but " if self.compared else "")


def _is_traceable(value: object) -> bool:
    kind = type(value)
    if kind is int:
        return value not in _SHARED_INTEGERS
    return kind in (float, complex) or (kind in (str, bytes) and len(value) > 1)  # type: ignore[arg-type]


def _changed(name: str, otherwise: str) -> CheckFailure:
    sentence = f"{otherwise}{name} changed its input in place: the caller's data is different after the call."
    return CheckFailure("inplace", sentence, sentence)


_RUNNING: ContextVar[Progress | None] = ContextVar("proctorch_running_check", default=None)


def running() -> Progress | None:
    """Return the check that is running, or None outside of one."""
    return _RUNNING.get()


@contextmanager
def run(progress: Progress) -> Iterator[Progress]:
    """Make a check the running one; whoever runs its function calls `settle` when it has ended."""
    token = _RUNNING.set(progress)
    try:
        yield progress
    finally:
        _RUNNING.reset(token)


def note_right() -> None:
    """Note that a comparison of the running check found nothing wrong."""
    progress = running()
    if progress is not None:
        progress.compared = True
