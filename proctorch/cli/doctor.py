"""`proctorch doctor`: what this machine can do, and how to mend what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from proctorch.cli.settings import CourseOption, JsonOption, Settings, find_course
from proctorch.errors import CourseError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from proctorch.cli.diagnosis.finding import Finding
    from proctorch.course import Course


def doctor(context: typer.Context, json_target: JsonOption = None, course: CourseOption = None) -> None:
    """Say what this machine can do, and how to mend what is missing.

    Says at which level guests are confined here (full, reduced, practice),
    why, and how to get a better one; `proctorch selftest` attacks it. Exits
    with 1 when practising is not possible, or when grading is not possible
    in a course.

    \b
    Examples
      proctorch doctor                   here
      proctorch doctor --json -          for a script
    """
    from proctorch.cli.diagnosis.finding import Need, possible
    from proctorch.cli.output import console, write_json

    place, problem = _course(context, course)
    findings = examine(place, problem)
    practice, grading = possible(findings, Need.PRACTICE), place is not None and possible(findings, Need.GRADING)
    if json_target is not None:
        write_json(
            {"practice": practice, "grading": grading, "findings": [finding.to_dict() for finding in findings]},
            json_target,
        )
    if json_target != "-":
        screen = console()
        for line in _lines(findings, practice, grading):
            screen.print(line)
    if not practice or (place is not None and not grading):
        raise typer.Exit(1)


def _course(context: typer.Context, folder: Path | None) -> tuple[Course | None, str]:
    try:
        return find_course(context, folder), ""
    except CourseError as error:
        if folder is not None or (context.find_object(Settings) or Settings()).course is not None:
            raise
        return None, str(error)


def examine(course: Course | None, problem: str = "") -> tuple[Finding, ...]:
    """Look at everything; `problem` is why there is no course."""
    from proctorch.cli.diagnosis import classroom, confinement, machine

    found = [
        machine.system(),
        machine.python(),
        machine.packages(),
        machine.torch(),
        machine.devices(),
        machine.cores(),
        machine.memory(),
        machine.disk(course.root if course is not None else Path.cwd()),
    ]
    if found[0].good:
        found += [confinement.bubblewrap(), confinement.confinement()]
        found += [confinement.landlock(), confinement.seccomp(), confinement.cgroups()]
        if all(finding.good for finding in found if finding.topic == "torch"):
            found.append(confinement.sandbox())
    found += [classroom.nbgrader(), classroom.alembic(), classroom.jupyterlab(), classroom.browser()]
    found.append(classroom.course_folder(course, problem))
    if course is not None:
        found += [classroom.secret(course), classroom.database(course)]
    return tuple(found)


def _lines(findings: tuple[Finding, ...], practice: bool, grading: bool) -> list[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    from proctorch.cli.diagnosis.finding import Need
    from proctorch.grading.wording import clean_text

    table = Table.grid(padding=(0, 2, 0, 0))
    for finding in findings:
        needed = finding.needed_for is not Need.NOTHING
        face = ("✓", "green") if finding.good else ("✗", "red") if needed else ("–", "yellow")
        table.add_row(Text(*face), Text(finding.topic, style="bold"), Text(clean_text(finding.found)))
        if not finding.good and finding.cure:
            table.add_row("", "", Text(f"To mend it: {clean_text(finding.cure)}", style="cyan"))
    verdict = "This machine can be practised on" if practice else "This machine cannot be practised on yet"
    verdict += ", and it can grade." if grading else "; it cannot grade here."
    return [table, Text(), Text(verdict, style="bold")]
