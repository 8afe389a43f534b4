"""Who has which mark for a day, and who has none and why.

Points are the engine's. Names, manual marks and late penalties are nbgrader's, read from its gradebook when there
is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from proctorch.course import Course
from proctorch.gradebook.store import ResultsStore
from proctorch.model import DaySpec, Report, Submission
from proctorch.report.names import GradebookEntry


class Standing(StrEnum):
    """Whether there is a mark, and if not, why."""

    GRADED = "graded"
    NOT_JUDGED = "not judged"
    NOT_GRADED = "not graded"
    OUTDATED = "not graded: handed in again since"
    ABSENT = "nothing handed in"

    @property
    def lacks_mark(self) -> bool:
        """True where something was handed in and has no mark."""
        return self not in (Standing.GRADED, Standing.ABSENT)


@dataclass(frozen=True)
class StudentMarks:
    """One student's marks for one day.

    `exercises` maps each exercise to its points, or None where there is no mark; `points` is their sum, or None unless
    all have one. `score` is nbgrader's own: with marks that people gave, extra credit and the late penalty.
    """

    student: str
    day: str
    standing: Standing
    exercises: Mapping[str, Fraction | None]
    max_points: Fraction
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    score: float | None = None
    late_penalty: float = 0.0
    notes: tuple[str, ...] = field(default=())

    @property
    def points(self) -> Fraction | None:
        """The engine's mark, or None."""
        known = [points for points in self.exercises.values() if points is not None]
        return sum(known, Fraction(0)) if len(known) == len(self.exercises) and known else None


def day_roster(
    course: Course,
    day: DaySpec,
    store: ResultsStore,
    *,
    read: Callable[[str], Submission] | None = None,
    names: Mapping[str, GradebookEntry] | None = None,
) -> tuple[StudentMarks, ...]:
    """Return the marks of all who handed something in, have a result or are in the gradebook, by student.

    `read` gives a student's submission as it is now, to notice one that is newer than its result; None looks at no
    files. `names` is what nbgrader knows. Raises StoreUnavailable.
    """
    from proctorch.gradebook.marks import submitted_students

    reports = {report.student: report for report in store.reports(day.name)}
    handed_in = set(submitted_students(course, day.name))
    known = names or {}
    everyone = sorted({*reports, *handed_in, *known})
    rows = []
    for student in everyone:
        report = reports.get(student)
        standing = _standing(student, report, student in handed_in, read)
        rows.append(_student_marks(student, day, report, standing, known.get(student, GradebookEntry())))
    return tuple(rows)


def _student_marks(
    student: str, day: DaySpec, report: Report | None, standing: Standing, entry: GradebookEntry
) -> StudentMarks:
    """Return one student's row."""
    counts = report if standing in (Standing.GRADED, Standing.NOT_JUDGED) else None
    exercises = _points_by_exercise(day, counts)
    if standing is Standing.GRADED and None in exercises.values():
        standing = Standing.NOT_GRADED  # an exercise was added since
    return StudentMarks(
        student=student,
        day=day.name,
        standing=standing,
        exercises=exercises,
        max_points=sum((each.points for each in day.exercises), Fraction(0)),
        first_name=entry.first_name,
        last_name=entry.last_name,
        email=entry.email,
        score=entry.score if standing is Standing.GRADED or entry.by_hand else None,
        late_penalty=entry.late_penalty,
        notes=counts.notes if counts else (),
    )


def _points_by_exercise(day: DaySpec, report: Report | None) -> dict[str, Fraction | None]:
    """Return the points of each of the day's exercises, None where there is no mark."""
    judged = {result.exercise: result.points for result in report.exercises if result.judged} if report else {}
    return {exercise.name: judged.get(exercise.name) for exercise in day.exercises}


def _standing(
    student: str, report: Report | None, handed_in: bool, read: Callable[[str], Submission] | None
) -> Standing:
    """Return whether a student has a mark, and if not, why."""
    if report is None:
        return Standing.NOT_GRADED if handed_in else Standing.ABSENT
    if handed_in and read is not None and read(student).content_hash != report.provenance.submission:
        return Standing.OUTDATED
    return Standing.GRADED if report.judged else Standing.NOT_JUDGED
