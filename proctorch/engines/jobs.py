"""What a pool and its workers say to each other."""

from __future__ import annotations

from dataclasses import dataclass

from proctorch.model import Report, Submission

READY = "ready"


@dataclass(frozen=True)
class Job:
    """One submission to grade; with `only`, just those exercises; `second` marks a run once more, alone."""

    number: int
    submission: Submission
    only: tuple[str, ...] = ()
    second: bool = False


@dataclass(frozen=True)
class Done:
    """A job's result; `again` are the exercises that deserve a second run, alone."""

    number: int
    report: Report
    again: tuple[str, ...] = ()


@dataclass(frozen=True)
class Broken:
    """The engine failed: no result."""

    number: int
    kind: str
    message: str
