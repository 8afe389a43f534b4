"""Solution regions: what lies between `### BEGIN SOLUTION` and `### END SOLUTION` and what students get instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proctorch.errors import AuthoringError

BEGIN = "BEGIN SOLUTION"
END = "END SOLUTION"
PLACEHOLDER = ("# YOUR CODE HERE", "raise NotImplementedError()")


@dataclass(frozen=True)
class Region:
    """One region of a text: the indices of its BEGIN and of its END line, and the indentation of BEGIN."""

    begin: int
    end: int
    indent: str


def find_regions(lines: Sequence[str], path: Path, first_line: int) -> tuple[Region, ...]:
    """Return the solution regions of a cell whose first line is line `first_line` of `path`.

    Raises AuthoringError where a region is not closed, is closed without having been opened, or holds another one.
    """
    regions: list[Region] = []
    begin: int | None = None
    for index, line in enumerate(lines):
        where = first_line + index
        if BEGIN in line:
            if begin is not None:
                problem = f"{BEGIN} inside the region that line {first_line + begin} begins"
                raise AuthoringError(path, where, problem, f"write `### {END}` above it, or take this line out.")
            begin = index
        elif END in line:
            if begin is None:
                cure = f"write `### {BEGIN}` where the solution starts, or take this line out."
                raise AuthoringError(path, where, f"{END} without a {BEGIN} before it", cure)
            regions.append(Region(begin, index, _indentation(lines[begin])))
            begin = None
    if begin is not None:
        cure = f"write `### {END}` behind the solution, in the same cell."
        raise AuthoringError(path, first_line + begin, "this solution region is not closed", cure)
    return tuple(regions)


def stub_lines(lines: Sequence[str], path: Path, first_line: int) -> list[tuple[int, str]]:
    """Return the cell as students get it: each line with the index of the authored line that it comes from.

    The text is what nbgrader's ClearSolutions makes of the same cell: each region becomes the placeholder, indented as
    its BEGIN line. Raises AuthoringError as `find_regions` does.
    """
    result: list[tuple[int, str]] = []
    position = 0
    for region in find_regions(lines, path, first_line):
        result.extend(enumerate(lines[position : region.begin], start=position))
        result.extend((region.begin, region.indent + line) for line in PLACEHOLDER)
        position = region.end + 1
    result.extend(enumerate(lines[position:], start=position))
    return result


def clear_solutions(text: str, path: Path, first_line: int) -> str:
    """Return `text` with every solution region replaced by the placeholder.

    Raises AuthoringError as `find_regions` does.
    """
    return "\n".join(line for _, line in stub_lines(text.split("\n"), path, first_line))


def _indentation(line: str) -> str:
    """Return the white space that begins a line, as ClearSolutions counts it."""
    match = re.match(r"\s*", line)
    return match.group(0) if match else ""
