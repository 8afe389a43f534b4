"""From submissions to reports: out of the store where a result holds, out of the engine where none does."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from proctorch.course import Course
from proctorch.errors import EngineError, HostDied
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.store import ResultsStore
from proctorch.model import DaySpec, Report, Submission


class Engine(Protocol):
    """What grades submissions in processes of its own."""

    def grade(self, submissions: Iterable[Submission], /) -> Iterable[Report]:
        """Yield a report for each submission as it is finished; raises EngineError."""
        ...


class EngineFactory(Protocol):
    """Makes an engine for one day; entering it starts its processes, leaving it ends them."""

    def __call__(self, course: Course, day: DaySpec, /) -> AbstractContextManager[Engine]:
        """Return the engine, not yet started."""
        ...


class WarmEngine:
    """Keeps one engine running between calls, because starting one costs seconds.

    An engine is reused for the same course, day and keys only: when a grader or the environment changed, a new one is
    started. After a failure the next call starts afresh. An engine that had nothing to do for `idle` seconds is ended:
    a formgrader runs for weeks.
    """

    def __init__(self, idle: float = 600.0) -> None:
        self._idle = idle
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._identity: tuple[Any, ...] | None = None
        self._engine: Engine | None = None

    def grade(
        self, factory: EngineFactory, course: Course, day: DaySpec, keys: ResultKeys, submissions: Sequence[Submission]
    ) -> list[Report]:
        """Return a report for each submission; raises EngineError."""
        with self._lock:
            try:
                engine = self._running(factory, course, day, keys)
                return list(engine.grade(submissions))
            except BaseException:
                self._close()
                raise
            finally:
                self._end_later()

    def close(self) -> None:
        """End the engine's processes."""
        with self._lock:
            self._close()
            self._end_later()

    def _running(self, factory: EngineFactory, course: Course, day: DaySpec, keys: ResultKeys) -> Engine:
        """Return the engine for this day, started if need be."""
        identity = (factory, course, day, keys)
        if self._engine is None or self._identity != identity:
            self._close()
            self._engine = self._stack.enter_context(factory(course, day))
            self._identity = identity
        return self._engine

    def _end_later(self) -> None:
        """Count the idle time from now on."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._engine is not None:
            self._timer = threading.Timer(self._idle, self._end_if_idle)
            self._timer.daemon = True
            self._timer.start()

    def _end_if_idle(self) -> None:
        """End the engine, unless it was used since this timer was set."""
        with self._lock:
            if self._timer is threading.current_thread():
                self._close()

    def _close(self) -> None:
        """Forget the engine, then end it: what it raises while ending must not keep it in use."""
        self._engine = self._identity = None
        self._stack.close()


@dataclass(frozen=True)
class KeptWarm:
    """A warm engine as the engine of one day."""

    warm: WarmEngine
    factory: EngineFactory
    course: Course
    day: DaySpec
    keys: ResultKeys

    def grade(self, submissions: Iterable[Submission], /) -> list[Report]:
        """Return a report for each submission; raises EngineError."""
        return self.warm.grade(self.factory, self.course, self.day, self.keys, list(submissions))


def judge(
    submissions: Iterable[Submission], store: ResultsStore, keys: ResultKeys, engine: Engine, *, again: bool = False
) -> Iterator[Report]:
    """Yield a report for each submission: stored ones first, the others as the engine finishes them.

    Each new report is saved before it is yielded, so a run that is killed goes on where it stopped. With `again`
    nothing is taken from the store. Raises EngineError (StoreUnavailable where the store fails).
    """
    missing: dict[str, Submission] = {}
    for submission in submissions:
        known = None if again else standing(submission, store, keys)
        if known is None:
            missing[submission.student] = submission
        else:
            yield known
    if not missing:
        return
    for report in engine.grade(list(missing.values())):
        if report.student not in missing:
            raise EngineError(f"the engine gave a result for {report.student!r}, whom nobody asked about.")
        store.save(report, keys.key(missing.pop(report.student)))
        yield report
    if missing:
        raise HostDied(f"the engine ended without a result for {', '.join(sorted(missing))}; run the command again.")


def standing(submission: Submission, store: ResultsStore, keys: ResultKeys) -> Report | None:
    """Return the stored report that still holds for a submission; one without marks never does."""
    known = store.find(submission.student, submission.day, keys.key(submission))
    return known if known is not None and known.judged else None
