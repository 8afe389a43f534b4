"""Hints that go out with a day: what its misconceptions answer to the public checks, so that practice can name them
too.

Only answers are released, wrong ones, to questions that are public; no code, and no misconception that only hidden
checks catch. They are made for practice's own seed 0. Floating-point answers differ in their last bits from one
processor to the next, so the file is made again only when what it is made from has changed, and matched with a
tolerance.
"""

from __future__ import annotations

import hashlib
import json

from proctorch.authoring.day import load_day
from proctorch.authoring.variants import VariantFile, read_variants
from proctorch.course import HINTS_FILE, Course
from proctorch.grading.bench import PracticeBench
from proctorch.grading.catalogue import Catalogue
from proctorch.grading.checks import Check
from proctorch.grading.hints_file import FORMAT, read_present, row_of
from proctorch.grading.mistakes import KnownMistakes
from proctorch.grading.runner import ExerciseRun, Suite
from proctorch.grading.session import with_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.transcript import Transcript
from proctorch.model import Cell, DaySpec


def released_hints(course: Course, day: str) -> str | None:
    """Return the text of a day's `hints.json`, None without misconceptions; raises CourseError, GraderBroken."""
    file = read_variants(course.graders / day / "misconceptions.py")
    if not file.variants:
        return None
    made_from = _made_from(course, day)
    present = read_present(course.source / day / HINTS_FILE)
    if present is not None and present[1].get("made_from") == made_from:
        return present[0]
    return _text(made_from, _run(course, load_day(course, day), file))


def _made_from(course: Course, day: str) -> str:
    files = [course.solution(day), *(course.graders / day / name for name in ("public.py", "misconceptions.py"))]
    digest = hashlib.sha256(f"format {FORMAT}".encode())
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _run(course: Course, day: DaySpec, file: VariantFile) -> dict[str, KnownMistakes]:
    solution = submission_from_file(course.solution(day.name), day, "reference").cells
    found: dict[str, KnownMistakes] = {}

    def work(checks: tuple[Check, ...]) -> None:
        suite = Suite(day, checks, with_hidden=False)

        def transcribe(cells: tuple[Cell, ...], exercise: str) -> tuple[dict[str, Transcript], frozenset[str]]:
            told, failing, _ = ExerciseRun(suite, PracticeBench.of_cells(day, cells), None).transcripts(exercise)
            return told, failing

        catalogue = Catalogue(solution, file, transcribe)
        found.update({spec.name: catalogue.known(spec.name) for spec in day.exercises})

    with_checks([course.graders / day.name / "public.py"], work)
    return found


def _text(made_from: str, found: dict[str, KnownMistakes]) -> str:
    exercises = {name: [row for row in map(row_of, known.mistakes) if row] for name, known in found.items()}
    content = {
        "generated": "by `proctorch build`: what known mistakes answer to the public checks",
        "made_from": made_from,
        "exercises": exercises,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
