"""Equivalent mutants: changes that make no difference which a check could or should see, each with its reason."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from proctorch.authoring.document import Document, read_text
from proctorch.errors import AuthoringError
from proctorch.validation.mutants import mutants_of

FILE_NAME = "equivalent_mutants.toml"
_EXAMPLE = 'write [[mutant]], key = "...", reason = "..."; `proctorch validate` prints the keys of survivors.'


def read_equivalents(folder: Path, document: Document | None = None) -> dict[str, str]:
    """Return the reason for each key in a grader folder's `equivalent_mutants.toml`; nothing without such a file.

    Raises AuthoringError for a file that is not such a list, for a missing reason, for a key that stands there twice
    and, where the solution is given as `document`, for keys that none of its mutants has any more.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return {}
    text = read_text(path)
    reasons: dict[str, str] = {}
    for entry in _entries(text, path):
        key, reason = _read_entry(entry, text, path)
        if key in reasons:
            raise AuthoringError(path, _line(text, key), f"this key stands here twice: {key}", "take one out.")
        reasons[key] = reason
    if document is not None:
        _require_known(reasons, document, text, path)
    return reasons


def _entries(text: str, path: Path) -> list[dict[str, Any]]:
    """Return the [[mutant]] tables of the file; raises AuthoringError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AuthoringError(path, 1, f"this is not TOML: {error}", "mend it; " + _EXAMPLE) from error
    entries = data.pop("mutant", [])
    if data:
        raise AuthoringError(path, _line(text, next(iter(data))), f"unknown: {', '.join(data)}", _EXAMPLE)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise AuthoringError(path, 1, "`mutant` is not a list of tables", _EXAMPLE)
    return entries


def _read_entry(entry: dict[str, Any], text: str, path: Path) -> tuple[str, str]:
    """Return key and reason of one table; raises AuthoringError."""
    key, reason = entry.get("key"), entry.get("reason")
    if not isinstance(key, str) or not key.strip():
        raise AuthoringError(path, _line(text, str(reason or "")), "a mutant without a key", _EXAMPLE)
    if not isinstance(reason, str) or not reason.strip():
        cure = 'add reason = "...", which says why no check can or should tell it from the solution.'
        raise AuthoringError(path, _line(text, key), f"no reason for {key}", cure)
    stray = sorted(set(entry) - {"key", "reason"})
    if stray:
        raise AuthoringError(path, _line(text, key), f"unknown: {', '.join(stray)}", _EXAMPLE)
    return key, " ".join(reason.split())


def _require_known(reasons: dict[str, str], document: Document, text: str, path: Path) -> None:
    """Raise AuthoringError with all keys that belong to no mutant of the solution as it is now."""
    known = {mutant.key() for mutant in mutants_of(document, most=None)}
    stale = [key for key in reasons if key not in known]
    if stale:
        listed = "".join(f"\n    {key}" for key in stale)
        problem = f"no mutant of {document.path.name} has the key{'s' if len(stale) > 1 else ''}{listed}"
        cure = "take it out, or put the key in its place that `proctorch validate` prints."
        raise AuthoringError(path, _line(text, stale[0]), problem, cure)


def _line(text: str, wanted: str) -> int:
    """Return the line of the file that holds the beginning of `wanted`; 1 where none does."""
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, start=1) if wanted and wanted[:40] in line), 1)
