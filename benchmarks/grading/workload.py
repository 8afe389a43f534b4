"""What is graded: a day of this course, or one of its exercises alone, in a course of its own in a temporary folder."""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass
from pathlib import Path

from proctorch.authoring.build import build_days
from proctorch.authoring.day import load_day
from proctorch.authoring.document import parse_document
from proctorch.authoring.regions import BEGIN, END
from proctorch.course import CONFIG_NAME, Course
from proctorch.grading.released_hints import released_hints
from proctorch.model import DaySpec

_NAMES_AN_EXERCISE = ("exercise", "misconception", "alternative")
_CONFIG = """

# Added by the benchmark: this copy of the course stands on its own.
c.CourseDirectory.root = {root!r}
c.CourseDirectory.db_url = {database!r}
"""


@dataclass(frozen=True)
class Workload:
    """A day, or with `exercise` that one alone: the others' solutions are then given, and not graded."""

    key: str
    day: str
    exercise: str | None = None


LIGHT = Workload("light", "day02_tensors")
TRAINING = Workload("training", "day07_softmax_regression", "fit_digits")


@dataclass(frozen=True)
class Graded:
    """A course that holds one built day."""

    course: Course
    day: DaySpec

    @property
    def grader_files(self) -> tuple[Path, ...]:
        """The files with public and hidden checks."""
        folder = self.course.graders / self.day.name
        return tuple(path for path in (folder / "public.py", folder / "hidden.py") if path.is_file())


def open_course(origin: Course, workload: Workload, folder: Path) -> Graded:
    """Copy what is authored of the workload into a new course in `folder`, and build it; raises AuthoringError."""
    course = Course(folder.resolve())
    day = workload.day
    (course.graders / day).mkdir(parents=True)
    course.solutions.mkdir()
    if workload.exercise is None:
        shutil.copy(origin.solution(day), course.solution(day))
    else:
        course.solution(day).write_text(solution_of_one(origin.solution(day), workload.exercise), encoding="utf-8")
    for path in (origin.graders / day).glob("*.py"):
        text = path.read_text(encoding="utf-8")
        kept = text if workload.exercise is None else without_others(text, workload.exercise)
        (course.graders / day / path.name).write_text(kept, encoding="utf-8")
    database = f"sqlite:///{course.root / 'gradebook.db'}"
    config = (origin.root / CONFIG_NAME).read_text(encoding="utf-8")
    added = _CONFIG.format(root=str(course.root), database=database)
    (course.root / CONFIG_NAME).write_text(config.rstrip("\n") + added, encoding="utf-8")
    build_days(course, (day,), database=database, hints=released_hints)
    return Graded(course, load_day(course, day))


def copy_course(graded: Graded, folder: Path) -> Graded:
    """Copy a built course with its secret and kept transcripts; raises OSError."""
    shutil.copytree(graded.course.root, folder, ignore=shutil.ignore_patterns("submitted", "warm_up", "__pycache__"))
    course = Course(folder.resolve())
    config = course.root / CONFIG_NAME
    text = config.read_text(encoding="utf-8").replace(str(graded.course.root), str(course.root))
    config.write_text(text, encoding="utf-8")
    return Graded(course, graded.day)


def existing_course(folder: Path, day: str) -> Graded:
    """Return a course that was made before; raises CourseError."""
    course = Course(folder.resolve())
    return Graded(course, load_day(course, day))


def solution_of_one(path: Path, exercise: str) -> str:
    """Return an authored day in which every exercise but one is a plain cell that already holds its solution."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for cell in parse_document(path).exercises:
        if cell.exercise != exercise:
            lines[cell.header_line - 1] = "# %%"
            for number in range(cell.line - 1, cell.line - 1 + cell.text.count("\n") + 1):
                if BEGIN in lines[number] or END in lines[number]:
                    lines[number] = ""
    return "\n".join(lines)


def without_others(text: str, exercise: str) -> str:
    """Return a grader file without the checks, mistakes and alternatives of other exercises."""
    lines = text.split("\n")
    for node in ast.parse(text).body:
        named = exercise_named(node)
        if named is not None and named != exercise:
            first = min(decorator.lineno for decorator in node.decorator_list)  # type: ignore[attr-defined]
            last = node.end_lineno or first
            lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(lines)


def exercise_named(node: ast.stmt) -> str | None:
    """Return the exercise that a definition's decorator names, or None."""
    for decorator in getattr(node, "decorator_list", []):
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.args:
            name = decorator.args[0]
            if decorator.func.id in _NAMES_AN_EXERCISE and isinstance(name, ast.Constant):
                return str(name.value)
    return None
