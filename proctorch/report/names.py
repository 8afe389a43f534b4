"""What nbgrader's gradebook knows of the students of a day: names, marks given by hand, late penalties."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proctorch.course import Course
from proctorch.gradebook.config import commands_on_path, course_id, gradebook_url
from proctorch.gradebook.trouble import store_trouble


@dataclass(frozen=True)
class GradebookEntry:
    """One student in nbgrader's gradebook.

    `score` is the sum of the grades with the late penalty taken off, or None while one of them has no mark; `by_hand`
    says that a person gave marks.
    """

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    score: float | None = None
    late_penalty: float = 0.0
    by_hand: bool = False


def gradebook_entries(course: Course, day: str) -> dict[str, GradebookEntry]:
    """Return all students of nbgrader's gradebook with what they have for `day`; empty where there is no gradebook.

    Raises StoreUnavailable where the gradebook is there and cannot be read.
    """
    from sqlalchemy import create_engine, inspect, make_url
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    url = gradebook_url(course)
    try:
        file = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
        if file and not Path(file).is_file():
            return {}
        engine = create_engine(url, poolclass=NullPool)
        if not inspect(engine).has_table("submitted_assignment"):
            return {}
        return _entries(url, course_id(course), day)
    except SQLAlchemyError as error:
        raise store_trouble(url, "read", error) from error


def _entries(url: str, name: str, day: str) -> dict[str, GradebookEntry]:
    """Return what the gradebook says, read through nbgrader's own classes."""
    from nbgrader.api import Gradebook, MissingEntry

    entries: dict[str, GradebookEntry] = {}
    with commands_on_path(), Gradebook(url, name) as gradebook:
        for student in gradebook.students:
            try:
                submission = gradebook.find_submission(day, student.id)
            except MissingEntry:
                submission = None
            entries[student.id] = _entry(student, submission)
    return entries


def _entry(student: Any, submission: Any) -> GradebookEntry:
    """Return one student's entry from nbgrader's rows."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades] if submission else []
    penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks) if submission else 0.0
    complete = bool(grades) and all(grade.auto_score is not None or grade.manual_score is not None for grade in grades)
    return GradebookEntry(
        first_name=student.first_name or "",
        last_name=student.last_name or "",
        email=student.email or "",
        score=max(0.0, sum(grade.score for grade in grades) - penalty) if complete else None,
        late_penalty=penalty,
        by_hand=any(grade.manual_score is not None for grade in grades),
    )
