"""`proctorch grade` as a user runs it: a process of its own, sandboxed, with results stored and marks written."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.grading.classes import Pupil, hand_in
from benchmarks.grading.floor import Passed
from benchmarks.grading.judging import passed_checks
from benchmarks.grading.measure import Usage, run_measured
from benchmarks.grading.workload import Graded, copy_course
from proctorch.gradebook.config import database_url
from proctorch.gradebook.store import ResultsStore


def test_sandbox(graded: Graded, log: Path) -> Usage:
    """Run the attacks that the first grading on a machine begins with; raises RuntimeError where one succeeds."""
    usage = run_measured([_proctorch(), "selftest"], graded.course.root, log)
    if usage.status:
        raise RuntimeError(f"proctorch selftest ended with {usage.status}:\n{usage.output[-3000:]}")
    return usage


def grade_class(graded: Graded, pupils: Sequence[Pupil], folder: Path, workers: int | None) -> tuple[Usage, Passed]:
    """Grade a class in a fresh copy of a course; raises RuntimeError unless everybody got a mark."""
    own = copy_course(graded, folder)
    day = own.day.name
    hand_in(own.course.release, own.course.submitted, day, pupils)
    command = [_proctorch(), "grade", day]
    command += [] if workers is None else ["--workers", str(workers)]
    usage = run_measured(command, own.course.root, own.course.root / "grade.log")
    with ResultsStore(database_url(own.course)) as store:
        passed = {report.student: passed_checks(report) for report in store.reports(day)}
    missing = [pupil.name for pupil in pupils if not (own.course.root / "autograded" / pupil.name / day).is_dir()]
    if usage.status or missing or len(passed) != len(pupils):
        raise RuntimeError(f"proctorch grade ended with {usage.status}:\n{usage.output[-3000:]}")
    return usage, passed


def _proctorch() -> str:
    return str(Path(sys.executable).with_name("proctorch"))
