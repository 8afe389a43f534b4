"""`proctorch demo`: a small class goes all the way round."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proctorch.cli.settings import CourseOption, JsonOption, Settings, find_course


def demo(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder", metavar="FOLDER", help="Where to put the class; must be new or empty. Default: a temporary one."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="How many guests at once. Default: one a core.")
    ] = None,
    json_target: JsonOption = None,
    course: CourseOption = None,
) -> None:
    """Put a small class through the whole way of a day, and compare every mark with the expected one.

    In a copy of the course: build, release, twelve students fetch, work and
    submit (some of them wrong, broken or hostile), collect, grade, feedback,
    export. Prints a table and where the files are (they stay, to be looked
    at), and exits with 1 when a mark is not the expected one.

    \b
    Examples
      proctorch demo
      proctorch demo --folder /tmp/class
    """
    from proctorch.cli.demo import run

    settings = context.find_object(Settings) or Settings()
    origin = find_course(context, course) if course or settings.course else None
    if not run(origin, folder=folder, workers=workers, json_target=json_target):
        raise typer.Exit(1)
