"""Naming a mistake: a failed check whose transcript equals that of a known misconception is that misconception."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from proctorch.grading.transcript import Transcript, agree

Transcripts = Mapping[str, Transcript]


@dataclass(frozen=True)
class Mistake:
    """A known wrong solution of one exercise: its name, the hint its author deserves, and its transcripts by run.

    `failing` are the runs that it fails; only those can name it.
    """

    exercise: str
    title: str
    hint: str
    transcripts: Transcripts
    failing: frozenset[str]


@dataclass(frozen=True)
class KnownMistakes:
    """The misconceptions of one exercise."""

    mistakes: tuple[Mistake, ...] = ()

    def name(
        self, told: Transcripts, failed: Iterable[str], passed: Collection[str] = frozenset()
    ) -> dict[str, Mistake]:
        """Return, for each failed run that equals a misconception's, that misconception.

        `told` are the transcripts of all runs of the exercise. A misconception that fails a run which the submission
        has `passed` is none of its own, however alike the rest is. Where several match, the one that agrees on most
        runs comes first: it explains the most.
        """
        possible = [mistake for mistake in self.mistakes if mistake.failing.isdisjoint(passed)]
        candidates = {run: [mistake for mistake in possible if _fits(mistake, run, told)] for run in failed}
        wanted = {id(mistake): mistake for found in candidates.values() for mistake in found}
        if not wanted:
            return {}
        weight = {number: self._agreement(mistake, told) for number, mistake in wanted.items()}
        return {run: max(found, key=lambda mistake: weight[id(mistake)]) for run, found in candidates.items() if found}

    @staticmethod
    def _agreement(mistake: Mistake, told: Transcripts) -> int:
        return sum(run in mistake.transcripts and agree(told[run], mistake.transcripts[run]) for run in told)


NOTHING_KNOWN = KnownMistakes()


def _fits(mistake: Mistake, run: str, told: Transcripts) -> bool:
    return run in mistake.failing and run in told and agree(told[run], mistake.transcripts[run])
