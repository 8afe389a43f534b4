"""nbgrader, JupyterLab, the course folder, its secret, its database, and a browser."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from proctorch.cli.diagnosis.finding import Finding, Need
from proctorch.cli.diagnosis.machine import version_of
from proctorch.course import Course
from proctorch.errors import ProctorchError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

INSTALL = "in a copy of the repository: pip install -c constraints.txt '.[instructor]' (or make setup)"
SECONDS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def nbgrader() -> Finding:
    """Is nbgrader installed, and is its command on the PATH?"""
    version = version_of("nbgrader")
    if version is None:
        return Finding("nbgrader", False, "not installed", Need.GRADING, INSTALL)
    path = shutil.which("nbgrader")
    cure = "activate the environment: its bin folder must be on PATH."
    return Finding("nbgrader", path is not None, f"{version} at {path or 'no place on PATH'}", Need.GRADING, cure)


def alembic() -> Finding:
    """Is alembic on the PATH? nbgrader calls it by its bare name to make or upgrade a gradebook."""
    path = shutil.which("alembic")
    cure = "activate the environment: its bin folder must be on PATH."
    if version_of("alembic") is None:
        cure = INSTALL
    return Finding("alembic", path is not None, path or "not on PATH", Need.GRADING, cure)


def jupyterlab() -> Finding:
    """Is JupyterLab there to work in?"""
    version = version_of("jupyterlab")
    return Finding(
        "JupyterLab", version is not None, version or "not installed", Need.NOTHING, "pip install jupyterlab"
    )


def browser() -> Finding:
    """Is there a Chromium? Only the browser tests need one."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Finding("Chromium", path is not None, path or "not installed", Need.NOTHING, "sudo apt-get install chromium")


def course_folder(course: Course | None, problem: str) -> Finding:
    """Are we in a course, and does it hold days?"""
    if course is None:
        return Finding(
            "course",
            False,
            problem.splitlines()[0],
            Need.NOTHING,
            "change into the course, or name it: --course FOLDER.",
        )
    days = course.days()
    found = f"{course.root}: {len(days)} {'day' if len(days) == 1 else 'days'}"
    return Finding("course", bool(days), found, Need.GRADING, "write solutions/DAY.py and build it.")


def secret(course: Course) -> Finding:
    """Is the course secret kept from others? It is made when it is first needed."""
    path = course.state / "secret"
    if not path.exists():
        return Finding("secret", True, "not made yet: the first grading makes it")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding("secret", False, f"{path} can be read by others", Need.GRADING, f"chmod 600 {path}")
    try:
        course.secret()
    except ProctorchError as error:
        return Finding("secret", False, str(error).splitlines()[0], Need.GRADING, "restore it from a backup.")
    return Finding("secret", True, f"{path}, readable by its owner alone")


def database(course: Course) -> Finding:
    """Can the gradebook be reached and written?"""
    try:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        return Finding("database", False, "SQLAlchemy is not installed", Need.GRADING, INSTALL)
    from proctorch.gradebook.config import database_url

    try:
        url = make_url(database_url(course))
        found = url.render_as_string(hide_password=True)
    except (ProctorchError, ArgumentError) as error:
        return Finding("database", False, str(error).splitlines()[0], Need.GRADING, "mend nbgrader_config.py.")
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url.database or "", found)
        return _server(url, found)
    except Exception as error:  # every driver has its own errors
        reason = str(error).strip().splitlines()[0]
        return Finding(
            "database",
            False,
            f"{found}: {reason}",
            Need.GRADING,
            "start the database, or mend its URL in nbgrader_config.py.",
        )


def _sqlite(name: str, found: str) -> Finding:
    path = Path(name)
    if not path.exists():
        good = os.access(path.parent, os.W_OK)
        says = "not made yet: nbgrader makes it" if good else "cannot be made: the folder is read-only"
        return Finding("database", good, f"{found}, {says}", Need.GRADING, f"make {path.parent} writable.")
    connection = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        cure = f"end what holds it, or make {path} and its folder writable."
        return Finding("database", False, f"{found}: {error}", Need.GRADING, cure)
    finally:
        connection.close()
    return Finding("database", True, f"{found}, writable", Need.GRADING)


def _server(url: URL, found: str) -> Finding:
    from sqlalchemy import create_engine, text

    waits = {"connect_timeout": SECONDS} if url.get_backend_name() == "postgresql" else {}
    engine = create_engine(url, connect_args=waits)
    try:
        with engine.connect() as connection:
            connection.execute(text("CREATE TEMPORARY TABLE proctorch_doctor (n INTEGER)"))
            connection.rollback()
    finally:
        engine.dispose()
    return Finding("database", True, f"{found}, writable", Need.GRADING)
