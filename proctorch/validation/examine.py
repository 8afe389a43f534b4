"""Holding the exam of a day: everything that the grader of a course must be able to say of its own checks.

The solution earns full marks under many seeds; the stub earns nothing; every misconception loses marks and is named,
and nothing else is; every alternative earns full marks; and mutants of the solution are caught.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from proctorch.course import Course
from proctorch.engines.local import LocalEngine
from proctorch.model import CheckResult, ExerciseResult, Report, Submission, Verdict
from proctorch.sandbox.level import Level
from proctorch.validation.exam import Exam, Finding, Mutants, Survivor, Tally
from proctorch.validation.mutants import Mutant
from proctorch.validation.seeded import SeededCourse
from proctorch.validation.seeds import FEW, FULL, Sitting, try_seeds
from proctorch.validation.subjects import Subjects, subjects_of

Progress = Callable[[int, int, str], None]


def examine(
    course: Course, name: str, *, full: bool, workers: int, progress: Progress, seed: int = 0, level: Level = Level.FULL
) -> Exam:
    """Hold the exam of one day; raises CourseError, EngineError.

    Without `full` there are no mutants, few seeds for the right answers and one for the misconceptions, which must be
    named right under each. Hidden inputs come from `seed`, so the same days give the same exam everywhere.
    """
    start = time.perf_counter()
    subjects = subjects_of(course, name, mutants=full)
    plan = _Plan(subjects)
    sittings = plan.sittings()
    effort = FULL if full else FEW
    mistakes = plan.mistakes()
    total = len(plan.submissions()) + (effort.secrets - 1) * len(mistakes) + len(sittings)
    done = 0

    def judge(submissions: list[Submission], seed: int) -> dict[str, Report]:
        nonlocal done
        reports: dict[str, Report] = {}
        with LocalEngine(SeededCourse(course.root, seed=seed), subjects.day, workers, level=level) as engine:
            for report in engine.grade(submissions, only=plan.only(), once=True):
                reports[report.student] = report
                done += 1
                progress(done, total, f"{name}: {report.student[:60]}")
        return reports

    reports = judge(plan.submissions(), seed)
    again = [judge(mistakes, seed + more) for more in range(1, effort.secrets)]
    flaky = Tally()
    for tallies in try_seeds(course, subjects.day, sittings, effort, workers):
        done += len(tallies)
        for tally in tallies:
            flaky = _sum(flaky, tally)
        progress(done, total, f"{name}: right answers under many seeds")
    return Exam(
        day=name,
        solution=_full([reports["solution"]]),
        stub=_nothing(reports["stub"]),
        alternatives=_full([reports[submission.student] for _, submission in subjects.alternatives]),
        caught=plan.caught([reports, *again]),
        named=plan.named([reports, *again]),
        mutants=plan.mutants(reports) if full else None,
        flaky=flaky,
        seeds=effort.quick,
        seconds=time.perf_counter() - start,
    )


@dataclass(frozen=True)
class _Plan:
    """Which subjects are run on which exercises, and what their reports mean."""

    subjects: Subjects

    def submissions(self) -> list[Submission]:
        """Return all subjects; equivalent mutants are not run."""
        found = [self.subjects.solution, self.subjects.stub]
        found += [submission for _, submission in (*self.subjects.alternatives, *self.subjects.misconceptions)]
        return found + [submission for _, submission in self._counting()]

    def _counting(self) -> list[tuple[Mutant, Submission]]:
        return [pair for pair in self.subjects.mutants if pair[0].key() not in self.subjects.equivalent]

    def only(self) -> dict[str, tuple[str, ...]]:
        """Return the exercise that each variant and mutant is about; the solution and the stub sit them all."""
        variants = (*self.subjects.alternatives, *self.subjects.misconceptions)
        chosen: dict[str, tuple[str, ...]] = {
            submission.student: (variant.exercise,) for variant, submission in variants
        }
        return chosen | {submission.student: (mutant.exercise,) for mutant, submission in self.subjects.mutants}

    def sittings(self) -> list[Sitting]:
        """Return the right answers for the seeds, the solution an exercise at a time."""
        exercises = [spec.name for spec in self.subjects.day.exercises]
        found = [Sitting(self.subjects.solution, (exercise,)) for exercise in exercises]
        return found + [Sitting(submission, (variant.exercise,)) for variant, submission in self.subjects.alternatives]

    def mistakes(self) -> list[Submission]:
        """Return the misconceptions."""
        return [submission for _, submission in self.subjects.misconceptions]

    def caught(self, runs: list[dict[str, Report]]) -> Tally:
        """Return how many misconceptions lose marks in every run."""
        missed = [
            Finding(submission.student, variant.exercise, "no check catches it")
            for variant, submission in self.subjects.misconceptions
            if not all(_failed(reports[submission.student]) for reports in runs)
        ]
        total = len(self.subjects.misconceptions)
        return Tally(total, total - len(missed), tuple(missed))

    def named(self, runs: list[dict[str, Report]]) -> Tally:
        """Return how many misconceptions get their own name at every check that they fail in any run, and no other."""
        findings = []
        for variant, submission in self.subjects.misconceptions:
            failed = [check for reports in runs for check in _failed(reports[submission.student])]
            said = [
                f"{check.id}: {check.misconception or check.verdict.value}"
                for check in failed
                if check.misconception != variant.title
            ]
            if said or not failed:
                names = ", ".join(dict.fromkeys(said))
                findings.append(Finding(submission.student, variant.exercise, f"is called {names or 'nothing'}"))
        total = len(self.subjects.misconceptions)
        return Tally(total, total - len(findings), tuple(findings))

    def mutants(self, reports: dict[str, Report]) -> Mutants:
        """Return how many mutants were caught, and those that were not."""
        survivors = [
            Survivor(mutant.exercise, mutant.operator, mutant.line, mutant.before, mutant.after, mutant.key())
            for mutant, submission in self.subjects.mutants
            if submission.student in reports and not _failed(reports[submission.student])
        ]
        total = len(self.subjects.mutants)
        equivalent = total - len(self._counting())
        return Mutants(total, equivalent, total - equivalent - len(survivors), tuple(survivors))


def _checks(report: Report) -> Iterator[tuple[ExerciseResult, CheckResult]]:
    return ((result, check) for result in report.exercises for check in result.checks)


def _failed(report: Report) -> list[CheckResult]:
    return [check for _, check in _checks(report) if check.verdict is not Verdict.PASSED]


def _full(reports: Iterable[Report]) -> Tally:
    """Return how many reports have full marks; for the solution alone, how many of its checks pass."""
    chosen = list(reports)
    findings = [
        Finding(report.student, check.id, check.detail or check.message)
        for report in chosen
        for check in _failed(report)
    ]
    return Tally(len(chosen), sum(not _failed(report) for report in chosen), tuple(findings))


def _nothing(report: Report) -> Tally:
    """Return how many checks give the stub nothing."""
    findings = [Finding("stub", check.id, "the stub earns points") for _, check in _checks(report) if check.points > 0]
    total = sum(1 for _ in _checks(report))
    return Tally(total, total - len(findings), tuple(findings))


def _sum(first: Tally, second: Tally) -> Tally:
    return Tally(first.total + second.total, first.right + second.right, first.findings + second.findings)
