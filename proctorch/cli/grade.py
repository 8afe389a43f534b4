"""`proctorch grade`: judge what was handed in for one day, and write the marks into nbgrader's gradebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from proctorch.cli.settings import CourseOption, JsonOption, find_course
from proctorch.errors import CourseError, EngineError

if TYPE_CHECKING:
    from proctorch.course import Course
    from proctorch.gradebook.keys import ResultKeys
    from proctorch.gradebook.store import ResultsStore
    from proctorch.model import DaySpec, Report, Submission

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
    json_target: JsonOption = None,
    course: CourseOption = None,
) -> None:
    """Judge a day's submissions in the sandbox, and write the marks.

    Reads submitted/STUDENT/DAY, where `nbgrader collect` puts them. Results
    are kept as they are made: a run that was stopped goes on where it was,
    and what has not changed is not run again. Where the engine fails there
    is no mark, and the exit code is 3.

    \b
    Examples
      proctorch grade day02_tensors
      proctorch grade day02_tensors --student ada --fresh
      proctorch grade day02_tensors --json -
    """
    from proctorch.authoring.day import load_day
    from proctorch.cli.output import console, write_json
    from proctorch.cli.render import marks_table

    place = find_course(context, course)
    spec = load_day(place, day)
    names = submitters(place, day, student or [])
    quiet = json_target is not None
    reports = judge_students(place, spec, names, workers=workers, fresh=fresh, quiet=quiet)
    failed = _write_marks(place, day, names, quiet=quiet) if nbgrader else {}
    if json_target is not None:
        write_json({"day": day, "students": [report.to_dict(instructor=True) for report in reports]}, json_target)
    if json_target != "-":
        console().print(marks_table(reports))
    if not all(report.judged for report in reports) or failed:
        _complain(day, reports, failed)
        raise typer.Exit(NOT_JUDGED)


def _complain(day: str, reports: list[Report], failed: Mapping[str, str]) -> None:
    from proctorch.cli.output import console
    from proctorch.grading.wording import clean_text

    screen = console(stderr=True)
    waiting = [report.student for report in reports if not report.judged]
    for name, reason in failed.items():
        if name not in waiting:
            screen.print(clean_text(f"{name}: judged, but nbgrader could not write it: {reason}"))
    if waiting:
        screen.print(
            clean_text(f"Not judged, so without a mark: {', '.join(waiting)}. Run `proctorch grade {day}` again.")
        )


def submitters(course: Course, day: str, wanted: list[str]) -> list[str]:
    """Return who handed in something for `day`; raises CourseError where nobody did, or one of `wanted` did not."""
    from proctorch.gradebook.marks import submitted_students

    names = submitted_students(course, day)
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    if missing:
        who = ", ".join(names) or "nobody"
        raise CourseError(f"{', '.join(missing)} handed in nothing for {day}; in {course.submitted} there is: {who}.")
    if not names:
        raise CourseError(
            f"nobody has handed in {day}: {course.submitted} holds no STUDENT/{day}.\n"
            f"  To mend it: collect what was submitted: nbgrader collect {day}"
        )
    return [name for name in names if name in wanted or not wanted]


def judge_students(
    course: Course, day: DaySpec, names: list[str], *, workers: int | None, fresh: bool, quiet: bool
) -> list[Report]:
    """Return a report for each student, from the store where one still holds; raises EngineError."""
    from proctorch.cli.output import console
    from proctorch.cli.progress import progress
    from proctorch.gradebook.config import database_url
    from proctorch.gradebook.keys import ResultKeys
    from proctorch.gradebook.store import ResultsStore
    from proctorch.grading.submission import read_submission

    submissions = [read_submission(course.submitted / name / day.name, day, name) for name in names]
    keys = ResultKeys.of(course, day.name)
    reports: dict[str, Report] = {}
    with ResultsStore(database_url(course)) as store, progress(f"Grading {day.name}", quiet=quiet) as tell:
        tell(0, len(names), "")
        try:
            for report in _judged(course, day, submissions, store, keys, workers, fresh):
                reports[report.student] = report
                tell(len(reports), len(names), report.student)
        except EngineError:
            if reports:
                console(stderr=True).print(
                    f"{len(reports)} of {len(names)} submissions are judged, and their results kept."
                )
            raise
    return [reports[name] for name in names]


def _judged(
    course: Course,
    day: DaySpec,
    submissions: list[Submission],
    store: ResultsStore,
    keys: ResultKeys,
    workers: int | None,
    fresh: bool,
) -> Iterator[Report]:
    from proctorch.gradebook.judging import judge, standing

    known = {} if fresh else {submission.student: standing(submission, store, keys) for submission in submissions}
    missing = []
    for submission in submissions:
        report = known.get(submission.student)
        if report is None:
            missing.append(submission)
        else:
            yield report
    if missing:  # an engine costs seconds to start
        from proctorch.engines.local import LocalEngine

        with LocalEngine(course, day, workers=workers) as engine:
            yield from judge(missing, store, keys, engine, again=fresh)


def _write_marks(course: Course, day: str, names: list[str], *, quiet: bool) -> Mapping[str, str]:
    """Write gradebook rows and autograded notebooks; returns why that failed, by student.

    Those without a result are named too: marks that they have from an earlier submission must not stay.
    """
    from proctorch.cli.progress import progress
    from proctorch.gradebook.marks import autograde_day

    with progress("Writing marks", quiet=quiet) as tell:
        return autograde_day(course, day, names, tell).failed
