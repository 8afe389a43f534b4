"""A report written into the grade cells of a notebook: feedback first and, last, the mark.

nbgrader reads a grade cell's mark out of its outputs: any error and any stderr scores 0, no number at all scores full
marks, and the first `execute_result` counts. So each grade cell gets its feedback as `display_data` and, last, exactly
one `execute_result` with a plain float.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nbformat import NotebookNode, from_dict

from proctorch.errors import EngineError, GraderBroken
from proctorch.grading.feedback import exercise_html, exercise_text
from proctorch.grading.wording import exact_mark
from proctorch.model import ExerciseResult, Problem, Report

CHECK_SUFFIX = "_check"


def fill_grade_cells(cells: Sequence[NotebookNode], report: Report) -> None:
    """Write all grade cells among `cells`; nothing is written before every one of them has a mark.

    Raises EngineError where there is no mark, GraderBroken where notebook and report do not belong together.
    """
    graded = [cell for cell in cells if is_checked(cell)]
    results = [result_of(cell, report) for cell in graded]
    for count, (cell, result) in enumerate(zip(graded, results, strict=True), start=1):
        fill_cell(cell, result, report, count, whole=count == 1)


def is_checked(cell: NotebookNode) -> bool:
    """True for a cell that the engine gives a mark to."""
    return cell.cell_type == "code" and bool(cell.metadata.get("nbgrader", {}).get("grade", False))


def result_of(cell: NotebookNode, report: Report) -> ExerciseResult:
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
    if any(check.picture is not None for check in result.checks):  # which comparisons of results leave out
        html, text = _feedback.__wrapped__(result, problem, notes)
    else:
        html, text = _feedback(_timeless(result), problem, notes)
    feedback = {"text/html": html, "text/plain": text}
    number = {"text/plain": repr(exact_mark(result.points, result.max_points))}
    cell.execution_count = count
    # nbformat's `new_output` looks up the schema and checks each output: ten times the time of all the rest.
    cell.outputs = [
        _node({"output_type": "display_data", "data": feedback, "metadata": {}}),
        _node({"output_type": "execute_result", "data": number, "metadata": {}, "execution_count": count}),
    ]


@functools.lru_cache(maxsize=2048)
def _feedback(result: ExerciseResult, problem: Problem | None, notes: tuple[str, ...]) -> tuple[str, str]:
    """Return the feedback as HTML and as text; in a class many answers to one exercise are told the same."""
    return (
        exercise_html(result, problem=problem, notes=notes),
        exercise_text(result, problem=problem, notes=notes),
    )


def _timeless(result: ExerciseResult) -> ExerciseResult:
    """Return a result without how long its checks took, which no feedback tells."""
    return replace(result, checks=tuple(replace(check, seconds=0.0) for check in result.checks))


def _node(output: dict[str, Any]) -> NotebookNode:
    return from_dict(output)  # type: ignore[no-any-return,no-untyped-call]
