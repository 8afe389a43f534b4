"""From submissions to reports: out of the store where a result holds, out of the engine where none does.

What has to be run is for `planning` to say; what a report is put together from, for `merging`.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import Any, Protocol

from proctorch.course import Course
from proctorch.errors import EngineError, HostDied
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.planning import Plan
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.writer import ResultsWriter
from proctorch.model import DaySpec, Report, Submission


class Engine(Protocol):
    """What grades submissions in processes of its own."""

    def grade(
        self, submissions: Iterable[Submission], /, *, only: Mapping[str, tuple[str, ...]] | None = None
    ) -> Iterable[Report]:
        """Yield a report for each submission as it is finished; raises EngineError.

        `only` names by student the exercises to run, all where it says nothing; it is filled while the submissions are
        taken one by one.
        """
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
        self,
        factory: EngineFactory,
        course: Course,
        day: DaySpec,
        keys: ResultKeys,
        submissions: Sequence[Submission],
        only: Mapping[str, tuple[str, ...]] | None = None,
    ) -> list[Report]:
        """Return a report for each submission; raises EngineError."""
        with self._lock:
            try:
                engine = self._running(factory, course, day, keys)
                return list(engine.grade(submissions, only={} if only is None else only))
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

    def grade(
        self, submissions: Iterable[Submission], /, *, only: Mapping[str, tuple[str, ...]] | None = None
    ) -> list[Report]:
        """Return a report for each submission; raises EngineError."""
        return self.warm.grade(self.factory, self.course, self.day, self.keys, list(submissions), only)


def judge(
    submissions: Iterable[Submission],
    store: ResultsStore,
    keys: ResultKeys,
    engine: Engine,
    *,
    again: bool = False,
    proposing: bool = False,
    expected: Mapping[str, float] | None = None,
) -> Generator[Report, None, None]:
    """Yield a report for each submission, in no particular order; the engine is asked only where results are missing.

    Each new report is on disk before it is yielded, so a run that is killed goes on where it stopped. With `again`
    nothing is taken that was in the store before. When `proposing`, new reports are filed as proposals, which
    `ResultsStore.apply` lets stand. Submissions are taken as they are needed, in windows; `expected` seconds by student
    order each window, `longest_first` the whole. Raises EngineError (StoreUnavailable where the store fails).
    """
    with ResultsWriter(store) as writer:
        plan = Plan(iter(submissions), store, keys, writer, expected or {}, again=again, proposing=proposing)
        try:
            while not plan.tasks and plan.read_window():
                yield from plan.done()
            if plan.tasks:
                for report in engine.grade(plan.work(), only=plan.only):
                    plan.finish(report)
                    yield from plan.done()
        except (EngineError, KeyboardInterrupt):
            writer.flush()
            yield from plan.done()  # so that whoever counts knows what is kept
            raise
        writer.flush()
        yield from plan.done()
    if plan.unfinished:
        names = ", ".join(plan.unfinished)
        raise HostDied(f"the engine ended without a result for {names}; run the command again.")


def standing(submission: Submission, store: ResultsStore, keys: ResultKeys) -> Report | None:
    """Return the stored report that still holds for a submission; one without marks never does."""
    return standing_of_all([submission], store, keys).get(submission.student)


def standing_of_all(submissions: Sequence[Submission], store: ResultsStore, keys: ResultKeys) -> dict[str, Report]:
    """Return by student the stored reports that still hold for submissions of one day."""
    by_student = {each.student: each for each in submissions}
    if not by_student:
        return {}
    known = store.newest(submissions[0].day, list(by_student))
    numbers = {
        student: each.number
        for student, each in known.items()
        if each.judged and each.key == keys.key(by_student[student])
    }
    found = store.numbered(list(numbers.values()))
    # A name that the database cannot hold comes back in other letters.
    return {student: replace(found[number], student=student) for student, number in numbers.items()}


def longest_first(students: Iterable[str], expected: Mapping[str, float]) -> list[str]:
    """Return students by the seconds that their submissions are expected to take, the longest first.

    Those of whom nothing is known stand where the average is.
    """
    average = sum(expected.values()) / len(expected) if expected else 0.0
    return sorted(students, key=lambda student: -expected.get(student, average))
