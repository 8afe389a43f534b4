"""The watcher's loop: waits for a save, runs what it changed in a process of its own, and says what came of it."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from proctorch.cli import interrupts
from proctorch.cli.interrupts import interruptible
from proctorch.cli.startup import without_collection
from proctorch.cli.watch_report import Standing, exercise_lines, farewell, standing_words
from proctorch.grading.checks import Check
from proctorch.grading.rehearsal import Done, Finished, Lost, Rehearsal, Request, can_fork
from proctorch.grading.saved_cells import changed_exercises
from proctorch.grading.session import with_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.wording import clean_line, clean_text
from proctorch.model import CheckResult, DaySpec, ExerciseResult, ExerciseSpec, Submission, Verdict

if TYPE_CHECKING:
    from rich.console import Console

# Editors write a file in several steps: a save is over when nothing has happened for STEP milliseconds.
STEP, DEBOUNCE = 15, 60
LOOK_SECONDS = 0.03
HALF_WRITTEN_SECONDS = 0.6
# What torch imports at the first optimizer and the first gradient of its kind: half a second in every fork.
LATER = ("jaxtyping", "torch.fx.experimental.symbolic_shapes", "torch._dynamo", "proctorch.lab")

Signature = tuple[int, int, int]


def signature(path: Path) -> Signature | None:
    """Return what changes when a file is saved, in place or by renaming another one; None while it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def read_whole(path: Path, day: DaySpec) -> tuple[Submission, Signature | None]:
    """Return the submission and the file's signature, giving an editor that is still writing the time to end."""
    end = time.monotonic() + HALF_WRITTEN_SECONDS
    while True:
        seen = signature(path)
        submission = submission_from_file(path, day, "you")
        whole = submission.problem is None and seen is not None and seen[1] > 0 and seen == signature(path)
        if whole or time.monotonic() > end:
            return submission, seen
        time.sleep(LOOK_SECONDS)


@dataclass
class Watched:
    """One file, as it was last run."""

    path: Path
    standing: Standing = field(default_factory=Standing)
    seen: Signature | None = None
    last: Submission | None = None
    unfinished: set[str] = field(default_factory=set)
    passing_at_first: int | None = None


class Watcher:
    """Watches files of one day; nothing of a student's runs in this process."""

    def __init__(
        self, day: DaySpec, checks_file: Path, files: tuple[Path, ...], chosen: tuple[str, ...], seed: int,
        fresh: bool, screen: Console,
    ) -> None:  # fmt: skip
        self._day, self._checks_file, self._chosen, self._seed, self._screen = day, checks_file, chosen, seed, screen
        self._files = {path.name: Watched(path.absolute(), seen=signature(path)) for path in files}
        self._checks: tuple[Check, ...] = ()
        self._checks_seen = signature(checks_file)
        self._fork = can_fork() and not fresh
        self._spare: Rehearsal | None = None
        self._began, self._saves = time.monotonic(), 0

    def run(self) -> None:
        """Watch until Ctrl-C; then say what was achieved."""
        import torch

        torch.set_num_threads(1)  # threads of before a fork are missing after it
        try:
            with interruptible(signal.SIGINT):
                with_checks([self._checks_file], self._work)
        except KeyboardInterrupt:
            pass
        finally:
            if self._spare is not None:
                self._spare.end()
        known = [
            (file.path.name, file.standing, file.passing_at_first or 0)
            for file in self._files.values()
            if file.standing.results
        ]
        self._screen.print()
        self._screen.print(farewell(time.monotonic() - self._began, self._saves, known, self._day))

    def _work(self, checks: tuple[Check, ...]) -> None:
        self._checks = checks
        first = next(iter(self._files.values()))
        if not self._fork:
            self._screen.print("Each save runs in a new Python here, since forking is not safe: allow it two seconds.")
        self._answer(first)
        self._screen.print(f"Watching {', '.join(self._files)}: save to check, Ctrl-C to stop.", style="dim")
        self._warm_up()
        for _ in self._wakings():
            interrupts.check()
            if signature(self._checks_file) not in (None, self._checks_seen):
                self._start_again()
            for file in self._files.values():
                if signature(file.path) not in (None, file.seen):
                    self._saves += 1
                    self._answer(file)

    def _warm_up(self) -> None:
        """Import what student code may make torch import later, so that every fork has it."""
        if self._fork:
            with without_collection():
                for name in LATER:
                    with suppress(ImportError):
                        importlib.import_module(name)

    def _wakings(self) -> Iterator[object]:
        """Yield when something was written in the folder, and once a second: not every file system tells."""
        from watchfiles import watch

        folders = {file.path.parent for file in self._files.values()} | {self._checks_file.absolute().parent}
        names = {*self._files, self._checks_file.name}
        return watch(
            *folders,
            watch_filter=lambda _, path: Path(path).name in names,
            step=STEP,
            debounce=DEBOUNCE,
            rust_timeout=1000,
            yield_on_timeout=True,
            recursive=False,
        )

    def _start_again(self) -> None:
        """Take new checks in, by starting anew in the place of this process."""
        self._screen.print(f"{self._checks_file.name} changed: starting again.", style="dim")
        if self._spare is not None:
            self._spare.end()
        os.execv(sys.executable, [sys.executable, "-m", "proctorch", *sys.argv[1:]])

    def _answer(self, file: Watched) -> None:
        """Run what a save changed; a save that comes while it runs is taken instead."""
        while True:
            submission, file.seen = read_whole(file.path, self._day)
            if submission.problem is not None:
                self._head(file, ())
                self._screen.print(clean_text(submission.problem.message))
                return
            changed = changed_exercises(file.last, submission, self._day, self._checks)
            names = [name for name in self._chosen if name in changed or name in file.unfinished]
            file.last, file.unfinished = submission, set(names)
            self._head(file, tuple(names))
            if self._rehearse(file, submission, names):
                return
            self._screen.print("  saved again: starting over", style="dim")

    def _head(self, file: Watched, names: tuple[str, ...]) -> None:
        what = ", ".join(names) if len(names) < len(self._day.exercises) else "everything"
        self._screen.print()
        self._screen.print(
            f"{time.strftime('%H:%M:%S')}  {clean_line(file.path.name)}: {what or 'no code changed'}", style="bold"
        )

    def _rehearse(self, file: Watched, submission: Submission, names: list[str]) -> bool:
        """Run exercises and print their results as they come; False when the file was saved again meanwhile."""
        start, before = time.perf_counter(), file.standing.passing if file.standing.results else None
        own = 0.0
        waiting = list(names)
        while waiting:
            run = self._begin(Request(submission, tuple(waiting), self._seed))
            try:
                ended = self._follow(run, file, waiting)
            finally:
                run.end()
            if ended is None:
                return False
            own += ended if isinstance(ended, float) else 0.0
            if isinstance(ended, Lost) and not self._lost(ended, file, waiting):
                break
        if names:
            words = standing_words(file.standing, self._day, before)
            words.append(
                f"  ({time.perf_counter() - start:.2f} s, of which your code {own:.2f} s)", style="not bold dim"
            )
            self._screen.print(words)
        if file.passing_at_first is None:
            file.passing_at_first = file.standing.passing
        gc.freeze()
        if not self._fork and self._spare is None:
            self._spare = Rehearsal.fresh(self._checks_file)  # it imports torch while the student thinks
        return True

    def _begin(self, request: Request) -> Rehearsal:
        if self._fork:
            return Rehearsal.forked(request, self._checks_file, self._checks)
        run = self._spare or Rehearsal.fresh(self._checks_file)
        self._spare = None
        run.ask(request)
        return run

    def _follow(self, run: Rehearsal, file: Watched, waiting: list[str]) -> float | Lost | None:
        """Print what comes; return the seconds of the student's code, or how the process was lost, or None for a new
        save.
        """
        heard = time.monotonic()
        while True:
            event = run.next(time.monotonic() - heard, LOOK_SECONDS)
            interrupts.check()
            if signature(file.path) not in (None, file.seen):
                return None
            if event is None:
                continue
            heard = time.monotonic()
            if isinstance(event, Finished):
                self._finished(event, file, waiting)
            elif isinstance(event, Done):
                for note in event.notes:
                    self._screen.print(f"  Note: {clean_line(note)}", style="yellow")
                return event.student_seconds
            elif isinstance(event, Lost):
                return event

    def _finished(self, event: Finished, file: Watched, waiting: list[str]) -> None:
        name = event.result.exercise
        for line in exercise_lines(event.result, file.standing.take(event.result)):
            self._screen.print(line)
        waiting.remove(name)
        file.unfinished.discard(name)

    def _lost(self, event: Lost, file: Watched, waiting: list[str]) -> bool:
        """Tell what ended a run; return whether the exercises behind it can go on."""
        where = f"{event.exercise}: {event.claim}" if event.exercise else "while the file's cells were run"
        self._screen.print(f"  ! {clean_line(where)}", style="bold red")
        self._screen.print(f"      {clean_line(event.reason)}. The watcher goes on.")
        lost = [event.exercise] if event.exercise else list(waiting)
        for name in lost:
            file.standing.take(unanswered(self._day.exercise(name), self._checks))
            file.unfinished.discard(name)
            waiting.remove(name)
        return bool(waiting)


def unanswered(spec: ExerciseSpec, checks: tuple[Check, ...]) -> ExerciseResult:
    """Return the result of an exercise whose checks did not end: none of them passes."""
    results = [
        CheckResult(check.id, spec.name, True, check.claim, Verdict.CRASHED, Fraction(0), Fraction(0))
        for check in checks
        if check.exercise == spec.name
    ]
    return ExerciseResult(spec.name, spec.title, spec.points, tuple(results))
