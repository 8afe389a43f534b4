"""`proctorch demo`: a class of twelve goes the whole way of a day, through nbgrader's own commands.

students   who they are, what they hand in, what they lose for it     (data; `answers` and `spy` write the answers)
expected   from what they lose to the mark that they should get       (arithmetic on the authored points)
classroom  a folder with a copy of the course, an exchange, a home for every student
commands   nbgrader's commands in this process
steps      build, generate, release, fetch, work, submit, collect, grade, feedback, export
outcome    every mark beside the expected one; `table` shows it
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from proctorch.cli.demo.classroom import Classroom, find_origin, open_classroom, own_surroundings
from proctorch.cli.demo.students import DAY

if TYPE_CHECKING:
    from rich.console import Console

    from proctorch.cli.demo.outcome import Outcome
    from proctorch.cli.demo.steps import Walk
    from proctorch.course import Course

__all__ = ["run"]


def run(
    course: Course | None = None,
    *,
    folder: Path | None = None,
    workers: int | None = None,
    json_target: str | None = None,
    screen: Console | None = None,
) -> bool:
    """Put the class through the day and print what came of it; returns whether every mark is the expected one.

    `course` is what to copy (default: the course around us, or the repository this package runs from), `folder` where
    to (default: a new one in the system's folder for temporary files), `screen` where to print (default: the terminal).
    Raises CourseError where a step fails and EngineError where the engine does.
    """
    from proctorch.cli.demo.table import class_table, places, verdict_on_it
    from proctorch.cli.output import console, write_json

    start = time.monotonic()
    origin = find_origin(DAY, course)
    room = open_classroom(origin, folder)
    screen = screen or console(stderr=json_target == "-")
    screen.print(f"A class of twelve goes through {DAY} (from {origin.root}) in {room.root}", soft_wrap=True)
    try:
        with own_surroundings(room):
            walk = prepare(room, origin, workers)
            take_steps(walk, screen)
            outcomes = compare(walk)
    except BaseException:
        screen.print(f"What was done until here is in {room.root}", soft_wrap=True)
        raise
    screen.print("", class_table(outcomes), "", verdict_on_it(outcomes, time.monotonic() - start), "", sep="\n")
    screen.print(places(room, DAY), soft_wrap=True)
    good = not any(outcome.wrong for outcome in outcomes)
    if json_target is not None:
        students = [outcome.to_dict() for outcome in outcomes]
        write_json({"day": DAY, "good": good, "folder": str(room.root), "students": students}, json_target)
    return good


def prepare(room: Classroom, origin: Course, workers: int | None = None) -> Walk:
    """Return the class, ready to set out."""
    from proctorch.authoring.day import load_day
    from proctorch.cli.demo import spy
    from proctorch.cli.demo.answers import AnswerBook
    from proctorch.cli.demo.commands import NbGrader
    from proctorch.cli.demo.steps import Walk
    from proctorch.cli.demo.students import the_class

    book = AnswerBook.read(room.course, DAY)
    spying = spy.EXERCISE, spy.spying_answer(room.course, origin, DAY)
    return Walk(room, load_day(room.course, DAY), the_class(book, spying), NbGrader(room.log), workers)


def take_steps(walk: Walk, screen: Console) -> None:
    """Take one step after another, and print a line for each."""
    from proctorch.cli.demo.table import step_line
    from proctorch.cli.progress import progress

    for step in walk.steps():
        start = time.monotonic()
        with progress(step.title, quiet=step.own_progress) as tell:
            step.run(tell)
        screen.print(step_line(step.title, time.monotonic() - start))
        screen.file.flush()


def compare(walk: Walk) -> tuple[Outcome, ...]:
    """Return everybody's result beside the expected one."""
    from dataclasses import replace

    from proctorch.cli.demo import spy
    from proctorch.cli.demo.expected import expected_mark
    from proctorch.cli.demo.outcome import outcome_of, read_marks

    room, day = walk.room, walk.day.name
    reports, exported = walk.reports(), read_marks(room.marks)
    secrets = spy.secrets_of(room.course, day)
    outcomes = []
    for student in walk.students:
        report = reports.get(student.name)
        expected = expected_mark(room.course, day, student)
        outcome = outcome_of(student, expected, report, exported.get(student.name, {}), room, day)
        if report is not None and "def in_memory(" in student.answers.get(spy.EXERCISE, ""):
            found = spy.trouble_with(report, secrets)
            outcome = (
                replace(outcome, wrong=(*outcome.wrong, f"the spy found something: {found}")) if found else outcome
            )
        outcomes.append(outcome)
    return tuple(outcomes)
