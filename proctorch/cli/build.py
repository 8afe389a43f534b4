"""`proctorch build`: from the authored day to everything that is made from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proctorch.cli.settings import CourseOption, JsonOption, find_course


def build(
    context: typer.Context,
    days: Annotated[list[str] | None, typer.Argument(metavar="DAY", help="Days to build. Default: all.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 when a generated file is not what it should be.")
    ] = False,
    gradebook: Annotated[
        bool, typer.Option("--gradebook", help="Tell nbgrader's gradebook about the days, as its own commands would.")
    ] = False,
    json_target: JsonOption = None,
    course: CourseOption = None,
) -> None:
    """Make stubs, notebooks, public checks and releases.

    They are made from solutions/ and graders/, in exercises/, source/ and
    release/ (the last by nbgrader itself). Nothing is written while an
    authored file is wrong.

    \b
    Examples
      proctorch build                  every day
      proctorch build day02_tensors    one day
      proctorch build --check          is every generated file up to date?
    """
    from proctorch.authoring.build import build_days
    from proctorch.cli.output import console, write_json
    from proctorch.cli.progress import progress
    from proctorch.gradebook.config import gradebook_url
    from proctorch.grading.released_hints import released_hints

    place = find_course(context, course)
    database = gradebook_url(place) if gradebook else None
    with progress("Checking" if check else "Building", quiet=json_target is not None) as tell:
        outcome = build_days(place, days or (), check=check, progress=tell, database=database, hints=released_hints)
    paths = {
        "written": _names(outcome.written, place.root),
        "stale": _names(outcome.stale, place.root),
        "stray": _names(outcome.stray, place.root),
    }
    if json_target is not None:
        write_json({"current": outcome.current, **paths}, json_target)
    if json_target != "-":
        console().print("\n".join(_report(paths, check)))
    if check and not outcome.current:
        raise typer.Exit(1)


def _names(paths: tuple[Path, ...], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path) for path in paths]


def _report(paths: dict[str, list[str]], check: bool) -> list[str]:
    lines = [f"wrote  {name}" for name in paths["written"]] + [f"stale  {name}" for name in paths["stale"]]
    lines += [f"stray  {name}" for name in paths["stray"]]
    if paths["stale"]:
        lines.append("To mend it: run `proctorch build` and commit what it writes.")
    if paths["stray"]:
        lines.append("Stray files come from no day: delete them, or move what you want to keep.")
    if not lines:
        lines.append("Every generated file is what the authored ones give." if check else "Everything was up to date.")
    return lines
