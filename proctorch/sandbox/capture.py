"""Keeping what student code prints, with a bound."""

from __future__ import annotations

import io
import sys
from typing import TextIO


class _Bounded(io.TextIOBase):
    """A text stream that keeps its first characters and counts the rest."""

    def __init__(self, most: int) -> None:
        self._most, self._kept, self._size, self._lost = most, [""], 0, 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        kept = text[: self._most - self._size]
        self._kept.append(kept)
        self._size += len(kept)
        self._lost += len(text) - len(kept)
        return len(text)

    def take(self) -> str:
        text = "".join(self._kept)
        if self._lost:
            text += f"\n... and {self._lost} more characters"
        self._kept, self._size, self._lost = [""], 0, 0
        return text


class Capture:
    """While entered, standard output and error go into memory; `take` returns and forgets them.

    Entering nests: a callback may lead to another request, and the outermost exit restores the streams.
    """

    def __init__(self, most: int) -> None:
        self._stream = _Bounded(most)
        self._depth = 0
        self._saved: tuple[TextIO, TextIO] | None = None

    def __enter__(self) -> Capture:
        if self._depth == 0:
            self._saved = (sys.stdout, sys.stderr)
            sys.stdout = sys.stderr = self._stream
        self._depth += 1
        return self

    def __exit__(self, *exception: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._saved is not None:
            sys.stdout, sys.stderr = self._saved
            self._saved = None

    def take(self) -> str:
        """Return what was printed since the last call."""
        return self._stream.take()
