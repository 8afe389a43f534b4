"""`proctorch clusters`: which mistakes of the class have no name yet."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from proctorch.cli.settings import CourseOption, JsonOption, find_course
from proctorch.errors import CourseError

if TYPE_CHECKING:
    from proctorch.course import Course
    from proctorch.model import DaySpec
    from proctorch.report.clusters import Cluster


def clusters(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DAY", help="A day that has been graded.")],
    draft: Annotated[
        int | None,
        typer.Option("--draft", metavar="N", min=1, help="Print the beginning of a misconception for cluster N."),
    ] = None,
    json_target: JsonOption = None,
    course: CourseOption = None,
) -> None:
    """Show which submissions fail alike, in a way that no misconception names.

    The largest group comes first, each with the code of one of them. Write
    it down as a misconception, and everybody in it gets a hint when the day
    is graded again.

    \b
    Examples
      proctorch clusters day02_tensors
      proctorch clusters day02_tensors --draft 1 >> graders/day02_tensors/misconceptions.py
    """
    from proctorch.authoring.day import load_day
    from proctorch.cli.output import console, write_json
    from proctorch.gradebook.config import database_url
    from proctorch.gradebook.store import ResultsStore
    from proctorch.grading.wording import clean_line, clean_text
    from proctorch.report.clusters import clusters as find_clusters

    place = find_course(context, course)
    spec = load_day(place, day)
    with ResultsStore(database_url(place)) as store:
        found = find_clusters(store.reports(day))
    if draft is not None:
        typer.echo(_draft(place, spec, found, draft))
        return
    if json_target is not None:
        write_json({"day": day, "clusters": [asdict(cluster) for cluster in found]}, json_target)
    if json_target == "-":
        return
    screen = console()
    if not found:
        screen.print(f"Every failure in {day} has a name, or nothing has been graded yet.")
    for number, cluster in enumerate(found, 1):
        count = len(cluster.students)
        title = f"{number}. {cluster.exercise}: {count} submission{'s' * (count != 1)}"
        screen.print(title, style="bold", markup=False)
        screen.print(f"   fails {', '.join(cluster.checks)}", markup=False, highlight=False)
        screen.print(f"   {clean_line(cluster.message)}", markup=False, highlight=False)
        code = clean_text(_code(place, spec, cluster), 2_000)
        screen.print("\n".join(f"   | {line}" for line in code.splitlines()), markup=False, highlight=False)


def _code(course: Course, day: DaySpec, cluster: Cluster) -> str:
    """Return what the first member of a cluster wrote."""
    from proctorch.grading.submission import read_submission
    from proctorch.report.clusters import code_of

    student = cluster.students[0]
    return code_of(read_submission(course.submitted / student / day.name, day, student), cluster.exercise)


def _draft(course: Course, day: DaySpec, found: tuple[Cluster, ...], number: int) -> str:
    from proctorch.report.clusters import draft

    if number > len(found):
        raise CourseError(f"{day.name} has {len(found)} clusters, so there is no number {number}.")
    cluster = found[number - 1]
    return draft(cluster, _code(course, day, cluster), day.exercise(cluster.exercise).defines)
