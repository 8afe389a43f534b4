"""Checks on a student's own machine: in a notebook by `check("softmax")`, on the command line, under plain pytest.

Only the public checks are here. Every report says so: "4 of 4 public checks pass; 3 hidden checks (5 points) run when
it is graded".
"""

from __future__ import annotations

import ast
import functools
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from proctorch.course import HINTS_FILE
from proctorch.errors import CourseError
from proctorch.grading.bench import Bench, PracticeBench
from proctorch.grading.checks import Check
from proctorch.grading.feedback import exercise_html, exercise_text
from proctorch.grading.hints_file import read_hints
from proctorch.grading.loading import describe_failures
from proctorch.grading.mistakes import NOTHING_KNOWN
from proctorch.grading.runner import ExerciseRun, Suite
from proctorch.grading.session import with_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.wording import mark_words
from proctorch.model import DaySpec, ExerciseResult, ExerciseSpec, Provenance, Report, Submission, Verdict

CHECKS_FILE = "checks.py"

# Verdicts that other inputs might change.
DRAWN = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT, Verdict.OUT_OF_MEMORY, Verdict.CRASHED)


def check(*names: str, seed: int = 0) -> Any:
    """Run the public checks of one exercise, or of several, or of all, against this notebook, and show what they say.

    Looks for `checks.py` in the working folder. `seed` draws other inputs.
    """
    files = find_checks(Path.cwd())
    status = files.stat()
    day, checks = _released_checks(files, status.st_mtime_ns, status.st_size)
    bench = PracticeBench(day, sys.modules["__main__"].__dict__, seed)
    report = report_of(files, Suite(day, checks, with_hidden=False), bench, chosen_exercises(day, names or None), None)
    return PracticeReport(report, day, bench.seconds_in_submission)


@functools.lru_cache(maxsize=4)
def _released_checks(files: Path, written: int, size: int) -> tuple[DaySpec, tuple[Check, ...]]:
    """Return the day of a `checks.py` and its collected checks, kept for as long as the file stays as it is.

    Collecting them costs more than running them. They run outside of pytest's session, whose fixtures go on working.
    """
    collected: list[Check] = []
    with_checks([files], collected.extend)
    return day_of_checks(files), tuple(collected)


class PracticeReport:
    """What `check` returns: Jupyter shows it as HTML, everything else as text."""

    def __init__(self, report: Report, day: DaySpec, seconds_in_submission: float = 0.0) -> None:
        self.report, self.day = report, day
        self.seconds_in_submission = seconds_in_submission

    def __repr__(self) -> str:
        return "\n\n".join(
            exercise_text(result, notes=self.report.notes, practice=summary(self.day, [result]))
            for result in self.report.exercises
        )

    def _repr_html_(self) -> str:
        return "".join(
            exercise_html(result, notes=self.report.notes, practice=summary(self.day, [result]))
            for result in self.report.exercises
        )


def summary(day: DaySpec, results: Sequence[ExerciseResult]) -> str:
    """Return the sentence that says what public checks are worth."""
    checks = [item for result in results for item in result.checks]
    passing = sum(item.verdict is Verdict.PASSED for item in checks)
    specs = [day.exercise(result.exercise) for result in results]
    return count_sentence(passing, len(checks), sum(spec.hidden_checks for spec in specs), _hidden_points(specs))


def _hidden_points(specs: Iterable[Any]) -> Fraction:
    return sum((spec.hidden_points for spec in specs), Fraction(0))


def count_sentence(passing: int, total: int, hidden: int, points: Fraction) -> str:
    """Return "4 of 4 public checks pass; 3 hidden checks (5 points) run when it is graded"."""
    verb = "passes" if total == 1 and passing == 1 else "pass"
    sentence = f"{passing} of {total} public check{'s' * (total != 1)} {verb}"
    if not hidden:
        return sentence + "; there are no hidden checks."
    worth = f"{mark_words(points)} point{'s' * (points != 1)}"
    return (
        f"{sentence}; {hidden} hidden check{'s' * (hidden != 1)} ({worth}) run{'s' * (hidden == 1)} when it is graded."
    )


def find_checks(folder: Path) -> Path:
    """Return the `checks.py` of a folder or of one above it; raises CourseError where there is none."""
    for place in (folder, *folder.parents[:3]):
        if (place / CHECKS_FILE).is_file():
            return place / CHECKS_FILE
    raise CourseError(
        f"there is no {CHECKS_FILE} in {folder}: it comes with the released day.\n"
        f"  To mend it: work in the folder that was released, or copy its {CHECKS_FILE} beside your file."
    )


def day_of_checks(path: Path) -> DaySpec:
    """Return the day that a released `checks.py` belongs to, read without running it; raises CourseError."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PROCTORCH_DAY":
                return DaySpec.from_dict(ast.literal_eval(node.value))
    except (OSError, ValueError, SyntaxError, KeyError, TypeError) as error:
        raise CourseError(f"{path} is damaged: {error}\n  To mend it: fetch the day again.") from error
    raise CourseError(f"{path} does not say which day it is for.\n  To mend it: fetch the day again.")


def check_file(
    path: Path, *, day_checks: Path | None = None, exercises: Sequence[str] | None = None, seed: int = 0
) -> Report:
    """Run the public checks against a notebook or a `.py` file and return the report; raises CourseError,
    GraderBroken.
    """
    files = day_checks or find_checks(path.resolve().parent)
    day = day_of_checks(files)
    submission = submission_from_file(path, day, "you")
    bench = PracticeBench.of_cells(day, submission.cells, seed)
    return run_public(files, day, bench, exercises, submission)


def run_public(
    files: Path, day: DaySpec, bench: PracticeBench, names: Sequence[str] | None, submission: Submission | None = None
) -> Report:
    """Run the checks of a `checks.py` on a bench; `names` chooses exercises. Raises CourseError for a name that is
    not one.
    """
    chosen = chosen_exercises(day, names)
    reports: list[Report] = []

    def work(checks: tuple[Check, ...]) -> None:
        reports.append(report_of(files, Suite(day, checks, with_hidden=False), bench, chosen, submission))

    with_checks([files], work)
    return reports[0]


def report_of(
    files: Path, suite: Suite, bench: PracticeBench, chosen: Sequence[ExerciseSpec], submission: Submission | None
) -> Report:
    """Run the public checks of the chosen exercises and return the report."""
    start = time.perf_counter()
    results = tuple(each_exercise(files, suite, bench, chosen, submission))
    notes = (submission.notes if submission else ()) + describe_failures(bench.failures)
    return Report(
        student=submission.student if submission else "you",
        day=suite.day.name,
        exercises=results,
        provenance=_provenance(),
        notes=notes,
        problem=submission.problem if submission else None,
        seconds=time.perf_counter() - start,
    )


def chosen_exercises(day: DaySpec, names: Sequence[str] | None) -> list[ExerciseSpec]:
    """Return the exercises that were named, or all of them, in the day's order; raises CourseError."""
    known = [spec.name for spec in day.exercises]
    strange = [name for name in names or () if name not in known]
    if strange:
        raise CourseError(f"{day.name} has no exercise {strange[0]!r}; it has {', '.join(known)}.")
    return [spec for spec in day.exercises if names is None or spec.name in names]


def each_exercise(
    files: Path, suite: Suite, bench: PracticeBench, chosen: Iterable[ExerciseSpec], submission: Submission | None
) -> Iterator[ExerciseResult]:
    """Run the public checks of the chosen exercises, and yield each result as it is there."""
    hints = files.parent / HINTS_FILE
    known = (lambda exercise: read_hints(hints, exercise)) if bench.repeats_release else (lambda _: NOTHING_KNOWN)
    run = ExerciseRun(suite, bench, None, known)
    for spec in chosen:
        problem = submission.problem or submission.problems.get(spec.name) if submission else None
        yield with_seed(run.run(spec, problem), bench.chosen_seed)


def with_seed(result: ExerciseResult, seed: int) -> ExerciseResult:
    """Return the result with the seed in each failed check's message, so that the same inputs can be drawn again.

    The default seed is not named: the same command repeats it.
    """
    if seed == 0:
        return result
    name = result.exercise
    again = f'`proctorch check {name} --seed {seed}`, or check("{name}", seed={seed}) in a notebook, repeats this.'
    checks = [
        replace(item, message=f"{item.message}\n{again}", detail="" if item.detail == item.message else item.detail)
        if item.verdict in DRAWN
        else item
        for item in result.checks
    ]
    return replace(result, checks=tuple(checks))


def _provenance() -> Provenance:
    import torch

    import proctorch

    return Provenance(
        engine=proctorch.__version__,
        python=platform.python_version(),
        torch=str(torch.__version__),
        numpy="",
        platform=platform.platform(),
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
        threads=1,
        device="cpu",
        sandbox="practice",
        secret="",
        submission="",
        graders={},
    )


class PytestBench(PracticeBench):
    """The bench of a plain pytest run; `summary` is what the terminal says at the end."""

    def summary(self, passed: int, total: int) -> str:
        """Return the sentence that says what the run is worth."""
        specs = self._day.exercises
        hidden = 0 if self.with_hidden else sum(spec.hidden_checks for spec in specs)
        if self.with_hidden:
            return f"{passed} of {total} checks pass, hidden ones included; run in practice mode: no marks."
        return count_sentence(passed, total, hidden, _hidden_points(specs))

    with_hidden = False


def bench_for_pytest(grader: Path, submission: str | None, seed: int) -> Bench:
    """Return the bench for `pytest GRADER --submission FILE`; raises CourseError when it is not clear what to grade."""
    day = _day_of_grader(grader)
    path = Path(submission) if submission else find_submission(grader.parent, day.name)
    bench = PytestBench.of_cells(day, submission_from_file(path, day, "you").cells, seed)
    bench.with_hidden = grader.name != CHECKS_FILE
    return bench


def _day_of_grader(grader: Path) -> DaySpec:
    if grader.name == CHECKS_FILE:
        return day_of_checks(grader)
    from proctorch.authoring.day import load_day
    from proctorch.course import Course

    return load_day(Course.find(grader.parent), grader.parent.name)


def find_submission(folder: Path, day: str) -> Path:
    """Return the notebook or stub of a day in a folder; raises CourseError where there is none."""
    for name in (f"{day}.ipynb", f"{day}.py"):
        if (folder / name).is_file():
            return folder / name
    raise CourseError(
        f"there is no {day}.ipynb and no {day}.py in {folder}.\n"
        "  To mend it: name the file, for example with --submission my_notebook.ipynb."
    )
