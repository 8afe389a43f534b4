"""From the bytes of a notebook to cells; written against the JSON itself, so that a student needs no nbformat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from proctorch.grading.bounded_json import NotJson, clean_text, decode_text, load_json
from proctorch.grading.recognition import RawCell, Reading, recognise
from proctorch.model import DaySpec, Problem, Verdict

MAX_CELLS = 2_000
MAX_CELL_CHARACTERS = 200_000
MAX_NOTEBOOK_CHARACTERS = 2_000_000
MAX_NOTES = 50
PLACEHOLDER_KEY = "proctorch_placeholder"


def read_notebook_bytes(data: bytes, day: DaySpec, file_name: str) -> Reading | None:
    """Return what a notebook says, never raising for what it is; None for the placeholder of a missing one."""
    text, note = decode_text(data)
    try:
        notebook = load_json(text, data)
    except NotJson as error:
        return Reading(problem=_unreadable(file_name, str(error)))
    if not isinstance(notebook, dict):
        return Reading(problem=_unreadable(file_name, "is JSON, but not a notebook"))
    listed = _listed_cells(notebook)
    if listed is None:
        return Reading(problem=_unreadable(file_name, "is JSON, but has no list of cells"))
    if not listed and _mapping(notebook.get("metadata")).get(PLACEHOLDER_KEY) is True:
        return None
    notes = [f"{file_name}: {note}."] if note else []
    cells = list(_bounded(_raw_cells(listed, day, notes), day, notes))
    reading = recognise(cells, day, file_name, notes)
    return Reading(reading.cells, None, reading.problems, reading.notes[:MAX_NOTES], reading.answers)


def _unreadable(file_name: str, why: str) -> Problem:
    return Problem(
        Verdict.UNREADABLE,
        f"{file_name} {why}, so it cannot be read as a notebook. To mend it: open it in Jupyter, save it, and hand it "
        "in again; if Jupyter does not open it either, copy your answers into a fresh copy of the released notebook.",
    )


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _listed_cells(notebook: Mapping[str, Any]) -> list[Any] | None:
    """Return the cells of nbformat 4, or those of all worksheets of nbformat 3 and older; None where there are none."""
    cells = notebook.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    found: list[Any] = []
    for sheet in sheets:
        of_sheet = _mapping(sheet).get("cells")
        found.extend(of_sheet if isinstance(of_sheet, list) else [])
    return found


def _raw_cells(listed: Sequence[Any], day: DaySpec, notes: list[str]) -> Iterator[RawCell]:
    for number, cell in enumerate(listed, start=1):
        if isinstance(cell, dict):
            yield _raw_cell(cell, f"cell {number}")
        else:
            notes.append(f"cell {number} is not a cell and was left out.")


def _raw_cell(cell: Mapping[str, Any], place: str) -> RawCell:
    nbgrader = _mapping(_mapping(cell.get("metadata")).get("nbgrader"))
    grade_id, cell_id = nbgrader.get("grade_id"), cell.get("id")
    source, trouble = _source(cell, place)
    return RawCell(
        kind=_kind(cell.get("cell_type")),
        source=source,
        place=place,
        cell_id=cell_id if isinstance(cell_id, str) else "",
        grade_id=grade_id if isinstance(grade_id, str) else "",
        trouble=trouble,
    )


def _kind(cell_type: object) -> Literal["code", "markdown", "raw"]:
    if cell_type == "code":
        return "code"
    return "markdown" if cell_type in ("markdown", "heading", "html") else "raw"


def _source(cell: Mapping[str, Any], place: str) -> tuple[str, str]:
    """Return the text of a cell and what is wrong with it; nbformat 3 calls the text of a code cell `input`."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return "", f"{place} holds {type(source).__name__} where its text should be. To mend it: write the cell again."
    if len(source) > MAX_CELL_CHARACTERS:
        return "", (
            f"{place} is {len(source):,} characters long; at most {MAX_CELL_CHARACTERS:,} are read. To mend it: take "
            "out data that was pasted into the cell."
        )
    return clean_text(source), ""


def _bounded(cells: Iterator[RawCell], day: DaySpec, notes: list[str]) -> Iterator[RawCell]:
    """Yield the cells of the exercises, and of the others as many as the bounds allow."""
    ours = {name for exercise in day.exercises for name in (exercise.name, f"{exercise.name}_check")}
    count = characters = dropped = 0
    for cell in cells:
        count, characters = count + 1, characters + len(cell.source)
        within = count <= MAX_CELLS and characters <= MAX_NOTEBOOK_CHARACTERS
        claimed = count <= 2 * MAX_CELLS and (cell.grade_id in ours or cell.cell_id in ours)
        if not (within or claimed):
            dropped += 1
            continue
        if cell.trouble and not claimed:
            notes.append(f"It was left out: {cell.trouble}")
        yield cell
    if dropped:
        notes.append(f"{dropped} cells behind the first {MAX_CELLS} (or behind two million characters) were not read.")
