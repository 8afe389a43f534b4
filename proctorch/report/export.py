"""Marks as CSV and JSON files; a mark that is missing is said in words, never written as 0."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.files import replace_file
from proctorch.gradebook.store import ResultsStore
from proctorch.grading.wording import clean_line, json_text
from proctorch.model import DaySpec, Submission
from proctorch.report.names import gradebook_entries
from proctorch.report.roster import Standing, StudentMarks, day_roster

_WHO = ("student", "last_name", "first_name", "email", "day")
_MARKS = ("points", "max", "late_penalty", "score", "status")
# A spreadsheet takes a cell that begins so for a formula, and would run it; where commas mark decimals it takes
# semicolons for the ends of cells. Some read the wide signs too.
_FORMULA = re.compile(r"(^|[;|\t\r\n])(\s*)(?=[=+\-@\t\r＝＋－＠])")


@dataclass(frozen=True)
class Export:
    """The marks of one day as they were exported.

    `missing` names the students who handed something in and have no mark: while there are any, the command that
    exports exits non-zero.
    """

    rows: tuple[StudentMarks, ...]

    @property
    def missing(self) -> tuple[StudentMarks, ...]:
        """Those without a mark."""
        return tuple(row for row in self.rows if row.standing.lacks_mark)

    @property
    def complete(self) -> bool:
        """True when nobody who handed something in lacks a mark."""
        return not self.missing


def collect_marks(
    course: Course, day: DaySpec, store: ResultsStore, *, read: Callable[[str], Submission] | None = None
) -> Export:
    """Return the marks of a day with nbgrader's names and scores; see `day_roster`. Raises StoreUnavailable."""
    return Export(day_roster(course, day, store, read=read, names=gradebook_entries(course, day.name)))


def marks_csv(rows: Sequence[StudentMarks], day: DaySpec) -> str:
    """Return the marks as CSV (RFC 4180, UTF-8): a row a student, a column an exercise."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    names = [exercise.name for exercise in day.exercises]
    writer.writerow([*_WHO, *names, *_MARKS])
    for row in rows:
        writer.writerow(
            [
                *(_text(text) for text in (row.student, row.last_name, row.first_name, row.email)),
                row.day,
                *(_mark(row.exercises.get(name), row.standing) for name in names),
                _mark(row.points, row.standing),
                _number(row.max_points),
                _number(row.late_penalty),
                _mark(row.score, row.standing) if row.score is not None or row.standing is not Standing.GRADED else "",
                row.standing.value,
            ]
        )
    return stream.getvalue()


def marks_json(export: Export, day: DaySpec) -> str:
    """Return the marks as JSON: null where there is no mark, and `complete` says whether any is missing."""
    data = {
        "day": day.name,
        "title": day.title,
        "complete": export.complete,
        "max": float(sum((exercise.points for exercise in day.exercises), Fraction(0))),
        "students": [_row_data(row, day) for row in export.rows],
    }
    return json_text(data)


def write_export(text: str, path: Path) -> None:
    """Write an export whole or not at all; raises CourseError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written: {error.strerror}.\n  To mend it: free space, or name another file."
        ) from error


def _row_data(row: StudentMarks, day: DaySpec) -> dict[str, Any]:
    """Return one student's marks as JSON-ready data."""

    def number(points: Fraction | None) -> float | None:
        return None if points is None else float(points)

    return {
        "student": row.student,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "email": row.email,
        "status": row.standing.value,
        "exercises": {each.name: number(row.exercises.get(each.name)) for each in day.exercises},
        "points": number(row.points),
        "max": float(row.max_points),
        "late_penalty": row.late_penalty,
        "score": row.score,
        "notes": list(row.notes),
    }


def _text(text: str) -> str:
    """Return a name as a cell that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1\2'", clean_line(text))


def _mark(points: Fraction | float | None, standing: Standing) -> str:
    """Return a mark's cell: a number, or why there is none."""
    if points is not None:
        return _number(points)
    return Standing.NOT_JUDGED.value if standing is Standing.NOT_JUDGED else standing.value


def _number(points: Fraction | float) -> str:
    """Return a number as spreadsheets read it: at most four decimals, no trailing zeros."""
    return f"{float(points):.4f}".rstrip("0").rstrip(".")
