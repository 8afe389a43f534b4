"""What naming a mistake costs: a failed check's transcript against all known mistakes of its exercise.

    python benchmarks/naming.py day02_tensors

Prints, in one run on this machine, milliseconds for a failed check (median and largest over all misconceptions of the
day), and the time that keeping transcripts adds to checks that pass, as a ratio.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from proctorch.authoring.day import load_day
from proctorch.authoring.variants import read_variants
from proctorch.course import Course
from proctorch.grading import client
from proctorch.grading.bench import PracticeBench
from proctorch.grading.catalogue import Catalogue
from proctorch.grading.checks import Check
from proctorch.grading.runner import ExerciseRun, Suite, run_check
from proctorch.grading.session import with_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.transcript import Transcript
from proctorch.model import Cell


def measure(course: Course, name: str) -> None:
    """Measure one day and print the figures."""
    day = load_day(course, name)
    solution = submission_from_file(course.solution(name), day, "reference").cells
    files = [course.graders / name / part for part in ("public.py", "hidden.py")]
    variants = read_variants(course.graders / name / "misconceptions.py")

    def work(checks: tuple[Check, ...]) -> None:
        suite = Suite(day, checks, with_hidden=True)

        def transcribe(cells: tuple[Cell, ...], exercise: str) -> tuple[dict[str, Transcript], frozenset[str]]:
            return ExerciseRun(suite, PracticeBench.of_cells(day, cells), None).transcripts(exercise)

        _naming(Catalogue(solution, variants, transcribe), [spec.name for spec in day.exercises])
        _keeping(suite, PracticeBench.of_cells(day, solution))

    with_checks(files, work)


def _naming(catalogue: Catalogue, exercises: list[str]) -> None:
    costs = []
    for exercise in exercises:
        known = catalogue.known(exercise)
        for mistake in known.mistakes:
            start = time.perf_counter()
            known.name(mistake.transcripts, mistake.failing)
            costs.append((time.perf_counter() - start) * 1000 / max(1, len(mistake.failing)))
    print(f"naming: {statistics.median(costs):.2f} ms a failed check (median), {max(costs):.2f} ms (largest)")


def _keeping(suite: Suite, bench: PracticeBench) -> None:
    def once() -> float:
        start = time.perf_counter()
        for check in suite.checks:
            run_check(check, bench)
        return time.perf_counter() - start

    once()
    most = client.MOST_KEPT
    with_transcripts, without = [], []
    for _ in range(15):
        client.MOST_KEPT = most
        with_transcripts.append(once())
        client.MOST_KEPT = -1
        without.append(once())
    client.MOST_KEPT = most
    ratio = min(with_transcripts) / min(without)
    print(f"keeping: {ratio:.3f} times the time of passing checks without transcripts")


if __name__ == "__main__":
    measure(Course(Path(__file__).resolve().parents[1]), *sys.argv[1:2])
