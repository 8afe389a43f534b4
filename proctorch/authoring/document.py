"""An authored day as its cells: jupytext's percent format, with line numbers and the headers of exercises.

Prose begins with `# %% [markdown]`, an exercise with `# %% exercise="softmax" points=4`, other code with `# %%`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, cast

from proctorch.errors import AuthoringError

CellKind = Literal["code", "markdown", "raw"]
KNOWN_KEYS = ("exercise", "points")
EXERCISE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
EXAMPLE_HEADER = '# %% exercise="softmax" points=4'
_HEADER = re.compile(r"\s*#\s*%%(\s.*)?\Z")
_ALMOST_HEADER = re.compile(r"\s*#\s*%%(\[|exercise|points)")
_TITLE = re.compile(r"#\s+(\S.*)\Z")
_JUPYTEXT_BOOKKEEPING = frozenset({"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", "region_name"})


@dataclass(frozen=True)
class AuthoredCell:
    """One cell of an authored file.

    `source` is the cell as a notebook shows it (prose and magics uncommented); `text` is the same as it stands in the
    file. `line` is the number of its first line in the file, `header_line` that of its `# %%` line. `exercise` and
    `points` are None for a cell that is not an exercise.
    """

    kind: CellKind
    source: str
    text: str
    line: int
    header: str
    header_line: int
    exercise: str | None = None
    points: Fraction | None = None


@dataclass(frozen=True)
class Document:
    """An authored day: its file, its title and its cells in order."""

    path: Path
    title: str
    cells: tuple[AuthoredCell, ...]

    @property
    def exercises(self) -> tuple[AuthoredCell, ...]:
        """The cells that hold exercises."""
        return tuple(cell for cell in self.cells if cell.exercise is not None)


def read_text(path: Path) -> str:
    """Return an authored file's text with Unix line ends; raises AuthoringError when it cannot be read as UTF-8."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise AuthoringError(path, 1, "there is no such file", "write it, or mend its name.") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise AuthoringError(path, line, "this line is not UTF-8 text", "save the file as UTF-8.") from error
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror})"
        raise AuthoringError(path, 1, problem, "make it a readable file.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_document(path: Path) -> Document:
    """Read an authored day.

    Raises AuthoringError for a file that is not Python, a header that is not understood, code above the first header
    and a missing title. Solution regions are not looked at here.
    """
    text = read_text(path)
    parse_python(text, path)
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if _ALMOST_HEADER.match(line):
            cure = f"write a blank behind `%%`: `{EXAMPLE_HEADER}`."
            raise AuthoringError(path, number, f"this is not a cell header: {line.strip()}", cure)
    first = next((index for index, line in enumerate(lines) if _HEADER.match(line)), None)
    if first is None:
        raise AuthoringError(path, 1, "the file has no cells", "begin it with `# %% [markdown]` and `# # Title`.")
    _require_no_code("\n".join(lines[:first]), path)
    cells = tuple(_read_cells(lines, first, path))
    return Document(path, _read_title(cells, path), cells)


def parse_python(text: str, path: Path, first_line: int = 1) -> ast.Module:
    """Return the syntax tree of `text`, which begins at line `first_line` of `path`; raises AuthoringError."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line = first_line + (error.lineno or 1) - 1
        raise AuthoringError(path, line, f"this is not Python: {error.msg}", "mend the syntax.") from error
    except ValueError as error:
        raise AuthoringError(path, first_line, f"this is not Python: {error}", "take the NUL out.") from error


def _require_no_code(preamble: str, path: Path) -> None:
    """Allow only comments and a docstring above the first header: they are the author's and are not generated."""
    for node in parse_python(preamble, path).body:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            cure = "write a `# %%` line above it."
            raise AuthoringError(path, node.lineno, "code above the first cell header belongs to no cell", cure)


def _read_cells(lines: list[str], first: int, path: Path) -> list[AuthoredCell]:
    """Let jupytext cut the file into cells, and remember where each one begins."""
    from jupytext.cell_reader import DoublePercentScriptCellReader

    cells: list[AuthoredCell] = []
    position = first
    while position < len(lines):
        reader = DoublePercentScriptCellReader({"extension": ".py", "format_name": "percent"}, "python")
        node, length = reader.read(lines[position:])
        block = lines[position + 1 : position + length]
        exercise, points = _read_header(dict(node.metadata), node.cell_type, lines[position], path, position + 1)
        lead = next((index for index, line in enumerate(block) if line.strip()), 0)
        cells.append(
            AuthoredCell(
                kind=cast(CellKind, node.cell_type),
                source=_trim(node.source),
                text=_trim("\n".join(block)),
                line=position + 2 + lead,
                header=lines[position].rstrip(),
                header_line=position + 1,
                exercise=exercise,
                points=points,
            )
        )
        position += length
    return cells


def _trim(text: str) -> str:
    """Drop the blank lines around a cell: they only part it from its neighbours in the file."""
    lines = text.split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return "\n".join(lines)


def _read_header(
    metadata: dict[str, Any], kind: str, header: str, path: Path, line: int
) -> tuple[str | None, Fraction | None]:
    """Return exercise and points of a header; raises AuthoringError for whatever else stands in it."""
    options = {key: value for key, value in metadata.items() if key not in _JUPYTEXT_BOOKKEEPING}
    known = "a header knows " + " and ".join(KNOWN_KEYS) + f": `{EXAMPLE_HEADER}`."
    for key, value in options.items():
        if key in ("title", "incorrectly_encoded_metadata"):
            raise AuthoringError(path, line, f"this cell header has stray text: {value!r}", known)
        if key not in KNOWN_KEYS:
            raise AuthoringError(path, line, f"this cell header has an unknown key: {key}", known)
    name, points = options.get("exercise"), options.get("points")
    if name is None and "points" in options:
        raise AuthoringError(path, line, "this cell header has points and no exercise", known)
    if "exercise" not in options:
        return None, None
    if kind != "code":
        raise AuthoringError(path, line, f"an exercise cannot be a {kind} cell", f"write `{EXAMPLE_HEADER}`.")
    if not isinstance(name, str) or not EXERCISE_NAME.match(name):
        cure = "use lower-case letters, digits and _, at most 40, in quotes, beginning with a letter."
        raise AuthoringError(path, line, f"{name!r} cannot be the name of an exercise", cure)
    return name, _read_points(points, "points" in options, name, path, line)


def _read_points(value: object, given: bool, name: str, path: Path, line: int) -> Fraction:
    """Return the points of an exercise; raises AuthoringError where they are missing or not a positive number."""
    if not given:
        raise AuthoringError(path, line, f"exercise {name!r} has no points", f"write `{EXAMPLE_HEADER}`.")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    try:
        points = Fraction(str(value)) if is_number else Fraction(0)
    except ValueError:
        points = Fraction(0)
    if points <= 0:
        problem = f"the points of exercise {name!r} are {value!r}, not a positive number"
        raise AuthoringError(path, line, problem, "write a number above 0, without quotes: `points=4`.")
    return points


def _read_title(cells: tuple[AuthoredCell, ...], path: Path) -> str:
    """Return the heading that the first prose cell begins with; raises AuthoringError where there is none."""
    prose = next((cell for cell in cells if cell.kind == "markdown"), None)
    match = _TITLE.match(prose.source.split("\n")[0]) if prose else None
    if match is None:
        line = prose.line if prose else 1
        problem = "the day has no title"
        raise AuthoringError(path, line, problem, "begin the first `# %% [markdown]` cell with `# # Title`.")
    return match.group(1).strip()
