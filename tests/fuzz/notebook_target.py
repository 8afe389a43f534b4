"""What the host does with a file that a student handed in: read it as a notebook and as a script, and never fail."""

from __future__ import annotations

from proctorch.grading.bench import runnable
from proctorch.grading.notebook_reader import (
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_NOTES,
    read_notebook_bytes,
)
from proctorch.grading.recognition import Reading
from proctorch.grading.script_reader import read_script_bytes
from proctorch.model import DaySpec, Problem, Verdict
from tests.fuzz.guard import Unsound
from tests.fuzz.notebooks import DAY


def judge(data: bytes, day: DaySpec = DAY) -> None:
    """Read the bytes both ways; raises whatever should not have been raised, and Unsound for a broken promise."""
    reading = read_notebook_bytes(data, day, f"{day.name}.ipynb")
    if reading is not None:
        _check(reading, day)
    _check(read_script_bytes(data, day, f"{day.name}.py"), day)


def _check(reading: Reading, day: DaySpec) -> None:
    """Cells or a problem, one cell an exercise, text that can be written, bounds kept, problems that name a cure."""
    _demand(not (reading.problem and reading.cells), "a file that cannot be read has cells")
    answered = [cell.exercise for cell in reading.cells if cell.exercise]
    _demand(len(answered) == len(set(answered)), "two cells answer one exercise")
    _demand(not set(answered) & set(reading.problems), "an exercise has an answer and a problem")
    _demand(set(answered) | set(reading.problems) <= {one.name for one in day.exercises}, "an unknown exercise")
    _demand(len(reading.cells) <= 2 * MAX_CELLS and len(reading.notes) <= MAX_NOTES, "too many cells or notes")
    for cell in reading.cells:
        # A line of Jupyter's own becomes a comment behind a `pass`: "!" is then nine characters.
        _demand(len(cell.source) <= 5 * MAX_CELL_CHARACTERS, "a cell is longer than allowed")
        cell.source.encode("utf-8")
        cell.label.encode("utf-8")
    "\n".join(reading.notes).encode("utf-8")
    for problem in (*reading.problems.values(), *([reading.problem] if reading.problem else [])):
        _check_problem(problem)
    list(runnable(reading.cells))


def _check_problem(problem: Problem) -> None:
    problem.message.encode("utf-8")
    _demand(problem.verdict in (Verdict.MISSING, Verdict.UNREADABLE), "a verdict that no file can have")
    _demand("To mend it:" in problem.message, "a problem without a cure")


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise Unsound(what)
