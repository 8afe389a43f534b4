"""Where the demo happens: a folder with a course, an exchange and a home for every student, and nothing of the
user's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import proctorch
from proctorch.course import CONFIG_NAME, Course
from proctorch.errors import CourseError

_CONFIG = """

# Added by `proctorch demo`: this copy of the course stands on its own.
c.CourseDirectory.root = {course!r}
c.CourseDirectory.db_url = {database!r}
c.Exchange.root = {exchange!r}
c.ExchangeCollect.check_owner = False  # one user hands in for the whole class
"""

_STUDENT_CONFIG = """# What a student's machine knows of the course: its name, and where the exchange is.
c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.Exchange.root = {exchange!r}
c.Exchange.cache = {cache!r}
"""


@dataclass(frozen=True)
class Classroom:
    """The demo's folder and what lies in it."""

    root: Path

    @property
    def course(self) -> Course:
        """The instructor's course, a copy."""
        return Course(self.root / "course")

    @property
    def exchange(self) -> Path:
        """Through which nbgrader gives and takes."""
        return self.root / "exchange"

    @property
    def log(self) -> Path:
        """What nbgrader's commands said."""
        return self.root / "nbgrader.log"

    @property
    def marks(self) -> Path:
        """The exported marks."""
        return self.root / "marks.csv"

    def home(self, student: str) -> Path:
        """A student's own folder."""
        return self.root / "students" / student

    def feedback(self, student: str, day: str) -> Path:
        """The feedback page that nbgrader makes in the course."""
        return self.course.root / "feedback" / student / day / f"{day}.html"

    def fetched_feedback(self, student: str, day: str) -> Path | None:
        """The feedback page that the student fetched from the exchange, or None."""
        pages = sorted((self.home(student) / day / "feedback").glob(f"*/{day}.html"))
        return pages[-1] if pages else None


def find_origin(day: str, named: Course | None = None) -> Course:
    """Return the course to copy: the one named, the one around us, or the repository that this package runs from.

    Raises CourseError where none of them holds `day`.
    """
    if named is not None:
        named.require_day(day)
        return named
    places = []
    with contextlib.suppress(CourseError):
        places.append(Course.find())
    places.append(Course(Path(proctorch.__file__).resolve().parents[1]))
    for place in places:
        if (place.root / CONFIG_NAME).is_file() and place.solution(day).is_file() and (place.graders / day).is_dir():
            return place
    raise CourseError(
        f"the demo needs a course that holds solutions/{day}.py, graders/{day}/ and {CONFIG_NAME}, "
        "and an installed package brings none.\n"
        "  To mend it: run it in a copy of the repository, or name one: proctorch --course FOLDER demo"
    )


def open_classroom(origin: Course, folder: Path | None = None) -> Classroom:
    """Copy the authored files of `origin` into a new folder (in the system's folder for such, unless one is named).

    Raises CourseError where the folder holds something already or cannot be written.
    """
    try:
        room = Classroom(_fresh_folder(folder))
        course = room.course
        for source, target in ((origin.solutions, course.solutions), (origin.graders, course.graders)):
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        database = f"sqlite:///{course.root / 'gradebook.db'}"
        added = _CONFIG.format(course=str(course.root), database=database, exchange=str(room.exchange))
        config = (origin.root / CONFIG_NAME).read_text(encoding="utf-8").rstrip("\n")
        (course.root / CONFIG_NAME).write_text(config + added, encoding="utf-8")
    except OSError as error:
        place = error.filename or folder or tempfile.gettempdir()
        raise CourseError(
            f"the demo's folder cannot be made: {place}: {error.strerror or error}.\n"
            "  To mend it: name a folder that you may write: proctorch demo --folder FOLDER"
        ) from error
    return room


def _fresh_folder(folder: Path | None) -> Path:
    """Return an empty folder that only its owner may enter."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="proctorch-demo-")).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(
            f"--folder {folder} holds something already.\n  To mend it: name a new folder, or remove that one."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


def make_home(room: Classroom, student: str, course_id: str) -> None:
    """Give a student a folder to work in, with an nbgrader that knows the exchange."""
    home = room.home(student)
    home.mkdir(parents=True)
    text = _STUDENT_CONFIG.format(course_id=course_id, exchange=str(room.exchange), cache=str(home / ".submitted"))
    (home / CONFIG_NAME).write_text(text, encoding="utf-8")


@contextlib.contextmanager
def own_surroundings(room: Classroom) -> Iterator[None]:
    """Keep away the user's own Jupyter settings and results; put everything back in the end."""
    before = dict(os.environ)
    os.environ.pop("PROCTORCH_DB_URL", None)
    os.environ["JUPYTER_CONFIG_DIR"] = os.environ["JUPYTER_DATA_DIR"] = str(room.root / "jupyter")
    try:
        yield
    finally:
        for name in ("PROCTORCH_DB_URL", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]
