"""Running a day's checks on a bench, inside a pytest session that has collected them once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pytest

from proctorch.grading.bench import Bench
from proctorch.grading.checks import Check, share_points
from proctorch.grading.outcome import SUSPICIOUS, Outcome, judge, passed
from proctorch.grading.stash import BENCH, CHECK
from proctorch.model import CheckResult, DaySpec, ExerciseResult, ExerciseSpec, Problem, Verdict


@dataclass(frozen=True)
class Suite:
    """The checks of a day as pytest collected them; `with_hidden` says whether the hidden ones are among them."""

    day: DaySpec
    checks: tuple[Check, ...]
    with_hidden: bool

    def __post_init__(self) -> None:
        for check in self.checks:
            for item in check.items:
                item.stash[CHECK] = check

    def of(self, exercise: str) -> list[Check]:
        """Return the checks of one exercise."""
        return [check for check in self.checks if check.exercise == exercise]

    def points(self, exercise: ExerciseSpec) -> dict[str, Fraction]:
        """Return the points of each check of an exercise."""
        return share_points(exercise, self.of(exercise.name), with_hidden=self.with_hidden)


def run_item(item: pytest.Function, bench: Bench) -> BaseException | None:
    """Run one collected item on a bench: its fixtures and its function; return what it raised.

    pytest's own protocol formats a traceback for every failure, which costs more than the check; so its two steps are
    taken here one by one, and the item is left ready to be run again for the next submission.
    """
    item.config.stash[BENCH] = bench
    state = item.session._setupstate
    try:
        item._initrequest()
        state.setup(item)
        item.runtest()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return error
    finally:
        state.teardown_exact(None)
        item.funcargs = {}
    return None


def run_check(check: Check, bench: Bench) -> Outcome:
    """Run all runs of a check; the first that does not pass decides."""
    for item in check.items:
        outcome = judge(run_item(item, bench), public=check.public)
        if outcome.verdict is not Verdict.PASSED:
            return outcome
    return passed()


class ExerciseRun:
    """Runs the checks of exercises one after another; remembers which exercises are passed, for `depends`."""

    def __init__(self, suite: Suite, bench: Bench, reference: Bench | None) -> None:
        self._suite, self._bench, self._reference = suite, bench, reference
        self._passed: dict[str, bool] = {}

    def run(self, exercise: ExerciseSpec, problem: Problem | None, *, second: bool = False) -> ExerciseResult:
        """Return the result of one exercise.

        With a problem nothing is run. On the `second` run, a check that times out, crashes or runs out of memory again
        is tried with the reference solution; where that fails too, the check is not judged.
        """
        points = self._suite.points(exercise)
        results: list[CheckResult] = []
        for check in self._suite.of(exercise.name):
            start = time.perf_counter()
            outcome = self._outcome(check, problem, second)
            seconds = time.perf_counter() - start
            results.append(self._result(check, points[check.id], outcome, seconds))
        self._passed[exercise.name] = all(result.verdict is Verdict.PASSED for result in results)
        return ExerciseResult(exercise.name, exercise.title, exercise.points, tuple(results))

    def _outcome(self, check: Check, problem: Problem | None, second: bool) -> Outcome:
        if problem is not None:
            return Outcome(problem.verdict, problem.message, problem.message)
        waiting = [name for name in check.depends if not self._passed.get(name, True)]
        if waiting:
            return Outcome(Verdict.BLOCKED, f"This builds on {_names(waiting)}: mend that first.")
        outcome = run_check(check, self._bench)
        if outcome.doubt or (second and outcome.verdict in SUSPICIOUS):
            return self._against_reference(check, outcome)
        return outcome

    def _against_reference(self, check: Check, outcome: Outcome) -> Outcome:
        """Ask the reference solution the same: a check that it does not pass either is the grader's fault."""
        if self._reference is None:
            return outcome
        other = run_check(check, self._reference)
        if other.verdict is Verdict.PASSED:
            return outcome
        detail = "The reference solution does not pass this check either."
        detail += f"\nreference: {other.detail}\nhere: {outcome.detail}"
        return Outcome(Verdict.NOT_JUDGED, "The grader could not judge this; it is not your fault.", detail)

    def _result(self, check: Check, points: Fraction, outcome: Outcome, seconds: float) -> CheckResult:
        printed = getattr(self._bench, "printed", None)
        return CheckResult(
            id=check.id,
            exercise=check.exercise,
            public=check.public,
            claim=check.claim,
            verdict=outcome.verdict,
            points=points * outcome.share,
            max_points=points,
            message=outcome.message,
            detail=outcome.detail,
            rung=outcome.rung,
            exception=outcome.exception,
            line=outcome.line,
            output=printed() if printed else "",
            seconds=seconds,
        )


def suspicious(results: Iterable[ExerciseResult]) -> tuple[str, ...]:
    """Return the exercises in which a check timed out, crashed or ran out of memory: they deserve a second run,
    alone.
    """
    return tuple(result.exercise for result in results if any(check.verdict in SUSPICIOUS for check in result.checks))


def _names(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
