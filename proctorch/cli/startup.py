"""Starting quickly: importing torch makes half a million objects that live as long as the process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Import without the garbage collector, which would look through what is being imported again and again.

    What is there at the end is left out of every later collection; what comes after is collected as always.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
