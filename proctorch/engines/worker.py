"""One worker: a host process that grades submissions of one day, one after another."""

from __future__ import annotations

import ast
import datetime
import platform
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path

import proctorch
from proctorch.authoring.variants import read_variants
from proctorch.course import Course
from proctorch.errors import EngineError, ProctorchError
from proctorch.grading.catalogue import Catalogue
from proctorch.grading.checks import Check
from proctorch.grading.loading import describe_failures
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

# torch imports symbolic_shapes, and with it sympy, on the first gradient of a non-scalar: 0.75 s in every fork
# otherwise.
ALWAYS_PRELOADED = ("numpy", "jaxtyping", "torch.fx.experimental.symbolic_shapes")
SLOW_IMPORTS = {"torch.optim": "torch._dynamo", "proctorch.lab": "sklearn.datasets"}


@dataclass(frozen=True)
class Job:
    """One submission to grade; with `only`, just those exercises; `second` marks a run once more, alone."""

    number: int
    submission: Submission
    only: tuple[str, ...] = ()
    second: bool = False


@dataclass(frozen=True)
class Done:
    """A job's result; `again` are the exercises that deserve a second run, alone."""

    number: int
    report: Report
    again: tuple[str, ...] = ()


@dataclass(frozen=True)
class Broken:
    """The engine failed: no result."""

    number: int
    kind: str
    message: str


READY = "ready"


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
    _reference: SandboxBench | None = field(default=None)
    _catalogue: Catalogue | None = field(default=None)

    def bench(self, cells: tuple[Cell, ...]) -> SandboxBench:
        """Return a bench for a submission's cells."""
        return SandboxBench(
            self.zygote,
            self.day,
            cells,
            secret=self.secret,
            versions=self.versions,
            limits=self.limits,
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
        bench = self.bench(cells)
        try:
            return ExerciseRun(self.suite, bench, None).transcripts(exercise)
        finally:
            bench.close()

    def _transcript_version(self, exercise: str) -> str:
        """Return what decides a misconception's transcripts, its own source apart."""
        import torch

        facts = [torch.__version__, torch.backends.cpu.get_cpu_capability(), engine_fingerprint()]
        sources = [cell.source for cell in self._solution()]
        return repr((facts, self.versions[exercise], fingerprint(self.secret), sources))

    def grade(self, job: Job) -> Done:
        """Grade one submission; raises EngineError."""
        start = time.perf_counter()
        bench = self.bench(job.submission.cells)
        known = self.catalogue().known
        run = ExerciseRun(self.suite, bench, self.reference(), known)
        results: list[ExerciseResult] = []
        try:
            if job.submission.problem is None:
                bench.load()
            chosen = [spec for spec in self.day.exercises if not job.only or spec.name in job.only]
            problems = [job.submission.problem or job.submission.problems.get(spec.name) for spec in chosen]
            bench.planned = problems.count(None)
            for spec, problem in zip(chosen, problems, strict=True):
                results.append(run.run(spec, problem, second=job.second))
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
            sandbox="full",
            secret=fingerprint(self.secret),
            submission=submission.content_hash,
            graders=dict(self.versions),
            graded_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        )


def serve(connection: Connection, root: str, day: DaySpec) -> None:
    """Be a worker: say `ready`, then answer jobs until None comes or the pipe closes."""
    course = Course(Path(root))
    files = [
        path for path in (course.graders / day.name / name for name in ("public.py", "hidden.py")) if path.exists()
    ]

    def work(checks: tuple[Check, ...]) -> None:
        suite = Suite(day, checks, with_hidden=True)
        limits = _widest(checks)
        solution = course.solution(day.name)
        versions = grader_versions(files, [spec.name for spec in day.exercises])
        with Zygote(preload_for(solution), masked=(course.root,)) as zygote:
            host = Host(course, day, zygote, suite, versions, course.secret(), limits)
            connection.send(READY)
            _answer(connection, host)

    try:
        with_checks(files, work)
    except (ProctorchError, OSError, SyntaxError) as error:
        connection.send(Broken(-1, type(error).__name__, str(error)))


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


def preload_for(solution: Path) -> tuple[str, ...]:
    """Return what the zygote imports before it forks: what the day's own solution imports, and nothing more.

    A thin zygote forks in a third of the time of a full one.
    """
    names: list[str] = list(ALWAYS_PRELOADED)
    for node in ast.walk(ast.parse(solution.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.append(node.module)
            names += [dotted for alias in node.names if (dotted := f"{node.module}.{alias.name}") in SLOW_IMPORTS]
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "torch.optim":
            names.append("torch.optim")
    if any(name.split(".")[0] == "torchvision" for name in names):
        names.insert(0, "proctorch.lab.vision")  # beside a torch without CUDA, torchvision imports only after it
    extra = [SLOW_IMPORTS[name] for name in names if name in SLOW_IMPORTS]
    return tuple(dict.fromkeys(name for name in [*names, *extra] if name != "proctorch"))
