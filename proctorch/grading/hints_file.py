"""The released `hints.json`: known mistakes and their transcripts, as a student's install reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from proctorch.grading.mistakes import KnownMistakes, Mistake
from proctorch.grading.transcript import from_text, pack, to_text, unpack

FORMAT = 1


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


def read_hints(path: Path) -> dict[str, KnownMistakes]:
    """Return the misconceptions in a released `hints.json`, by exercise; none where it is missing or damaged."""
    present = read_present(path)
    if present is None:
        return {}
    try:
        return {
            exercise: KnownMistakes(tuple(_mistake(exercise, row) for row in rows))
            for exercise, rows in present[1]["exercises"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _mistake(exercise: str, row: dict[str, Any]) -> Mistake:
    transcripts = unpack(from_text(row["transcripts"]))
    return Mistake(exercise, str(row["title"]), str(row["hint"]), transcripts, frozenset(map(str, row["failing"])))
