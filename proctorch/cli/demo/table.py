"""What the demo prints: a line a step, the table of the class, and where everything is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from proctorch.cli.demo.classroom import Classroom
from proctorch.cli.demo.outcome import Outcome
from proctorch.cli.render import verdicts
from proctorch.grading.wording import NOT_JUDGED, mark_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text


def step_line(title: str, seconds: float) -> Text:
    """Return the line of a step that is done."""
    from rich.text import Text

    return Text.assemble(("  ✓ ", "green"), f"{title:<46}", (f"{seconds:6.1f} s", "dim"))


def class_table(outcomes: Sequence[Outcome]) -> Table:
    """Return the table: a row a student, with the mark beside the expected one."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("")
    table.add_column("student", no_wrap=True)
    table.add_column("what they did")
    table.add_column("mark", justify="right", no_wrap=True)
    table.add_column("expected", justify="right", no_wrap=True)
    table.add_column("checks")
    table.add_column("time", justify="right", no_wrap=True)
    for outcome in outcomes:
        sign = Text("✗", "bold red") if outcome.wrong else Text("✓", "green")
        name, did = Text(outcome.student.name), Text(outcome.student.did)
        table.add_row(sign, name, did, *_figures(outcome))
    return table


def _figures(outcome: Outcome) -> tuple[Text, Text, Text, Text]:
    from rich.text import Text

    report = outcome.report
    expected = Text(mark_words(outcome.expected), style="dim")
    if report is None:
        return Text("none", style="red"), expected, Text(), Text()
    words = mark_words(report.points) if report.judged else NOT_JUDGED
    mark = Text(words, style="bold red" if outcome.wrong else "bold")
    return mark, expected, verdicts(report), Text(f"{report.seconds:.1f} s", style="dim")


def verdict_on_it(outcomes: Sequence[Outcome], seconds: float) -> RenderableType:
    """Return the last word: all as expected, or what is not, student by student."""
    from rich.text import Text

    wrong = [outcome for outcome in outcomes if outcome.wrong]
    if not wrong:
        return Text(f"All {len(outcomes)} marks are the expected ones ({seconds:.0f} s).", style="bold green")
    lines = [f"{len(wrong)} of {len(outcomes)} are not as expected ({seconds:.0f} s):"]
    for outcome in wrong:
        lines.append(f"  {outcome.student.name}: expected {mark_words(outcome.expected)}")
        lines += [f"    {sentence}" for sentence in outcome.wrong]
    return Text("\n".join(lines), style="bold red")


def places(room: Classroom, day: str) -> str:
    """Say where everything is, and how to be rid of it; a path stays on one line, so that it can be copied."""
    rows = {
        "Marks": str(room.marks),
        "Feedback": str(room.feedback("STUDENT", day)),
        "  as fetched": str(room.home("STUDENT") / day / "feedback"),
        "Course": f"{room.course.root}  (nbgrader's and proctorch's commands work in it)",
        "nbgrader said": str(room.log),
        "To remove all": f"rm -r {shlex.quote(str(room.root))}",
    }
    return "\n".join(f"{what:<14} {where}" for what, where in rows.items())
