"""What running nbgrader's converters takes: the course as nbgrader sees it, and faults told in words."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
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


def convert_one(kind: Callable[..., Any], coursedir: CourseDirectory, day: str, student: str) -> Exception | None:
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
