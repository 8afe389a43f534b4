"""A whole day through nbgrader's own converters, one student at a time: gradebook rows, notebooks, feedback pages.

A submission that cannot be converted stops none of the others, and what was there for its student before stays.
"""

from __future__ import annotations

import contextlib
import glob
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proctorch.course import Course
from proctorch.errors import CourseError, GraderBroken, ProctorchError, SandboxUnavailable, StoreUnavailable
from proctorch.gradebook.aside import kept_aside
from proctorch.gradebook.config import commands_on_path, load_config
from proctorch.gradebook.trouble import database_fault, store_trouble

if TYPE_CHECKING:
    from nbgrader.converters import BaseConverter
    from nbgrader.coursedir import CourseDirectory

Progress = Callable[[int, int, str], None]

# What will fail in the same way for every other student.
FOR_ALL = (CourseError, GraderBroken, StoreUnavailable, SandboxUnavailable)


@dataclass(frozen=True)
class DayOutcome:
    """Whose work was converted, and why that of the others was not."""

    done: tuple[str, ...]
    failed: Mapping[str, str]


def submitted_students(course: Course, day: str) -> tuple[str, ...]:
    """Return who handed something in for a day, by name of their folder."""
    if not course.submitted.is_dir():
        return ()
    return tuple(sorted(folder.name for folder in course.submitted.iterdir() if (folder / day).is_dir()))


def autograde_day(
    course: Course, day: str, students: Sequence[str] | None = None, progress: Progress | None = None
) -> DayOutcome:
    """Write nbgrader's gradebook rows and autograded notebooks of a day, as `nbgrader autograde DAY --force` would.

    Marks come from the results store, and from the engine where the store has none. `progress` is called with how many
    are finished, how many there are, and the student. Raises CourseError where nbgrader does not know the day or an
    authored file is wrong, GraderBroken, StoreUnavailable, SandboxUnavailable; what concerns one student is in the
    outcome.
    """
    from proctorch.gradebook.writing import MarksWriter

    chosen = list(submitted_students(course, day) if students is None else students)
    finished = 0

    def tell(written: Sequence[str]) -> None:
        nonlocal finished
        for student in written:
            finished += 1
            if progress is not None:
                progress(finished, len(chosen), student)

    with MarksWriter(course, day, tell) as writer:
        for student in chosen:
            writer.grade(student)
    return writer.outcome()


def feedback_day(
    course: Course, day: str, students: Sequence[str] | None = None, progress: Progress | None = None
) -> DayOutcome:
    """Write the feedback pages of a day, as `nbgrader generate_feedback DAY --force` would; see `autograde_day`."""
    from proctorch.gradebook.converters import DayFeedback

    coursedir = course_directory(course, day)
    autograded = Path(coursedir.format_path(coursedir.autograded_directory, "*", day))
    chosen = sorted(Path(each).parent.name for each in glob.glob(str(autograded))) if students is None else students
    return _convert(DayFeedback, coursedir, day, chosen, progress)


def course_directory(course: Course, day: str) -> CourseDirectory:
    """Return nbgrader's view of the course, as its own commands have it."""
    from nbgrader.coursedir import CourseDirectory

    coursedir = CourseDirectory(config=load_config(course))
    coursedir.assignment_id = day
    return coursedir


def require_assignment(coursedir: CourseDirectory, day: str) -> None:
    """Raise unless nbgrader's gradebook knows the day."""
    from nbgrader.api import Gradebook, MissingEntry
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with commands_on_path(), Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            gradebook.find_notebook(day, day)
    except MissingEntry as error:
        raise CourseError(
            f"nbgrader's gradebook does not know the notebook of {day}.\n"
            f"  To mend it: nbgrader generate_assignment {day} --force (proctorch build {day} comes before it)."
        ) from error
    except SQLAlchemyError as error:
        raise store_trouble(coursedir.db_url, "open", error) from error


def _convert(
    kind: type[Any], coursedir: CourseDirectory, day: str, students: Iterable[str], progress: Progress | None
) -> DayOutcome:
    """Run a converter for each student, and collect who failed and why."""
    chosen = list(students)
    done: list[str] = []
    failed: dict[str, str] = {}
    for count, student in enumerate(chosen, start=1):
        trouble = convert_one(kind, coursedir, day, student)
        if isinstance(trouble, FOR_ALL):
            raise trouble
        if trouble is None:
            done.append(student)
        else:
            failed[student] = reason(trouble)
        if progress is not None:
            progress(count, len(chosen), student)
    return DayOutcome(tuple(done), failed)


def convert_one(kind: type[Any], coursedir: CourseDirectory, day: str, student: str) -> Exception | None:
    """Run a converter for one student; return what stopped it, or None."""
    from nbgrader.converters import NbGraderException

    log = silent_log()
    converter: BaseConverter = kind(coursedir=coursedir, config=coursedir.config, log=log).for_student(student)
    destination = Path(coursedir.format_path(converter._output_directory, student, day))
    try:
        with ExitStack() as stack:
            stack.enter_context(commands_on_path())
            stack.enter_context(warnings.catch_warnings(action="ignore"))  # nbgrader's own, about its sessions
            stack.enter_context(_without_tracebacks())
            stack.enter_context(kept_aside(destination))
            converter.start()
    except NbGraderException as error:
        cause: Exception = converter.first_failure or error
        fault = database_fault(cause)
        return cause if fault is None else store_trouble(coursedir.db_url, "write", fault)
    if destination.is_dir():
        return None
    left_out: Exception = NbGraderException("nbgrader left it out (see c.CourseDirectory.student_id_exclude)")
    return left_out


def silent_log() -> logging.Logger:
    """Return a log that is not registered: it says nothing where no handler is added."""
    log = logging.Logger("proctorch.nbgrader")
    log.addHandler(logging.NullHandler())
    return log


@contextlib.contextmanager
def _without_tracebacks() -> Iterator[None]:
    """Silence the log in which nbgrader's gradebook writes a traceback for what it raises anyhow."""
    log = logging.getLogger("tornado.application")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def reason(error: Exception) -> str:
    """Return why a conversion failed, as one text that an instructor can act on."""
    if isinstance(error, ProctorchError) or type(error).__name__ == "NbGraderException":
        return str(error)
    return f"{type(error).__name__}: {error}"
