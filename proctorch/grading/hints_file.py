"""The released `hints.json`: known mistakes and their transcripts, as a student's install reads them."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from proctorch.grading.mistakes import NOTHING_KNOWN, KnownMistakes, Mistake
from proctorch.grading.transcript import from_text, pack, to_text, unpack

# To be raised when the file changes, and when what a guest answers changes: kept answers are compared with new ones.
FORMAT = 2


def read_present(path: Path) -> tuple[str, dict[str, Any]] | None:
    """Return a file's text and what it holds; None where it is missing or damaged."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError):
        return None
    return (text, content) if isinstance(content, dict) else None


def row_of(mistake: Mistake) -> dict[str, Any] | None:
    """Return a mistake as plain data; None when no check of those that were run catches it."""
    packed = pack(mistake.transcripts) if mistake.failing else None
    if packed is None:
        return None
    return {
        "title": mistake.title,
        "hint": mistake.hint,
        "failing": sorted(mistake.failing),
        "transcripts": to_text(packed),
    }


def read_hints(path: Path, exercise: str) -> KnownMistakes:
    """Return an exercise's misconceptions from a released `hints.json`; none where it is missing or damaged."""
    try:
        status = path.stat()
    except OSError:
        return NOTHING_KNOWN
    present = _read_kept(path, status.st_mtime_ns, status.st_size)
    try:
        rows = present[1]["exercises"].get(exercise, ()) if present is not None else ()
        return KnownMistakes(tuple(_mistake(exercise, row) for row in rows))
    except (KeyError, TypeError, ValueError, AttributeError):
        return NOTHING_KNOWN


@functools.lru_cache(maxsize=2)
def _read_kept(path: Path, written: int, size: int) -> tuple[str, dict[str, Any]] | None:
    """Read a file once for as long as it stays as it is: it may hold a megabyte, and a notebook asks often."""
    return read_present(path)


def _mistake(exercise: str, row: dict[str, Any]) -> Mistake:
    transcripts = unpack(from_text(row["transcripts"]))
    return Mistake(exercise, str(row["title"]), str(row["hint"]), transcripts, frozenset(map(str, row["failing"])))
