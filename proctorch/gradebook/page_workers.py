"""The feedback pages of a day, by as many processes as there are cores.

Each process keeps its templates and what it has rendered; students go to them in small groups. A failure that holds for
all students ends the run; what concerns one student is told with their name.
"""

from __future__ import annotations

import functools
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from proctorch.course import Course
from proctorch.gradebook.conversion import FOR_ALL, convert_one, course_directory, reason
from proctorch.gradebook.converters import DayFeedback
from proctorch.gradebook.pages import PagesConverter

Page = tuple[str, str | None]

_GROUP = 10
# A process of its own costs some seconds of imports: what a few dozen pages take.
_WORTH_A_PROCESS = 40


def write_pages(course: Course, day: str, students: Sequence[str], workers: int) -> Iterator[Page]:
    """Write students' pages; yield each with why it could not be written, or None. Raises what holds for all."""
    groups = [students[start : start + _GROUP] for start in range(0, len(students), _GROUP)]
    chosen = min(workers, len(students) // _WORTH_A_PROCESS)
    if chosen < 2:
        pages = _Pages(course, day)
        try:
            for group in groups:
                yield from pages.write(group)
        finally:
            pages.close()
        return
    with ProcessPoolExecutor(chosen, mp_context=_context(), initializer=_leave_interrupts) as pool:
        try:
            for done in as_completed([pool.submit(_write_group, course, day, group) for group in groups]):
                yield from done.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _Pages:
    """The converter of one process for one day, made when it is first needed."""

    def __init__(self, course: Course, day: str) -> None:
        self._day = day
        self._coursedir = course_directory(course, day)
        self._made: Any = None

    def write(self, students: Sequence[str]) -> list[Page]:
        """Write some students' pages."""
        found: list[Page] = []
        for student in students:
            error = convert_one(self._converter, self._coursedir, self._day, student)
            if isinstance(error, FOR_ALL):
                raise error
            found.append((student, None if error is None else reason(error)))
        return found

    def close(self) -> None:
        """Close the gradebook."""
        if isinstance(self._made, PagesConverter):
            self._made.close()

    def _converter(self, **options: Any) -> Any:
        """Return the one converter; nbgrader's own where the course has another exporter."""
        if self._coursedir.config.GenerateFeedback.get("exporter_class"):
            return DayFeedback(**options)
        self._made = self._made or PagesConverter(**options)
        return self._made


@functools.cache
def _pages(course: Course, day: str) -> _Pages:
    """Return what this worker process keeps between groups of students."""
    return _Pages(course, day)


def _write_group(course: Course, day: str, students: Sequence[str]) -> list[Page]:
    return _pages(course, day).write(students)


def _context() -> Any:
    """Return the way to start processes that is safe beside threads: a server that is forked before there are any."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _leave_interrupts() -> None:
    """Let Ctrl-C end the process that was asked, which then ends its workers when their page is written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
