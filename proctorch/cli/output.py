"""Where results go: JSON to a file or standard output, tables to the terminal, everything else to standard error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proctorch.errors import CourseError
from proctorch.files import replace_file

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Return a terminal to print on; markup is off, because file names and student text hold brackets."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def write_json(data: Any, target: str) -> None:
    """Write `data` to the file `target`, or to standard output for `-`; a file is replaced in one step."""
    from proctorch.grading.wording import json_text

    text = json_text(data)
    if target == "-":
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    else:
        write_text(text, Path(target))


def write_text(text: str, path: Path) -> None:
    """Replace the file `path` in one step; raises CourseError where that is not possible.

    Half a surrogate pair, which a student's file may hold, is written as a question mark.
    """
    try:
        replace_file(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror or error}.") from error
