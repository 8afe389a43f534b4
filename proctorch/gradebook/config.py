"""How nbgrader is told to use the engine, and how its settings are read without importing it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from proctorch.course import Course

if TYPE_CHECKING:
    from traitlets.config import Config

DB_URL_VARIABLE = "PROCTORCH_DB_URL"

# nbgrader's own list with one change: GradeCells takes the place of Execute, which would run the student's code.
AUTOGRADE_PREPROCESSORS = (
    "proctorch.gradebook.preprocessor.GradeCells",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
)

FEEDBACK_PREPROCESSORS = (
    "proctorch.gradebook.getmarks.GetMarks",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
)


def configure(c: Config, root: Path | None = None) -> None:
    """Put the engine into nbgrader: call it from `nbgrader_config.py`, with that file's `c` and its folder as `root`.

        from pathlib import Path
        from proctorch.gradebook import configure
        c = get_config()
        configure(c, Path(__file__).parent)

    Settings that the file makes afterwards win.
    """
    course = Course((root or Path.cwd()).resolve())
    c.Autograde.exporter_class = "proctorch.gradebook.exporter.ProctorchExporter"
    c.Autograde.autograde_preprocessors = list(AUTOGRADE_PREPROCESSORS)
    # The stub in source/ must not replace the .py in which a student worked.
    c.Autograde.exclude_overwriting = {day: [f"{day}.py"] for day in _days(course)}
    c.GenerateFeedback.preprocessors = list(FEEDBACK_PREPROCESSORS)
    # nbgrader's own collect follows links that a student made, and one odd folder stops it for the whole class.
    c.ExchangeFactory.collect = "proctorch.gradebook.collect.Collect"
    # Students choose the names of folders that nbgrader's log repeats.
    c.NbGrader.logging_config = {"formatters": {"console": {"class": "proctorch.gradebook.log_lines.LogLines"}}}
    _keep_feedback_at_home(c)


def _days(course: Course) -> tuple[str, ...]:
    """Return the days that are written or built here; a course that only grades may have no solutions."""
    built = (folder.name for folder in course.source.iterdir() if folder.is_dir()) if course.source.is_dir() else ()
    return tuple(sorted({*course.days(), *built}))


def _keep_feedback_at_home(c: Config) -> None:
    """Let feedback pages load nothing from other servers: our `mathjax.html.j2` takes the place of nbconvert's.

    nbgrader names its own template folder only where no other is named, so both stand here.
    """
    folders = [str(Path(__file__).parent / "templates")]
    nbgrader = importlib.util.find_spec("nbgrader")
    if nbgrader is not None and nbgrader.submodule_search_locations:
        package = Path(next(iter(nbgrader.submodule_search_locations)))
        folders.append(str(package / "server_extensions" / "formgrader" / "templates"))
    c.HTMLExporter.extra_template_basedirs = folders
    # Students write Markdown too, and nbconvert lets its HTML act.
    c.HTMLExporter.filters = {"markdown2html": "proctorch.gradebook.prose.inert_markdown"}


def load_config(course: Course) -> Config:
    """Return what the course's `nbgrader_config.py` says, with the course as its root; raises CourseError."""
    from proctorch.authoring.release import course_config

    config = cast("Config", course_config(course))
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(course.root)
    return config


def database_url(course: Course) -> str:
    """Return where results are kept: PROCTORCH_DB_URL, or else nbgrader's gradebook; raises CourseError."""
    chosen = os.environ.get(DB_URL_VARIABLE)
    if chosen:
        return chosen
    return gradebook_url(course)


def gradebook_url(course: Course) -> str:
    """Return the URL of nbgrader's gradebook; nbgrader's default is gradebook.db in the course's folder."""
    section = load_config(course).CourseDirectory
    return str(section.db_url) if section.get("db_url") else f"sqlite:///{course.root / 'gradebook.db'}"


def course_id(course: Course) -> str:
    """Return nbgrader's name of the course, or an empty string."""
    section = load_config(course).CourseDirectory
    return str(section.course_id) if section.get("course_id") else ""


@contextlib.contextmanager
def commands_on_path() -> Iterator[None]:
    """Let nbgrader find `alembic`, which it calls by its bare name, also where the environment is not activated."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
