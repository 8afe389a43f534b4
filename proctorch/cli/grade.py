"""`proctorch grade`: judge what was handed in for one day, and write the marks into nbgrader's gradebook."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from proctorch.cli.day_run import DayRun, Take, ends_cleanly
from proctorch.cli.levels import grading_level
from proctorch.cli.settings import CourseOption, JsonOption, find_course
from proctorch.errors import CourseError
from proctorch.sandbox.level import Level

if TYPE_CHECKING:
    from proctorch.course import Course
    from proctorch.model import CheckResult, DaySpec, ExerciseResult, Report

NOT_JUDGED = 3


def grade(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DAY", help="The day to grade.")],
    student: Annotated[
        list[str] | None,
        typer.Option("--student", metavar="NAME", help="Only this student; may be given several times."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="How many guests at once. Default: one a core.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Judge again also what has not changed since.")] = False,
    nbgrader: Annotated[
        bool, typer.Option("--nbgrader/--no-nbgrader", help="Write marks and autograded notebooks for nbgrader.")
    ] = True,
    without_sandbox: Annotated[
        bool,
        typer.Option(
            "--without-sandbox", help="Where nothing can confine student code, give marks all the same; it is recorded."
        ),
    ] = False,
    json_target: JsonOption = None,
    course: CourseOption = None,
) -> None:
    """Judge a day's submissions in the sandbox, and write the marks.

    Reads submitted/STUDENT/DAY, where `nbgrader collect` puts them. Results
    are kept as they are made: a run that was stopped (Ctrl-C) goes on where
    it was, equal submissions are run once, and what has not changed is not
    run again: when the checks of one exercise were mended, only that exercise
    is. `proctorch regrade` shows first whose marks that would change. Where
    the engine fails there is no mark, and the exit code is 3.

    The first run on a machine tests its sandbox (`proctorch selftest`).

    \b
    Examples
      proctorch grade day02_tensors
      proctorch grade day02_tensors --student ada --fresh
      proctorch grade day02_tensors --workers 8
      proctorch grade day02_tensors --json -
    """
    from proctorch.authoring.day import load_day
    from proctorch.cli.output import console, write_json
    from proctorch.cli.render import marks_table

    place = find_course(context, course)
    spec = load_day(place, day)
    names = submitters(place, day, student or [])
    quiet = json_target == "-"
    whole = json_target is not None
    with ends_cleanly(command_again("grade", day, student or [])):
        level = grading_level(without_sandbox=without_sandbox, quiet=quiet)
        judged = functools.partial(
            judge_students, place, spec, names, workers=workers, fresh=fresh, quiet=quiet, whole=whole, level=level
        )
        reports, failed = with_marks(judged, place, day, quiet=quiet, level=level) if nbgrader else (judged(), {})
    if json_target is not None:
        write_json({"day": day, "students": [report.to_dict(instructor=True) for report in reports]}, json_target)
    if json_target != "-":
        console().print(marks_table(reports))
    if not all(report.judged for report in reports) or failed:
        _complain(day, reports, failed)
        raise typer.Exit(NOT_JUDGED)


def command_again(command: str, day: str, students: list[str]) -> str:
    """Return what to type to go on."""
    return shlex.join(["proctorch", command, day, *(word for name in students for word in ("--student", name))])


def _complain(day: str, reports: list[Report], failed: Mapping[str, str]) -> None:
    from proctorch.cli.output import console
    from proctorch.grading.wording import clean_line, clean_text

    screen = console(stderr=True)
    waiting = [report.student for report in reports if not report.judged]
    for name, reason in failed.items():
        if name not in waiting:
            screen.print(f"{clean_line(name)}: judged, but nbgrader could not write it: {clean_text(reason)}")
    if waiting:
        names = ", ".join(map(clean_line, waiting))
        screen.print(f"Not judged, so without a mark: {names}. Run `proctorch grade {day}` again.")


def submitters(course: Course, day: str, wanted: list[str]) -> list[str]:
    """Return who handed in something for `day`; raises CourseError where nobody did, or one of `wanted` did not."""
    from proctorch.gradebook.marks import submitted_students
    from proctorch.grading.wording import clean_line

    names = submitted_students(course, day)
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    if missing:
        who = ", ".join(map(clean_line, names)) or "nobody"
        raise CourseError(f"{', '.join(missing)} handed in nothing for {day}; in {course.submitted} there is: {who}.")
    if not names:
        raise CourseError(
            f"nobody has handed in {day}: {course.submitted} holds no STUDENT/{day}.\n"
            f"  To mend it: collect what was submitted: nbgrader collect {day}"
        )
    return [name for name in names if name in wanted or not wanted]


def judge_students(
    course: Course,
    day: DaySpec,
    names: list[str],
    *,
    workers: int | None,
    fresh: bool,
    quiet: bool,
    whole: bool = True,
    take: Take | None = None,
    level: Level = Level.FULL,
) -> list[Report]:
    """Return a report for each student, from the store where one still holds; raises EngineError.

    Unless `whole` they hold marks and verdicts and no texts: those of a hundred thousand fill no memory. `take` gets
    each whole report with its submission as soon as it is stored.
    """
    from proctorch.gradebook.config import database_url
    from proctorch.gradebook.store import ResultsStore

    run = DayRun(course, day, names, workers=workers, fresh=fresh, level=level)
    summaries = _Summaries()
    with ResultsStore(database_url(course)) as store:
        found = {
            report.student: report if whole else summaries.of(report)
            for report in run.reports(store, quiet=quiet, take=take)
        }
    return [found[name] for name in names]


class _Summaries:
    """Reports without their texts; equal exercises and checks are kept once."""

    def __init__(self) -> None:
        self._exercises: dict[ExerciseResult, ExerciseResult] = {}
        self._checks: dict[CheckResult, CheckResult] = {}

    def of(self, report: Report) -> Report:
        """Return marks and verdicts of a report."""
        exercises = tuple(self._exercise(result) for result in report.exercises)
        return replace(report, exercises=exercises, notes=(), provenance=replace(report.provenance, graders={}))

    def _exercise(self, result: ExerciseResult) -> ExerciseResult:
        short = replace(result, checks=tuple(self._check(check) for check in result.checks))
        return self._exercises.setdefault(short, short)

    def _check(self, check: CheckResult) -> CheckResult:
        from proctorch.model import CheckResult

        short = CheckResult("", "", check.public, "", check.verdict, check.points, check.max_points)
        return self._checks.setdefault(short, short)


def with_marks(
    judged: Callable[..., list[Report]], course: Course, day: str, *, quiet: bool, level: Level = Level.FULL
) -> tuple[list[Report], Mapping[str, str]]:
    """Call `judged`, write gradebook rows and autograded notebooks meanwhile; return reports, and who was not written.

    Who was not judged is named too: marks that they have from an earlier submission must not stay.
    """
    from proctorch.cli.progress import progress
    from proctorch.gradebook.background import BackgroundMarks

    with BackgroundMarks(course, day, level) as marks:
        reports = judged(take=marks.add)
        with progress("Writing marks", quiet=quiet) as tell:
            return reports, marks.finish(tell).failed


def write_marks(course: Course, day: str, names: list[str], *, quiet: bool) -> Mapping[str, str]:
    """Write gradebook rows and autograded notebooks from the store; returns why that failed, by student."""
    from proctorch.cli.progress import progress
    from proctorch.gradebook.marks import autograde_day

    with progress("Writing marks", quiet=quiet) as tell:
        return autograde_day(course, day, names, tell).failed
