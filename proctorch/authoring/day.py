"""What the engine must know about a day, read from its authored files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from proctorch.authoring.checks import CheckDeclaration, list_checks
from proctorch.authoring.document import AuthoredCell, Document, parse_document, parse_python
from proctorch.authoring.regions import clear_solutions
from proctorch.authoring.signatures import defined_names, signatures
from proctorch.authoring.syntax import parses
from proctorch.course import Course
from proctorch.model import DaySpec, ExerciseSpec

GRADER_FILES = ("public.py", "hidden.py")
_HEADING = re.compile(r"(#{2,6})\s+(.*?)\s*#*\Z")
_FENCE = re.compile(r"\s*(```|~~~)")


@parses
def load_day(course: Course, name: str) -> DaySpec:
    """Return the day called `name` with its exercises in order.

    Raises CourseError for an unknown day and AuthoringError for a file that cannot be understood; what can be
    understood and is wrong all the same is for `lint_day` to say.
    """
    course.require_day(name)
    return day_of(parse_document(course.solution(name)), declared_checks(course, name))


def declared_checks(course: Course, name: str) -> tuple[CheckDeclaration, ...]:
    """Return the public and the hidden checks of a day; raises AuthoringError."""
    paths = [course.graders / name / file for file in GRADER_FILES]
    return tuple(check for path in paths if path.exists() for check in list_checks(path))


def day_of(document: Document, checks: Iterable[CheckDeclaration]) -> DaySpec:
    """Put an authored document and the day's checks together; raises AuthoringError."""
    declared = tuple(checks)
    titles = _exercise_titles(document)
    exercises = tuple(
        _exercise_spec(cell, titles[cell.exercise or ""], document.path, declared) for cell in document.exercises
    )
    devices = max((check.devices for check in declared), default=0)
    return DaySpec(document.path.stem, document.title, exercises, devices)


def _exercise_spec(cell: AuthoredCell, title: str, path: Path, checks: tuple[CheckDeclaration, ...]) -> ExerciseSpec:
    """Describe one exercise; its points are shared by weight among all of its checks."""
    name, points = cell.exercise or "", cell.points or Fraction(0)
    own = [check for check in checks if check.exercise == name]
    hidden = [check for check in own if not check.public]
    total = sum((check.weight for check in own), Fraction(0))
    share = sum((check.weight for check in hidden), Fraction(0)) / total if total else Fraction(0)
    tree = parse_python(clear_solutions(cell.text, path, cell.line), path, cell.line)
    return ExerciseSpec(
        name=name,
        title=title,
        points=points,
        stub=clear_solutions(cell.source, path, cell.line),
        defines=tuple(defined_names(tree)),
        signatures=signatures(tree),
        hidden_checks=len(hidden),
        hidden_points=points * share,
    )


def _exercise_titles(document: Document) -> dict[str, str]:
    """Return each exercise's title: the last of the highest headings in the prose before it, or else its name."""
    titles: dict[str, str] = {}
    headings: list[tuple[int, str]] = []
    for cell in document.cells:
        if cell.kind == "markdown":
            headings.extend(_headings(cell.source))
        elif cell.exercise is not None:
            level = min((level for level, _ in headings), default=0)
            same = [text for found, text in headings if found == level]
            titles[cell.exercise] = same[-1] if same else cell.exercise.replace("_", " ").capitalize()
            headings = []
    return titles


def _headings(markdown: str) -> list[tuple[int, str]]:
    """Return level and text of the headings below the title, without those in code blocks."""
    headings: list[tuple[int, str]] = []
    in_code = False
    for line in markdown.split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        match = None if in_code else _HEADING.match(line)
        if match and match.group(2):
            headings.append((len(match.group(1)), match.group(2)))
    return headings
