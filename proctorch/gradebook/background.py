"""Marks written in a thread beside judging: the process that judges mostly waits for its workers.

Handing over never waits. What the writer cannot keep up with is remembered by name only, and read again from the
store in the end; so a slow disk costs neither the engine's time nor memory. When the gradebook fails, judging goes on
(its results are kept), and `finish` raises what went wrong.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from proctorch.course import Course
from proctorch.gradebook.conversion import DayOutcome, Progress
from proctorch.model import Report, Submission
from proctorch.sandbox.level import Level

if TYPE_CHECKING:
    from proctorch.gradebook.writing import MarksWriter

_MOST_WAITING = 200
_SECONDS = 1.0
# How long the writer may keep the thread that hands out work from running (CPython's own choice is ten times as long).
_SWITCH_SECONDS = 0.0005


class BackgroundMarks:
    """Takes reports that are in the store, and writes their marks soon. A context manager.

    Left with an error, it writes what is waiting, but reads nothing again. The first report starts the writer:
    importing nbgrader takes seconds in which the engine could start.
    """

    def __init__(self, course: Course, day: str, level: Level | None = None) -> None:
        self._course, self._day, self._level = course, day, level
        self._waiting: deque[tuple[Submission, Report]] = deque()
        self._left_over: list[str] = []
        self._change = threading.Condition()
        self._closed = self._given_up = False
        self._taken = self._written = 0
        self._failure: BaseException | None = None
        self._outcome = DayOutcome((), {})
        self._thread = threading.Thread(target=self._work, name="marks", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._change:
            self._closed, self._given_up = True, error is not None
            self._change.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def add(self, submission: Submission, report: Report) -> None:
        """Take a report that is in the store."""
        with self._change:
            self._taken += 1
            if self._failure is not None:
                return
            if len(self._waiting) < _MOST_WAITING or not report.judged:  # the store gives only marks
                self._waiting.append((submission, report))
                self._change.notify_all()
            else:
                self._left_over.append(submission.student)
        if self._thread.ident is None:
            self._thread.start()

    def finish(self, progress: Progress) -> DayOutcome:
        """Wait until all is written; raises what holds for all students (StoreUnavailable, CourseError)."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        while self._thread.is_alive():
            self._thread.join(0.1)
            progress(self._written, self._taken, "")
        if self._failure is not None:
            raise self._failure
        return self._outcome

    def _work(self) -> None:
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            self._write()
        except BaseException as error:
            with self._change:
                self._failure = error
                self._waiting.clear()
        finally:
            sys.setswitchinterval(before)

    def _write(self) -> None:
        from proctorch.gradebook.writing import MarksWriter

        with MarksWriter(self._course, self._day, self._count, self._level) as writer:
            while self._next(writer):
                pass
            if not self._given_up:
                writer.grade(self._left_over)
        self._outcome = writer.outcome()

    def _next(self, writer: MarksWriter) -> bool:
        """Give the writer one report, or a rest in which it writes what it has; False when there will be no more."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closed, timeout=_SECONDS)
            item = self._waiting.popleft() if self._waiting else None
            ended = self._closed
        if item is not None:
            writer.add(*item)
        elif not ended:
            writer.flush()
        return item is not None or not ended

    def _count(self, students: Sequence[str]) -> None:
        self._written += len(students)
