"""At which level marks are given, said to whoever gives them."""

from __future__ import annotations

from proctorch.sandbox.level import Level


def grading_level(*, without_sandbox: bool = False, quiet: bool = False) -> Level:
    """Return the level at which this machine grades, after its self-test; what a lesser one lacks is said.

    Raises SandboxUnavailable where guests cannot be confined, unless `without_sandbox` asks for marks all the same:
    that counts only there, and never weakens a machine that can do better.
    """
    from proctorch.cli.output import console
    from proctorch.cli.progress import progress
    from proctorch.selftest.record import require_level, selftest

    with progress("Testing the sandbox", quiet=quiet) as tell:
        found = selftest(progress=tell) if without_sandbox else None
        level = found.level if found is not None and not found.succeeded else require_level(progress=tell)
    if level is not Level.FULL:
        screen = console(stderr=True)
        screen.print(f"The sandbox is at level {level}; it lacks what stands below. `proctorch doctor` says why.")
        for lack in level.lacks:
            screen.print(f"  - {lack}", soft_wrap=True)
    return level
