"""Ctrl-C and SIGTERM, of which none is lost.

A handler of a signal can only raise where Python happens to be. Where that is a finalizer or a callback of a weak
reference, the exception is printed and dropped, and the program goes on as if nothing had been asked. So what was asked
is remembered as well, and long work looks now and then (`check`).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether an end was asked for."""

    def __init__(self) -> None:
        self._asked = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if an end was asked for."""
        if self._asked:
            raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        raise KeyboardInterrupt


_current = Interruption()


def check() -> None:
    """Raise KeyboardInterrupt if the work that is under way was asked to end."""
    _current.check()


@contextmanager
def interruptible(*numbers: signal.Signals) -> Iterator[None]:
    """Let these signals raise KeyboardInterrupt inside, and be remembered; one that is ignored stays ignored.

    Only the main thread can hear signals: in another one nothing changes.
    """
    global _current
    outer, _current = _current, Interruption()
    main = threading.current_thread() is threading.main_thread()
    heard = [number for number in numbers if main and signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, _current._ask) for number in heard}
    try:
        yield
    finally:
        _current = outer
        for number, handler in previous.items():
            signal.signal(number, handler)
