"""The default engine: a pool of worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from proctorch import errors
from proctorch.course import Course
from proctorch.engines.jobs import READY, Broken, Done, Job
from proctorch.engines.worker import serve
from proctorch.errors import EngineError, HostDied
from proctorch.model import DaySpec, Report, Submission

START_SECONDS = 180.0
MOST_DEATHS = 3


@dataclass
class _Worker:
    """A worker's process, our end of its pipe, and the job that it has."""

    process: BaseProcess
    connection: Connection
    job: Job | None = None

    def close(self) -> None:
        """End the worker; its zygote dies with it."""
        self.connection.close()
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


class LocalEngine:
    """Grades a day's submissions in processes of its own; student code runs in none of them, but in their guests.

        with LocalEngine(course, day, workers=2) as engine:
            for report in engine.grade(submissions):
                ...

    `workers` defaults to one a core. Raises EngineError (SandboxUnavailable, GraderBroken, HostDied) and then gives no
    mark to what was not yielded.
    """

    def __init__(self, course: Course, day: DaySpec, workers: int | None = None) -> None:
        self._course, self._day = course, day
        self._count = workers or len(os.sched_getaffinity(0))
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._deaths: dict[int, int] = {}

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers and their sandboxes."""
        for worker in self._workers:
            worker.close()
        self._workers = []

    def grade(
        self,
        submissions: Iterable[Submission],
        *,
        only: Mapping[str, tuple[str, ...]] | None = None,
        once: bool = False,
    ) -> Iterator[Report]:
        """Yield a report for each submission as it is finished, in no particular order.

        `only` names, for a student, the exercises to run (all of them where it says nothing). A check that times out,
        crashes or runs out of memory is run once more, alone, at the end, unless `once`.
        """
        chosen = only or {}
        jobs = deque(
            Job(number, submission, chosen.get(submission.student, ())) for number, submission in enumerate(submissions)
        )
        if not jobs:
            return
        doubtful: list[tuple[Job, Done]] = []
        by_number = {job.number: job for job in jobs}
        for done in self._run(jobs, min(self._count, len(jobs))):
            if done.again and not once:
                doubtful.append((by_number[done.number], done))
            else:
                yield done.report
        for job, done in doubtful:
            for second in self._run(deque([replace(job, only=done.again, second=True)]), 1):
                yield _merged(done.report, second.report)

    def _run(self, jobs: deque[Job], workers: int) -> Iterator[Done]:
        """Hand out jobs to at most `workers` workers and yield what they finish."""
        self._start(workers)
        active = self._workers[:workers]
        for worker in active:
            self._hand_out(worker, jobs)
        while any(worker.job for worker in active):
            busy = {worker.connection: worker for worker in active if worker.job}
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]
                answer = self._receive(worker, jobs)
                if answer is None:
                    active = self._workers[:workers]
                    self._hand_out(active[-1], jobs)
                    break
                self._hand_out(worker, jobs)
                yield answer

    @staticmethod
    def _hand_out(worker: _Worker, jobs: deque[Job]) -> None:
        worker.job = jobs.popleft() if jobs else None
        if worker.job is not None:
            with suppress(OSError):  # a worker that died while idle is buried when it is waited for
                worker.connection.send(worker.job)

    def _receive(self, worker: _Worker, jobs: deque[Job]) -> Done | None:
        """Return a worker's answer; None when it died, and then its job is queued again. Raises EngineError."""
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker, jobs)
            return None
        if isinstance(answer, Broken):
            _raise(answer)
        if not isinstance(answer, Done):
            raise EngineError(f"a grading process answered with a {type(answer).__name__}.")
        return answer

    def _bury(self, worker: _Worker, jobs: deque[Job]) -> None:
        job = worker.job
        worker.close()
        self._workers.remove(worker)
        if job is not None:
            self._deaths[job.number] = self._deaths.get(job.number, 0) + 1
            if self._deaths[job.number] >= MOST_DEATHS:
                raise HostDied(
                    f"the process that grades {job.submission.student} ended {MOST_DEATHS} times "
                    f"(last exit code {worker.process.exitcode}); no mark was given.\n"
                    "  To mend it: look for the kernel's out-of-memory messages (dmesg), and try --workers 1."
                )
            jobs.appendleft(job)
        self._start(len(self._workers) + 1)

    def _start(self, count: int) -> None:
        """Bring the number of workers up to `count`; raises EngineError when one does not get ready."""
        fresh: list[_Worker] = []
        while len(self._workers) + len(fresh) < count:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(target=serve, args=(theirs, str(self._course.root), self._day), daemon=True)
            with _deaf_to_ctrl_c():
                process.start()
            theirs.close()
            fresh.append(_Worker(process, ours))
        self._workers += fresh
        for worker in fresh:
            _await_ready(worker)


def _await_ready(worker: _Worker) -> None:
    answer: Any = None
    try:
        if worker.connection.poll(START_SECONDS):
            answer = worker.connection.recv()
    except (EOFError, OSError):
        answer = None
    if isinstance(answer, Broken):
        _raise(answer)
    if answer != READY:
        raise HostDied("a grading process did not start.\n  To mend it: run `proctorch doctor`.")


def _raise(broken: Broken) -> None:
    kind = getattr(errors, broken.kind, EngineError)
    error = kind(broken.message) if isinstance(kind, type) and issubclass(kind, EngineError) else None
    raise error or EngineError(f"{broken.kind}: {broken.message}")


def _merged(first: Report, second: Report) -> Report:
    """Return the first report with the exercises that were run again taken from the second."""
    again = {result.exercise: result for result in second.exercises}
    exercises = tuple(again.get(result.exercise, result) for result in first.exercises)
    return replace(first, exercises=exercises, seconds=first.seconds + second.seconds)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let processes that start here ignore Ctrl-C, which reaches all of a terminal's: the engine ends them itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
