"""Progress of long work on standard error: how many are done and how much time is left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[int, int, str], None]


@contextmanager
def progress(task: str, *, quiet: bool = False) -> Iterator[Tell]:
    """Show a bar; yields a function to call as `tell(done, total, word)` whenever something is done or begins.

    Nothing is shown when `quiet`, or when standard error is not a terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, word: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from proctorch.cli.output import console

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:", markup=False),
        TimeRemainingColumn(),
        TextColumn("{task.fields[word]}", markup=False),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task_id = bar.add_task(task, total=None, word="")

        def tell(done: int, total: int, word: str) -> None:
            bar.update(task_id, completed=done, total=total, word=word)

        yield tell
