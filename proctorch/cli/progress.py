"""Progress of long work on standard error: how many are done and how much time is left."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

Tell = Callable[[int, int, str], None]
Told = Callable[[str, float], None]
LINE_SECONDS = 5.0
_WINDOW_SECONDS = 30.0
_FEWEST = 5


@contextmanager
def progress(task: str, *, quiet: bool = False) -> Iterator[Tell]:
    """Show a bar; yields a function to call as `tell(done, total, word)` whenever something is done or begins.

    Nothing is shown when `quiet`, or when standard error is not a terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, word: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from proctorch.cli.output import console
    from proctorch.grading.wording import clean_line

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:", markup=False),
        TimeRemainingColumn(),
        TextColumn("{task.fields[word]}", markup=False),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task_id = bar.add_task(task, total=None, word="")

        def tell(done: int, total: int, word: str) -> None:
            bar.update(task_id, completed=done, total=total, word=clean_line(word)[:40])

        yield tell


@contextmanager
def grading_progress(task: str, total: int, *, quiet: bool = False) -> Iterator[Told]:
    """Show how grading gets on; yields a function to call as `told(student, seconds)` for each finished submission.

    On a terminal one line is kept up to date; elsewhere a line is printed every few seconds, so that a log stays short.
    Nothing is shown when `quiet`.
    """
    pace = Pace(total)
    if quiet:
        yield pace.add
    elif sys.stderr.isatty():
        with _bar() as bar:
            task_id = bar.add_task(task, total=total, words=pace.words())

            def told(student: str, seconds: float) -> None:
                pace.add(student, seconds)
                bar.update(task_id, completed=pace.done, words=pace.words())

            yield told
    else:
        yield from _lines(task, pace)


def _bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from proctorch.cli.output import console

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}", markup=False),
    )
    return Progress(*columns, console=console(stderr=True), transient=True)


def _lines(task: str, pace: Pace) -> Iterator[Told]:
    """Print a line when the last one is `LINE_SECONDS` old, and one at the end."""
    printed = time.monotonic()

    def told(student: str, seconds: float) -> None:
        nonlocal printed
        pace.add(student, seconds)
        if time.monotonic() - printed >= LINE_SECONDS or pace.done == pace.total:
            printed = time.monotonic()
            print(f"{task}: {pace.done}/{pace.total}  {pace.words()}".rstrip(), file=sys.stderr, flush=True)

    yield told


class Pace:
    """How fast `total` submissions are finished: the rate of the last half minute, time left, and the slowest so far.

    What passes before the first is finished does not count: the engine is starting. `clock` gives seconds.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.done = total, 0
        self._clock = clock
        self._recent: deque[float] = deque()
        self._slowest = ("", 0.0)

    def add(self, student: str, seconds: float) -> None:
        """Count a finished submission that took so many seconds."""
        self.done += 1
        now = self._clock()
        self._recent.append(now)
        while len(self._recent) > _FEWEST and self._recent[0] < now - _WINDOW_SECONDS:
            self._recent.popleft()
        if seconds > self._slowest[1]:
            self._slowest = (student, seconds)

    @property
    def per_minute(self) -> float:
        """Submissions a minute, over the last half minute or the last few; 0 while nobody can say."""
        if len(self._recent) < 2:
            return 0.0
        return (len(self._recent) - 1) * 60 / max(self._clock() - self._recent[0], 0.001)

    def words(self) -> str:
        """Return what stands beside the count: "600/min  left 0:01:10  slowest ada 2.1 s"."""
        from proctorch.grading.wording import clean_line

        parts = []
        if rate := self.per_minute:
            parts.append(f"{rate:.0f}/min")
            parts.append(f"left {_clock_words((self.total - self.done) * 60 / rate)}")
        if self._slowest[0]:
            parts.append(f"slowest {clean_line(self._slowest[0])[:40]} {self._slowest[1]:.1f} s")
        return "  ".join(parts)


def _clock_words(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
