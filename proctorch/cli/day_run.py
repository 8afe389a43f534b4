"""A day's submissions through store and engine, with progress, and with an end that loses nothing."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from proctorch.cli import interrupts
from proctorch.cli.interrupts import interruptible
from proctorch.errors import EngineError
from proctorch.sandbox.level import Level

if TYPE_CHECKING:
    from proctorch.course import Course
    from proctorch.gradebook.store import ResultsStore
    from proctorch.model import DaySpec, Report, Submission

INTERRUPTED = 130

Take = Callable[["Submission", "Report"], None]


@dataclass(frozen=True)
class DayRun:
    """What is asked of a run: whose work, how many `workers`, and `fresh` to take nothing from the store.

    A run that is `proposing` files its results as proposals. `level` is how guests are confined.
    """

    course: Course
    day: DaySpec
    names: list[str]
    workers: int | None = None
    fresh: bool = False
    proposing: bool = False
    level: Level = Level.FULL

    def reports(self, store: ResultsStore, *, quiet: bool, take: Take | None = None) -> Iterator[Report]:
        """Yield a report for each student, from the store where one still holds; raises EngineError.

        Each goes to `take` first, with its submission. When the run ends early, how much is kept is said on standard
        error.
        """
        from proctorch.cli.progress import grading_progress

        done = 0
        try:
            with grading_progress(f"Grading {self.day.name}", len(self.names), quiet=quiet) as told:
                for submission, report in self._judged(store):
                    done += 1
                    if take is not None:
                        take(submission, report)
                    yield report
                    told(report.student, report.seconds)
                    interrupts.check()
        except (EngineError, KeyboardInterrupt) as end:
            if done or isinstance(end, KeyboardInterrupt):
                _say(f"{done} of {len(self.names)} submissions are judged, and their results kept.")
            raise

    def _judged(self, store: ResultsStore) -> Iterator[tuple[Submission, Report]]:
        from proctorch.gradebook.ahead import read_ahead
        from proctorch.gradebook.judging import judge, longest_first
        from proctorch.gradebook.keys import ResultKeys
        from proctorch.gradebook.planning import WINDOW
        from proctorch.grading.submission import read_submission

        keys = ResultKeys.of(self.course, self.day.name, sandbox=self.level)
        expected = store.expected_seconds(self.day.name)
        order = longest_first(self.names, expected)
        taken: dict[str, Submission] = {}

        def read(name: str) -> Submission:
            return read_submission(self.course.submitted / name / self.day.name, self.day, name)

        def noted(submissions: Iterable[Submission]) -> Iterator[Submission]:
            for submission in submissions:
                taken[submission.student] = submission
                yield submission

        engine = _EngineOnDemand(self)
        options = {"again": self.fresh, "proposing": self.proposing}
        with (
            contextlib.closing(read_ahead(read, order, WINDOW)) as submissions,
            contextlib.closing(judge(noted(submissions), store, keys, engine, expected=expected, **options)) as reports,
        ):
            for report in reports:
                yield taken.pop(report.student), report


@dataclass(frozen=True)
class _EngineOnDemand:
    """The local engine, started when it is asked: its processes cost seconds, and most second runs need none."""

    run: DayRun

    def grade(
        self, submissions: Iterable[Submission], /, *, only: Mapping[str, tuple[str, ...]] | None = None
    ) -> Iterator[Report]:
        """Yield a report for each submission as it is finished; raises EngineError."""
        from proctorch.engines.local import LocalEngine

        run = self.run
        with LocalEngine(run.course, run.day, workers=run.workers, level=run.level) as engine:
            yield from engine.grade(submissions, only=only)


@contextlib.contextmanager
def ends_cleanly(command: str) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the work inside: exit code 130, and the command that goes on is named."""
    try:
        with interruptible(signal.SIGINT, signal.SIGTERM):
            yield
    except KeyboardInterrupt:
        _say(f"Interrupted. To go on: {command}")
        raise typer.Exit(INTERRUPTED) from None


def _say(text: str) -> None:
    from proctorch.cli.output import console
    from proctorch.grading.wording import clean_text

    console(stderr=True).print(clean_text(text), soft_wrap=True)
