"""`proctorch export`: the marks of one or more days, for a spreadsheet or a program."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proctorch.cli.settings import CourseOption, chosen_days, find_course
from proctorch.errors import CourseError

if TYPE_CHECKING:
    from proctorch.course import Course
    from proctorch.gradebook.store import ResultsStore
    from proctorch.model import DaySpec, Submission
    from proctorch.report.export import Export

NOT_JUDGED = 3


class Format(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSON = "json"


def export(
    context: typer.Context,
    days: Annotated[list[str], typer.Argument(metavar="DAY", help="The days to export.")],
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.CSV,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="A file, or a folder for several days. Default: standard output."
        ),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Write the marks of one or more days.

    `points` are the engine's; `score` is nbgrader's, with marks given by hand
    and late penalties. Where there is no mark its place says why ("not
    judged", "not graded", "nothing handed in"); it is never 0. While somebody
    who handed in has no mark, the exit code is 3.

    \b
    Examples
      proctorch export day02_tensors
      proctorch export day02_tensors --format json --output marks.json
      proctorch export day01_start day02_tensors --output exports/
    """
    from proctorch.cli.output import console
    from proctorch.gradebook.config import database_url
    from proctorch.gradebook.store import ResultsStore
    from proctorch.report.export import marks_csv, marks_json, write_export

    place = find_course(context, course)
    names = chosen_days(place, days)
    folder = output if len(names) > 1 or (output is not None and output.is_dir()) else None
    if len(names) > 1 and folder is None:
        raise CourseError("several days make several files.\n  To mend it: name a folder for them: --output FOLDER")
    waiting: list[str] = []
    with ResultsStore(database_url(place)) as store:
        for name in names:
            spec, marks = day_marks(place, name, store)
            text = marks_json(marks, spec) if form is Format.JSON else marks_csv(marks.rows, spec)
            target = folder / f"{name}.{form.value}" if folder is not None else output
            if target is None or str(target) == "-":
                typer.echo(text, nl=False)
            else:
                write_export(text, target)
            waiting += [f"{row.student} ({name}: {row.standing.value})" for row in marks.missing]
    if waiting:
        console(stderr=True).print(missing_marks(waiting))
        raise typer.Exit(NOT_JUDGED)


def day_marks(course: Course, name: str, store: ResultsStore) -> tuple[DaySpec, Export]:
    """Return a day and who has which mark for it."""
    from proctorch.authoring.day import load_day
    from proctorch.grading.submission import read_submission
    from proctorch.report.export import collect_marks

    day = load_day(course, name)

    def read(student: str) -> Submission:
        return read_submission(course.submitted / student / name, day, student)

    return day, collect_marks(course, day, store, read=read)


def missing_marks(waiting: list[str]) -> str:
    """Say who has no mark, and what to do about it."""
    from proctorch.grading.wording import clean_line

    lines = [f"No mark for {len(waiting)}:", *(f"  {clean_line(who)}" for who in waiting)]
    return "\n".join([*lines, "  To mend it: proctorch grade DAY, then export again."])
