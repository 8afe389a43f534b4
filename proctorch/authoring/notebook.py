"""The nbgrader source notebook of a day."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from proctorch.authoring.document import AuthoredCell, Document

SCHEMA_VERSION = 3  # of nbgrader's cell metadata


def notebook_text(document: Document) -> str:
    """Return the source notebook, in nbformat 4.5, with the solutions still in it.

    Each exercise is a solution cell, called by its name, with a locked grade cell behind it that holds the points.
    Cell ids say what a cell is and stay the same from build to build, so the same day gives the same bytes. Raises
    nbformat's ValidationError when the result is no notebook.
    """
    import nbformat

    node = nbformat.from_dict(_notebook(document))  # type: ignore[no-untyped-call]
    nbformat.validate(node)
    text: str = nbformat.writes(node, version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def check_cell_source(exercise: str) -> str:
    """Return what stands in the locked cell behind an exercise."""
    return f'from proctorch import check\n\ncheck("{exercise}")'


def _notebook(document: Document) -> dict[str, Any]:
    day = document.path.stem
    return {
        "cells": _cells(document),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
            "proctorch": {"day": day, "generated_by": f"proctorch build {day}"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cells(document: Document) -> list[dict[str, Any]]:
    """Return the notebook's cells; those without an exercise are numbered by kind, from 01."""
    cells: list[dict[str, Any]] = []
    counts = {"text": 0, "code": 0, "raw": 0}
    for cell in document.cells:
        if cell.exercise is not None:
            cells.extend(_exercise_cells(cell, cell.exercise, cell.points or Fraction(0)))
            continue
        kind = "text" if cell.kind == "markdown" else cell.kind
        counts[kind] += 1
        cells.append(_cell(cell.kind, f"{kind}-{counts[kind]:02d}", cell.source, {}))
    return cells


def _exercise_cells(cell: AuthoredCell, name: str, points: Fraction) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the cell that students fill in, and the locked one that carries the points."""
    maximum = points.numerator if points.denominator == 1 else float(points)
    solution = _nbgrader(name, grade=False, solution=True, locked=False)
    grade = _nbgrader(f"{name}_check", grade=True, solution=False, locked=True) | {"points": maximum}
    return (
        _cell("code", name, cell.source, {"nbgrader": solution}),
        _cell("code", f"{name}-check", check_cell_source(name), {"nbgrader": grade}),
    )


def _nbgrader(grade_id: str, *, grade: bool, solution: bool, locked: bool) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }


def _cell(kind: str, cell_id: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": cell_id, "metadata": metadata, "source": source}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
