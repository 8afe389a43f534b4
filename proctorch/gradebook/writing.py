"""Marks on their way into nbgrader's gradebook while judging goes on: collected, and written a batch at a time.

with MarksWriter(course, day) as writer:
    for report in judge(...):
        writer.add(submissions[report.student], report)
writer.outcome()

`background` does this in a thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.errors import ProctorchError
from proctorch.gradebook.bulk import BulkWriter, Refused, is_plain
from proctorch.gradebook.config import database_url
from proctorch.gradebook.conversion import (
    FOR_ALL,
    DayOutcome,
    convert_one,
    course_directory,
    reason,
    require_assignment,
)
from proctorch.gradebook.converters import DayAutograde
from proctorch.gradebook.judging import standing_of_all
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.preprocessor import LOCAL_ENGINE, judge_alone
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.trouble import database_fault, store_trouble
from proctorch.grading.submission import read_submission
from proctorch.model import DaySpec, Report, Submission
from proctorch.sandbox.level import Level
from proctorch.selftest.record import require_level

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

_BATCH = 50
_SECONDS = 1.0


class MarksWriter:
    """Writes marks and autograded notebooks of one day in batches: 50, or what a second brought. A context manager.

    Where a setting of the course asks for other steps than the engine's, nbgrader's own converter writes each student.
    `written` is called with the students of each batch when they are finished; `level` is that of the results whose
    marks are written, by default what this machine can have. Leaving the block writes what is left, also after an
    error. Entering it raises CourseError where nbgrader does not know the day or an authored file is wrong; every
    method raises StoreUnavailable, GraderBroken and what else holds for all students.
    """

    def __init__(
        self,
        course: Course,
        day: str,
        written: Callable[[Sequence[str]], None] | None = None,
        level: Level | None = None,
    ) -> None:
        self._course, self._name, self._level = course, day, level
        self._written = written
        self._pending: dict[str, tuple[Submission, Report] | Refused] = {}
        self._since = 0.0
        self._done: list[str] = []
        self._failed: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._coursedir = course_directory(self._course, self._name)
        require_assignment(self._coursedir, self._name)
        self._day = load_day(self._course, self._name)
        self._keys = ResultKeys.of(self._course, self._name, sandbox=self._level or require_level())
        section = self._coursedir.config.GradeCells
        self._engine_class = section.get("engine_class", LOCAL_ENGINE)
        self._store = ResultsStore(section.get("store_url") or database_url(self._course))
        self._bulk = _bulk_writer(self._coursedir, self._day, self._store)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.flush()
        finally:
            self._store.close()
            if self._bulk is not None:
                self._bulk.close()

    def add(self, submission: Submission, report: Report) -> None:
        """Take a report that is in the store; it is written with its batch."""
        self._take(submission.student, (submission, _as_stored(report)))

    def refuse(self, student: str, why: Exception, content_hash: str | None = None) -> None:
        """Take a student whose submission (of this hash) could not be judged: an earlier one's mark must not stay."""
        self._take(student, Refused(student, why, content_hash))
        if isinstance(why, FOR_ALL):
            self.flush()

    def grade(self, students: Sequence[str]) -> None:
        """Take students' submissions; reports come from the store, or from the engine where there is none."""
        for start in range(0, len(students), _BATCH):
            found = {name: self._read(name) for name in students[start : start + _BATCH]}
            readable = [each for each in found.values() if isinstance(each, Submission)]
            known = standing_of_all(readable, self._store, self._keys)
            for name, submission in found.items():
                if isinstance(submission, Exception):
                    self.refuse(name, submission)
                    continue
                try:
                    report = known.get(name) or self._judge(submission)
                except Exception as error:
                    self.refuse(name, error, submission.content_hash)
                else:
                    self.add(submission, report)

    def flush(self) -> None:
        """Write what was taken and is not written yet."""
        batch, self._pending = self._pending, {}
        if not batch:
            return
        failed = self._convert(batch) if self._bulk is None else self._bulk.write(batch.values())
        self._done += [student for student in batch if student not in failed]
        self._failed |= {student: reason(failed[student]) for student in batch if student in failed}
        for error in failed.values():
            if isinstance(error, FOR_ALL):
                raise error
        if self._written is not None:
            self._written(tuple(batch))

    def outcome(self) -> DayOutcome:
        """Return whose marks are written, and why those of the others are not."""
        return DayOutcome(tuple(self._done), dict(self._failed))

    def _take(self, student: str, item: tuple[Submission, Report] | Refused) -> None:
        """Keep one student's item until its batch is full or old enough."""
        if not self._pending:
            self._since = time.monotonic()
        self._pending[student] = item
        if len(self._pending) >= _BATCH or time.monotonic() - self._since >= _SECONDS:
            self.flush()

    def _read(self, student: str) -> Submission | Exception:
        """Return a submission, or why it cannot be read or would be left out by nbgrader."""
        try:
            if self._bulk is not None:
                self._bulk.require(student)
            folder = self._coursedir.format_path(self._coursedir.submitted_directory, student, self._name)
            return read_submission(Path(folder), self._day, student)
        except Exception as error:
            return error

    def _judge(self, submission: Submission) -> Report:
        return judge_alone(submission, self._course, self._day, self._store, self._keys, self._engine_class)

    def _convert(self, students: Iterable[str]) -> dict[str, Exception]:
        """Let nbgrader's own converter write each student; it looks for the report itself."""
        found = {student: convert_one(DayAutograde, self._coursedir, self._name, student) for student in students}
        return {student: error for student, error in found.items() if error is not None}


def _bulk_writer(coursedir: CourseDirectory, day: DaySpec, store: ResultsStore) -> BulkWriter | None:
    """Return what writes the day in bulk, or None where only nbgrader's converter knows what to write."""
    if not is_plain(coursedir):
        return None
    try:
        return BulkWriter(coursedir, day, store)
    except ProctorchError:
        raise
    except Exception as error:
        if (fault := database_fault(error)) is not None:
            raise store_trouble(coursedir.db_url, "read", fault) from error
        # A damaged release: the converter says, for each student, what is wrong with it.
        logging.getLogger(__name__).warning(
            "The marks of %s are written by nbgrader's own converter, one student after another: %s: %s",
            day.name,
            type(error).__name__,
            error,
        )
        return None


def _as_stored(report: Report) -> Report:
    """Return a report without its pictures, which are not kept: a second run must write what the first one did."""
    if not any(check.picture is not None for result in report.exercises for check in result.checks):
        return report
    exercises = (
        replace(result, checks=tuple(replace(check, picture=None) for check in result.checks))
        for result in report.exercises
    )
    return replace(report, exercises=tuple(exercises))
