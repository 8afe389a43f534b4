"""`proctorch selftest`: attack the sandbox of this machine, before students do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from proctorch.cli.settings import JsonOption

if TYPE_CHECKING:
    from rich.console import RenderableType

    from proctorch.selftest.findings import SelfTest

NO_MARKS = 1


def selftest(
    kept: Annotated[
        bool, typer.Option("--kept", help="Say what the last test of this machine found, if nothing has changed since.")
    ] = False,
    json_target: JsonOption = None,
) -> None:
    """Attack the sandbox of this machine, and say whether it may give marks.

    Finds the best level that the machine allows (full, reduced, practice),
    then runs attacks in it as a student's code: reading the host's files and
    memory, reaching the network, using more than its share, staying when it
    should end. Takes some seconds. The first `proctorch grade` on a machine
    does this by itself, and again after an upgrade or a restart.

    Exits with 1 where no marks may be given.

    \b
    Examples
      proctorch selftest                 attack it now
      proctorch selftest --json -        for a script
    """
    from proctorch.cli.output import console, write_json
    from proctorch.cli.progress import progress
    from proctorch.selftest.record import selftest as tested

    with progress("Testing the sandbox", quiet=json_target is not None) as tell:
        found = tested(fresh=not kept, progress=tell)
    if json_target is not None:
        write_json(found.to_dict(), json_target)
    if json_target != "-":
        screen = console()
        for line in _lines(found):
            screen.print(line, soft_wrap=True)
    if not found.marks:
        raise typer.Exit(NO_MARKS)


def _lines(found: SelfTest) -> list[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    from proctorch.grading.wording import clean_text

    table = Table.grid(padding=(0, 2, 0, 0))
    for attempt in found.attempts:
        face = ("✗", "red") if attempt.got else ("✓", "green")
        table.add_row(Text(*face), Text(attempt.tries), Text(f"{attempt.seconds:.2f} s", style="dim"))
        if attempt.got:
            table.add_row("", Text(f"got: {clean_text(attempt.got)}", style="red"), "")
    lines: list[RenderableType] = [table] if found.attempts else []
    verdict = f"Level {found.level}: {len(found.attempts)} attacks, {len(found.succeeded)} got anything"
    lines.append(Text(f"{verdict} ({found.seconds:.1f} s).", style="bold"))
    lines += [Text(f"  without: {lack}") for lack in found.level.lacks]
    lines += [Text(clean_text(f"  not {level}: {reason}")) for level, reason in found.reasons.items()]
    lines.append(Text("Marks may be given here." if found.marks else "No marks are given here.", style="bold"))
    return lines
