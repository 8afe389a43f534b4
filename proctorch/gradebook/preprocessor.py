"""GradeCells takes the place of nbgrader's Execute: it writes marks and feedback, and never runs a student's code.

nbgrader reads a grade cell's mark out of its outputs: any error and any stderr scores 0, no number at all scores full
marks, and the first `execute_result` counts. So each grade cell gets its feedback as `display_data` and, last, exactly
one `execute_result` with a plain float. What cannot be judged raises: nbgrader then goes on with the next submission
and leaves this one's marks NULL.
"""

from __future__ import annotations

import atexit
import functools
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Any as AnyTrait
from traitlets import Unicode, import_item

from proctorch.course import Course
from proctorch.errors import EngineError, GraderBroken
from proctorch.gradebook.config import DB_URL_VARIABLE
from proctorch.gradebook.judging import Engine, EngineFactory, KeptWarm, WarmEngine, judge, standing
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.withdrawal import withdraw_marks
from proctorch.grading.feedback import exercise_html, exercise_text
from proctorch.grading.wording import exact_mark
from proctorch.model import DaySpec, ExerciseResult, Report, Submission

CHECK_SUFFIX = "_check"


class GradeCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """Writes into each grade cell the feedback of its exercise and the mark."""

    # A dotted name, a class or a function. Not traitlets' Type, which would import the engine in any case.
    engine_class = AnyTrait(
        "proctorch.gradebook.preprocessor.local_engine",
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
                self._fill(nb, report)
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
        keys = ResultKeys.of(course, day.name)
        known = standing(submission, store, keys)
        if known is not None:
            return known
        chosen = self.engine_class
        factory = cast(EngineFactory, import_item(chosen) if isinstance(chosen, str) else chosen)
        self.log.info("Grading %s of %s in a process of its own", day.name, submission.student)
        (report,) = judge([submission], store, keys, KeptWarm(warm_engine(), factory, course, day, keys))
        return report

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

    def _fill(self, nb: NotebookNode, report: Report) -> None:
        """Write all grade cells; nothing is written before every one of them has a mark."""
        cells = [cell for cell in nb.cells if is_grade(cell) and cell.cell_type == "code"]
        results = [self._result(cell, report) for cell in cells]
        for count, (cell, result) in enumerate(zip(cells, results, strict=True), start=1):
            first = count == 1
            fill_cell(cell, result, report, count, whole=first)

    def _result(self, cell: NotebookNode, report: Report) -> ExerciseResult:
        """Return the result that belongs to a grade cell; raises EngineError where there is no mark for it."""
        name = str(cell.metadata.nbgrader["grade_id"]).removesuffix(CHECK_SUFFIX)
        result = next((each for each in report.exercises if each.exercise == name), None)
        if result is None or float(result.max_points) != float(cell.metadata.nbgrader["points"]):
            raise GraderBroken(
                f"the released notebook of {report.day} and its authored file differ in exercise {name!r} "
                "(its points, or that it exists).\n"
                f"  To mend it: proctorch build {report.day}, nbgrader generate_assignment {report.day} --force, "
                "then autograde again."
            )
        if not result.judged:
            raise EngineError(
                f"exercise {name!r} of {report.student!r} could not be judged; no mark was stored.\n"
                "  To mend it: proctorch doctor says what is missing; then autograde again."
            )
        return result


def fill_cell(cell: NotebookNode, result: ExerciseResult, report: Report, count: int, *, whole: bool) -> None:
    """Write one grade cell: feedback as display_data and, last, the mark; `whole` adds what concerns all exercises."""
    problem, notes = (report.problem, report.notes) if whole else (None, ())
    feedback = {
        "text/html": exercise_html(result, problem=problem, notes=notes),
        "text/plain": exercise_text(result, problem=problem, notes=notes),
    }
    number = {"text/plain": repr(exact_mark(result.points, result.max_points))}
    cell.execution_count = count
    cell.outputs = [
        cast(Any, new_output)("display_data", data=feedback),
        cast(Any, new_output)("execute_result", data=number, execution_count=count),
    ]


def local_engine(course: Course, day: DaySpec) -> AbstractContextManager[Engine]:
    """Return the local engine with one worker: nbgrader asks for one submission after another."""
    from proctorch.engines.local import LocalEngine

    return LocalEngine(course, day, workers=1)


@functools.cache
def warm_engine() -> WarmEngine:
    """Return this process's one warm engine, ended when the process exits.

    nbgrader makes a new preprocessor for every notebook and, in the formgrader, a new converter for every click, so
    nothing of nbgrader's lives long enough to hold it.
    """
    engine = WarmEngine()
    atexit.register(engine.close)
    return engine
