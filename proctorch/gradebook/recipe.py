"""What the marks of every student of a day are made from, beside their own work: as one hash."""

from __future__ import annotations

import importlib.metadata
import inspect
from pathlib import Path

from proctorch.gradebook.receipts import folder_state, hash_of
from proctorch.grading.versions import engine_fingerprint, file_hash
from proctorch.model import DaySpec

_WRITERS = ("nbgrader", "nbconvert", "nbformat")


def recipe(config: object, day: DaySpec, released: str, source: Path, penalty: type) -> str:
    """Return the hash of settings, authored day, released notebook, the course's files, and all code that writes.

    `penalty` is the class of the plugin for late submissions, which may be the course's own.
    """
    here = sorted(Path(__file__).parent.glob("*.py"))
    versions = [importlib.metadata.version(name) for name in _WRITERS]
    return hash_of(
        config,
        day,
        released,
        folder_state(source),
        _source_of(penalty),
        engine_fingerprint(),
        file_hash(here),
        versions,
    )


def _source_of(kind: type) -> str:
    """Return the hash of the file in which a class is written; an empty text where there is none."""
    try:
        return file_hash([Path(inspect.getfile(kind))])
    except (OSError, TypeError):
        return ""
