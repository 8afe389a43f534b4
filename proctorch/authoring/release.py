"""nbgrader's own generate_assignment, run in this process (as a command it spends 4.7 s on imports alone)."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from proctorch.course import CONFIG_NAME, Course
from proctorch.errors import CourseError


def course_config(course: Course) -> Any:
    """Return the configuration in the course's nbgrader_config.py, as nbgrader reads it (an empty one without it).

    Raises CourseError when the file does not run.
    """
    from traitlets.config.loader import Config, PyFileConfigLoader

    path = course.root / CONFIG_NAME
    if not path.is_file():
        return Config()
    try:
        return PyFileConfigLoader(CONFIG_NAME, path=str(course.root)).load_config()
    except Exception as error:  # whatever the course's own code raises
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
        where = f"{path}:{line or 1}"
        cure = "mend that file; nbgrader's own commands fail as long as it is so."
        raise CourseError(f"{where} does not run: {type(error).__name__}: {error}\n  To mend it: {cure}") from error


def throwaway_gradebook(folder: Path) -> str:
    """Make a gradebook in `folder` that nobody keeps, and return its URL.

    One table is there already: nbgrader then takes the database for an old one and does not ask the program `alembic`
    which version to write into it, which costs 2.4 s and concerns nobody here.
    """
    path = folder / "gradebook.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE throwaway (id INTEGER)")
    return f"sqlite:///{path}"


def generate_release(course: Course, day: str, database: str, config: Any = None) -> Path:
    """Write release/DAY of `course` from its source/DAY with nbgrader and return that folder.

    `database` is the URL of the gradebook that learns about the day; `config` nbgrader's configuration. The working
    folder and PATH of the process change meanwhile and are put back. Raises CourseError with what nbgrader said.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    record = _Record()
    log = logging.Logger("proctorch.authoring.release", logging.INFO)  # on its own: nbgrader's talk goes nowhere else
    log.addHandler(record)
    settings = _settings(course, day, database, config)
    with _interpreter_on_path():
        place = CourseDirectory(config=settings, log=log)
        converter = GenerateAssignment(coursedir=place, config=settings, log=log, force=True)
        try:
            converter.start()
        except NbGraderException as error:
            problem = f"nbgrader could not release {day}: {record.reason or error}"
            raise CourseError(f"{problem}\n  To mend it: mend {course.source / day}, then build it again.") from error
    return course.release / day


def _settings(course: Course, day: str, database: str, config: Any) -> Any:
    """Return nbgrader's configuration for one day: the course's own, with this folder and this database."""
    from traitlets.config.loader import Config

    settings = Config()
    settings.merge(config or Config())
    if "directory_structure" in settings.CourseDirectory:
        del settings.CourseDirectory["directory_structure"]
    settings.CourseDirectory.root = str(course.root)
    settings.CourseDirectory.source_directory = course.source.name
    settings.CourseDirectory.release_directory = course.release.name
    settings.CourseDirectory.assignment_id = day
    settings.CourseDirectory.notebook_id = "*"
    settings.CourseDirectory.db_url = database
    return settings


@contextmanager
def _interpreter_on_path() -> Iterator[None]:
    """Put this interpreter's folder on PATH: nbgrader calls `alembic` by its bare name."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), *([before] if before else [])])
    try:
        if shutil.which("alembic") is None:
            raise CourseError(
                "nbgrader needs the program `alembic`, and it is not installed beside this Python.\n"
                "  To mend it: pip install 'proctorch[instructor]'."
            )
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


class _Record(logging.Handler):
    """Keeps the last line of the first error that nbgrader logs with a traceback: the one that says what happened."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage().strip()
        is_traceback = message.startswith("Traceback")
        if is_traceback or not self.reason:
            self.reason = message.rsplit("\n", 1)[-1] if is_traceback else message
