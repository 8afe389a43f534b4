"""Running a submission's cells in order, and keeping what went wrong as excuses for the names that are then missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from proctorch.errors import GuestFailure, StudentRaised
from proctorch.model import Cell, DaySpec


def excuses_for(day: DaySpec, cells: Iterable[Cell], failures: Mapping[str, GuestFailure]) -> dict[str, GuestFailure]:
    """Return, for each name that an exercise should define, the failure of the cell that holds the exercise."""
    excuses = {}
    for cell in cells:
        if cell.exercise is not None and cell.label in failures:
            for name in day.exercise(cell.exercise).defines:
                excuses[name] = failures[cell.label]
    return excuses


def describe_failures(failures: Mapping[str, GuestFailure]) -> tuple[str, ...]:
    """Return a sentence for the student for each cell that could not be run."""
    return tuple(f"{label} could not be run: {_say(failure)}" for label, failure in failures.items())


def _say(failure: GuestFailure) -> str:
    if isinstance(failure, StudentRaised) and failure.line:
        return f"{failure} (line {failure.line})"
    return str(failure)
