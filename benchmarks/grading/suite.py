"""Everything side by side: who is measured on what, in which order, and what becomes of it."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.grading import command, peers_nbgrader, peers_otter
from benchmarks.grading.classes import AnswerBook, Pupil, hand_in, make_class
from benchmarks.grading.figures import disagreements
from benchmarks.grading.machine import describe_code, describe_machine, otter_version
from benchmarks.grading.measure import CpuAccount, Usage, run_measured
from benchmarks.grading.plan import PlannedCheck, plan_checks
from benchmarks.grading.report import publish, results_of, summary
from benchmarks.grading.workload import LIGHT, TRAINING, Graded, Workload, copy_course, open_course
from proctorch.course import Course


@dataclass(frozen=True)
class DaySizes:
    """Classes for one day: `classes` for `proctorch grade`, `beside` in each of `rounds` of engine and floor in turn,
    `floor` for the floor alone, `nbgrader` two sizes or none, `otter` calls. All classes but the largest are graded
    `repeats` times.
    """

    classes: tuple[int, ...]
    repeats: int
    one_worker: tuple[int, ...]
    beside: int
    rounds: int
    floor: tuple[int, ...]
    nbgrader: tuple[int, ...]
    otter: int


@dataclass(frozen=True)
class Sizes:
    """How large the samples are."""

    quick: bool
    days: dict[str, DaySizes]

    @classmethod
    def full(cls, largest: int, largest_training: int | None = None) -> Sizes:
        """Return the sizes for figures that are quoted; a training day's largest class may be another one."""
        light = DaySizes(_up_to(largest), 5, (10, 100), 100, 3, _up_to(largest), (2, 10), 8)
        classes = _up_to(largest_training or largest)
        return cls(False, {"light": light, "training": DaySizes(classes, 1, (4, 24), 20, 3, classes, (2, 6), 3)})

    @classmethod
    def quick_ones(cls) -> Sizes:
        """Return sizes for a first idea in some minutes."""
        light = DaySizes((4, 16, 64), 1, (4, 16), 30, 1, (), (1, 4), 2)
        return cls(True, {"light": light, "training": DaySizes((4, 12), 1, (2, 6), 6, 1, (), (), 0)})


def _up_to(largest: int) -> tuple[int, ...]:
    return (*(size for size in (10, 100, 1000) if size < largest), largest)


@dataclass
class Notes:
    """What was measured so far; `runs` by day and contestant, as results.json keeps them."""

    runs: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    passed: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    agreement: dict[str, Any] = field(default_factory=dict)

    def begin(self, day: str, contestant: str, count: int) -> None:
        """Say what runs now: the largest classes take minutes."""
        print(f"{time.strftime('%H:%M:%S')}  {day:8} {contestant:22} {count:5} submissions ...", flush=True)

    def add(self, day: str, contestant: str, run: dict[str, Any]) -> None:
        """Keep a run, and say so."""
        self.runs.setdefault(day, {}).setdefault(contestant, []).append(run)
        per = 1000 * run["wall"] / max(1, run["count"])
        print(
            f"{time.strftime('%H:%M:%S')}  {day:8} {contestant:22} {run['count']:5} submissions  {run['wall']:8.1f} s"
            f"  {per:9.1f} ms each",
            flush=True,
        )

    def saw(self, day: str, contestant: str, passed: dict[str, Any]) -> None:
        """Keep who passed what."""
        self.passed.setdefault(day, {}).setdefault(contestant, {}).update(passed)


def measure_everything(root: Path, sizes: Sizes, otter: Path, results: Path) -> None:
    """Measure, and write results and plot; a run that is cut short leaves what it has beside them, marked partial."""
    account = CpuAccount()
    account.close()
    about = {
        "quick": sizes.quick,
        "sizes": {day: asdict(size) for day, size in sizes.days.items()},
        "machine": describe_machine() | {"otter_grader": otter_version(otter), "cpu_time_from": account.source},
        "code": describe_code(root),
    }
    notes = Notes()
    with (
        _kept_when_interrupted(about, notes, results),
        tempfile.TemporaryDirectory(prefix="proctorch-bench-") as folder,
    ):
        for workload in (LIGHT, TRAINING):
            place = Path(folder) / workload.key
            place.mkdir()
            _Day(root, workload, sizes.days[workload.key], place, otter, notes).measure()
    complete = results_of(about, notes.runs, notes.agreement)
    publish(complete, results)
    print(summary(complete))


@contextmanager
def _kept_when_interrupted(about: dict[str, Any], notes: Notes, results: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        partial = results.with_suffix(".partial.json")
        content = {"complete": False, "ended_by": repr(error)[:2000], **about, "runs": notes.runs}
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"\nNot finished: {partial} holds what was measured; {results.name} is as it was.", flush=True)
        if isinstance(error, KeyboardInterrupt):
            raise SystemExit(130) from error
        raise


@dataclass
class _Day:
    """One day's measurements."""

    root: Path
    workload: Workload
    sizes: DaySizes
    place: Path
    otter: Path
    notes: Notes

    def measure(self) -> None:
        """Run all contestants, the engine and the floor in turn."""
        graded = open_course(Course(self.root), self.workload, self.place / "course")
        largest = max(*self.sizes.classes, *self.sizes.floor, self.sizes.beside)
        pupils = make_class(AnswerBook.read(graded), largest)
        plan = plan_checks(graded)
        self._warm_up(graded)
        for number in range(self.sizes.rounds):
            self._engine_beside_floor(graded, pupils[: self.sizes.beside], number)
        *smaller, largest_class = self.sizes.classes
        for count in (*smaller * self.sizes.repeats, largest_class):
            self._command("proctorch", graded, pupils[:count], None)
        for count in self.sizes.one_worker:
            self._command("proctorch_one_worker", graded, pupils[:count], 1)
        for count in self.sizes.floor:
            self._alone("floor", graded, pupils[:count], f"floor-{count}")
        self._peers(graded, plan, pupils)
        self._agree(pupils, plan)

    def _add(self, contestant: str, count: int, usage: Usage, **more: Any) -> None:
        run = {key: value for key, value in asdict(usage).items() if key not in ("status", "output")}
        self.notes.add(self.workload.key, contestant, {"count": count, **run, **more})

    def _warm_up(self, graded: Graded) -> None:
        """Do what is done once: test the sandbox, and run the known mistakes, whose transcripts are kept."""
        self.notes.begin(self.workload.key, "selftest_once", 1)
        self._add("selftest_once", 1, command.test_sandbox(graded, self.place / "selftest.log"))
        self.notes.begin(self.workload.key, "known_mistakes_once", 1)
        usage, _ = self._measured("proctorch-judging", graded.course.root, 1, "warm-up", 1)
        self._add("known_mistakes_once", 1, usage)

    def _engine_beside_floor(self, graded: Graded, pupils: Sequence[Pupil], number: int) -> None:
        self._alone("floor", graded, pupils, f"beside-{number}-floor", keep_as="floor_beside")
        self._alone("proctorch-judging", graded, pupils, f"beside-{number}", keep_as="judging_one_worker", workers=1)

    def _alone(
        self,
        name: str,
        graded: Graded,
        pupils: Sequence[Pupil],
        label: str,
        *,
        keep_as: str | None = None,
        workers: int | None = None,
    ) -> None:
        """Measure the floor or the engine in a process of its own; the clock stands until it is warm."""
        self.notes.begin(self.workload.key, keep_as or name, len(pupils))
        own = copy_course(graded, self.place / label)
        hand_in(own.course.release, own.course.submitted, own.day.name, pupils)
        usage, found = self._measured(name, own.course.root, len(pupils), label, workers)
        sample = found["sample"]
        run = {**sample, "peak_pss": usage.peak_pss, "with_start": usage.wall}
        contestant = keep_as or name
        self.notes.add(self.workload.key, contestant, run)
        self.notes.saw(self.workload.key, contestant, found["passed"])

    def _measured(
        self, name: str, course: Path, count: int, label: str, workers: int | None
    ) -> tuple[Usage, dict[str, Any]]:
        target = self.place / f"{label}.json"
        words = [sys.executable, "-m", "benchmarks.grading", name, "--day", self.workload.day, "--count", str(count)]
        words += ["--course", str(course), "--json", str(target)]
        words += [] if workers is None else ["--workers", str(workers)]
        usage = run_measured(words, self.root, self.place / f"{label}.log")
        if usage.status:
            raise RuntimeError(f"{' '.join(words)} ended with {usage.status}:\n{usage.output[-3000:]}")
        return usage, json.loads(target.read_text(encoding="utf-8"))

    def _command(self, contestant: str, graded: Graded, pupils: Sequence[Pupil], workers: int | None) -> None:
        self.notes.begin(self.workload.key, contestant, len(pupils))
        number = len(self.notes.runs.get(self.workload.key, {}).get(contestant, ()))
        folder = self.place / f"{contestant}-{number}-of-{len(pupils)}"
        usage, passed = command.grade_class(graded, pupils, folder, workers)
        self._add(contestant, len(pupils), usage)
        self.notes.saw(self.workload.key, contestant, passed)

    def _peers(self, graded: Graded, plan: Sequence[PlannedCheck], pupils: Sequence[Pupil]) -> None:
        for count in self.sizes.nbgrader:
            self.notes.begin(self.workload.key, "nbgrader", count)
            folder = self.place / f"nbgrader-{count}"
            plain = peers_nbgrader.open_plain_course(graded, plan, folder)
            usage = peers_nbgrader.autograde(plain, pupils[:count], folder / "autograde.log")
            self._add("nbgrader", count, usage)
            self.notes.saw(self.workload.key, "nbgrader", peers_nbgrader.passed_in(plain, pupils[:count]))
        if self.sizes.otter:
            chosen = pupils[: self.sizes.otter]
            self.notes.begin(self.workload.key, "otter", len(chosen))
            usages, passed = peers_otter.run_otter(graded, plan, chosen, self.place / "otter", self.otter)
            for usage in usages:
                self._add("otter", 1, usage)
            self.notes.saw(self.workload.key, "otter", passed)

    def _agree(self, pupils: Sequence[Pupil], plan: Sequence[PlannedCheck]) -> None:
        passed = self.notes.passed[self.workload.key]
        right = [pupil.name for pupil in pupils if pupil.kind == "right"]
        found = disagreements(right, [check.id for check in plan], passed)
        held = {contestant: len(students) for contestant, students in passed.items()}
        self.notes.agreement[self.workload.key] = {"submissions": held, "checks": len(plan), "disagreements": found}
