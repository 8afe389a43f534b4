"""Running public checks away from the process that waits for the student's next save.

Theory of operation. The watcher imports torch, collects `checks.py` once, and never runs a student's code itself. For
every run it makes one process, which has the same rights as the student (it is their own code, on their own machine):

- where the system can fork safely (Linux), a fork, which has everything warm: a few milliseconds;
- elsewhere a fresh Python, which imports torch again; one is started ahead, so that it is mostly ready when asked.

That process runs the file's cells, then the checks of exercise after exercise, and sends what it knows through a pipe:
`Started` before each check, `Finished` after each exercise, `Done` at the end. When nothing comes for longer than the
check that is running may take, or the process ends without a word, the watcher ends it and knows which check it was. So
neither an endless loop nor a crash nor `os._exit` in the student's code ends the watcher.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

from proctorch.grading.bench import PracticeBench
from proctorch.grading.checks import Check
from proctorch.grading.loading import describe_failures
from proctorch.grading.practice import chosen_exercises, day_of_checks, each_exercise
from proctorch.grading.runner import Suite
from proctorch.grading.session import with_checks
from proctorch.grading.student import Student
from proctorch.model import ExerciseResult, Submission
from proctorch.sandbox.limits import DEFAULT_LIMITS

# A check may take this many times its computing time by the clock: less than when marks count, for somebody waits.
PATIENCE = 2.0
ENDED = "the process ended before it was done: by os._exit, by a crash in native code, or for want of memory"


@dataclass(frozen=True)
class Request:
    """What to run: a submission as it was read, and the names of exercises."""

    submission: Submission
    exercises: tuple[str, ...]
    seed: int = 0


@dataclass(frozen=True)
class Started:
    """A check begins, and may take this long."""

    exercise: str
    check: str
    seconds: float


@dataclass(frozen=True)
class Finished:
    """An exercise's checks have run."""

    result: ExerciseResult


@dataclass(frozen=True)
class Done:
    """Everything has run: how long the student's own code took, and what is to be said of cells that did not run."""

    student_seconds: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Lost:
    """The process ended, or was ended, before it was done: in which exercise (None while cells were run), and why."""

    exercise: str | None
    claim: str
    reason: str


Event = Started | Finished | Done | Lost


class _HeraldBench(PracticeBench):
    """The practice bench, which says before each check that it begins."""

    connection: Connection

    def student(self, check: Check, run: str) -> Student:
        """Return the namespace as `student`."""
        self.connection.send(Started(check.exercise, check.claim, check.limits.cpu_seconds * PATIENCE))
        return super().student(check, run)


def rehearse(connection: Connection, request: Request, files: Path, checks: tuple[Check, ...]) -> None:
    """Run what was asked and send the events; this is where student code runs."""
    try:
        _run_exercises(connection, request, files, checks)
    except Exception as error:
        connection.send(Lost(None, "", f"the engine could not go on: {type(error).__name__}: {error}"))


def _run_exercises(connection: Connection, request: Request, files: Path, checks: tuple[Check, ...]) -> None:
    day = day_of_checks(files)
    suite = Suite(day, checks, with_hidden=False)
    bench = _HeraldBench.of_cells(day, request.submission.cells, request.seed)
    bench.connection = connection
    chosen = chosen_exercises(day, request.exercises)
    for result in each_exercise(files, suite, bench, chosen, request.submission):
        connection.send(Finished(result))
    connection.send(Done(bench.seconds_in_submission, describe_failures(bench.failures)))


def _in_fork(connection: Connection, request: Request, files: Path, checks: tuple[Check, ...]) -> None:
    os.setsid()  # so that Ctrl-C reaches the watcher alone, and everything that student code starts ends with it
    _silence()
    rehearse(connection, request, files, checks)


def _in_fresh_process(connection: Connection, files: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _silence()
    with suppress(EOFError):  # the watcher ended before it asked for anything
        with_checks([files], lambda checks: rehearse(connection, connection.recv(), files, checks))


def _silence() -> None:
    """Send what native code writes nowhere: what Python prints is captured, and belongs to its check."""
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


@dataclass
class Rehearsal:
    """One run in a process of its own."""

    process: BaseProcess
    connection: Connection
    allowed: float = DEFAULT_LIMITS.load_seconds
    exercise: str | None = None
    claim: str = ""

    @classmethod
    def forked(cls, request: Request, files: Path, checks: Sequence[Check]) -> Self:
        """Start a run in a fork of this process."""
        context: Any = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_in_fork, args=(theirs, request, files, tuple(checks)), daemon=False)
        with warnings.catch_warnings():
            # The only other thread here is the one that watches the folder, outside of Python.
            warnings.filterwarnings("ignore", message=".*multi-threaded.*", category=DeprecationWarning)
            process.start()
        theirs.close()
        return cls(process, ours)

    @classmethod
    def fresh(cls, files: Path) -> Self:
        """Start a Python that imports torch and waits for `ask`."""
        context: Any = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=_in_fresh_process, args=(theirs, files), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours, allowed=DEFAULT_LIMITS.load_seconds + 60.0)  # it may still be importing torch

    def ask(self, request: Request) -> None:
        """Tell a fresh process what to run."""
        with suppress(OSError):  # it has ended: `next` will say so
            self.connection.send(request)

    def next(self, waited: float, seconds: float) -> Event | None:
        """Return the next event, or None when none came within `seconds`; `waited` is how long there was none."""
        if self.connection not in wait([self.connection, self.process.sentinel], timeout=seconds):
            if not self.process.is_alive():
                return self._lost(ENDED)
            if waited > self.allowed:
                return self._lost(f"it did not end within {self.allowed:.0f} s, and was stopped")
            return None
        try:
            event: Event = self.connection.recv()
        except (EOFError, OSError):
            return self._lost(ENDED)
        if isinstance(event, Lost):
            return self._lost(event.reason)
        if isinstance(event, Started):
            self.exercise, self.claim, self.allowed = event.exercise, event.check, event.seconds
        return event

    def _lost(self, reason: str) -> Lost:
        self.end()
        return Lost(self.exercise, self.claim, reason)

    def end(self) -> None:
        """End the process and whatever it started; ending it twice does nothing."""
        if self.process.pid is not None and self.process.is_alive():
            if hasattr(os, "killpg"):
                with suppress(OSError):
                    if os.getpgid(self.process.pid) == self.process.pid:
                        os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
        self.process.join()
        self.connection.close()


def can_fork() -> bool:
    """Say whether a process that has imported torch may be forked: on macOS its system libraries forbid it."""
    return sys.platform == "linux"
