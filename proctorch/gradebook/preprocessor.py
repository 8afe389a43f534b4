"""GradeCells takes the place of nbgrader's Execute: it writes marks and feedback, and never runs a student's code.

What cannot be judged raises: nbgrader then goes on with the next submission and leaves this one's marks NULL.
"""

from __future__ import annotations

import atexit
import functools
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Any as AnyTrait
from traitlets import Unicode, import_item

from proctorch.course import Course
from proctorch.errors import EngineError
from proctorch.gradebook.config import DB_URL_VARIABLE
from proctorch.gradebook.graded_cells import fill_grade_cells
from proctorch.gradebook.judging import Engine, EngineFactory, KeptWarm, WarmEngine, judge, standing
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.withdrawal import withdraw_marks
from proctorch.model import DaySpec, Report, Submission
from proctorch.selftest.record import require_level

LOCAL_ENGINE = "proctorch.gradebook.preprocessor.local_engine"


class GradeCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Writes into each grade cell the feedback of its exercise and the mark."""

    # A dotted name, a class or a function. Not traitlets' Type, which would import the engine in any case.
    engine_class = AnyTrait(
        LOCAL_ENGINE,
        help="What grades submissions that have no result yet: called with the course and the day.",
    ).tag(config=True)

    store_url = Unicode(
        "", help="The database of results; empty: the gradebook's own, or what PROCTORCH_DB_URL says."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Fill in all grade cells of one submission; raises EngineError where there is no mark to give."""
        facts = resources["nbgrader"]
        student, day = str(facts["student"]), str(facts["assignment"])
        url = self.store_url or os.environ.get(DB_URL_VARIABLE) or str(facts["db_url"])
        with ResultsStore(url) as store:
            submission = None
            try:
                submission = self._submission(student, day)
                report = self._report(submission, store)
                fill_grade_cells(nb.cells, report)
            except Exception:
                hash_now = None if submission is None else submission[2].content_hash
                withdraw_marks(str(facts["db_url"]), store, student, day, hash_now, self.log)
                raise
        return nb, resources

    def _submission(self, student: str, day: str) -> tuple[Course, DaySpec, Submission]:
        """Return the course, the day and what the student handed in."""
        from proctorch.authoring.day import load_day
        from proctorch.grading.submission import read_submission

        coursedir = self._coursedir()
        course = Course(Path(coursedir.root))
        spec = load_day(course, day)
        folder = Path(coursedir.format_path(coursedir.submitted_directory, student, day))
        return course, spec, read_submission(folder, spec, student)

    def _report(self, found: tuple[Course, DaySpec, Submission], store: ResultsStore) -> Report:
        """Return the report of a submission, from the store or from the engine; raises EngineError."""
        course, day, submission = found
        keys = ResultKeys.of(course, day.name, sandbox=require_level())
        known = standing(submission, store, keys)
        if known is not None:
            return known
        self.log.info("Grading %s of %s in a process of its own", day.name, submission.student)
        return judge_alone(submission, course, day, store, keys, self.engine_class)

    def _coursedir(self) -> Any:
        """Return nbgrader's CourseDirectory: the converter that owns our exporter has it."""
        owner = self.parent
        while owner is not None:
            coursedir = getattr(owner, "coursedir", None)
            if coursedir is not None:
                return coursedir
            owner = getattr(owner, "parent", None)
        raise EngineError(
            "GradeCells does not know the course, because no nbgrader converter owns it.\n"
            "  To mend it: list it in c.Autograde.autograde_preprocessors, as proctorch.gradebook.configure does."
        )


def judge_alone(
    submission: Submission, course: Course, day: DaySpec, store: ResultsStore, keys: ResultKeys, engine_class: Any
) -> Report:
    """Return the report of one submission from this process's warm engine, and store it; raises EngineError.

    `engine_class` is what `c.GradeCells.engine_class` holds: an engine's factory, or its dotted name.
    """
    factory = cast(EngineFactory, import_item(engine_class) if isinstance(engine_class, str) else engine_class)
    (report,) = judge([submission], store, keys, KeptWarm(warm_engine(), factory, course, day, keys))
    return report


def local_engine(course: Course, day: DaySpec) -> AbstractContextManager[Engine]:
    """Return the local engine with one worker: nbgrader asks for one submission after another."""
    from proctorch.engines.local import LocalEngine

    return LocalEngine(course, day, workers=1, level=require_level())


@functools.cache
def warm_engine() -> WarmEngine:
    """Return this process's one warm engine, ended when the process exits.

    nbgrader makes a new preprocessor for every notebook and, in the formgrader, a new converter for every click, so
    nothing of nbgrader's lives long enough to hold it.
    """
    engine = WarmEngine()
    atexit.register(engine.close)
    return engine
