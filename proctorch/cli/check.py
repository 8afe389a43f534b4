"""`proctorch check`: the public checks, on the student's own machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proctorch.cli.settings import JsonOption
from proctorch.course import CONFIG_NAME, Course
from proctorch.errors import CourseError

CHECKS = "checks.py"
ENDINGS = (".ipynb", ".py")


def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE|EXERCISE", help="A notebook or .py file, and names of exercises. Default: all, here."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Other inputs for the checks: any other whole number.")
    ] = 0,
    json_target: JsonOption = None,
) -> None:
    """Check your own work with the public checks.

    Exits with 0 when each of them passes, and with 1 when one does not.
    Hidden checks run when your work is graded.

    \b
    Examples
      proctorch check                      everything in this folder
      proctorch check softmax one_hot      two exercises
      proctorch check day02_tensors.py     this file, not the notebook
      proctorch check softmax --seed 7     with other inputs
    """
    from proctorch.cli.output import console, write_json
    from proctorch.cli.render import all_public_pass, practice
    from proctorch.cli.startup import without_collection

    with without_collection():
        from proctorch.grading.practice import check_file, day_of_checks

    file, exercises = sort_targets(targets or [])
    path = file if file is not None else find_work(Path.cwd())
    checks = find_checks(path)
    day = day_of_checks(checks)
    report = check_file(path, day_checks=checks, exercises=exercises or None, seed=seed)
    if json_target is not None:
        write_json(report.to_dict(instructor=False), json_target)
    if json_target != "-":
        console().print(practice(report, day))
    if not all_public_pass(report):
        raise typer.Exit(1)


def sort_targets(targets: list[str]) -> tuple[Path | None, list[str]]:
    """Tell the file from the exercises; raises CourseError for a file that does not exist, and for two files."""
    files = [target for target in targets if target.endswith(ENDINGS) or "/" in target or Path(target).exists()]
    if len(files) > 1:
        raise CourseError(f"one file at a time: {', '.join(files)}.")
    path = Path(files[0]) if files else None
    if path is not None and not path.exists():
        raise CourseError(f"there is no file {path}.\n  To mend it: look at its name, or change into its folder.")
    if path is not None and path.is_dir():
        path = find_work(path)
    return path, [target for target in targets if target not in files]


def find_work(folder: Path) -> Path:
    """Return the notebook or the .py file that counts in a released folder; raises CourseError where there is none."""
    from proctorch.grading.practice import day_of_checks
    from proctorch.grading.submission import read_submission

    checks = folder / CHECKS
    if not checks.is_file():
        raise CourseError(
            f"there is no {CHECKS} in {folder}.\n"
            "  To mend it: change into the folder of the day, where your notebook is, or name the file:"
            " proctorch check FILE"
        )
    day = day_of_checks(checks)
    files = {ending: folder / f"{day.name}{ending}" for ending in ENDINGS}
    there = [path for path in files.values() if path.exists()]
    if not there:
        raise CourseError(f"neither {day.name}.ipynb nor {day.name}.py is in {folder}.")
    if len(there) == 2 and read_submission(folder, day, "you").origin == "script":
        return files[".py"]
    return there[0]


def find_checks(path: Path) -> Path:
    """Return the public checks for a file: beside it, or in the course that it belongs to; raises CourseError."""
    beside = path.absolute().parent / CHECKS
    if beside.is_file():
        return beside
    try:
        course = Course.find(path.absolute().parent)
    except CourseError:
        course = None
    for folder in [] if course is None else [course.source, course.release]:
        checks = folder / path.stem / CHECKS
        if checks.is_file():
            return checks
    raise CourseError(
        f"there is no {CHECKS} beside {path}.\n"
        f"  To mend it: keep your work in the folder that you received; it came with {CHECKS}."
        + (f" (Instructors: proctorch build makes it, in the folder with {CONFIG_NAME}.)" if course is not None else "")
    )
