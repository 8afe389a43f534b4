"""`proctorch regrade`: show whose marks would change, by how much and why; change them when that was agreed to."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proctorch.cli.day_run import DayRun, ends_cleanly
from proctorch.cli.grade import NOT_JUDGED, command_again, submitters, write_marks
from proctorch.cli.levels import grading_level
from proctorch.cli.settings import CourseOption, JsonOption, find_course

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from rich.text import Text

    from proctorch.gradebook.regrading import ExerciseChange, MarkChange

NOT_APPLIED = 1
_MOST_CLAIMS = 3


def regrade(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DAY", help="The day to judge again.")],
    student: Annotated[
        list[str] | None,
        typer.Option("--student", metavar="NAME", help="Only this student; may be given several times."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "--apply", help="Change the marks without asking.")] = False,
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
    """Show whose marks would change, by how much and why; then change them.

    Judges again what no longer stands: checks were mended, somebody handed in
    again, the engine changed. The new results are put aside and change
    nothing until you agree (or say --yes): then they become the marks, in one
    step, and nbgrader's gradebook is written. Agreeing later needs no second
    run. Marks that people gave by hand stay. What could not be judged keeps
    its old mark, and the exit code is 3; it is 1 while changed marks wait.

    \b
    Examples
      proctorch regrade day02_tensors               # show, then ask
      proctorch regrade day02_tensors --yes         # show, and change
      proctorch regrade day02_tensors --student ada --fresh
      proctorch regrade day02_tensors --json -      # for programs: changes nothing
    """
    from proctorch.authoring.day import load_day
    from proctorch.cli.output import console, write_json
    from proctorch.gradebook.config import database_url
    from proctorch.gradebook.regrading import changes, losers_first
    from proctorch.gradebook.store import ResultsStore

    place = find_course(context, course)
    spec = load_day(place, day)
    names = submitters(place, day, student or [])
    quiet = json_target == "-"
    level = grading_level(quiet=quiet)
    run = DayRun(place, spec, names, workers=workers, fresh=fresh, proposing=True, level=level)
    failed: Mapping[str, str] = {}
    applied: tuple[str, ...] = ()
    with ends_cleanly(command_again("regrade", day, student or [])), ResultsStore(database_url(place)) as store:
        found = losers_first(changes(store, day, run.reports(store, quiet=quiet)))
        if not quiet:
            _show(found, len(names))
        waiting = [change.student for change in found if change.judged]
        agreed = yes or (bool(waiting) and not quiet and _agreed(day, len(waiting)))
        if agreed and waiting:
            applied = store.apply(day, waiting)
            failed = write_marks(place, day, list(applied), quiet=quiet) if nbgrader and applied else {}
    if json_target is not None:
        write_json(_as_data(day, found, len(names), applied, failed), json_target)
    screen = console(stderr=True)
    for line in _last_words(day, found, applied, failed, student or []):
        screen.print(line, soft_wrap=True)
    if failed or not all(change.judged for change in found):
        raise typer.Exit(NOT_JUDGED)
    if any(change.moves and change.student not in applied for change in found):
        raise typer.Exit(NOT_APPLIED)


def _agreed(day: str, number: int) -> bool:
    """Ask whether to go on; without a terminal nobody can agree."""
    if not sys.stdin.isatty():
        return False
    return typer.confirm(f"Let the new results of {number} for {day} stand, and write their marks?", err=True)


def _show(found: list[MarkChange], everybody: int) -> None:
    from proctorch.cli.output import console

    moved = [change for change in found if change.moves or not change.judged]
    screen = console()
    if moved:
        screen.print(changes_table(moved))
    screen.print(summary_line(found, everybody), soft_wrap=True)


def counts(found: Iterable[MarkChange], everybody: int) -> dict[str, int]:
    """Return how many marks go up, go down, are first ones, are not judged, and stay."""
    changes = list(found)
    judged = [change for change in changes if change.judged]
    ups = sum(change.difference > 0 for change in judged if change.difference is not None)
    downs = sum(change.difference < 0 for change in judged if change.difference is not None)
    first = sum(change.difference is None for change in judged)
    unjudged = len(changes) - len(judged)
    same = everybody - ups - downs - first - unjudged
    return {"up": ups, "down": downs, "first": first, "not_judged": unjudged, "unchanged": same}


def summary_line(found: Iterable[MarkChange], everybody: int) -> str:
    """Return the summary in words: "2 down, 1 up, 40 unchanged"."""
    number = counts(found, everybody)
    words = {"down": "down", "up": "up", "first": "for the first time", "not_judged": "not judged"}
    told = [f"{number[name]} {word}" for name, word in words.items() if number[name]]
    return ", ".join([*told, f"{number['unchanged']} unchanged"])


def changes_table(found: Iterable[MarkChange]) -> Table:
    """Return a row a student: the mark before and after, and why."""
    from rich.table import Table
    from rich.text import Text

    from proctorch.grading.wording import clean_line

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("student", overflow="fold")
    table.add_column("mark", justify="right", no_wrap=True)
    table.add_column("change", justify="right", no_wrap=True)
    table.add_column("why")
    for change in found:
        mark = f"{_points(change.before)} → {_points(change.after)} of {_points(change.max_points)}"
        why = Text("\n").join(_why(each) for each in change.exercises)
        table.add_row(Text(clean_line(change.student)), mark, _difference(change), why)
    return table


def _points(points: Any) -> str:
    from proctorch.grading.wording import mark_words

    return "none" if points is None else mark_words(points)


def _difference(change: MarkChange) -> Text:
    from rich.text import Text

    if not change.judged:
        return Text("not judged", style="magenta")
    if change.difference is None:
        return Text("first")
    sign, colour = ("+", "green") if change.difference > 0 else ("−", "red")
    return Text(f"{sign}{_points(abs(change.difference))}", style=colour)


def _why(change: ExerciseChange) -> Text:
    """Return one exercise's points, the reason, and the claims whose verdict is another one."""
    from rich.text import Text

    from proctorch.grading.wording import clean_line

    points = f"{_points(change.before)} → {_points(change.after)}"
    text = Text.assemble((clean_line(change.exercise), "bold"), f" {points}: {', '.join(change.reasons)}")
    for check in change.checks[:_MOST_CLAIMS]:
        verdicts = " → ".join((verdict or "none").replace("_", " ") for verdict in (check.before, check.after))
        text.append(f"\n  {verdicts}: {clean_line(check.claim)}", style="dim")
    if len(change.checks) > _MOST_CLAIMS:
        text.append(f"\n  and {len(change.checks) - _MOST_CLAIMS} more checks", style="dim")
    return text


def _as_data(
    day: str, found: list[MarkChange], everybody: int, applied: tuple[str, ...], failed: Mapping[str, str]
) -> dict[str, Any]:
    """Return JSON-ready data."""
    return {
        "day": day,
        "summary": counts(found, everybody),
        "applied": sorted(applied),
        "not_written": dict(failed),
        "changes": [change.to_dict() for change in found],
    }


def _last_words(
    day: str, found: list[MarkChange], applied: tuple[str, ...], failed: Mapping[str, str], students: list[str]
) -> list[str]:
    """Return what was done, what was not, and what to do next."""
    from proctorch.grading.wording import clean_line, clean_text

    again = clean_line(command_again("regrade", day, students))
    lines = [
        f"{clean_line(name)}: judged, but nbgrader could not write it: {clean_text(why)}"
        for name, why in failed.items()
    ]
    unjudged = [change.student for change in found if not change.judged]
    waiting = [change.student for change in found if change.judged and change.student not in applied]
    if applied:
        lines.append(f"The new results of {len(applied)} stand.")
        if waiting:
            lines.append(f"{len(waiting)} were judged meanwhile by another run; theirs were left alone.")
    elif waiting:
        moved = "Nothing was changed." if any(change.moves for change in found) else "No mark would change."
        lines.append(f"{moved} The new results are kept aside; to let them stand: {again} --yes")
    if unjudged:
        names = ", ".join(map(clean_line, unjudged))
        lines.append(f"Not judged, so the marks of before stay: {names}. Run `{again}` again.")
    return lines
