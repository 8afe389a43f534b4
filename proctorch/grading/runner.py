"""Running a day's checks on a bench, inside a pytest session that has collected them once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest

from proctorch.grading.bench import Bench
from proctorch.grading.checks import Check, share_points
from proctorch.grading.fixtures import call_plainly, is_plain
from proctorch.grading.mistakes import KnownMistakes, Mistake
from proctorch.grading.outcome import SUSPICIOUS, Outcome, judge, passed
from proctorch.grading.recall import is_moody
from proctorch.grading.stash import BENCH, CHECK, run_name
from proctorch.grading.transcript import Transcript, fingerprint
from proctorch.model import CheckResult, DaySpec, ExerciseResult, ExerciseSpec, Problem, Verdict

STRANGE = "The check could not go on with what your code returned; look at its type and shape."
# Failures that say what the code does; a crash or a timeout says only that it did not answer.
NAMEABLE = (Verdict.FAILED, Verdict.ERROR)


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

    def needed_for(self, exercises: Iterable[str]) -> set[str]:
        """Return the exercises and all that they depend on, directly or through others."""
        needed, waiting = set(), list(exercises)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += [other for check in self.of(name) for other in check.depends]
        return needed

    def points(self, exercise: ExerciseSpec) -> dict[str, Fraction]:
        """Return the points of each check of an exercise."""
        return share_points(exercise, self.of(exercise.name), with_hidden=self.with_hidden)


def run_item(item: pytest.Function, bench: Bench) -> BaseException | None:
    """Run one collected item on a bench: its fixtures and its function; return what it raised."""
    item.config.stash[BENCH] = bench
    try:
        if is_plain(item):
            call_plainly(item, bench)
        else:
            _call_through_pytest(item)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return error
    return None


def _call_through_pytest(item: pytest.Function) -> None:
    """Run an item with whatever fixtures it asks for.

    pytest's own protocol formats a traceback for every failure, which costs more than the check; so its two steps are
    taken here one by one, and the item is left ready to be run again for the next submission.
    """
    state = item.session._setupstate
    try:
        item._initrequest()
        state.setup(item)
        item.runtest()
    finally:
        state.teardown_exact(None)
        item.funcargs = {}


@dataclass(frozen=True)
class CheckRun:
    """What became of one check: `told` are the transcripts of its runs, `failed` the run that decided."""

    outcome: Outcome
    told: Mapping[str, Transcript] = field(default_factory=dict)
    failed: str | None = None
    printed: str = ""


def run_check(check: Check, bench: Bench) -> CheckRun:
    """Run all runs of a check; the first that does not pass decides."""
    told: dict[str, Transcript] = {}
    for item in check.items:
        bench.forget()
        outcome = _outcome(check, item, bench)
        told[run_name(item)] = bench.told()
        if outcome.verdict is not Verdict.PASSED:
            outcome = outcome if bench.draws else replace(outcome, picture=None)
            return CheckRun(outcome, told, run_name(item), bench.printed())
    return CheckRun(passed(), told, None, bench.printed())


def _outcome(check: Check, item: pytest.Function, bench: Bench) -> Outcome:
    """Return what became of one run: recalled where the guest answers as another did, else found by its own code."""
    if not is_plain(item) or is_moody(item.path):
        return judge(run_item(item, bench), public=check.public)
    known = bench.recalls(check, run_name(item))
    if known is not None:
        return known
    outcome = judge(run_item(item, bench), public=check.public)
    if not bench.keeps(check, run_name(item), outcome):
        outcome = judge(run_item(item, bench), public=check.public)
    return outcome


class ExerciseRun:
    """Runs the checks of exercises one after another; remembers which exercises are passed, for `depends`.

    Of a public check students read everything, so those of all exercises go first (`run_public`): nothing that a
    submission could leave for itself (a file, a process) then holds a hidden check's inputs.
    `known` gives the misconceptions of an exercise; it is asked only when a check has failed.
    """

    def __init__(
        self, suite: Suite, bench: Bench, reference: Bench | None, known: Callable[[str], KnownMistakes] | None = None
    ) -> None:
        self._suite, self._bench, self._reference = suite, bench, reference
        self._known = known
        self._passed: dict[str, bool] = {}
        self._ahead: dict[str, tuple[CheckRun, float]] = {}

    def run_public(self, exercise: ExerciseSpec, problem: Problem | None, *, second: bool = False) -> None:
        """Run the public checks of one exercise ahead of `run`, which takes over what became of them."""
        for check in self._suite.of(exercise.name):
            if check.public:
                self._ahead[check.id] = self._timed(check, problem, second)
                if self._ahead[check.id][0].outcome.verdict is not Verdict.PASSED:
                    self._passed[exercise.name] = False

    def run(self, exercise: ExerciseSpec, problem: Problem | None, *, second: bool = False) -> ExerciseResult:
        """Return the result of one exercise; its checks are run but for those that were run ahead.

        With a problem nothing is run. On the `second` run, a check that times out, crashes or runs out of memory again
        is tried with the reference solution; where that fails too, the check is not judged.
        """
        points = self._suite.points(exercise)
        results: list[CheckResult] = []
        runs: list[CheckRun] = []
        for check in self._suite.of(exercise.name):
            run, seconds = self._ahead.get(check.id) or self._timed(check, problem, second)
            if check.id in self._ahead and problem is None:
                run = self._blocked(check) or run
            runs.append(run)
            results.append(_result(check, points[check.id], run, seconds))
        self._passed[exercise.name] = all(result.verdict is Verdict.PASSED for result in results)
        named = self._named(exercise.name, results, runs)
        return ExerciseResult(exercise.name, exercise.title, exercise.points, named)

    def transcripts(self, exercise: str) -> tuple[dict[str, Transcript], frozenset[str], bool]:
        """Run an exercise's checks; return what each run told, which runs failed, and whether no guest died of it."""
        runs = [run_check(check, self._bench) for check in self._suite.of(exercise)]
        told = {name: transcript for run in runs for name, transcript in run.told.items()}
        steady = all(run.outcome.verdict not in SUSPICIOUS for run in runs)
        return told, frozenset(run.failed for run in runs if run.failed is not None), steady

    def _named(self, exercise: str, results: list[CheckResult], runs: list[CheckRun]) -> tuple[CheckResult, ...]:
        """Return the results with the known mistakes named, and every nameable failure fingerprinted."""
        failed = [run.failed for run in runs if run.failed is not None and run.outcome.verdict in NAMEABLE]
        if not failed or self._known is None:
            return tuple(results)
        told = {name: transcript for run in runs for name, transcript in run.told.items()}
        passed = told.keys() - {run.failed for run in runs}
        names = self._known(exercise).name(told, failed, passed)
        return tuple(
            _with_mistake(result, run, names.get(run.failed or "")) if run.failed in failed else result
            for result, run in zip(results, runs, strict=True)
        )

    def _timed(self, check: Check, problem: Problem | None, second: bool) -> tuple[CheckRun, float]:
        start = time.perf_counter()
        return self._run(check, problem, second), time.perf_counter() - start

    def _blocked(self, check: Check) -> CheckRun | None:
        waiting = [name for name in check.depends if not self._passed.get(name, True)]
        if not waiting:
            return None
        return CheckRun(Outcome(Verdict.BLOCKED, f"This builds on {_names(waiting)}: mend that first."))

    def _run(self, check: Check, problem: Problem | None, second: bool) -> CheckRun:
        if problem is not None:
            return CheckRun(Outcome(problem.verdict, problem.message, problem.message))
        blocked = self._blocked(check)
        if blocked is not None:
            return blocked
        run = run_check(check, self._bench)
        if run.outcome.doubt or (second and run.outcome.verdict in SUSPICIOUS):
            return replace(run, outcome=self._against_reference(check, run.outcome))
        return run

    def _against_reference(self, check: Check, outcome: Outcome) -> Outcome:
        """Ask the reference solution the same: a check that it does not pass either is the grader's fault."""
        if self._reference is None:
            return outcome
        other = run_check(check, self._reference).outcome
        if other.verdict is Verdict.PASSED:
            return outcome if outcome.verdict.judged else replace(outcome, verdict=Verdict.FAILED, message=STRANGE)
        detail = "The reference solution does not pass this check either."
        detail += f"\nreference: {other.detail}\nhere: {outcome.detail}"
        return Outcome(Verdict.NOT_JUDGED, "The grader could not judge this; it is not your fault.", detail)


def _result(check: Check, points: Fraction, run: CheckRun, seconds: float) -> CheckResult:
    outcome = run.outcome
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
        output=run.printed,
        seconds=seconds,
        picture=outcome.picture,
    )


def _with_mistake(result: CheckResult, run: CheckRun, mistake: Mistake | None) -> CheckResult:
    behaviour = fingerprint(run.told[run.failed or ""])
    if mistake is None:
        return replace(result, behaviour=behaviour)
    return replace(result, behaviour=behaviour, misconception=mistake.title, hint=mistake.hint)


def suspicious(results: Iterable[ExerciseResult]) -> tuple[str, ...]:
    """Return the exercises in which a check timed out, crashed or ran out of memory: they deserve a second run,
    alone, and so do those that waited for one of them.
    """
    found = list(results)
    doubtful = [result.exercise for result in found if any(check.verdict in SUSPICIOUS for check in result.checks)]
    if not doubtful:
        return ()
    blocked = [result.exercise for result in found if any(check.verdict is Verdict.BLOCKED for check in result.checks)]
    return tuple(result.exercise for result in found if result.exercise in {*doubtful, *blocked})


def _names(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
