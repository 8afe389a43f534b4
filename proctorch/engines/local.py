"""The default engine: a pool of worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from proctorch import errors
from proctorch.course import Course
from proctorch.engines.jobs import READY, Broken, Done, Job
from proctorch.engines.worker import serve
from proctorch.errors import EngineError, HostDied
from proctorch.model import DaySpec, Report, Submission
from proctorch.sandbox.cgroups import remove_groups_of
from proctorch.sandbox.level import Level

START_SECONDS = 180.0
MOST_DEATHS = 3


@dataclass
class _Worker:
    """A worker's process, our end of its pipe, the core it is bound to, and the job that it has."""

    process: BaseProcess
    connection: Connection
    core: int | None = None
    job: Job | None = None
    ready: bool = False

    def take(self, jobs: _Jobs) -> None:
        """Give the worker the next job, if there is one."""
        self.job = jobs.take()
        if self.job is not None:
            with suppress(OSError):  # a worker that died while idle is buried when it is waited for
                self.connection.send(self.job)

    def close(self) -> None:
        """End the worker; its zygote dies with it."""
        self.connection.close()
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        remove_groups_of(self.process.pid or 0)


class LocalEngine:
    """Grades a day's submissions in processes of its own; student code runs in none of them, but in their guests.

        with LocalEngine(course, day, workers=2) as engine:
            for report in engine.grade(submissions):
                ...

    `workers` defaults to one a core; `level` is how guests are confined, and stands on every result; `apart` gives each
    exercise a process of its own also where its code keeps nothing (`stateless`), for the same results. Raises
    EngineError (SandboxUnavailable, GraderBroken, HostDied) and then gives no mark to what was not yielded.
    """

    def __init__(
        self,
        course: Course,
        day: DaySpec,
        workers: int | None = None,
        *,
        level: Level = Level.FULL,
        apart: bool = False,
    ) -> None:
        self._course, self._day, self._level, self._apart = course, day, level, apart
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
        chosen = {} if only is None else only  # filled while submissions are taken
        jobs = _Jobs(
            Job(number, submission, chosen.get(submission.student, ())) for number, submission in enumerate(submissions)
        )
        doubtful: list[tuple[Job, Done]] = []
        for job, done in self._run(jobs, jobs.waiting(self._count)):
            if done.again and not once:
                doubtful.append((job, done))
            else:
                yield done.report
        for job, done in doubtful:
            for _, second in self._run(_Jobs(iter([replace(job, only=done.again, second=True)])), 1):
                yield _merged(done.report, second.report)

    def _run(self, jobs: _Jobs, workers: int) -> Iterator[tuple[Job, Done]]:
        """Hand out jobs to at most `workers` workers and yield what they finish; each begins as soon as it is ready.

        A worker that starts keeps two cores busy, its own and its zygote's. So half of them start first: the first
        results come sooner, and the last ones no later.
        """
        self._start((workers + 1) // 2)
        active = self._workers[:workers]
        for worker in active:
            if worker.ready:
                worker.take(jobs)
        while busy := {worker.connection: worker for worker in active if worker.job or not worker.ready}:
            if not any(worker.job for worker in active) and not jobs.waiting(1):
                return
            for connection in self._ready(list(busy), list(busy.values())):
                worker = busy[connection]
                job = worker.job
                answer = self._receive(worker, jobs)
                if worker.ready and jobs.waiting(1):
                    self._start(workers)
                active = self._workers[:workers]
                if worker in active:
                    worker.take(jobs)
                if job is not None and answer is not None:
                    yield job, answer

    def _ready(self, connections: list[Connection], workers: list[_Worker]) -> list[Connection]:
        """Wait for workers to say something; raises HostDied when one is not ready in time."""
        starting = not all(worker.ready for worker in workers)
        found = wait(connections, START_SECONDS if starting else None)
        if not found:
            raise HostDied("a grading process did not start.\n  To mend it: run `proctorch doctor`.")
        return found  # type: ignore[return-value]

    def _receive(self, worker: _Worker, jobs: _Jobs) -> Done | None:
        """Return a worker's answer; None when it became ready or died, and then its job is queued again.

        Raises EngineError.
        """
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker, jobs)
            return None
        if isinstance(answer, Broken):
            _raise(answer)
        if answer == READY:
            worker.ready = True
            return None
        if not isinstance(answer, Done):
            raise EngineError(f"a grading process answered with a {type(answer).__name__}.")
        return answer

    def _bury(self, worker: _Worker, jobs: _Jobs) -> None:
        job = worker.job
        worker.close()
        self._workers.remove(worker)
        if not worker.ready:
            raise HostDied("a grading process did not start.\n  To mend it: run `proctorch doctor`.")
        if job is not None:
            self._deaths[job.number] = self._deaths.get(job.number, 0) + 1
            if self._deaths[job.number] >= MOST_DEATHS:
                raise HostDied(
                    f"the process that grades {job.submission.student} ended {MOST_DEATHS} times "
                    f"(last exit code {worker.process.exitcode}); no mark was given.\n"
                    "  To mend it: look for the kernel's out-of-memory messages (dmesg), and try --workers 1."
                )
            jobs.put_back(job)
        self._start(len(self._workers) + 1)

    def _start(self, count: int) -> None:
        """Bring the number of workers up to `count`; they say themselves when they are ready."""
        while len(self._workers) < count:
            ours, theirs = self._context.Pipe()
            core = self._free_core()
            arguments = (theirs, self._course, self._day, self._level, self._apart, core)
            process = self._context.Process(target=serve, args=arguments, daemon=True)
            with _children_deaf_to_ctrl_c():
                process.start()
            theirs.close()
            self._workers.append(_Worker(process, ours, core))

    def _free_core(self) -> int | None:
        """Return a core for the next worker; None but where every core gets one, or where the system binds nobody.

        Fewer workers go where there is room: another engine on this machine could have chosen the same cores.
        """
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
        if self._count != len(cores):
            return None
        taken = {worker.core for worker in self._workers}
        return next((core for core in cores if core not in taken), None)


class _Jobs:
    """Jobs in their order, made when they are taken; a job whose worker died goes back to the front."""

    def __init__(self, source: Iterator[Job]) -> None:
        self._source = source
        self._front: deque[Job] = deque()

    def waiting(self, most: int) -> int:
        """Return how many jobs wait, counting no further than `most`."""
        self._front.extend(islice(self._source, max(0, most - len(self._front))))
        return min(most, len(self._front))

    def take(self) -> Job | None:
        """Return the next job, or None when there is none."""
        return self._front.popleft() if self.waiting(1) else None

    def put_back(self, job: Job) -> None:
        """Let a job be the next one."""
        self._front.appendleft(job)


def _raise(broken: Broken) -> None:
    kind = getattr(errors, broken.kind, EngineError)
    error = kind(broken.message) if isinstance(kind, type) and issubclass(kind, EngineError) else None
    raise error or EngineError(f"{broken.kind}: {broken.message}")


def _merged(first: Report, second: Report) -> Report:
    """Return the first report with the exercises that were run again taken from the second.

    The second run has loaded all cells anew, so its notes stand: a cell that failed only under load is not told of.
    """
    again = {result.exercise: result for result in second.exercises}
    exercises = tuple(again.get(result.exercise, result) for result in first.exercises)
    return replace(first, exercises=exercises, notes=second.notes, seconds=first.seconds + second.seconds)


@contextmanager
def _children_deaf_to_ctrl_c() -> Iterator[None]:
    """Let processes that start here not hear Ctrl-C, which reaches all of a terminal's: the engine ends them itself.

    They inherit that the signal is held back, and `serve` ignores it from then on. For us it only comes later.
    """
    resource_tracker.ensure_running()  # when a process started it, it would let the signal through again
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
