"""`proctorch validate`: the grader's own exam."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from proctorch.cli.levels import grading_level
from proctorch.cli.settings import CourseOption, JsonOption, find_course

if TYPE_CHECKING:
    from rich.table import Table

    from proctorch.course import Course
    from proctorch.validation.exam import Exam

LEAST_KILLED = 0.95
FOUND = 1


def validate(
    context: typer.Context,
    days: Annotated[list[str] | None, typer.Argument(metavar="DAY", help="Days to examine. Default: all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="No mutants, and few seeds: what `make test` runs.")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, help="How many processes. Default: one a core.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Which hidden inputs the checks get; 0 unless you say another.")
    ] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Examine again also what has not changed since.")] = False,
    json_target: JsonOption = None,
    course: CourseOption = None,
) -> None:
    """Examine a day's checks before they examine students.

      The solution must earn full marks under many seeds, the stub nothing,
      every alternative full marks; every misconception must lose marks and be
      called by its own name; and of the mutants of the solution (small
      mistakes, see docs/mutants.md) at least 95 % must be caught. Exits with 1
      when one of these does not hold. What was examined is kept, and a day
      that has not changed is not examined again. The course's secret plays no
      part: the same days give the same exam in every copy of the course.

      \b
      Examples
        proctorch validate                        every day, in full
        proctorch validate day02_tensors --quick  without mutants
        proctorch validate --quick --seed 7       with other hidden inputs
    proctorch validate --json -               for other programs
    """
    from proctorch.cli.output import console, write_json

    place = find_course(context, course)
    names = [place.require_day(name) for name in days or place.days()]
    quiet = json_target is not None
    exams = [_exam(place, name, full=not quick, workers=workers, seed=seed, fresh=fresh, quiet=quiet) for name in names]
    if json_target is not None:
        write_json({"days": [exam.to_dict(LEAST_KILLED) for exam in exams]}, json_target)
    if json_target != "-":
        console().print(_table(exams))
        for exam in exams:
            console().print("\n".join(_details(exam)), markup=False, highlight=False)
    if not all(exam.passes(LEAST_KILLED) for exam in exams):
        raise typer.Exit(FOUND)


def _exam(course: Course, name: str, *, full: bool, workers: int | None, seed: int, fresh: bool, quiet: bool) -> Exam:
    from proctorch.cli.progress import progress
    from proctorch.validation.examine import examine
    from proctorch.validation.kept import keep_exam, kept_exam

    level = grading_level(quiet=quiet)
    known = None if fresh else kept_exam(course, name, full=full, seed=seed)
    if known is not None:
        return known
    with progress(f"Examining {name}", quiet=quiet) as tell:
        cores = workers or len(os.sched_getaffinity(0))
        exam = examine(course, name, full=full, workers=cores, seed=seed, level=level, progress=tell)
    keep_exam(course, exam, full=full, seed=seed)
    return exam


def _table(exams: list[Exam]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("day", "solution", "stub", "alternatives", "misconceptions", "named", "mutants", "seeds", "verdict"):
        table.add_column(name)
    for exam in exams:
        mutants = exam.mutants
        counting = mutants.total - mutants.equivalent if mutants else 0
        table.add_row(
            exam.day,
            "full" if exam.solution.complete else "not full",
            "zero" if exam.stub.complete else "not zero",
            f"{exam.alternatives.right} of {exam.alternatives.total}",
            f"{exam.caught.right} of {exam.caught.total}",
            f"{exam.named.right} of {exam.named.total}",
            f"{mutants.killed} of {counting} ({mutants.share:.1%})" if mutants else "not run",
            f"{exam.flaky.right} of {exam.flaky.total} runs",
            "passes" if exam.passes(LEAST_KILLED) else "fails",
        )
    return table


def _details(exam: Exam) -> list[str]:
    from proctorch.grading.wording import clean_line

    lines = [f"{finding.subject}\n  {finding.check}: {clean_line(finding.what)}" for finding in exam.findings()]
    for mutant in exam.mutants.survivors if exam.mutants else ():
        lines.append(
            f"survived: solutions/{exam.day}.py:{mutant.line}: {mutant.exercise}: {mutant.operator}: "
            f"{clean_line(mutant.before)} -> {clean_line(mutant.after)}   [{mutant.key}]"
        )
    return lines
