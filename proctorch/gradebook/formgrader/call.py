"""What the web server asks a worker to do, as bytes, and back."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

# What only the server itself needs: a token has no business in a worker.
_SERVER_ONLY = {"ServerApp", "IdentityProvider", "PasswordIdentityProvider"}

# The length of what follows, in bytes.
LENGTH = struct.Struct("!Q")


@dataclass(frozen=True)
class Formgrader:
    """How to make the server's formgrader once more: its settings, and where its course is.

    `settings` holds each setting by its dotted name, pickled by itself: one that cannot travel, such as a function
    of the server's own settings, stays behind. `nbgrader_config.py` is read again by the worker, so nothing that
    stands there is lost. `log_level` is that of what the page is told, not of what the worker prints.
    """

    settings: tuple[tuple[tuple[str, ...], bytes], ...]
    config_dir: str
    root: str
    load_cwd_config: bool
    log_level: int

    @classmethod
    def of(cls, extension: Any, log_level: int) -> Formgrader:
        """Return what makes nbgrader's FormgradeExtension once more."""
        return cls(
            tuple(_travelling(extension.config)),
            str(extension.config_dir),
            str(extension.coursedir.root),
            bool(extension.load_cwd_config),
            log_level,
        )

    def config(self) -> dict[str, Any]:
        """Return the settings as a nested dictionary, without those that cannot be read in this process."""
        found: dict[str, Any] = {}
        for names, data in self.settings:
            section = found
            for name in names[:-1]:
                section = section.setdefault(name, {})
            with suppress(Exception):  # unpickling imports modules, and may raise whatever these raise
                section[names[-1]] = pickle.loads(data)
        return found


@dataclass(frozen=True)
class Call:
    """One thing to do: a method of NbGraderAPI, or `page`, with its arguments."""

    formgrader: Formgrader
    method: str
    arguments: tuple[Any, ...]


def _travelling(config: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Yield name and bytes of every setting that can be pickled."""
    for name, value in config.items():
        if not above and name in _SERVER_ONLY:
            continue
        if isinstance(value, type(config)):
            yield from _travelling(value, (*above, name))
            continue
        with suppress(Exception):  # pickling raises whatever a value's own methods raise
            yield (*above, name), pickle.dumps(value)
