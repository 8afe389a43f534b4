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
    aside = _aside(folder)
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


class Successor:
    """An empty folder, `fresh`, made beside `folder` to take its place when it is complete.

    What a run that was killed left over is settled first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fresh = folder.with_name(f".{folder.name}.fresh")
        _settle(folder, _aside(folder))
        self.drop()
        self.fresh.mkdir(parents=True)

    def install(self) -> None:
        """Put the new folder in the place of the old one, which is removed."""
        aside = _aside(self.folder)
        if self.folder.exists():
            os.replace(self.folder, aside)
        os.replace(self.fresh, self.folder)
        _settle(self.folder, aside)

    def drop(self) -> None:
        """Remove the new folder; nothing happens where it is installed already."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.fresh)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.earlier")


def _settle(folder: Path, aside: Path) -> None:
    """Let the newer of the two be the one that stays."""
    if not aside.exists():
        return
    if folder.exists():
        shutil.rmtree(aside)
    else:
        os.replace(aside, folder)
