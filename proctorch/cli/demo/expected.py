"""What each student should get: arithmetic on the authored points and weights, with no grading engine in it."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from proctorch.authoring.checks import CheckDeclaration
from proctorch.authoring.day import declared_checks, load_day
from proctorch.cli.demo.students import EVERYTHING, Student
from proctorch.course import Course
from proctorch.errors import CourseError


def expected_mark(course: Course, day: str, student: Student) -> Fraction:
    """Return the points that a student should get: of each exercise the share of the checks that they do not lose.

    Raises CourseError where the student's data names an exercise or a check that the day does not have.
    """
    if EVERYTHING in student.loses:
        return Fraction(0)
    spec, checks = load_day(course, day), declared_checks(course, day)
    known = {exercise.name for exercise in spec.exercises} | {_name(check) for check in checks}
    if strange := sorted(set(student.loses) - known):
        raise CourseError(
            f"{day} has no {', '.join(strange)}, and the demo expects {student.name} to lose it.\n"
            "  To mend it: write in proctorch/cli/demo/students.py what is lost now."
        )
    points = Fraction(0)
    for exercise in spec.exercises:
        own = [check for check in checks if check.exercise == exercise.name]
        kept = [check for check in own if not {check.exercise, _name(check)} & set(student.loses)]
        points += exercise.points * _weight(kept) / _weight(own)
    return points


def _name(check: CheckDeclaration) -> str:
    return f"{check.exercise}::{check.name}"


def _weight(checks: Collection[CheckDeclaration]) -> Fraction:
    return sum((check.weight for check in checks), Fraction(0))
