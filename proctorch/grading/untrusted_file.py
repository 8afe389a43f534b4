"""Reading a file that a student made: bounded, without following links, and never waiting on anything."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from proctorch.errors import EngineError
from proctorch.model import Problem, Verdict

NOTEBOOK_LIMIT = 64 * 2**20
SCRIPT_LIMIT = 4 * 2**20
MAX_LISTED = 2_000

# The machine's trouble, not the student's: no verdict may come of it.
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.ESTALE, errno.EINTR}


def read_untrusted(path: Path, limit: int) -> bytes | Problem | None:
    """Return the bytes of a regular file, None when there is nothing at `path`, or the Problem that it is.

    Neither a link nor a folder, pipe or device is ever opened for reading. Raises EngineError when the machine and
    not the file is at fault.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    shown = printable(path.name)
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            return _unreadable(f"{shown} is {_kind(found.st_mode)}, not a file.", "hand in the file itself")
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return _cannot_open(path, error)
    with os.fdopen(descriptor, "rb") as stream:
        # Between lstat and open the file may have been exchanged, so what was opened is looked at again.
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _unreadable(f"{shown} is not a plain file.", "hand in the file itself")
        return _bounded(stream.read(limit + 1), limit, shown)


def _bounded(data: bytes, limit: int, shown: str) -> bytes | Problem:
    if len(data) > limit:
        return _unreadable(
            f"{shown} is larger than {limit // 2**20} MiB.",
            "clear the outputs (in Jupyter: Kernel, Restart Kernel and Clear Outputs), save, and hand it in again",
        )
    return data


def _cannot_open(path: Path, error: OSError | ValueError) -> Problem:
    """Tell the student's unreadable file from a machine that cannot read; raises EngineError for the second."""
    code = getattr(error, "errno", None)
    if code in _OURS or (code == errno.EACCES and _somebody_may_read(path)):
        raise EngineError(f"{path} cannot be read: {error}.\n  To mend it: see who may read that folder.") from error
    return _unreadable(f"{printable(path.name)} cannot be opened.", "make the file readable and hand it in again")


def _somebody_may_read(path: Path) -> bool:
    try:
        return bool(os.lstat(path).st_mode & 0o444)
    except OSError:
        return True


def list_untrusted(folder: Path) -> tuple[str, ...]:
    """Return the names of the regular files in a folder, sorted and bounded; empty when there is no such folder.

    Raises EngineError when the folder is there and cannot be listed.
    """
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    names.append(entry.name)
                if len(names) >= MAX_LISTED:
                    break
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise EngineError(f"{folder} cannot be listed: {error}.\n  To mend it: see who may read it.") from error
    return tuple(sorted(names))


def printable(text: str, limit: int = 120) -> str:
    """Return `text` fit for a message: one line, no control characters, no lone surrogates, bounded."""
    cleaned = "".join(character if character.isprintable() else "?" for character in text[: limit + 1])
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISLNK(mode):
        return "a link to another place"
    return "a pipe or a device"


def _unreadable(what: str, cure: str) -> Problem:
    return Problem(Verdict.UNREADABLE, f"{what} To mend it: {cure}.")
