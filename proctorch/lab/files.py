"""Files for checks: in a folder of their own, so that a check at home leaves nothing beside the student's work."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from pathlib import Path


def scratch_file(name: str, content: bytes | None = None) -> Path:
    """Return the path of a file in a new temporary folder; it exists only where `content` is given.

    A check makes it where the student's code runs: `path = student.lab("scratch_file", "weights.pt")`. The folder goes
    when the process ends.
    """
    path = _new_folder() / Path(name).name
    if content is not None:
        path.write_bytes(content)
    return path


def _new_folder() -> Path:
    """Make the first folder of its kind that is not there yet.

    Its name is not drawn: a path may stand in a message, and two runs of the same code must say the same.
    """
    for number in itertools.count():
        folder = Path(tempfile.gettempdir()) / f"proctorch-scratch-{number}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder
    raise AssertionError("numbers do not end")
