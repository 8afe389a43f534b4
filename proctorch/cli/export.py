"""`proctorch export`: the marks of one or more days, for a spreadsheet or a program."""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proctorch.cli.settings import CourseOption, chosen_days, find_course

if TYPE_CHECKING:
    from proctorch.course import Course
    from proctorch.gradebook.store import ResultsStore
    from proctorch.model import Report

NOT_JUDGED = 3


class Format(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSON = "json"


class Rows(StrEnum):
    """What one row of an export is about."""

    STUDENT = "student"
    EXERCISE = "exercise"
    CHECK = "check"


class Status(StrEnum):
    """Whether there is a mark; without one, `points` is empty and never 0."""

    JUDGED = "judged"
    NOT_JUDGED = "not judged"
    NOT_GRADED = "not graded"


def export(
    context: typer.Context,
    days: Annotated[list[str], typer.Argument(metavar="DAY", help="The days to export.")],
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.CSV,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where to write it. Default, and -: standard output."),
    ] = None,
    rows: Annotated[Rows, typer.Option("--by", help="What one row is about.")] = Rows.STUDENT,
    course: CourseOption = None,
) -> None:
    """Write the marks of one or more days.

    `status` is "judged", "not judged" (the engine failed) or "not graded"
    (handed in or changed since the last `proctorch grade`). Without a mark
    `points` is empty, and the exit code is 3. Marks given by hand and late
    penalties are nbgrader's: `nbgrader export` has them.

    \b
    Examples
      proctorch export day02_tensors
      proctorch export day02_tensors --by check --format json
      proctorch export day01_start day02_tensors --output marks.csv
    """
    from proctorch.cli.output import console, write_text
    from proctorch.gradebook.config import database_url
    from proctorch.gradebook.store import ResultsStore

    place = find_course(context, course)
    table: list[dict[str, Any]] = []
    with ResultsStore(database_url(place)) as store:
        for day in chosen_days(place, days):
            table += day_rows(place, store, day, rows)
    text = as_json(table) if form is Format.JSON else as_csv(table, rows)
    if output is None or str(output) == "-":
        typer.echo(text, nl=False)
    else:
        write_text(text, output)
    waiting = {(row["day"], row["student"]) for row in table if row["status"] != Status.JUDGED}
    if waiting:
        who = ", ".join(f"{student} ({day})" for day, student in sorted(waiting))
        console(stderr=True).print(f"No mark yet for {who}.\n  To mend it: proctorch grade DAY, then export again.")
        raise typer.Exit(NOT_JUDGED)


def day_rows(course: Course, store: ResultsStore, day: str, rows: Rows) -> list[dict[str, Any]]:
    """Return the rows of one day, by student: of those who handed in, and of those who have a result."""
    from proctorch.authoring.day import load_day
    from proctorch.gradebook.marks import submitted_students
    from proctorch.grading.submission import read_submission

    spec = load_day(course, day)
    reports = {report.student: report for report in store.reports(day)}
    handed_in = submitted_students(course, day)
    table: list[dict[str, Any]] = []
    for student in sorted({*reports, *handed_in}):
        report = reports.get(student)
        if report is not None and student in handed_in:
            now = read_submission(course.submitted / student / day, spec, student)
            if now.content_hash != report.provenance.submission:
                report = None
        maximum = float(sum(exercise.points for exercise in spec.exercises))
        table += report_rows(report, rows) if report is not None else [ungraded_row(day, student, maximum)]
    return table


def ungraded_row(day: str, student: str, maximum: float) -> dict[str, Any]:
    """Return the row of a student whose work waits for `proctorch grade`."""
    return {"day": day, "student": student, "status": Status.NOT_GRADED.value, "points": None, "max": maximum}


def report_rows(report: Report, rows: Rows) -> list[dict[str, Any]]:
    """Return the rows of one report; points are None where there is no mark."""
    head = {"day": report.day, "student": report.student}
    if rows is Rows.STUDENT:
        return [head | _mark(report.judged, float(report.points), float(report.max_points))]
    table: list[dict[str, Any]] = []
    for result in report.exercises:
        if rows is Rows.EXERCISE:
            mark = _mark(result.judged, float(result.points), float(result.max_points))
            table.append(head | mark | {"exercise": result.exercise})
            continue
        for found in result.checks:
            mark = _mark(found.verdict.judged, float(found.points), float(found.max_points))
            about = {"exercise": result.exercise, "check": found.id, "public": found.public}
            words = {"verdict": found.verdict.value, "claim": found.claim, "message": found.message}
            table.append(head | mark | about | words | {"seconds": found.seconds})
    return table


def _mark(judged: bool, points: float, maximum: float) -> dict[str, Any]:
    status = Status.JUDGED if judged else Status.NOT_JUDGED
    return {"status": status.value, "points": points if judged else None, "max": maximum}


COLUMNS = {
    Rows.STUDENT: ("day", "student", "status", "points", "max"),
    Rows.EXERCISE: ("day", "student", "exercise", "status", "points", "max"),
    Rows.CHECK: (
        *("day", "student", "exercise", "check", "public", "verdict", "status", "points", "max"),
        *("claim", "message", "seconds"),
    ),
}


def as_csv(table: list[dict[str, Any]], rows: Rows) -> str:
    """Return the rows as CSV, quoted where a value holds a comma, a quote or a line break."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS[rows], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return stream.getvalue()


def as_json(table: list[dict[str, Any]]) -> str:
    """Return the rows as a JSON list."""
    import json

    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"
