"""What of a day's authored files decides each exercise's result, so that mending one leaves the others standing."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from proctorch.authoring.day import GRADER_FILES, load_day
from proctorch.authoring.document import Document, parse_document
from proctorch.authoring.syntax import parses
from proctorch.authoring.variants import Variant, VariantFile, read_variants
from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.grading.versions import file_hash, grader_texts, owners
from proctorch.model import DaySpec, ExerciseSpec

MISTAKES_FILE = "misconceptions.py"
# What is read in pieces, exercise by exercise, and what grading does not read at all.
_APART = frozenset({*GRADER_FILES, MISTAKES_FILE, "alternatives.py"})
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class ExerciseVersion:
    """Hashes of what decides one exercise's result, the submission and the machine apart.

    `checks` is the graders' version, as provenance names it; `task` the authored exercise: stub, signature, points and
    the reference solution with the code that it uses; `mistakes` its misconceptions. `builds_on` are the exercises
    whose verdicts matter too (`depends`), directly or through others, in the day's order.
    """

    checks: str
    task: str
    mistakes: str
    builds_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class DayVersion:
    """The versions of a day's exercises, in their order, and the hash of its graders' other files."""

    exercises: Mapping[str, ExerciseVersion]
    material: str


@parses
def day_version(course: Course, name: str) -> DayVersion:
    """Return the versions of a day as its files are now; raises CourseError where they cannot be read."""
    try:
        day = load_day(course, name)
        return _day_version(course.graders / name, day, parse_document(course.solution(name)))
    except (SyntaxError, ValueError) as error:
        raise CourseError(f"the graders in {course.graders / name} cannot be read: {error}.") from error
    except OSError as error:
        raise CourseError(
            f"{error.filename} cannot be read ({error.strerror}).\n"
            "  To mend it: give yourself the right to read it (chmod u+r)."
        ) from error


def _day_version(folder: Path, day: DaySpec, document: Document) -> DayVersion:
    files = [path for path in (folder / file for file in GRADER_FILES) if path.exists()]
    names = [exercise.name for exercise in day.exercises]
    texts = grader_texts(files, names)
    mistakes = read_variants(folder / MISTAKES_FILE)
    links = _links(files, names)
    versions = {}
    for exercise in day.exercises:
        own = _mistakes_text(mistakes, exercise.name)
        solution = _solution_text(document, day, exercise, texts[exercise.name] + own)
        versions[exercise.name] = ExerciseVersion(
            checks=_hash(texts[exercise.name]),
            task=_hash(_task_text(exercise) + solution),
            mistakes=_hash(own),
            builds_on=_all_links(exercise.name, names, links),
        )
    return DayVersion(versions, _material(folder))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _task_text(exercise: ExerciseSpec) -> str:
    signatures = sorted(exercise.signatures.items())
    return repr((exercise.title, exercise.points, exercise.stub, exercise.defines, signatures))


def _mistakes_text(mistakes: VariantFile, exercise: str) -> str:
    """Return an exercise's misconceptions without their places; nothing where it has none."""

    def told(variant: Variant) -> tuple[str | None, ...]:
        return variant.title, variant.hint, variant.name, variant.source

    own = [told(variant) for variant in mistakes.of(exercise)]
    return repr((mistakes.preamble, own)) if own else ""


def _solution_text(document: Document, day: DaySpec, exercise: ExerciseSpec, text: str) -> str:
    """Return the reference solution's cells that can matter: what belongs to no exercise, and whatever is named.

    The reference decides which mistakes are recognised, and whether a check that fails is the grader's own fault.
    """
    code = [cell for cell in document.cells if cell.kind == "code"]
    chosen = [cell for cell in code if cell.exercise in (None, exercise.name)]
    rest = [cell for cell in code if cell not in chosen]
    while True:
        words = set(_WORD.findall(text + "\n".join(cell.source for cell in chosen)))
        named = [cell for cell in rest if words & set(day.exercise(cell.exercise or "").defines)]
        if not named:
            return "\n".join(cell.source for cell in code if cell in chosen)
        chosen += named
        rest = [cell for cell in rest if cell not in named]


def _links(files: Iterable[Path], names: list[str]) -> dict[str, set[str]]:
    """Return for each exercise what its checks name in `@depends`; all others where a name is not written out."""
    links: dict[str, set[str]] = {name: set() for name in names}
    for path in files:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for owner in owners(node) if isinstance(node, ast.ClassDef) else names:
                links.setdefault(owner, set()).update(_named_in(node, names))
    return links


def _named_in(node: ast.stmt, names: list[str]) -> set[str]:
    found: set[str] = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "depends":
            literal = all(isinstance(argument, ast.Constant) for argument in call.args) and not call.keywords
            written = [str(each.value) for each in call.args if isinstance(each, ast.Constant)]
            found.update(written if literal else names)
    return found


def _all_links(exercise: str, names: list[str], links: Mapping[str, set[str]]) -> tuple[str, ...]:
    found: set[str] = set()
    waiting = [exercise]
    while waiting:
        fresh = links.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return tuple(name for name in names if name in found and name != exercise)


def _material(folder: Path) -> str:
    """Return the hash of the other files beside the graders, such as tables that checks read."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    return file_hash([path for path in files if path.relative_to(folder).as_posix() not in _APART])
