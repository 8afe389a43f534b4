"""The catalogue of a day's misconceptions: each is run once for a version of its grader, and its transcripts are
kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from proctorch.authoring.variants import Variant, VariantFile
from proctorch.files import replace_file
from proctorch.grading.mistakes import NOTHING_KNOWN, KnownMistakes, Mistake
from proctorch.grading.transcript import Transcript, pack, unpack
from proctorch.model import Cell
from proctorch.sandbox.decoding import decode
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.values import BadValue

Transcribe = Callable[[tuple[Cell, ...], str], tuple[dict[str, Transcript], frozenset[str]]]


def cells_with(solution: tuple[Cell, ...], file: VariantFile, variant: Variant) -> tuple[Cell, ...]:
    """Return the solution's cells with a variant behind them, where it takes the place of the name that it defines."""
    own = Cell("code", variant.source, f"variant: {variant.title}")
    return (*solution, Cell("code", file.preamble, "what the variants import"), own)


class Catalogue:
    """Gives an exercise's misconceptions with their transcripts.

    `transcribe(cells, exercise)` runs a submission's checks of one exercise and returns its transcripts and the runs
    that failed. `folder` keeps them between runs, under `version(exercise)`, a text that changes with whatever
    decides them.
    """

    def __init__(
        self,
        solution: tuple[Cell, ...],
        file: VariantFile,
        transcribe: Transcribe,
        *,
        folder: Path | None = None,
        version: Callable[[str], str] = lambda exercise: "",
    ) -> None:
        self._solution, self._file, self._transcribe = solution, file, transcribe
        self._folder, self._version = folder, version
        self._known: dict[str, KnownMistakes] = {}

    def known(self, exercise: str) -> KnownMistakes:
        """Return the misconceptions of an exercise, run now if they were not before."""
        if exercise not in self._known:
            variants = self._file.of(exercise)
            self._known[exercise] = self._read(exercise, variants) or self._make(exercise, variants)
        return self._known[exercise]

    def _make(self, exercise: str, variants: tuple[Variant, ...]) -> KnownMistakes:
        if not variants:
            return NOTHING_KNOWN
        mistakes = tuple(self._mistake(exercise, variant) for variant in variants)
        self._keep(exercise, mistakes)
        return KnownMistakes(mistakes)

    def _mistake(self, exercise: str, variant: Variant) -> Mistake:
        told, failing = self._transcribe(cells_with(self._solution, self._file, variant), exercise)
        return Mistake(exercise, variant.title, variant.hint or "", told, failing)

    def _path(self, exercise: str) -> Path | None:
        if self._folder is None:
            return None
        variants = [(variant.title, variant.hint, variant.source) for variant in self._file.of(exercise)]
        key = hashlib.sha256(repr((self._version(exercise), self._file.preamble, variants)).encode()).hexdigest()
        return self._folder / f"{exercise}-{key[:24]}.transcripts"

    def _keep(self, exercise: str, mistakes: tuple[Mistake, ...]) -> None:
        path = self._path(exercise)
        packed = [pack(mistake.transcripts) for mistake in mistakes]
        if path is None or any(data is None for data in packed):
            return
        rows = [(data, sorted(mistake.failing)) for data, mistake in zip(packed, mistakes, strict=True)]
        with suppress(OSError):  # they are made again where there is no room for them
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, encode(rows), mode=0o600)
            # Those of earlier versions, and what a process that was killed left of one.
            for old in (*path.parent.glob(f"{exercise}-*"), *path.parent.glob(f".{exercise}-*")):
                if old != path:
                    old.unlink(missing_ok=True)

    def _read(self, exercise: str, variants: tuple[Variant, ...]) -> KnownMistakes | None:
        path = self._path(exercise)
        try:
            rows = decode(path.read_bytes()) if path is not None else None
            if rows is None or len(rows) != len(variants):
                return None
            return KnownMistakes(
                tuple(
                    Mistake(exercise, variant.title, variant.hint or "", unpack(data), frozenset(failing))
                    for variant, (data, failing) in zip(variants, rows, strict=True)
                )
            )
        except (OSError, BadValue, TypeError, ValueError):
            return None
