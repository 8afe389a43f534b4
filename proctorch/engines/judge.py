"""What a worker keeps between submissions, and how it judges one: the checks, a zygote, the reference, the mistakes."""

from __future__ import annotations

import datetime
import gc
import os
import platform
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path

import proctorch
from proctorch.authoring.variants import read_variants
from proctorch.course import Course
from proctorch.engines.jobs import READY, Broken, Done, Job
from proctorch.errors import EngineError
from proctorch.grading.catalogue import Catalogue
from proctorch.grading.checks import Check
from proctorch.grading.loading import describe_failures
from proctorch.grading.recall import Conversations
from proctorch.grading.runner import ExerciseRun, Suite, suspicious
from proctorch.grading.sandbox_bench import SandboxBench
from proctorch.grading.seeds import fingerprint
from proctorch.grading.session import with_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.transcript import Transcript
from proctorch.grading.versions import engine_fingerprint, grader_versions
from proctorch.model import Cell, CheckResult, DaySpec, ExerciseResult, Provenance, Report, Submission, Verdict
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS, Limits


@dataclass
class Host:
    """What a worker keeps between jobs."""

    course: Course
    day: DaySpec
    zygote: Zygote
    suite: Suite
    versions: Mapping[str, str]
    secret: bytes
    limits: Limits
    conversations: Conversations = field(default_factory=Conversations)
    apart: bool = False
    _reference: SandboxBench | None = field(default=None)
    _catalogue: Catalogue | None = field(default=None)

    def bench(
        self, cells: tuple[Cell, ...], conversations: Conversations | None = None, *, apart: bool = False
    ) -> SandboxBench:
        """Return a bench for a submission's cells; no two exercises share a process where they are `apart`."""
        return SandboxBench(
            self.zygote,
            self.day,
            cells,
            secret=self.secret,
            versions=self.versions,
            limits=self.limits,
            conversations=conversations,
            apart=self.apart or apart,
        )

    def reference(self) -> SandboxBench:
        """Return the bench of the reference solution, made on first use."""
        if self._reference is None:
            self._reference = self.bench(self._solution())
        return self._reference

    def _solution(self) -> tuple[Cell, ...]:
        return submission_from_file(self.course.solution(self.day.name), self.day, "reference").cells

    def catalogue(self) -> Catalogue:
        """Return the day's misconceptions, made on first use."""
        if self._catalogue is None:
            self._catalogue = Catalogue(
                self._solution(),
                read_variants(self.course.graders / self.day.name / "misconceptions.py"),
                self._transcribe,
                folder=self.course.state / "transcripts" / self.day.name,
                version=self._transcript_version,
            )
        return self._catalogue

    def _transcribe(self, cells: tuple[Cell, ...], exercise: str) -> tuple[dict[str, Transcript], frozenset[str]]:
        """Return what a misconception tells and fails; run twice where a guest died, for that may be bad luck."""
        for _ in range(2):
            bench = self.bench(cells)
            try:
                told, failing, steady = ExerciseRun(self.suite, bench, None).transcripts(exercise)
            finally:
                bench.close()
            if steady and not bench.failures:
                break
        return told, failing

    def _transcript_version(self, exercise: str) -> str:
        """Return what decides a misconception's transcripts, its own source apart."""
        import torch

        facts = [torch.__version__, torch.backends.cpu.get_cpu_capability(), engine_fingerprint()]
        sources = [cell.source for cell in self._solution()]
        return repr((facts, self.versions[exercise], fingerprint(self.secret), sources))

    def grade(self, job: Job) -> Done:
        """Grade one submission; raises EngineError."""
        start = time.perf_counter()
        bench = self.bench(job.submission.cells, self.conversations, apart=job.second)
        known = self.catalogue().known
        run = ExerciseRun(self.suite, bench, self.reference(), known)
        results: list[ExerciseResult] = []
        try:
            if job.submission.problem is None:
                bench.load()
            needed = self.suite.needed_for(job.only) if job.only else {spec.name for spec in self.day.exercises}
            chosen = [spec for spec in self.day.exercises if spec.name in needed]
            problems = [job.submission.problem or job.submission.problems.get(spec.name) for spec in chosen]
            rounds = 2 if len(chosen) > 1 else 1  # the public checks of all exercises, then every exercise
            bench.plan(rounds * problems.count(None))
            if rounds > 1:
                for spec, problem in zip(chosen, problems, strict=True):
                    run.run_public(spec, problem, second=job.second)
            for spec, problem in zip(chosen, problems, strict=True):
                result = run.run(spec, problem, second=job.second)
                if not job.only or spec.name in job.only:
                    results.append(result)
        finally:
            bench.close()
        notes = (*job.submission.notes, *describe_failures(bench.failures))
        report = Report(
            student=job.submission.student,
            day=self.day.name,
            exercises=tuple(results),
            provenance=self._provenance(job.submission),
            notes=notes,
            problem=job.submission.problem,
            seconds=time.perf_counter() - start,
        )
        return Done(job.number, report, () if job.second else suspicious(results))

    def unjudged(self, submission: Submission, detail: str) -> Report:
        """Return the report of a submission on which the engine itself failed: no check is judged, so no mark."""
        message = "The grader could not judge this; it is not your fault."
        results = []
        for spec in self.day.exercises:
            points = self.suite.points(spec)
            checks = tuple(
                CheckResult(
                    check.id, spec.name, check.public, check.claim, Verdict.NOT_JUDGED, Fraction(0), points[check.id],
                    message, detail,
                )
                for check in self.suite.of(spec.name)
            )  # fmt: skip
            results.append(ExerciseResult(spec.name, spec.title, spec.points, checks))
        return Report(submission.student, self.day.name, tuple(results), self._provenance(submission))

    def _provenance(self, submission: Submission) -> Provenance:
        import numpy
        import torch

        return Provenance(
            engine=proctorch.__version__,
            python=platform.python_version(),
            torch=str(torch.__version__),
            numpy=numpy.__version__,
            platform=platform.platform(),
            cpu_capability=torch.backends.cpu.get_cpu_capability(),
            threads=1,
            device="cpu",
            sandbox=self.zygote.level.value,
            secret=fingerprint(self.secret),
            submission=submission.content_hash,
            graders=dict(self.versions),
            graded_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            measures=self.zygote.measures or (),
        )


def judge_jobs(
    connection: Connection,
    course: Course,
    day: DaySpec,
    files: Sequence[Path],
    zygote: Zygote,
    *,
    apart: bool = False,
    core: int | None = None,
) -> None:
    """Collect the checks of grader files, say `ready`, then answer jobs, on `core`, until None or the end comes.

    Raises GraderBroken where the files do not load, SandboxUnavailable where the zygote does not get warm.
    """

    def work(checks: tuple[Check, ...]) -> None:
        suite = Suite(day, checks, with_hidden=True)
        versions = grader_versions(files, [spec.name for spec in day.exercises])
        with zygote:
            host = Host(course, day, zygote, suite, versions, course.secret(), _widest(checks), apart=apart)
            _spare_the_collector()
            if core is not None:
                os.sched_setaffinity(0, {core})
            connection.send(READY)
            _answer(connection, host)

    with_checks(files, work)


def _spare_the_collector() -> None:
    """Let the garbage collector pass over what was imported, and come less often: it took 6 % of a worker's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def _answer(connection: Connection, host: Host) -> None:
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        if job is None:
            return
        try:
            connection.send(host.grade(job))
        except EngineError as error:
            connection.send(Broken(job.number, type(error).__name__, str(error)))
        except Exception:  # whatever it is, it concerns one submission, and must not end the batch
            connection.send(Done(job.number, host.unjudged(job.submission, traceback.format_exc())))


def _widest(checks: tuple[Check, ...]) -> Limits:
    """Return the limits of a guest that has to serve all these checks; each check bounds itself further."""
    memory = max((check.limits.memory for check in checks), default=DEFAULT_LIMITS.memory)
    return DEFAULT_LIMITS.replace(memory=max(memory, DEFAULT_LIMITS.memory))
