"""What is wrong with a day's authored files, found without running them: each finding names file, line and cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from proctorch.authoring.checks import CheckDeclaration, GraderFile, read_grader
from proctorch.authoring.day import GRADER_FILES
from proctorch.authoring.document import Document, parse_document
from proctorch.authoring.lint_document import document_problems
from proctorch.authoring.lint_imports import import_problems
from proctorch.course import DAY_NAME, Course
from proctorch.errors import AuthoringError, CourseError


def require_sound(findings: Iterable[AuthoringError]) -> None:
    """Raise the one finding, or CourseError with the list when there are several; an empty list is sound."""
    problems = tuple(findings)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        listed = "\n".join(str(problem) for problem in problems)
        raise CourseError(f"{len(problems)} mistakes in the authored files:\n{listed}") from problems[0]


def lint_course(course: Course) -> tuple[AuthoringError, ...]:
    """Return all that is wrong with a course's authored files, the names of its files included."""
    problems = [*_misnamed(course), *_orphaned(course)]
    for day in course.days():
        problems.extend(lint_day(course, day))
    return tuple(problems)


def lint_day(course: Course, day: str) -> tuple[AuthoringError, ...]:
    """Return all that is wrong with one day; raises CourseError only when there is no such day."""
    course.require_day(day)
    problems: list[AuthoringError] = []
    document: Document | None = None
    try:
        document = parse_document(course.solution(day))
        problems.extend(document_problems(document))
    except AuthoringError as error:
        problems.append(error)
    graders = _read_graders(course.graders / day, problems)
    if document is not None:
        problems.extend(_matching(document, graders, course.graders / day))
    return tuple(problems)


def _read_graders(folder: Path, problems: list[AuthoringError]) -> list[GraderFile]:
    """Read a day's grader files; what is wrong inside one of them is added to `problems`."""
    graders: list[GraderFile] = []
    for path in (folder / name for name in GRADER_FILES):
        if not path.exists():
            continue
        try:
            grader = read_grader(path)
        except AuthoringError as error:
            problems.append(error)
            continue
        graders.append(grader)
        problems.extend(grader.problems)
        problems.extend(_undocumented(grader))
        if path.name == "public.py":
            problems.extend(import_problems(grader.tree, path))
    problems.extend(_twice(graders))
    return graders


def _undocumented(grader: GraderFile) -> Iterator[AuthoringError]:
    """A check's docstring is the line that the student reads."""
    for check in grader.checks:
        if not check.claim:
            cure = 'write its claim as a docstring: """Every row of softmax(logits) sums to one."""'
            yield AuthoringError(grader.path, check.line, f"the check {check.name} has no docstring", cure)


def _twice(graders: list[GraderFile]) -> Iterator[AuthoringError]:
    """Two checks of one name in one exercise could not be told apart in a report."""
    seen: dict[tuple[str, str], tuple[Path, CheckDeclaration]] = {}
    for grader in graders:
        for check in grader.checks:
            first = seen.setdefault((check.exercise, check.name), (grader.path, check))
            if first[1] is not check:
                problem = f"{check.exercise!r} has another check {check.name} ({first[0].name}:{first[1].line})"
                yield AuthoringError(grader.path, check.line, problem, "give one of them another name.")


def _matching(document: Document, graders: list[GraderFile], folder: Path) -> Iterator[AuthoringError]:
    """Every exercise has checks, one of them public, and every check has its exercise."""
    names = [cell.exercise for cell in document.exercises]
    checks = [(grader.path, check) for grader in graders for check in grader.checks]
    for cell in document.exercises:
        own = [check for _, check in checks if check.exercise == cell.exercise]
        if not own:
            problem = f"exercise {cell.exercise!r} has no checks"
            cure = f'write a class with @exercise("{cell.exercise}") into {folder / "public.py"}.'
            yield AuthoringError(document.path, cell.header_line, problem, cure)
        elif not any(check.public for check in own):
            problem = f"exercise {cell.exercise!r} has no public check: students could not try their answer"
            cure = f"write one into {folder / 'public.py'}."
            yield AuthoringError(document.path, cell.header_line, problem, cure)
    for path, check in checks:
        if check.exercise not in names:
            problem = f"{check.name} checks exercise {check.exercise!r}, which {document.path.name} does not have"
            known = ", ".join(name for name in names if name) or "none"
            yield AuthoringError(path, check.line, problem, f"name one that it has ({known}), or write the exercise.")


def _misnamed(course: Course) -> Iterator[AuthoringError]:
    """A file whose name cannot be a day's would be left out in silence."""
    for path in sorted(course.solutions.glob("*.py")):
        if not DAY_NAME.match(path.stem) and not path.stem.startswith("_"):
            cure = "use letters, digits and _, beginning with a letter: day07_softmax_regression.py."
            yield AuthoringError(path, 1, f"{path.stem!r} cannot be the name of a day", cure)


def _orphaned(course: Course) -> Iterator[AuthoringError]:
    """A folder of graders whose day is missing is a day with a misspelled name, or one that was deleted by half."""
    for folder in sorted(course.graders.glob("*/")):
        path = folder / "public.py"
        if path.is_file() and not course.solution(folder.name).is_file():
            problem = f"these checks belong to no day: there is no {course.solution(folder.name)}"
            yield AuthoringError(path, 1, problem, "write that file, or rename or delete this folder.")
