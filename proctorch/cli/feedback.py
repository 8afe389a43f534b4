"""`proctorch feedback`: write the pages that tell students what was found."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from proctorch.cli import interrupts
from proctorch.cli.day_run import ends_cleanly
from proctorch.cli.grade import NOT_JUDGED, command_again
from proctorch.cli.settings import CourseOption, JsonOption, find_course
from proctorch.errors import CourseError

if TYPE_CHECKING:
    from proctorch.course import Course


def feedback(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DAY", help="The day whose feedback is written.")],
    student: Annotated[
        list[str] | None,
        typer.Option("--student", metavar="NAME", help="Only this student; may be given several times."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="How many processes. Default: one a core.")
    ] = None,
    json_target: JsonOption = None,
    course: CourseOption = None,
) -> None:
    """Write the feedback pages of a day.

    Reads autograded/STUDENT/DAY and nbgrader's gradebook, as `proctorch grade`
    left them, and writes feedback/STUDENT/DAY/DAY.html: the same files as
    `nbgrader generate_feedback DAY --force`, several times as fast. Give them
    out with `nbgrader release_feedback DAY`. Nobody gets a page without a
    mark: then the exit code is 3, and an earlier page stays.

    \b
    Examples
      proctorch feedback day02_tensors
      proctorch feedback day02_tensors --student ada --student ben
      proctorch feedback day02_tensors --json -
    """
    from proctorch.cli.output import console, write_json
    from proctorch.cli.progress import grading_progress
    from proctorch.gradebook.marks import feedback_day
    from proctorch.grading.wording import clean_line, clean_text

    place = find_course(context, course)
    names = readers(place, day, student or [])
    processes = os.cpu_count() or 1 if workers is None else workers
    again = command_again("feedback", day, student or [])
    told = grading_progress(f"Feedback of {day}", len(names), quiet=json_target == "-")
    with ends_cleanly(again), told as tell:

        def written(_done: int, _all: int, name: str) -> None:
            tell(name, 0.0)
            interrupts.check()

        outcome = feedback_day(place, day, names, written, workers=processes)
    if json_target is not None:
        write_json({"day": day, "written": list(outcome.done), "failed": dict(outcome.failed)}, json_target)
    screen = console(stderr=True)
    for name, reason in sorted(outcome.failed.items()):
        screen.print(f"{clean_line(name)}: no page was written: {clean_text(reason)}", soft_wrap=True)
    if json_target != "-":
        console().print(f"Pages of {len(outcome.done)} of {len(names)} are written.", soft_wrap=True)
    if outcome.failed:
        raise typer.Exit(NOT_JUDGED)


def readers(course: Course, day: str, wanted: list[str]) -> list[str]:
    """Return whose work is autograded; raises CourseError where nobody's is, or not that of one of `wanted`."""
    from proctorch.gradebook.marks import autograded_students

    names = autograded_students(course, day)
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    if missing or not names:
        who = ", ".join(missing) if missing else "nobody's work"
        raise CourseError(
            f"{who}: {day} is not graded yet, so there is nothing to tell.\n  To mend it: proctorch grade {day}"
        )
    return [name for name in names if name in wanted or not wanted]
