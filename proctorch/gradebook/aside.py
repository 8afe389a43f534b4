"""Keeping what was there until the new one is there too.

nbgrader removes an autograded or feedback folder before it makes the new one, and what a failed attempt left over.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def kept_aside(folder: Path) -> Iterator[None]:
    """Move `folder` out of the way while its successor is made; put it back if there is none in the end.

    A run that was killed in between left the folder aside: it is put back first.
    """
    aside = folder.with_name(f".{folder.name}.earlier")
    _settle(folder, aside)
    if folder.exists():
        os.replace(folder, aside)
    try:
        yield
    except BaseException:
        if aside.exists() and folder.exists():
            shutil.rmtree(folder)  # half made
        raise
    finally:
        _settle(folder, aside)


def _settle(folder: Path, aside: Path) -> None:
    """Let the newer of the two be the one that stays."""
    if not aside.exists():
        return
    if folder.exists():
        shutil.rmtree(aside)
    else:
        os.replace(aside, folder)
