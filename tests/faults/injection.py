"""The faults: each waits for its moment in a running command and does its harm; `end` makes an end of what lasts.

`strike` returns what it did, in words, or "" when the run had ended before.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.processes import Process, below, send

KINDS = ("guest", "zygote", "worker", "host", "run", "disk", "lock", "clock", "hang")
_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
print(flush=True)
sys.stdin.read()
"""


@dataclass
class Scene:
    """A round's command, its course, and its wall clock's file; `seconds` is the length of an unbroken run."""

    command: subprocess.Popen[str]
    root: Path
    clock: Path
    chance: random.Random
    seconds: float
    ends: list[Callable[[], object]] = field(default_factory=list)

    def running(self) -> bool:
        """Does the command still run?"""
        return self.command.poll() is None

    def rest(self, seconds: float) -> None:
        """Let time pass, but no longer than the command runs."""
        end = time.monotonic() + seconds
        while self.running() and time.monotonic() < end:
            time.sleep(0.005)

    def processes(self, wanted: Callable[[Process], bool]) -> list[Process]:
        """Return the command's processes that are wanted."""
        return [process for process in below(self.command.pid) if wanted(process)]

    def await_process(self, wanted: Callable[[Process], bool]) -> Process | None:
        """Wait for such processes and return one of them; None when the command ends before."""
        while self.running():
            if found := self.processes(wanted):
                return self.chance.choice(found)
            time.sleep(0.002)
        return None

    def moment(self) -> str:
        """Wait for any moment of the run, in half of the rounds for one in which guests are there."""
        if self.chance.random() < 0.5:
            self.rest(self.chance.uniform(0, self.seconds))
            return "at any time"
        self.await_process(lambda process: process.is_guest)
        self.rest(self.chance.uniform(0, 2.0))
        return "while guests ran"

    def end(self) -> None:
        """End what the fault began."""
        while self.ends:
            self.ends.pop()()


def strike(kind: str, scene: Scene) -> str:
    """Do harm of one kind at a random moment; returns what was done."""
    return _FAULTS[kind](scene)


def _kill_one(scene: Scene, wanted: Callable[[Process], bool], most: float) -> str:
    scene.await_process(wanted)
    scene.rest(scene.chance.uniform(0, most))
    process = scene.await_process(wanted)
    if process is None or not send(process.pid, signal.SIGKILL):
        return ""
    return f"killed {process.pid}"


def _kill_guest(scene: Scene) -> str:
    return _kill_one(scene, lambda process: process.is_guest, 1.0)


def _kill_zygote(scene: Scene) -> str:
    if scene.chance.random() < 0.3:
        return _kill_one(scene, lambda process: process.is_bubblewrap, 3.0)
    return _kill_one(scene, lambda process: process.is_zygote, 3.0)


def _kill_worker(scene: Scene) -> str:
    return _kill_one(scene, lambda process: process.is_worker, 4.0)


def _kill_host(scene: Scene) -> str:
    when = scene.moment()
    return f"killed {when}" if scene.running() and send(scene.command.pid, signal.SIGKILL) else ""


def _kill_run(scene: Scene) -> str:
    when = scene.moment()
    everything = [scene.command.pid, *(process.pid for process in below(scene.command.pid))]
    if not scene.running():
        return ""
    for pid in everything:
        send(pid, signal.SIGKILL)
    return f"killed {len(everything)} processes {when}"


def _fill_disk(scene: Scene) -> str:
    when = scene.moment()
    if not scene.running():
        return ""
    if not os.path.ismount(scene.root.parent):
        return f"{_bound_files(scene)} {when}"
    filler = scene.root.parent / "filler"
    spare = scene.chance.choice([0, 0, 4_096, 32_768, 131_072])
    scene.ends.append(lambda: filler.unlink(missing_ok=True))
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while stream.write(bytes(65_536)) == 65_536:
            pass
    os.truncate(filler, max(0, filler.stat().st_size - spare))
    return f"filled the disk but for {spare} bytes {when}"


def _bound_files(scene: Scene) -> str:
    """Let no file of the command grow: what an ordinary user can do, who may not mount a small disk."""
    size = (scene.root / "gradebook.db").stat().st_size
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(scene.command.pid, resource.RLIMIT_FSIZE, (size, size))
    return f"bounded files to {size} bytes"


def _lock_database(scene: Scene) -> str:
    when = scene.moment()
    if not scene.running():
        return ""
    database = str(scene.root / "gradebook.db")
    holder = subprocess.Popen(
        [sys.executable, "-c", _LOCK, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def let_go() -> None:
        holder.communicate()

    scene.ends.append(let_go)
    if holder.stdout is not None:
        holder.stdout.readline()
    if scene.chance.random() < 0.25:
        return f"locked the database for good {when}"
    seconds = scene.chance.uniform(0.2, 8.0)
    scene.rest(seconds)
    scene.end()
    return f"locked the database for {seconds:.1f} s {when}"


def _set_clock(scene: Scene) -> str:
    when = scene.moment()
    jump = scene.chance.choice([-86_400 * 400, -86_400, -3_600, 3_600, 86_400 * 400])
    set_clock(scene.clock, jump)
    if scene.chance.random() < 0.5:  # in the others it is still wrong when the operator comes back
        scene.ends.append(lambda: set_clock(scene.clock, 0))
    if scene.chance.random() < 0.5:
        scene.rest(scene.chance.uniform(0, 1.0))
        set_clock(scene.clock, -jump)
    return f"set the clock by {jump} s {when}" if scene.running() else ""


def set_clock(path: Path, seconds: int) -> None:
    """Let the wall clock of whoever watches the file go wrong by so many seconds."""
    with path.open("r+b" if path.exists() else "wb") as stream:
        stream.write(seconds.to_bytes(8, sys.byteorder, signed=True))


def _hang_zygote(scene: Scene) -> str:
    scene.await_process(lambda process: process.is_zygote)
    scene.rest(scene.chance.uniform(0, 3.0))
    zygote = scene.await_process(lambda process: process.is_zygote)
    if zygote is None or not send(zygote.pid, signal.SIGSTOP):
        return ""
    if scene.chance.random() < 0.4:
        return "stopped a zygote for good"
    seconds = scene.chance.uniform(0.2, 6.0)
    scene.rest(seconds)
    send(zygote.pid, signal.SIGCONT)
    return f"stopped a zygote for {seconds:.1f} s"


_FAULTS: dict[str, Callable[[Scene], str]] = {
    "guest": _kill_guest,
    "zygote": _kill_zygote,
    "worker": _kill_worker,
    "host": _kill_host,
    "run": _kill_run,
    "disk": _fill_disk,
    "lock": _lock_database,
    "clock": _set_clock,
    "hang": _hang_zygote,
}
