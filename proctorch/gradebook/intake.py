"""Making every submission one that nbgrader sees, before it looks.

nbgrader's Autograde finds submissions by their notebooks. A student who handed in only the `.py` file, or nothing, or a
notebook of another name, is not found; so an empty notebook is laid in their folder, marked as ours. The reader of
submissions takes it for none at all. Nothing that a student handed in is changed or removed; a `timestamp.txt` that
nbgrader could not read is renamed.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from proctorch.course import Course
from proctorch.grading.notebook_reader import PLACEHOLDER_KEY

_LONGEST_TIMESTAMP = 200


def prepare(course: Course, day: str, students: Iterable[str] | None = None) -> tuple[str, ...]:
    """Prepare the submissions of a day (of all students, or of these) and return a sentence for each thing done."""
    if students is None:
        found = course.submitted.iterdir() if course.submitted.is_dir() else ()
        students = sorted(folder.name for folder in found)
    done: list[str] = []
    for student in students:
        folder = course.submitted / student / day
        if folder.is_dir():
            done += [lay_placeholder(folder, day), set_aside_bad_timestamp(folder)]
    return tuple(sentence for sentence in done if sentence)


def lay_placeholder(folder: Path, day: str) -> str:
    """Put an empty notebook where a submission has none; return what was done, or an empty string."""
    path = folder / f"{day}.ipynb"
    if os.path.lexists(path):
        return ""
    content = {"cells": [], "metadata": {PLACEHOLDER_KEY: True}, "nbformat": 4, "nbformat_minor": 5}
    try:
        with path.open("x", encoding="utf-8") as stream:
            json.dump(content, stream)
    except OSError as error:
        return f"{path} is not there, and no placeholder could be laid in its place: {error}."
    return f"{path} was not handed in: a placeholder was laid in its place, so that nbgrader finds the submission."


def set_aside_bad_timestamp(folder: Path) -> str:
    """Rename a timestamp.txt that nbgrader could not read; return what was done, or an empty string."""
    path = folder / "timestamp.txt"
    if not os.path.lexists(path) or _is_timestamp(path):
        return ""
    try:
        os.replace(path, folder / "timestamp.txt.unreadable")
    except OSError as error:
        return f"{path} is not a time, and could not be renamed: {error}."
    return f"{path} is not a time and was renamed: the submission counts as handed in without one, and not as late."


def is_plain_file(path: Path) -> bool:
    """True for a regular file that can also be named in a log; a link is none."""
    try:
        os.fspath(path).encode("utf-8")
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, UnicodeEncodeError):
        return False


def _is_timestamp(path: Path) -> bool:
    from nbgrader.utils import parse_utc

    if not is_plain_file(path):
        return False
    try:
        if path.stat().st_size > _LONGEST_TIMESTAMP:
            return False
        text = path.read_text().strip()
        return not text or parse_utc(text) is not None
    except (OSError, ValueError, OverflowError, TypeError, AttributeError):
        return False
