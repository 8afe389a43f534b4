"""What becomes of marks in nbgrader's gradebook when a submission could not be judged.

nbgrader keeps the marks of the time before, also when the student has handed in something else since, and it has
written zeros where it found no notebook. Neither may pass for the mark of what was handed in now.
"""

from __future__ import annotations

from logging import Logger
from typing import Any

from proctorch.errors import StoreUnavailable
from proctorch.gradebook.store import ResultsStore
from proctorch.model import Report


def withdraw_marks(
    url: str, store: ResultsStore, student: str, day: str, submission_hash: str | None, log: Logger
) -> None:
    """Put back the marks of the last judged result if it was of the same submission, else NULL ("needs grading").

    Marks that a person gave are left alone. A gradebook that cannot be written is only noted: the caller is about to
    raise what went wrong in the first place.
    """
    from nbgrader.api import Gradebook, MissingEntry
    from sqlalchemy.exc import SQLAlchemyError

    try:
        earlier = store.latest(student, day, judged=True)
        if earlier is not None and earlier.provenance.submission != submission_hash:
            earlier = None
        with Gradebook(url) as gradebook:
            submission = gradebook.find_submission(day, student)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    _put_back(grade, earlier)
            gradebook.db.commit()
    except MissingEntry:
        return
    except (StoreUnavailable, SQLAlchemyError, OSError) as error:
        log.warning("The marks of %s for %s may be those of an earlier submission: %s", student, day, error)


def _put_back(grade: Any, earlier: Report | None) -> None:
    """Set one of nbgrader's grades to what an earlier report says, or to no mark."""
    name = str(grade.name).removesuffix("_check")
    result = next((each for each in earlier.exercises if each.exercise == name), None) if earlier else None
    if result is None or float(result.max_points) != float(grade.max_score):
        grade.auto_score = None
        grade.needs_manual_grade = True
    else:
        grade.auto_score = float(result.points)
        grade.needs_manual_grade = grade.manual_score is not None
