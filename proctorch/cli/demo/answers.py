"""What students hand in, taken from the authored files: right answers, other styles, known mistakes.

Nothing of the files is run: functions are cut out of their text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from proctorch.authoring.document import parse_document, parse_python, read_text
from proctorch.authoring.regions import BEGIN, END
from proctorch.course import Course
from proctorch.errors import CourseError

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Variant:
    """A function that may stand in the place of one in the reference answer: a mistake, or another style."""

    exercise: str
    title: str
    source: str


@dataclass(frozen=True)
class AnswerBook:
    """A day's reference answers, by exercise, and the written-down variants of them."""

    day: str
    right: Answers
    alternatives: tuple[Variant, ...]
    misconceptions: tuple[Variant, ...]

    @classmethod
    def read(cls, course: Course, day: str) -> AnswerBook:
        """Read a day's book; raises CourseError where a file cannot be understood."""
        cells = parse_document(course.solution(day)).exercises
        right = {cell.exercise or "": _without_markers(cell.source) for cell in cells}
        folder = course.graders / day
        alternatives = tuple(_variants(folder / "alternatives.py", "alternative"))
        return cls(day, right, alternatives, tuple(_variants(folder / "misconceptions.py", "misconception")))

    def with_function(self, exercise: str, source: str) -> Answers:
        """Return the right answers, with one function of one exercise replaced."""
        return {**self.right, exercise: replace_function(self.right[exercise], source)}

    def with_mistake(self, exercise: str, title: str) -> Answers:
        """Return the right answers, with one misconception put in; raises CourseError where there is none of that
        title.
        """
        for variant in self.misconceptions:
            if (variant.exercise, variant.title) == (exercise, title):
                return self.with_function(exercise, variant.source)
        raise CourseError(
            f"graders/{self.day}/misconceptions.py has no {title!r} of {exercise!r}, and the demo hands it in.\n"
            "  To mend it: name another one in proctorch/cli/demo/students.py."
        )

    def in_another_style(self) -> Answers:
        """Return right answers in which every function that has alternatives is written as the last of them."""
        answers = dict(self.right)
        for variant in self.alternatives:
            answers[variant.exercise] = replace_function(answers[variant.exercise], variant.source)
        return answers


def replace_function(cell: str, source: str) -> str:
    """Return a cell with its function replaced by the one of the same name in `source`; raises KeyError without one."""
    name = next(node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    for node in ast.parse(cell).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines = cell.split("\n")
            return "\n".join([*lines[: node.lineno - 1], source.rstrip("\n"), *lines[node.end_lineno :]])
    raise KeyError(name)


def _without_markers(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if BEGIN not in line and END not in line)


def _variants(path: Path, decorator: str) -> Iterator[Variant]:
    """Yield the functions of a grader file that carry `@decorator(exercise, title, ...)`."""
    if not path.is_file():
        return
    text = read_text(path)
    lines = text.split("\n")
    for node in parse_python(text, path).body:
        if isinstance(node, ast.FunctionDef):
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == decorator:
                    exercise, title = (ast.literal_eval(argument) for argument in call.args[:2])
                    yield Variant(exercise, title, "\n".join(lines[node.lineno - 1 : node.end_lineno]))
