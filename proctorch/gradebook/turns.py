"""Two runs that write the same day's folders take turns."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def in_turn(place: Path) -> Iterator[None]:
    """Hold a lock file while something is written; the system releases it, also when the process is killed.

    Where the file cannot be made, or the system knows no such locks, nothing is waited for: what is wrong with the
    folder is told by whoever writes into it.
    """
    try:
        import fcntl

        place.parent.mkdir(parents=True, exist_ok=True)
        stream = place.open("a")
    except (ImportError, OSError):
        yield
        return
    with stream:
        with contextlib.suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
