"""The processes of a grading run, found by who started whom, and how to tell a guest from a zygote.

Whoever calls `adopt_orphans` becomes the parent of every process below it that loses its own. So what a run leaves
behind is exactly what still stands below the caller when the run has ended; no name is searched for.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 15.0


@dataclass(frozen=True)
class Process:
    """One process; `parents` are the command lines above it, its own parent's first."""

    pid: int
    command: str
    parents: tuple[str, ...]

    @property
    def is_worker(self) -> bool:
        """Does it host checks?"""
        return "spawn_main" in self.command

    @property
    def is_zygote(self) -> bool:
        """Is it what bubblewrap started?"""
        return _is_python(self.command) and self._is_warm and _is_bubblewrap(self._parent)

    @property
    def is_bubblewrap(self) -> bool:
        """Is it one of the two processes of a zygote's bubblewrap?"""
        return _is_bubblewrap(self.command)

    @property
    def is_guest(self) -> bool:
        """Is it a guest, its keeper, or a copy of the guest? All are forks of the zygote."""
        return _is_python(self.command) and self._is_warm and _is_python(self._parent) and _ZYGOTE in self._parent

    @property
    def _is_warm(self) -> bool:
        return _ZYGOTE in self.command

    @property
    def _parent(self) -> str:
        return self.parents[0] if self.parents else ""


_ZYGOTE = "proctorch.sandbox.zygote"


def _is_bubblewrap(command: str) -> bool:
    return command.split("\0")[0].endswith("bwrap")


def _is_python(command: str) -> bool:
    return "python" in command.split("\0")[0]


def adopt_orphans() -> None:
    """Become the parent of every orphan below this process."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def below(pid: int, parents: tuple[str, ...] = ()) -> Iterator[Process]:
    """Yield all processes below one, each after its parent; those that end meanwhile are left out."""
    for child in _children(pid):
        command = ""
        with suppress(OSError):
            command = Path(f"/proc/{child}/cmdline").read_bytes().decode("utf-8", "replace")
        if command:  # a zombie has none; it runs no more
            yield Process(child, command, parents)
        yield from below(child, (command, *parents))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    tasks: list[Path] = []
    with suppress(OSError):  # it ended while it was looked at
        tasks += Path(f"/proc/{pid}/task").iterdir()
    for task in tasks:
        with suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def left_over() -> list[Process]:
    """Return what still runs below this process after some patience; the dead are buried meanwhile."""
    end = time.monotonic() + PATIENCE
    while found := _living():
        if time.monotonic() > end:
            return found
        time.sleep(0.05)
    return []


def _living() -> list[Process]:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return list(below(os.getpid()))


def end_all(pid: int) -> None:
    """Kill everything below a process, and what is started meanwhile."""
    while found := list(below(pid)):
        for process in found:
            send(process.pid, signal.SIGKILL)
        time.sleep(0.02)


def send(pid: int, number: int) -> bool:
    """Send a signal; False where the process has ended already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def first(pid: int, wanted: Callable[[Process], bool]) -> Process | None:
    """Return the first process below one that is wanted."""
    return next((process for process in below(pid) if wanted(process)), None)
