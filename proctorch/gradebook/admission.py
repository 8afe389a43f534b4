"""Who takes part in a run of nbgrader's Autograde: every student with a folder, whatever stands in it.

Autograde looks for `*.ipynb` and passes by a folder without one; it copies every other file of a submission and gives
the student up at the first that it cannot copy; and it gives them up for a timestamp that it cannot read.
"""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from proctorch.gradebook.intake import is_plain_file, lay_placeholder, set_aside_bad_timestamp


def admit(autograde: Any, day: str) -> None:
    """Let Autograde, which has listed its submissions, grade the day's one notebook in each folder that it means."""
    coursedir = autograde.coursedir
    if not fnmatch.fnmatch(day, coursedir.notebook_id):
        return
    listed = set(glob.glob(autograde._format_source(day, coursedir.student_id))) | set(autograde.assignments)
    source = Path(coursedir.format_path(coursedir.source_directory, ".", day))
    assignments: dict[str, list[str]] = {}
    for folder in sorted(filter(os.path.isdir, listed)):
        if any(character in folder for character in "\n\r"):
            # nbgrader's own pattern for paths ends at a line break and would stop the whole batch here.
            autograde.log.error("Not graded, for a folder's name holds a line break: %r. Rename it.", folder)
            continue
        for done in (lay_placeholder(Path(folder), day), set_aside_bad_timestamp(Path(folder))):
            if done:
                autograde.log.warning("%s", done)
        assignments[folder] = [os.path.join(folder, f"{day}.ipynb")]
        _ignore(coursedir, _uncopyable(folder, source, day))
    autograde.assignments = assignments


def _ignore(coursedir: Any, paths: Iterable[str]) -> None:
    """Have nbgrader leave these paths alone; its patterns may be absolute."""
    fresh = [pattern for pattern in map(glob.escape, paths) if pattern not in coursedir.ignore]
    if fresh:
        coursedir.ignore = [*coursedir.ignore, *fresh]


def _uncopyable(folder: str, source: Path, day: str) -> Iterator[str]:
    """Yield what Autograde could not copy: links, pipes, devices, unreadable files, and what is in the course's way."""
    if glob.has_magic(folder):  # then nbgrader's own "*.ipynb" does not match here
        yield os.path.join(folder, f"{day}.ipynb")
    for place, folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            if not is_plain_file(Path(path)) or not os.access(path, os.R_OK):
                yield path
        # A folder that cannot be listed is empty for nbgrader; one that is a link is never entered.
        in_source = source / os.path.relpath(place, folder)
        yield from (os.path.join(place, name) for name in folders if (in_source / name).is_file())
        yield from (os.path.join(place, name) for name in files if (in_source / name).is_dir())
