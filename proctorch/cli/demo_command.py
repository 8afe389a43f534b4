"""`proctorch demo`: a small class goes all the way round."""

from __future__ import annotations


def demo() -> None:
    """Put a small class through the whole way of a day, and compare every mark with the expected one.

    In a temporary course: build, release, twelve students fetch, work and
    submit (some of them wrong, broken or hostile), collect, grade, feedback,
    export. Prints a table and where the files are, and fails when a mark is
    not the expected one.

    \b
    Example
      proctorch demo
    """
    from proctorch.cli.demo import run

    run()
