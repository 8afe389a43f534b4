"""nbgrader's part of grading: marks, autograded notebooks and feedback pages, written in bulk and by nbgrader itself.

    python -m benchmarks.marks [--count 200] [--peers 20] [--json PATH]

A class of `VARIANTS` students (right answers in many styles, known mistakes, unfinished work) is judged by
`proctorch grade`; its submissions and reports are then spread over `--count` students, so that the judging is out of
the way and the texts are those of real work. In one process, one after the other, are measured, each a submission:

- `converter`: nbgrader's own Autograde, with the results in the store, on `--peers` students;
- `bulk`: the marks of everybody, as `proctorch grade` writes them while it judges (reports in hand);
- `from_store`: the same where submission and report are read again, as `proctorch regrade --yes` has it;
- `unchanged`: everybody once more, with nothing to write;
- `feedback_converter` and `feedback`: the feedback pages, by nbgrader's GenerateFeedback and in bulk.

Wall clock and CPU time (user and system, with child processes) in milliseconds. A minute or two on two idle cores.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.grading.classes import AnswerBook, hand_in, make_class
from benchmarks.grading.machine import describe_machine
from benchmarks.grading.workload import LIGHT, Graded, open_course
from proctorch.course import Course
from proctorch.gradebook.config import database_url
from proctorch.gradebook.conversion import convert_one, course_directory
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.marks import autograde_day, feedback_day
from proctorch.gradebook.records import Entry
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.writing import MarksWriter
from proctorch.grading.submission import read_submission
from proctorch.model import Report, Submission

ROOT = Path(__file__).parents[1]
VARIANTS = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="how many students (default: 200)")
    parser.add_argument("--peers", type=int, default=20, help="how many of them nbgrader itself converts (default: 20)")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    chosen = parser.parse_args(arguments)
    warnings.filterwarnings("ignore")  # nbgrader's own, about its sessions
    with tempfile.TemporaryDirectory(prefix="proctorch-marks-") as folder:
        graded = open_course(Course(ROOT), LIGHT, Path(folder) / "course")
        work = spread(graded, chosen.count)
        figures = measure(graded, work, min(chosen.peers, chosen.count))
    for name, each in figures.items():
        print(f"{name:20} {each['wall_ms']:8.1f} ms wall {each['cpu_ms']:8.1f} ms CPU a submission ({each['count']})")
    if chosen.json is not None:
        data = {"machine": describe_machine(), "day": LIGHT.day, "count": chosen.count, "figures": figures}
        chosen.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def spread(graded: Graded, count: int) -> list[tuple[Submission, Report]]:
    """Judge a small class, and give its submissions and results to `count` students."""
    course, day = graded.course, graded.day
    variants = make_class(AnswerBook.read(graded), min(VARIANTS, count))
    hand_in(course.release, course.submitted, day.name, variants)
    command = [sys.executable, "-m", "proctorch", "grade", day.name, "--no-nbgrader"]
    subprocess.run(command, cwd=course.root, check=True, stdout=subprocess.DEVNULL)
    keys = ResultKeys.of(course, day.name)
    work = []
    with ResultsStore(database_url(course)) as store:
        judged = {report.student: report for report in store.reports(day.name)}
        for number in range(count):
            name, origin = f"student{number:05}", variants[number % len(variants)].name
            shutil.copytree(course.submitted / origin / day.name, course.submitted / name / day.name)
            submission = read_submission(course.submitted / name / day.name, day, name)
            work.append((submission, replace(judged[origin], student=name)))
        store.save_all(Entry(report, keys.key(submission), {}) for submission, report in work)
    for pupil in variants:
        shutil.rmtree(course.submitted / pupil.name)
    return work


def measure(graded: Graded, work: Sequence[tuple[Submission, Report]], peers: int) -> dict[str, dict[str, Any]]:
    """Return the figures by name; imports and first calls are paid before, on one student."""
    from proctorch.gradebook.converters import DayAutograde, DayFeedback

    course, day = graded.course, graded.day.name
    names = [submission.student for submission, _ in work]

    def convert(kind: type[Any], students: Sequence[str]) -> None:
        for student in students:
            trouble = convert_one(kind, course_directory(course, day), day, student)
            if trouble is not None:
                raise trouble

    def write(chosen: Sequence[tuple[Submission, Report]]) -> None:
        with MarksWriter(course, day) as writer:
            for submission, report in chosen:
                writer.add(submission, report)
        if writer.outcome().failed:
            raise RuntimeError(f"not written: {writer.outcome().failed}")

    def forget() -> None:
        shutil.rmtree(course.root / "autograded")

    figures = {}
    convert(DayAutograde, names[:1])
    figures["converter"] = timed(peers, lambda: convert(DayAutograde, names[:peers]))
    forget()
    write(work[:1])
    figures["bulk"] = timed(len(work), lambda: write(work))
    forget()
    figures["from_store"] = timed(len(work), lambda: autograde_day(course, day, names))
    figures["unchanged"] = timed(len(work), lambda: write(work))
    convert(DayFeedback, names[:1])
    figures["feedback_converter"] = timed(peers, lambda: convert(DayFeedback, names[:peers]))
    figures["feedback"] = timed(len(work), lambda: feedback_day(course, day, names))
    return figures


def timed(count: int, work: Callable[[], object]) -> dict[str, Any]:
    """Return how long work on `count` students takes, a student: wall clock and CPU time in ms."""
    before, start = os.times(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - start, os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return {"count": count, "wall_ms": 1000 * wall / count, "cpu_ms": 1000 * cpu / count}


if __name__ == "__main__":
    main()
