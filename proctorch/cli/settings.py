"""What the commands share: options of one name and one meaning, and the settings that stand before a command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from proctorch.course import CONFIG_NAME, Course
from proctorch.errors import CourseError

STUDENTS = "For students"
INSTRUCTORS = "For instructors"
EVERYONE = "For everyone"


@dataclass(frozen=True)
class Settings:
    """What was said before the command: `proctorch --course FOLDER --debug COMMAND`."""

    course: Path | None = None
    debug: bool = False


def _json_target(value: str | None) -> str | None:
    """Refuse a file that cannot be written before the work starts, not after it."""
    if value is None or value == "-":
        return value
    path = Path(value)
    if path.is_dir():
        raise typer.BadParameter(f"{value} is a folder; name a file, or - for standard output.")
    if not path.absolute().parent.is_dir():
        raise typer.BadParameter(f"the folder {path.parent} does not exist; make it first.")
    return value


CourseOption = Annotated[
    Path | None,
    typer.Option("--course", metavar="FOLDER", help=f"The folder with {CONFIG_NAME}. Default: the one you are in."),
]
JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json", metavar="PATH", help="Also write JSON to PATH; - prints nothing but JSON.", callback=_json_target
    ),
]


def find_course(context: typer.Context, folder: Path | None) -> Course:
    """Return the course named by the command's option, else by the one before the command, else the one around us."""
    settings = context.find_object(Settings) or Settings()
    named = folder or settings.course
    if named is None:
        return Course.find()
    if not named.is_dir():
        raise CourseError(f"--course {named}: there is no such folder.")
    if not (named / CONFIG_NAME).is_file():
        raise CourseError(
            f"--course {named}: this folder holds no {CONFIG_NAME}.\n"
            "  To mend it: name the folder that holds it; students' folders are not courses."
        )
    return Course(named.resolve())


def chosen_days(course: Course, names: list[str]) -> tuple[str, ...]:
    """Return the days that were named, or every day of the course; raises CourseError for a day that does not exist."""
    if names:
        return tuple(dict.fromkeys(course.require_day(name) for name in names))
    days = course.days()
    if not days:
        raise CourseError(f"{course.solutions} holds no days yet.\n  To mend it: write solutions/DAY.py first.")
    return days
