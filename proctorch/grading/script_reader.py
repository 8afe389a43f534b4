"""From a `.py` file in percent format to cells: by their headers, else by the names that they define.

A `# %%` inside a string is text, not a header. Where a string was opened and never closed, every later header would
look like text; so in a file that Python does not parse a header closes what is open, and the mistake spoils one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from proctorch.grading.bounded_json import clean_text, decode_text
from proctorch.grading.line_scanner import LineState, after_line, states
from proctorch.grading.notebook_reader import (
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_NOTEBOOK_CHARACTERS,
    MAX_NOTES,
)
from proctorch.grading.recognition import RawCell, Reading, recognise
from proctorch.grading.shell_lines import plain_python
from proctorch.grading.top_level import parse
from proctorch.model import DaySpec, Problem, Verdict

MAX_PARSED_CHARACTERS = MAX_CELL_CHARACTERS

_HEADER = re.compile(r"#[ \t]?(?:%%(?!\w)|In\[[ \d]*\]:)(.*)")
_EXERCISE = re.compile(r"""\bexercise[ \t]*=[ \t]*["']?([A-Za-z_]\w*)""")
_KIND = re.compile(r"\[(markdown|md|raw)\]")
_DEFINITION = re.compile(r"(?:async[ \t]+def|def|class)[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*=(?!=)")


@dataclass(frozen=True)
class _Chunk:
    """The lines between two headers; `first` is the line number of its first line."""

    kind: Literal["code", "markdown", "raw"]
    exercise: str
    first: int
    lines: tuple[str, ...]


def read_script_bytes(data: bytes, day: DaySpec, file_name: str) -> Reading:
    """Return what a `.py` file says, never raising for what it is."""
    text, note = decode_text(data)
    text = clean_text(text)
    if len(text) > MAX_NOTEBOOK_CHARACTERS:
        return Reading(problem=_too_long(file_name))
    notes = [f"{file_name}: {note}."] if note else []
    lines = text.split("\n")
    chunks = list(_chunks(lines, _trusts_strings(text, lines)))
    with_header = {chunk.exercise for chunk in chunks}
    owner_of = {
        name: exercise.name
        for exercise in day.exercises
        for name in exercise.defines
        if exercise.name not in with_header
    }
    parts = [part for chunk in chunks for part in _split_by_names(chunk, owner_of)]
    cells = [_raw_cell(part) for part in parts if part.exercise or not _says_nothing(part)]
    if len(cells) > MAX_CELLS:
        notes.append(f"{len(cells) - MAX_CELLS} cells behind the first {MAX_CELLS} were not read.")
    reading = recognise(cells[:MAX_CELLS], day, file_name, notes)
    return replace(reading, notes=reading.notes[:MAX_NOTES])


def _too_long(file_name: str) -> Problem:
    return Problem(
        Verdict.UNREADABLE,
        f"{file_name} is longer than {MAX_NOTEBOOK_CHARACTERS:,} characters. To mend it: take out data that was pasted "
        "into it, and hand it in again.",
    )


def _trusts_strings(text: str, lines: Sequence[str]) -> bool:
    """True when a header inside a string is really text: there is none, or the file is whole.

    Of a very long file nobody knows: its syntax tree may take a kilobyte for each character.
    """
    hidden = any(state.quote and _HEADER.match(line) for line, state in states(list(lines)))
    return not hidden or (len(text) <= MAX_PARSED_CHARACTERS and parse(plain_python(text)[0]) is not None)


def _chunks(lines: Sequence[str], trusts_strings: bool) -> Iterator[_Chunk]:
    """Yield the cells of the file in order; what stands above the first header is a code cell too."""
    kind: Literal["code", "markdown", "raw"] = "code"
    exercise, first, body = "", 1, list[str]()
    state = LineState()
    for number, line in enumerate(lines, start=1):
        header = _HEADER.match(line) if not state.quote or not trusts_strings else None
        if header is None:
            body.append(line)
            state = after_line(line, state) if kind == "code" else LineState()
            continue
        yield _Chunk(kind, exercise, first, tuple(body))
        kind, exercise = _header(header.group(1))
        first, body, state = number + 1, [], LineState()
    yield _Chunk(kind, exercise, first, tuple(body))


def _header(text: str) -> tuple[Literal["code", "markdown", "raw"], str]:
    kind = _KIND.search(text)
    exercise = _EXERCISE.search(text)
    name = exercise.group(1) if exercise else ""
    if kind is None or name:
        return "code", name
    return ("raw" if kind.group(1) == "raw" else "markdown"), ""


def _split_by_names(chunk: _Chunk, owner_of: Mapping[str, str]) -> Iterator[_Chunk]:
    """Yield the chunk, with the definitions of exercises that have no header of their own cut out of it.

    So a file without headers still has a cell for each exercise, and a syntax error in one spoils only that one.
    """
    if chunk.kind != "code" or not owner_of:
        yield chunk
        return
    start, current = 0, chunk.exercise
    for number, owner in enumerate(_owners(chunk, owner_of)):
        if owner == current:
            continue
        if number > start:
            yield _part(chunk, start, number, current)
        start, current = number, owner
    yield _part(chunk, start, len(chunk.lines), current)


def _part(chunk: _Chunk, start: int, end: int, owner: str) -> _Chunk:
    # Only a header is a claim; what was cut out is recognised by its names, as in a notebook.
    claim = owner if owner == chunk.exercise else ""
    return _Chunk("code", claim, chunk.first + start, chunk.lines[start:end])


def _owners(chunk: _Chunk, owner_of: Mapping[str, str]) -> list[str]:
    """Return the exercise that each line belongs to; comments and decorators go with what follows them."""
    owners: list[str] = []
    current, rest, waiting = chunk.exercise, chunk.exercise, 0
    for line, state in states(list(chunk.lines)):
        starts = state.at_statement or bool(state.depth and _DEFINITION.match(line))
        if starts and line.startswith(("@", "#")):
            waiting += 1
            continue
        if starts and line.strip() and not line[0].isspace():
            found = _DEFINITION.match(line)
            owner = owner_of.get(found.group(1) or found.group(2)) if found else None
            # Behind the first definition that was cut out, the rest no longer belongs to the header above it.
            rest = rest if owner is None else ""
            current = rest if owner is None else owner
        owners.extend([current] * (waiting + 1))
        waiting = 0
    return owners + [rest] * waiting


def _says_nothing(chunk: _Chunk) -> bool:
    """True for blank cells, and for comments that stand in no cell of their own, such as the file's first line."""
    ignored = ("", "#") if chunk.kind == "code" else ("",)
    return all(line.strip()[:1] in ignored for line in chunk.lines)


def _raw_cell(chunk: _Chunk) -> RawCell:
    place = f"the cell at line {chunk.first}"
    source = "\n".join(chunk.lines).strip("\n")
    blank = next((number for number, line in enumerate(chunk.lines) if line.strip()), 0)
    place = f"the cell at line {chunk.first + blank}"
    if chunk.kind != "code":
        source = "\n".join(re.sub(r"^# ?", "", line) for line in source.split("\n"))
    if len(source) > MAX_CELL_CHARACTERS:
        trouble = f"{place} is longer than {MAX_CELL_CHARACTERS:,} characters. To mend it: take out pasted data."
        return RawCell(chunk.kind, "", place, grade_id=chunk.exercise, trouble=trouble)
    return RawCell(chunk.kind, source, place, grade_id=chunk.exercise)
