"""`proctorch watch`: checks run at every save."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proctorch.cli.check import ENDINGS, find_checks, find_work, sort_targets


def watch(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|FOLDER] [EXERCISE]...",
            help="What to watch, and names of exercises. Default: everything in this folder.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Other inputs for the checks: any other whole number.")
    ] = 0,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh-process", help="Run each save in a new Python: slower; the only way on macOS and Windows."
        ),
    ] = False,
) -> None:
    """Check your own work at every save.

    Runs the public checks of what you changed, and of what builds on it, as
    soon as the notebook or the .py file is saved. An endless loop or a crash
    in your code is told, and ends nothing. Ctrl-C stops the watcher.

    \b
    Examples
      proctorch watch                      both files in this folder
      proctorch watch day02_tensors.py     this file only
      proctorch watch softmax one_hot      two exercises, in either file
      proctorch watch ../day04_autograd    another folder
    """
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads of before a fork are missing after it
    from proctorch.cli.output import console
    from proctorch.cli.startup import without_collection

    screen = console()
    file, names = sort_targets(targets or [])
    first = file if file is not None else find_work(Path.cwd())
    one_file = any(target.endswith(ENDINGS) for target in targets or [])
    checks = find_checks(first)
    screen.print(f"Starting: {first.parent.absolute().name} ...", style="dim")
    with without_collection():
        from proctorch.cli.watch_loop import Watcher
        from proctorch.grading.practice import chosen_exercises, day_of_checks

    day = day_of_checks(checks)
    chosen = tuple(spec.name for spec in chosen_exercises(day, names or None))
    both = [first.parent / f"{day.name}{ending}" for ending in ENDINGS]
    files = [first] if one_file else [first, *(path for path in both if path != first)]
    Watcher(day, checks, tuple(files), chosen, seed, fresh, screen).run()
