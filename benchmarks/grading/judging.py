"""Proctorch's engine alone: host and sandbox, nothing stored and no marks written, each exercise in its own process."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from benchmarks.grading.floor import Passed
from benchmarks.grading.measure import CpuAccount, Sample, Watch
from benchmarks.grading.workload import Graded
from proctorch.engines.local import LocalEngine
from proctorch.model import Report, Submission, Verdict


def run_judging(
    graded: Graded, submissions: Sequence[Submission], warm_up: Sequence[Submission], workers: int | None
) -> tuple[Sample, Passed]:
    """Judge all submissions; return the time and who passed which.

    `warm_up` goes first and is not counted: starting the engine, and running the known mistakes whose transcripts are
    kept once for every version of the graders.
    """
    account = CpuAccount()
    account.admit()
    try:
        with LocalEngine(graded.course, graded.day, workers=workers, apart=True) as engine:
            for _ in engine.grade(warm_up):
                pass
            before, wall, cpu = _host_cpu(), time.perf_counter(), account.seconds()
            passed = {report.student: passed_checks(report) for report in engine.grade(submissions)}
            wall, cpu = time.perf_counter() - wall, account.seconds() - cpu
            host = _host_cpu() - before
    finally:
        account.close()
    return Sample(len(submissions), wall, cpu, max(0.0, cpu - host)), passed


def passed_checks(report: Report) -> frozenset[str]:
    """Return the ids of the checks that a submission passes."""
    results = (check for exercise in report.exercises for check in exercise.checks)
    return frozenset(check.id for check in results if check.verdict is Verdict.PASSED)


def _host_cpu() -> float:
    watch = Watch(os.getpid())
    watch.look(memory=False)
    return watch.host_cpu
