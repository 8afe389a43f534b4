"""A submission put back into the released notebook, so that every nbgrader step finds what it expects.

Structure, names, points and locked cells come from the release; the answers and the student's own cells from the
submission. Whatever was damaged, doubled or missing, the result is a valid notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode, from_dict

from proctorch.grading.recognition import squeezed
from proctorch.model import Cell, DaySpec, Submission


def rebuild(released: NotebookNode, day: DaySpec, submission: Submission) -> NotebookNode:
    """Return a new notebook: the released one with the student's cells in it and without any output."""
    content = {
        "cells": rebuilt_cells(released, day, submission),
        "metadata": {**released.metadata},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return from_dict(content)  # type: ignore[no-any-return,no-untyped-call]


def rebuilt_cells(released: NotebookNode, day: DaySpec, submission: Submission) -> list[dict[str, Any]]:
    """Return the cells of the rebuilt notebook, as new dictionaries."""
    slots = [_released_cell(cell, number) for number, cell in enumerate(released.cells)]
    own = _fill(slots, day, submission.cells)
    for exercise in day.exercises:
        _explain_absence(slots, exercise.name, submission)
    cells = list(own.get(-1, []))
    for number, slot in enumerate(slots):
        cells += [slot, *own.get(number, [])]
    _make_ids_unique(cells)
    return cells


def clear_answers(source: NotebookNode, day: DaySpec) -> NotebookNode:
    """Return the source notebook as it would be released: the stub in the place of every solution."""
    stubs = {exercise.name: exercise.stub for exercise in day.exercises}
    for cell in source.cells:
        name = _grade_id(cell)
        if name in stubs:
            cell.source = stubs[name]
    return source


def _fill(slots: list[dict[str, Any]], day: DaySpec, cells: Sequence[Cell]) -> Mapping[int, list[dict[str, Any]]]:
    """Write the student's cells into `slots`; return their own ones by the slot behind which they stood."""
    own: dict[int, list[dict[str, Any]]] = {}
    used: set[int] = set()
    anchor = -1
    for cell in cells:
        at = _slot_of(cell, slots, used)
        if at is None:
            own.setdefault(anchor, []).append(_own_cell(cell))
            continue
        anchor = max(anchor, at)
        used.add(at)
        if cell.exercise is not None or not _graded(slots[at]):
            slots[at]["source"] = cell.source
    return own


def _slot_of(cell: Cell, slots: Sequence[Mapping[str, Any]], used: set[int]) -> int | None:
    """Return the number of the released cell that a student's cell stands for: by name, by id, or by its text."""
    if cell.exercise is not None or cell.check_of is not None:
        wanted = cell.exercise if cell.exercise is not None else f"{cell.check_of}_check"
        return next((number for number, slot in enumerate(slots) if _grade_id(slot) == wanted), None)
    same_kind = [
        number
        for number, slot in enumerate(slots)
        if number not in used and slot["cell_type"] == cell.kind and not _graded(slot)
    ]
    by_id = [number for number in same_kind if cell.cell_id and slots[number]["id"] == cell.cell_id]
    if by_id:
        return by_id[0]
    text = squeezed(cell.source)
    return next((number for number in same_kind if squeezed(slots[number]["source"]) == text), None)


def _explain_absence(slots: Sequence[dict[str, Any]], exercise: str, submission: Submission) -> None:
    """Say in an exercise's cell why the student's answer does not stand there."""
    if submission.problem is not None or any(cell.exercise == exercise for cell in submission.cells):
        return
    problem = submission.problems.get(exercise)
    why = f"The answer to {exercise} stands in another cell." if problem is None else problem.message
    for slot in slots:
        if _grade_id(slot) == exercise:
            slot["source"] = f"# {why}"


def _released_cell(cell: NotebookNode, number: int) -> dict[str, Any]:
    fresh = _new_cell(cell.cell_type, cell.source)
    name = _grade_id(cell)
    return {**fresh, "id": str(cell.get("id") or name or f"released-{number}"), "metadata": {**cell.metadata}}


def _own_cell(cell: Cell) -> dict[str, Any]:
    return {**_new_cell(cell.kind, cell.source), "id": "own"}


def _new_cell(kind: str, source: str) -> dict[str, Any]:
    cell = {"cell_type": kind, "source": source, "metadata": {}}
    return {**cell, "outputs": [], "execution_count": None} if kind == "code" else cell


def _make_ids_unique(cells: Sequence[dict[str, Any]]) -> None:
    """Number the student's own cells; what a student wrote is never used as an id."""
    taken = {cell["id"] for cell in cells if cell["id"] != "own"}
    count = 0
    for cell in cells:
        if cell["id"] == "own":
            count += 1
            while f"own-{count}" in taken:
                count += 1
            cell["id"] = f"own-{count}"


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    name = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return name if isinstance(name, str) else None


def _graded(cell: Mapping[str, Any]) -> bool:
    """True for cells that nbgrader knows: only the answers among them may differ from the release."""
    return _grade_id(cell) is not None
