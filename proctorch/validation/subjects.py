"""Who sits the exam: the solution, the stub, the misconceptions, the alternatives and the mutants, as submissions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from proctorch.authoring.day import load_day
from proctorch.authoring.document import parse_document
from proctorch.authoring.variants import Variant, VariantFile, read_variants
from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.grading.catalogue import cells_with
from proctorch.grading.submission import submission_from_file
from proctorch.model import Cell, DaySpec, Submission
from proctorch.validation.equivalents import read_equivalents
from proctorch.validation.mutants import Mutant, mutants_of


@dataclass(frozen=True)
class Subjects:
    """Everything that the checks of a day are tried on."""

    day: DaySpec
    solution: Submission
    stub: Submission
    misconceptions: tuple[tuple[Variant, Submission], ...]
    alternatives: tuple[tuple[Variant, Submission], ...]
    mutants: tuple[tuple[Mutant, Submission], ...]
    equivalent: frozenset[str]


def subjects_of(course: Course, name: str, *, mutants: bool) -> Subjects:
    """Return the subjects of a day; raises CourseError for authored files that are not right."""
    day = load_day(course, name)
    document = parse_document(course.solution(name))
    solution = replace(submission_from_file(course.solution(name), day, "solution"), problems={})
    stub = _stub(course, name, day)
    folder = course.graders / name
    return Subjects(
        day,
        solution,
        stub,
        _variants(solution, read_variants(folder / "misconceptions.py")),
        _variants(solution, read_variants(folder / "alternatives.py")),
        tuple((mutant, _mutated(solution, mutant)) for mutant in mutants_of(document)) if mutants else (),
        frozenset(read_equivalents(folder, document)) if mutants else frozenset(),
    )


def _stub(course: Course, name: str, day: DaySpec) -> Submission:
    path = course.exercises / f"{name}.py"
    if not path.is_file():
        raise CourseError(f"{path} has not been made yet.\n  To mend it: proctorch build {name}")
    return replace(submission_from_file(path, day, "stub"), problem=None, problems={})


def _variants(solution: Submission, file: VariantFile) -> tuple[tuple[Variant, Submission], ...]:
    return tuple(
        (
            variant,
            replace(
                solution,
                student=f"{variant.kind} {number}: {variant.exercise}: {variant.title}",
                cells=cells_with(solution.cells, file, variant),
            ),
        )
        for number, variant in enumerate(file.variants, 1)
    )


def _mutated(solution: Submission, mutant: Mutant) -> Submission:
    def change(cell: Cell) -> Cell:
        return replace(cell, source=mutant.source) if cell.exercise == mutant.exercise else cell

    return replace(solution, student=f"mutant {mutant.key()}", cells=tuple(map(change, solution.cells)))
