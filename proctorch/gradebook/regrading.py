"""Whose mark would change when proposals are applied, by how much, and why."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proctorch.gradebook.records import Basis
from proctorch.gradebook.store import ResultsStore, proposed
from proctorch.model import CheckResult, ExerciseResult, Report

_CHUNK = 100
_REASONS = {
    "submission": "handed in again",
    "checks": "its checks were changed",
    "task": "the exercise itself was changed",
    "mistakes": "its known mistakes were changed",
    "builds_on": "an exercise that it builds on was changed",
    "material": "a file beside the graders was changed",
    "engine": "the engine was changed",
    "environment": "Python, PyTorch, NumPy or the machine changed",
    "secret": "the course secret changed",
}
AFRESH = "judged afresh"
FIRST = "not judged before"
EARLIER = "judged by an earlier version of the engine"


@dataclass(frozen=True)
class CheckChange:
    """A check whose verdict would be another one; None where it was not there, or is not any more."""

    id: str
    claim: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ExerciseChange:
    """An exercise whose points, or checks' verdicts, would be others, and why it was judged again."""

    exercise: str
    before: Fraction | None
    after: Fraction | None
    checks: tuple[CheckChange, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class MarkChange:
    """What a proposal would do to one student's mark: None is no mark."""

    student: str
    before: Fraction | None
    after: Fraction | None
    max_points: Fraction
    exercises: tuple[ExerciseChange, ...]

    @property
    def difference(self) -> Fraction | None:
        """Points won or lost; None where there is no mark on one side."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def judged(self) -> bool:
        """False where the engine failed: then nothing is applied."""
        return self.after is not None

    @property
    def moves(self) -> bool:
        """True where there would be another mark."""
        return self.judged and self.before != self.after

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "student": self.student,
            "before": _number(self.before),
            "after": _number(self.after),
            "difference": _number(self.difference),
            "max": float(self.max_points),
            "exercises": [
                {
                    "exercise": each.exercise,
                    "before": _number(each.before),
                    "after": _number(each.after),
                    "reasons": list(each.reasons),
                    "checks": [vars(check) for check in each.checks],
                }
                for each in self.exercises
            ],
        }


def changes(store: ResultsStore, day: str, reports: Iterable[Report]) -> Iterator[MarkChange]:
    """Yield what would change for each student among the reports for whom there is a proposal."""
    remaining = iter(reports)
    while chunk := list(itertools.islice(remaining, _CHUNK)):
        students = [report.student for report in chunk]
        kept, offered = store.newest(day, students), store.newest(proposed(day), students)
        offered = {
            student: each
            for student, each in offered.items()
            if student not in kept or kept[student].number < each.number  # else judged since
        }
        numbers = {each.number for student in offered for each in (kept.get(student), offered[student]) if each}
        bases = store.bases(numbers)
        known = store.numbered([kept[student].number for student in offered if student in kept])
        for report in chunk:
            if report.student in offered:
                old = kept.get(report.student)
                before = None if old is None else known[old.number]
                old_bases = {} if old is None else bases.get(old.number, {})
                yield compare(before, report, old_bases, bases.get(offered[report.student].number, {}))


def compare(before: Report | None, after: Report, old: Mapping[str, Basis], new: Mapping[str, Basis]) -> MarkChange:
    """Return what changes from one report to another; `old` and `new` are what decided their exercises."""
    earlier = {result.exercise: result for result in before.exercises} if before else {}
    later = {result.exercise: result for result in after.exercises}
    found = []
    for name in dict.fromkeys((*later, *earlier)):
        checks = _check_changes(earlier.get(name), later.get(name))
        points = _points(earlier.get(name)), _points(later.get(name))
        if checks or points[0] != points[1]:
            reasons = _reasons(before, after, name, old.get(name), new.get(name))
            found.append(ExerciseChange(name, *points, checks, reasons))
    return MarkChange(after.student, _mark(before), _mark(after), after.max_points, tuple(found))


def losers_first(found: Iterable[MarkChange]) -> list[MarkChange]:
    """Return changes by points won, the greatest loss first; first marks follow, and what is not judged ends."""

    def place(change: MarkChange) -> tuple[bool, bool, Fraction, str]:
        difference = change.difference
        return not change.judged, difference is None, difference or Fraction(0), change.student

    return sorted(found, key=place)


def _reasons(
    before: Report | None, after: Report, exercise: str, old: Basis | None, new: Basis | None
) -> tuple[str, ...]:
    """Return why an exercise was judged again, in words."""
    if before is None:
        return (FIRST,)
    if old is not None and new is not None:
        moved = [words for name, words in _REASONS.items() if old.facts.get(name) != new.facts.get(name)]
        return tuple(moved) or (AFRESH,)
    return tuple(_from_provenance(before, after, exercise)) or (EARLIER if before.judged else AFRESH,)


def _from_provenance(before: Report, after: Report, exercise: str) -> Iterator[str]:
    """Yield the reasons that show in the provenance, for results from before each exercise had a basis."""
    old, new = before.provenance, after.provenance
    if old.submission != new.submission:
        yield _REASONS["submission"]
    if old.graders.get(exercise) != new.graders.get(exercise):
        yield _REASONS["checks"]
    if old.engine != new.engine:
        yield _REASONS["engine"]
    if (old.python, old.torch, old.numpy, old.sandbox) != (new.python, new.torch, new.numpy, new.sandbox):
        yield _REASONS["environment"]
    if old.secret != new.secret:
        yield _REASONS["secret"]


def _check_changes(before: ExerciseResult | None, after: ExerciseResult | None) -> tuple[CheckChange, ...]:
    earlier: dict[str, CheckResult] = {check.id: check for check in before.checks} if before else {}
    later: dict[str, CheckResult] = {check.id: check for check in after.checks} if after else {}
    found = []
    for name in dict.fromkeys((*later, *earlier)):
        old, new = earlier.get(name), later.get(name)
        either = new or old
        if either is not None and (old is None or new is None or old.verdict is not new.verdict):
            verdicts = [None if each is None else each.verdict.value for each in (old, new)]
            found.append(CheckChange(name, either.claim, verdicts[0], verdicts[1]))
    return tuple(found)


def _points(result: ExerciseResult | None) -> Fraction | None:
    return result.points if result is not None and result.judged else None


def _mark(report: Report | None) -> Fraction | None:
    return report.points if report is not None and report.judged else None


def _number(points: Fraction | None) -> float | None:
    return None if points is None else float(points)
