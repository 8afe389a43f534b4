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
from benchmarks.grading.workload import LIGHT, TRAINING, Graded, Workload, open_course
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
        command.add_argument("--course", type=Path, help="a course that this made before; default: a new one")
        command.add_argument("--json", type=Path, help="write the figures and who passed what")
    chosen = parser.parse_args(arguments)
    if chosen.course is not None:
        _measure(chosen, chosen.course.resolve())
        return
    with tempfile.TemporaryDirectory(prefix="proctorch-bench-") as folder:
        _measure(chosen, Path(folder) / "course")


def _measure(chosen: argparse.Namespace, folder: Path) -> None:
    workload = Workload("chosen", chosen.day, chosen.exercise)
    graded = open_course(Course(ROOT), workload, folder)
    book = AnswerBook.read(graded)
    submissions = submissions_of(graded, make_class(book, chosen.count))
    if chosen.command == "floor":
        from benchmarks.grading.floor import run_floor

        sample, passed = run_floor(graded, submissions)
    else:
        from benchmarks.grading.judging import run_judging

        sample, passed = run_judging(graded, submissions, submissions_of(graded, [all_mistaken(book)]), chosen.workers)
    print(describe(chosen.command, sample))
    if chosen.json is not None:
        names = {student: sorted(checks) for student, checks in passed.items()}
        chosen.json.write_text(json.dumps({"sample": asdict(sample), "passed": names}, indent=1), encoding="utf-8")


def submissions_of(graded: Graded, pupils: Sequence[Pupil]) -> list[Submission]:
    """Hand in a class's work, and read it as the engine does."""
    name = graded.day.name
    hand_in(graded.course.release, graded.course.submitted, name, pupils)
    folders = [(pupil.name, graded.course.submitted / pupil.name / name) for pupil in pupils]
    return [read_submission(folder, graded.day, student) for student, folder in folders]


def describe(name: str, sample: Sample) -> str:
    """Return one line with milliseconds a submission."""
    per = 1000 / sample.count
    text = f"{name}: {sample.wall * per:.2f} ms a submission (CPU {sample.cpu * per:.2f} ms"
    if sample.guest_cpu:
        text += f": host {(sample.cpu - sample.guest_cpu) * per:.2f}, sandbox {sample.guest_cpu * per:.2f}"
    return f"{text}), {sample.count} submissions"


if __name__ == "__main__":
    main()
