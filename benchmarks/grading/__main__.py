"""`python -m benchmarks.grading COMMAND`: see the package's own text."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.grading.classes import AnswerBook, Pupil, all_mistaken, hand_in, make_class
from benchmarks.grading.measure import Sample
from benchmarks.grading.workload import LIGHT, TRAINING, Graded, Workload, existing_course, open_course
from proctorch.course import Course
from proctorch.grading.submission import read_submission
from proctorch.model import Submission

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("floor", "plain pytest in one warm process"), ("proctorch-judging", "the engine alone")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--day", default=LIGHT.day, help="default: %(default)s")
        command.add_argument("--exercise", help=f"this one alone; for {TRAINING.day}: {TRAINING.exercise}")
        command.add_argument("--count", type=int, default=50, help="submissions; default: %(default)s")
        command.add_argument("--workers", type=int, help="default: one a core")
        command.add_argument("--course", type=Path, help="a course that was made before; default: a new one")
        command.add_argument("--json", type=Path, help="write the figures and who passed what")
        command.set_defaults(run=_measure)
    everything = commands.add_parser("all", help="everything, side by side")
    everything.add_argument("--quick", action="store_true", help="smaller samples: under five minutes")
    everything.add_argument("--largest", type=int, default=1000, help="the largest class; default: %(default)s")
    everything.add_argument("--largest-training", type=int, help="the largest class of the training day; default: same")
    everything.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results.json")
    everything.add_argument("--otter", type=Path, default=ROOT / ".venv-bench" / "bin" / "otter")
    everything.set_defaults(run=_everything)
    commands.add_parser("plot", help="draw benchmarks/results.json again").set_defaults(run=_plot)
    chosen = parser.parse_args(arguments)
    chosen.run(chosen)


def _measure(chosen: argparse.Namespace) -> None:
    if chosen.course is not None:
        _measure_in(existing_course(chosen.course, chosen.day), chosen)
        return
    with tempfile.TemporaryDirectory(prefix="proctorch-bench-") as folder:
        workload = Workload("chosen", chosen.day, chosen.exercise)
        _measure_in(open_course(Course(ROOT), workload, Path(folder) / "course"), chosen)


def _measure_in(graded: Graded, chosen: argparse.Namespace) -> None:
    book = AnswerBook.read(graded)
    submissions = submissions_of(graded, make_class(book, chosen.count), graded.course.submitted)
    if chosen.command == "floor":
        from benchmarks.grading.floor import run_floor

        sample, passed = run_floor(graded, submissions)
    else:
        from benchmarks.grading.judging import run_judging

        warm_up = submissions_of(graded, [all_mistaken(book)], graded.course.root / "warm_up")
        sample, passed = run_judging(graded, submissions, warm_up, chosen.workers)
    print(describe(chosen.command, sample))
    if chosen.json is not None:
        names = {student: sorted(checks) for student, checks in passed.items()}
        chosen.json.write_text(json.dumps({"sample": asdict(sample), "passed": names}, indent=1), encoding="utf-8")


def _everything(chosen: argparse.Namespace) -> None:
    from benchmarks.grading.suite import Sizes, measure_everything

    if not chosen.otter.is_file():
        raise SystemExit(
            f"{chosen.otter} is not there: otter-grader needs an environment of its own; `make bench` makes it"
        )
    sizes = Sizes.quick_ones() if chosen.quick else Sizes.full(chosen.largest, chosen.largest_training)
    measure_everything(ROOT, sizes, chosen.otter, chosen.results)


def _plot(chosen: argparse.Namespace) -> None:
    from benchmarks.grading.plot import draw

    results = ROOT / "benchmarks" / "results.json"
    draw(json.loads(results.read_text(encoding="utf-8")), results.with_suffix(".png"))


def submissions_of(graded: Graded, pupils: Sequence[Pupil], folder: Path) -> list[Submission]:
    """Hand in a class's work where it is not there yet, and read it as the engine does."""
    name = graded.day.name
    hand_in(graded.course.release, folder, name, pupils)
    return [read_submission(folder / pupil.name / name, graded.day, pupil.name) for pupil in pupils]


def describe(name: str, sample: Sample) -> str:
    """Return one line with milliseconds a submission."""
    per = 1000 / max(1, sample.count)
    text = f"{name}: {sample.wall * per:.2f} ms a submission (CPU {sample.cpu * per:.2f} ms"
    if sample.guest_cpu:
        text += f": host {(sample.cpu - sample.guest_cpu) * per:.2f}, sandbox {sample.guest_cpu * per:.2f}"
    return f"{text}), {sample.count} submissions"


if __name__ == "__main__":
    main()
