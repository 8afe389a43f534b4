"""What the tests of all days share: a day's checks, run on its solution, its stub and its variants in this process.

The checks go through the client, the codec and the signatures that marks go through.

    day = Day("day04_autograd")
    assert day.failures(day.namespace()) == {}
"""

from __future__ import annotations

import ast
import doctest
import importlib.util
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from proctorch.authoring.day import load_day
from proctorch.authoring.document import Document, parse_document
from proctorch.authoring.regions import clear_solutions
from proctorch.course import Course
from proctorch.grading.bench import signatures_of
from proctorch.grading.student import Student
from proctorch.grading.vocabulary import Variant, marks_of, variants_in
from proctorch.lab.gpu.choice import device_called
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace, run_cell
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.server import GuestServer
from proctorch.sandbox.transport import Loopback
from proctorch.sandbox.values import Reference

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Check:
    """One check of a day, ready to be run on a `student` and an `rng`."""

    exercise: str
    name: str
    public: bool
    run: Callable[[Any, torch.Generator], None]


class Recorder(GuestServer):
    """A guest that notes each answer: what a call returned, sent back, changed or raised."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names, no_host, Capture(10_000))
        self.answers: list[str] = []
        for operation in ("call", "vjp"):
            self._operations[operation] = self._noted(self._operations[operation])

    def _noted(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            try:
                answer = operation(*arguments)
            except Exception as error:
                self.answers.append(f"{type(error).__name__}: {error}")
                raise
            self.answers.append(encode(answer, lambda value: Reference("object", 0, type(value).__name__)).hex())
            return answer

        return noted


def no_host(number: int, payload: bytes) -> Any:
    raise AssertionError("the check hands no function to the student")


class Day:
    """One authored day under examination."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.course = Course(ROOT)
        self.misconceptions = variants_in(self.grader("misconceptions"))
        self.alternatives = variants_in(self.grader("alternatives"))

    def grader(self, name: str) -> ModuleType:
        """Load one of the day's grader files as a plain module."""
        path = self.course.graders / self.name / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"{self.name}_{name}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    @cached_property
    def document(self) -> Document:
        return parse_document(self.course.solution(self.name))

    @cached_property
    def signatures(self) -> Any:
        return signatures_of(load_day(self.course, self.name))

    @cached_property
    def exercises(self) -> tuple[str, ...]:
        return tuple(cell.exercise for cell in self.document.cells if cell.exercise)

    @cached_property
    def points(self) -> Any:
        return sum(cell.points for cell in self.document.cells if cell.exercise)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        return tuple(
            check for name in ("public", "hidden") for check in _checks_in(self.grader(name), public=name == "public")
        )

    def namespace(self, *, stub: bool = False, variant: Variant | None = None) -> dict[str, Any]:
        """Run the day's cells: as they are, or with the solutions cleared, or with one name replaced."""
        names = new_namespace().__dict__
        for number, cell in enumerate(self.document.cells):
            if cell.kind == "code":
                source = clear_solutions(cell.source, self.document.path, cell.line) if stub else cell.source
                assert run_cell(names, f"cell {number}", source) is None
        if variant is not None:
            replace_name(names, variant)
        return names

    def failures(
        self, names: dict[str, Any], exercise: str | None = None, seeds: Iterable[int] = range(3)
    ) -> dict[str, list[Exception]]:
        """Return what each failing check raised, by seed."""
        found: dict[str, list[Exception]] = {}
        for check in (check for check in self.checks if exercise in (None, check.exercise)):
            for seed in seeds:
                if (error := self.failure(check, names, seed)) is not None:
                    found.setdefault(f"{check.exercise}::{check.name}", []).append(error)
        return found

    def failure(self, check: Check, names: dict[str, Any], seed: int) -> Exception | None:
        """Run one check on a namespace; return what it raised."""
        return self.attempt(check, names, seed)[0]

    def attempt(self, check: Check, names: dict[str, Any], seed: int) -> tuple[Exception | None, tuple[str, ...]]:
        """Run one check on a namespace; return what it raised, and the guest's answers."""
        torch.manual_seed(seed)
        guest = Recorder(names)
        student = Student(Loopback(guest), self.signatures)
        try:
            check.run(student, torch.Generator().manual_seed(seed))
        except Exception as error:  # also what the check's own code raises over a strange answer: it does not pass
            return error, tuple(guest.answers)
        return None, tuple(guest.answers)

    def mistaken_for(self, variant: Variant) -> list[Variant]:
        """Return the misconceptions that did the same as this one in all the checks that this one failed."""
        own = self._transcript(variant)
        failed = {name: answers for name, (passed, answers) in own.items() if not passed}
        others = [other for other in self.misconceptions if other.exercise == variant.exercise and other != variant]
        return [other for other in others if {name: self._transcript(other)[name][1] for name in failed} == failed]

    def _transcript(self, variant: Variant) -> dict[str, tuple[bool, tuple[str, ...]]]:
        """Return for each check of the variant's exercise whether it passed, and what the guest answered."""
        known = self.__dict__.setdefault("_transcripts", {})
        if variant not in known:
            names = self.namespace(variant=variant)
            known[variant] = {}
            for check in (check for check in self.checks if check.exercise == variant.exercise):
                error, answers = self.attempt(check, names, 0)
                known[variant][check.name] = error is None, answers
        found: dict[str, tuple[bool, tuple[str, ...]]] = known[variant]
        return found

    def run_examples(self) -> int:
        """Run every worked example of the prose; return how many there are. Raises AssertionError for a false one."""
        prose = "\n".join(cell.source for cell in self.document.cells if cell.kind == "markdown")
        names, attempted = self.namespace(), 0
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", prose, re.DOTALL)):
            example = doctest.DocTestParser().get_doctest(block, names, f"example {number}", self.name, 0)
            result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, clear_globs=False)
            names |= example.globs
            assert result.failed == 0, block
            attempted += result.attempted
        return attempted


def label(variant: Variant) -> str:
    """Return the name of a variant in a test's id."""
    return f"{variant.replaces.__name__}: {variant.title}"


def replace_name(names: dict[str, Any], variant: Variant) -> None:
    """Define a variant's function or class in the place of the solution's."""
    definition = ast.parse(textwrap.dedent(_source(variant.replaces))).body[0]
    assert isinstance(definition, (ast.FunctionDef, ast.ClassDef))
    assert definition.name in names, f"{definition.name} replaces nothing"
    definition.decorator_list = definition.decorator_list[1:]
    assert run_cell(names, "variant", ast.unparse(definition)) is None


def _source(target: Any) -> str:
    """Return the source of a function or class, also where several in the file share its name."""
    if inspect.isfunction(target):
        return inspect.getsource(target)
    methods = [item for item in vars(target).values() if isinstance(item, (staticmethod, classmethod))]
    inside = min(item.__func__.__code__.co_firstlineno for item in methods)
    path = Path(methods[0].__func__.__code__.co_filename)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.lineno < inside <= (node.end_lineno or 0):
            first = min(decorator.lineno for decorator in node.decorator_list)
            return "\n".join(path.read_text(encoding="utf-8").split("\n")[first - 1 : node.end_lineno])
    raise AssertionError(f"{target.__name__} has no source")


def _checks_in(module: ModuleType, *, public: bool) -> Iterator[Check]:
    for owner in vars(module).values():
        if inspect.isclass(owner) and owner.__name__.startswith("Test"):
            for name, function in vars(owner).items():
                if name.startswith("test_"):
                    exercise = marks_of(function, owner).exercise
                    assert exercise is not None, f"{owner.__name__}.{name} belongs to no exercise"
                    yield Check(exercise, name, public, _on_all_devices(function, owner))


def _on_all_devices(function: Callable[..., None], owner: type) -> Callable[[Any, torch.Generator], None]:
    """Return a check as a function of `student` and `rng`; where it has a `device`, it runs on each of its devices."""
    marks = [*getattr(function, "pytestmark", ()), *getattr(owner, "pytestmark", ())]
    names = next((mark.args[1] for mark in marks if mark.args[0] == "device"), ())

    def run(student: Any, rng: torch.Generator) -> None:
        seed = rng.initial_seed()
        for name in names:
            fresh = torch.Generator().manual_seed(seed)
            function(owner(), student=student, rng=fresh, device=device_called(name))
        if not names:
            function(owner(), student, rng)

    return run
