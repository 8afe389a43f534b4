"""A class of students, made from what a day's authors wrote down: right answers in several styles, and mistakes.

Of every ten students five are right in everything, each in a mixture of styles of their own; four are right but for one
to three exercises, where they make a known mistake; one leaves half of the exercises as they were released. No two hand
in the same code, so results kept for identical submissions help nobody.
"""

from __future__ import annotations

import ast
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.grading.workload import Graded
from proctorch.authoring.document import parse_document
from proctorch.authoring.regions import BEGIN, END
from proctorch.authoring.variants import Variant, VariantFile, read_variants

Kind = Literal["right", "mistaken", "unfinished"]
# Right answers that checks refuse where no boundary makes plain values of what is returned: torch's named pair is no
# plain tuple.
NEED_THE_BOUNDARY = ("the named pair as it comes",)
_OF_TEN: tuple[Kind, ...] = ("right",) * 5 + ("mistaken",) * 4 + ("unfinished",)


@dataclass(frozen=True)
class Pupil:
    """A student of the class; `answers` are the cells they wrote, by exercise, `mistaken` where they are wrong."""

    name: str
    kind: Kind
    answers: Mapping[str, str]
    mistaken: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnswerBook:
    """A day's right answers by exercise, and what may stand in the place of a function or class of them."""

    right: Mapping[str, str]
    alternatives: VariantFile
    misconceptions: VariantFile

    @classmethod
    def read(cls, graded: Graded) -> AnswerBook:
        """Read the book of a course's day, without the styles in NEED_THE_BOUNDARY."""
        cells = parse_document(graded.course.solution(graded.day.name)).exercises
        folder = graded.course.graders / graded.day.name
        return cls(
            {cell.exercise or "": without_markers(cell.source) for cell in cells},
            _usable(read_variants(folder / "alternatives.py")),
            read_variants(folder / "misconceptions.py"),
        )


def _usable(file: VariantFile) -> VariantFile:
    return VariantFile(file.preamble, tuple(one for one in file.variants if one.title not in NEED_THE_BOUNDARY))


def make_class(book: AnswerBook, count: int) -> tuple[Pupil, ...]:
    """Return the first `count` students; the same ones every time, and a larger class begins with a smaller one."""
    kinds = list(_OF_TEN)
    pupils = []
    for number in range(count):
        if number % len(kinds) == 0:
            random.Random(f"order {number}").shuffle(kinds)
        pupils.append(_pupil(book, number, kinds[number % len(kinds)]))
    return tuple(pupils)


def all_mistaken(book: AnswerBook) -> Pupil:
    """Return a student with a mistake in every exercise of which one is known."""
    chance = random.Random(0)
    answers = dict(book.right)
    mistaken = tuple(name for name in answers if book.misconceptions.of(name))
    for name in mistaken:
        answers[name] = _with_variant(answers[name], book.misconceptions, chance.choice(book.misconceptions.of(name)))
    return Pupil("student_with_every_mistake", "mistaken", answers, mistaken)


def _pupil(book: AnswerBook, number: int, kind: Kind) -> Pupil:
    chance = random.Random(f"student {number}")
    answers = {name: _in_some_style(book, name, cell, chance) for name, cell in book.right.items()}
    mistaken: Sequence[str] = ()
    if kind == "mistaken":
        known = [name for name in answers if book.misconceptions.of(name)]
        mistaken = chance.sample(known, min(len(known), chance.randint(1, 3)))
        for name in mistaken:
            variant = chance.choice(book.misconceptions.of(name))
            answers[name] = _with_variant(answers[name], book.misconceptions, variant)
    if kind == "unfinished":
        mistaken = chance.sample(list(answers), (len(answers) + 1) // 2)
        answers = {name: cell for name, cell in answers.items() if name not in mistaken}
    name = f"student_{number:04d}"
    return Pupil(name, kind, {key: _made_own(cell, name, key) for key, cell in answers.items()}, tuple(mistaken))


def _in_some_style(book: AnswerBook, exercise: str, cell: str, chance: random.Random) -> str:
    """Return a right cell, with each of its definitions as solved or as one of the alternatives."""
    by_name: dict[str, list[Variant]] = {}
    for variant in book.alternatives.of(exercise):
        by_name.setdefault(variant.name, []).append(variant)
    for variants in by_name.values():
        chosen = chance.randint(0, len(variants))
        if chosen:
            cell = _with_variant(cell, book.alternatives, variants[chosen - 1])
    return cell


def _with_variant(cell: str, file: VariantFile, variant: Variant) -> str:
    """Return a cell with a variant in its place, and above it what the variant's file imports and defines for it."""
    replaced = replace_definition(cell, variant.name, variant.source)
    return replaced if not file.preamble or file.preamble in cell else f"{file.preamble}\n\n\n{replaced}"


def replace_definition(cell: str, name: str, source: str) -> str:
    """Return a cell in which `source` stands for its function or class `name`; raises KeyError where it has none."""
    for node in ast.parse(cell).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
            lines = cell.split("\n")
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            return "\n".join([*lines[: first - 1], source.rstrip("\n"), *lines[node.end_lineno :]])
    raise KeyError(name)


def without_markers(source: str) -> str:
    """Return a solution cell as a student would have written it."""
    return "\n".join(line for line in source.split("\n") if BEGIN not in line and END not in line)


def _made_own(cell: str, student: str, exercise: str) -> str:
    """Return a cell that nobody else hands in: different as text and as code, the same in what it does."""
    return f'# {student}: my answer to {exercise}\n{cell}\n\n\n_author_of_{exercise} = "{student}"'


def hand_in(release: Path, submitted: Path, day: str, pupils: Sequence[Pupil]) -> None:
    """Write every student's work to submitted/STUDENT/DAY, as nbgrader's collect does: the release with their cells.

    What is there already stays.
    """
    released = json.loads((release / day / f"{day}.ipynb").read_text(encoding="utf-8"))
    for number, pupil in enumerate(pupils):
        folder = submitted / pupil.name / day
        if folder.exists():
            continue
        shutil.copytree(release / day, folder)
        (folder / "timestamp.txt").write_text(f"2026-01-{1 + number % 28:02d} 12:00:00.000000 UTC\n", encoding="utf-8")
        notebook = answered(released, pupil.answers)
        (folder / f"{day}.ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def answered(released: Mapping[str, object], answers: Mapping[str, str]) -> dict[str, object]:
    """Return a released notebook with a student's cells in it; raises KeyError where an answer has no place."""
    notebook: dict[str, object] = json.loads(json.dumps(released))
    waiting = dict(answers)
    for cell in notebook["cells"]:  # type: ignore[attr-defined]
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in waiting:
            cell["source"] = waiting.pop(name).splitlines(keepends=True)
    if waiting:
        raise KeyError(f"the release has no place for {', '.join(waiting)}")
    return notebook
