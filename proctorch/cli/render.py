"""A report in a terminal: what was claimed, what came of it, and the next step, in words as well as in colour.

Text that comes from a submission is shown, never obeyed: `clean_text` takes out whatever moves a cursor, sets a colour
or turns the reading direction, and nothing is read as rich's markup.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proctorch.grading.wording import NOT_JUDGED, clean_line, clean_text, mark_words, verdict_words, where_words
from proctorch.model import CheckResult, DaySpec, ExerciseResult, Report, Verdict

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

LONGEST_OUTPUT = 2_000


def public_checks(report: Report) -> tuple[CheckResult, ...]:
    """Return the checks that students may run themselves."""
    return tuple(check for exercise in report.exercises for check in exercise.checks if check.public)


def all_public_pass(report: Report) -> bool:
    """True when the submission could be read, was checked, and each of its public checks passed."""
    checks = public_checks(report)
    return report.problem is None and bool(checks) and all(check.verdict is Verdict.PASSED for check in checks)


def practice(report: Report, day: DaySpec) -> RenderableType:
    """Return the report that a student sees after `proctorch check`; its last line says what the report is."""
    from rich.console import Group
    from rich.text import Text

    from proctorch.grading.practice import summary

    parts: list[RenderableType] = []
    if report.problem is not None:
        parts.append(_problem(report))
    for exercise in report.exercises:
        parts.append(_exercise(exercise))
        parts.append(Text())
    parts.extend(Text(f"Note: {clean_line(note)}", style="yellow") for note in report.notes)
    good = all_public_pass(report)
    parts.append(Text(summary(day, report.exercises), style="bold green" if good else "bold"))
    return Group(*parts)


def _problem(report: Report) -> Text:
    from rich.text import Text

    if report.problem is None:
        return Text()
    face = verdict_words(report.problem.verdict)
    return Text.assemble((f"{face.sign} {face.words}: ", face.colour), clean_text(report.problem.message), "\n")


def _exercise(exercise: ExerciseResult) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    checks = [check for check in exercise.checks if check.public]
    passed = sum(check.verdict is Verdict.PASSED for check in checks)
    name = exercise.exercise if exercise.title in {"", exercise.exercise} else f"{exercise.exercise} · {exercise.title}"
    title = Text.assemble((clean_line(name), "bold"), (f"  {passed} of {len(checks)}", "dim"))
    if checks and all(check.verdict is Verdict.NOT_IMPLEMENTED for check in checks):
        checks = [replace(checks[0], claim="", message="")]  # before anything is written, every check says the same
    return Group(title, *(check_block(check) for check in checks))


def check_block(check: CheckResult) -> RenderableType:
    """Return one check: its sign and claim and, unless it passed, what is wrong and the next step."""
    from rich.table import Table
    from rich.text import Text

    face = verdict_words(check.verdict)
    lines = [Text.assemble((face.words, face.colour), f"  {clean_line(check.claim)}".rstrip())]
    if check.verdict is not Verdict.PASSED:
        lines.append(Text(clean_text(check.message, LONGEST_OUTPUT)))
        if check.exception is not None and check.exception not in check.message:
            lines.append(Text(where_words(check)))
        known = clean_line(check.misconception or "")
        lines.append(Text(f"This looks like: {known}" if known else "", style="cyan"))
        lines.append(Text(f"Hint: {clean_text(check.hint)}" if check.hint else "", style="cyan"))
        printed = clean_text(check.output.rstrip(), LONGEST_OUTPUT)
        lines.append(Text(f"It printed:\n{printed}" if printed else "", style="dim"))
    grid = Table.grid(padding=(0, 1, 0, 0))
    sign = Text(f"  {face.sign}", style=face.colour)
    for line in filter(None, lines):
        grid.add_row(sign, line)
        sign = Text()
    return grid


def marks_table(reports: list[Report]) -> Table:
    """Return the table that an instructor sees after `proctorch grade`: a row a student."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("student", overflow="fold")
    table.add_column("mark", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("checks")
    table.add_column("points missed in")
    for report in sorted(reports, key=lambda report: report.student):
        student, seconds = Text(clean_line(report.student)), f"{report.seconds:.1f}"
        table.add_row(student, _mark(report), seconds, verdicts(report), Text(missed(report)))
    return table


def _mark(report: Report) -> Text:
    from rich.text import Text

    if not report.judged:
        return Text(NOT_JUDGED, style="magenta")
    return Text(f"{mark_words(report.points)}/{mark_words(report.max_points)}", style="bold")


def missed(report: Report) -> str:
    """Return the exercises without full points: "softmax 1.5/4, one_hot 0/2"."""
    if report.judged and not report.points:
        return "all"
    return ", ".join(
        f"{clean_line(result.exercise)} {_points(result)}"
        for result in report.exercises
        if not result.judged or result.points < result.max_points
    )


def _points(result: ExerciseResult) -> str:
    return f"{mark_words(result.points)}/{mark_words(result.max_points)}" if result.judged else NOT_JUDGED


def verdicts(report: Report) -> Text:
    """Return how often each verdict was given: "12 passed, 2 failed, 1 timeout"."""
    from rich.text import Text

    text = Text()
    given = [check.verdict for exercise in report.exercises for check in exercise.checks]
    for verdict in Verdict:
        if times := given.count(verdict):
            text.append(", " if text else "")
            text.append(f"{times} {verdict.replace('_', ' ')}", style=verdict_words(verdict).colour)
    return text
