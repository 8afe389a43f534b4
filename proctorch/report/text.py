"""Reports and marks as plain lines, for terminals, logs and pages alike."""

from __future__ import annotations

from collections.abc import Iterable

from proctorch.grading.feedback import exercise_text
from proctorch.grading.wording import clean_line, mark_words, problem_words, report_mark
from proctorch.model import Report
from proctorch.report.roster import StudentMarks


def report_text(report: Report) -> str:
    """Return a whole report as a student may read it."""
    head = [f"{clean_line(report.student)}, {clean_line(report.day)}: {report_mark(report)}"]
    if report.problem is not None:
        head.append(problem_words(report.problem))
    head += [clean_line(note, 600) for note in report.notes]
    return "\n\n".join(["\n".join(head), *(exercise_text(result) for result in report.exercises)]) + "\n"


def roster_text(rows: Iterable[StudentMarks]) -> str:
    """Return a line a student: the mark, or why there is none."""
    lines = []
    for row in rows:
        points = row.points
        mark = row.standing.value if points is None else f"{mark_words(points)}/{mark_words(row.max_points)}"
        lines.append(f"{clean_line(row.student):<24} {mark}")
    return "\n".join(lines) + ("\n" if lines else "")
