"""Do right answers ever fail by bad luck? The solution and the alternatives, in this process, under many seeds.

Authored code is trusted, so no sandbox is needed, and a check costs what its functions cost. How many seeds a check
gets depends on how long it takes: quick ones get all, training ones a few.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path

from proctorch.course import Course
from proctorch.grading.bench import PracticeBench
from proctorch.grading.checks import Check
from proctorch.grading.runner import Suite, run_check
from proctorch.grading.session import with_checks
from proctorch.model import DaySpec, Submission, Verdict
from proctorch.validation.exam import Finding, Tally

QUICK_SECONDS = 0.010


@dataclass(frozen=True)
class Effort:
    """How many seeds: `quick` for checks that take less than 10 ms, `solution` and `others` for those that train.

    Misconceptions are judged under `secrets` course secrets.
    """

    quick: int
    solution: int
    others: int
    secrets: int

    def seeds(self, seconds: float, subject: str) -> int:
        """Return the number of seeds for a check of this length."""
        slow = self.solution if subject == "solution" else self.others
        return self.quick if seconds < QUICK_SECONDS else max(slow, min(self.quick, int(self.quick * 0.010 / seconds)))


FULL = Effort(quick=1000, solution=50, others=5, secrets=3)
FEW = Effort(quick=10, solution=2, others=1, secrets=1)


@dataclass(frozen=True)
class Sitting:
    """One right answer and the exercises that it is tried on."""

    submission: Submission
    exercises: tuple[str, ...]


def try_seeds(
    course: Course, day: DaySpec, sittings: list[Sitting], effort: Effort, workers: int
) -> Iterator[list[Tally]]:
    """Yield, batch by batch, a tally for each sitting: how many runs there were and which of them failed."""
    batches = [batch for batch in (sittings[place :: workers * 4] for place in range(workers * 4)) if batch]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        waiting = [pool.submit(_sit, str(course.root), day, batch, effort) for batch in batches]
        for done in as_completed(waiting):
            yield done.result()


def _end_with_parent() -> None:
    """End this process when the one that made it is gone: a pool's workers keep each other's pipes open."""

    def watch(parent: BaseProcess) -> None:
        parent.join()
        os._exit(1)

    parent = parent_process()
    if parent is not None:
        threading.Thread(target=watch, args=(parent,), daemon=True).start()


def _sit(root: str, day: DaySpec, sittings: list[Sitting], effort: Effort) -> list[Tally]:
    folder = Course(Path(root)).graders / day.name
    files = [folder / name for name in ("public.py", "hidden.py") if (folder / name).exists()]
    found: list[Tally] = []

    def work(checks: tuple[Check, ...]) -> None:
        suite = Suite(day, checks, with_hidden=True)
        found.extend(_tally(suite, sitting, effort) for sitting in sittings)

    with_checks(files, work)
    return found


def _tally(suite: Suite, sitting: Sitting, effort: Effort) -> Tally:
    bench = PracticeBench.of_cells(suite.day, sitting.submission.cells)
    subject = sitting.submission.student
    parts = [_try(check, bench, effort, subject) for name in sitting.exercises for check in suite.of(name)]
    findings = tuple(finding for part in parts for finding in part.findings)
    return Tally(sum(part.total for part in parts), sum(part.right for part in parts), findings)


def _try(check: Check, bench: PracticeBench, effort: Effort, subject: str) -> Tally:
    """Run one check under seeds 1, 2, 3, ...; the first run also says how long it takes."""
    findings: list[Finding] = []
    seed = runs = 0
    wanted = 2
    shortest = float("inf")
    while seed < wanted:
        seed += 1
        bench.reseed(seed)
        start = time.perf_counter()
        outcome = run_check(check, bench).outcome
        shortest = min(shortest, time.perf_counter() - start)
        runs += 1
        if outcome.verdict is not Verdict.PASSED:
            findings.append(Finding(subject, check.id, f"seed {seed}: {outcome.detail or outcome.message}"))
        if seed == min(2, wanted):
            wanted = max(1, effort.seeds(shortest, subject))
    return Tally(runs, runs - len(findings), tuple(findings[:5]))
