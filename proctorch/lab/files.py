"""Files for checks: in a folder of their own, so that a check at home leaves nothing beside the student's work."""

from __future__ import annotations

import tempfile
from pathlib import Path


def scratch_file(name: str, content: bytes | None = None) -> str:
    """Return the path of a file in a new temporary folder; it exists only where `content` is given.

    A check makes it where the student's code runs: `path = student.lab("scratch_file", "weights.pt")`.
    """
    path = Path(tempfile.mkdtemp(prefix="proctorch-")) / Path(name).name
    if content is not None:
        path.write_bytes(content)
    return str(path)
