"""Day 2 examined: the solution earns everything, the stub nothing, no mistake passes, no right answer fails.

The checks run through the client, the codec and the signatures that marks go through, in this process.
"""

from __future__ import annotations

import ast
import doctest
import importlib.util
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from proctorch.authoring.day import load_day
from proctorch.authoring.document import parse_document
from proctorch.authoring.regions import clear_solutions
from proctorch.course import Course
from proctorch.errors import CheckFailure, GuestFailure, NotImplementedYet
from proctorch.grading.bench import signatures_of
from proctorch.grading.student import Student
from proctorch.grading.vocabulary import Variant, marks_of, variants_in
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace, run_cell
from proctorch.sandbox.server import GuestServer
from proctorch.sandbox.transport import Loopback

DAY = "day02_tensors"
ROOT = Path(__file__).parents[2]
SEEDS = range(3)


@dataclass(frozen=True)
class Check:
    """One check of the day, ready to be run on a `student` and an `rng`."""

    exercise: str
    name: str
    run: Callable[[Any, torch.Generator], None]


def grader(name: str) -> ModuleType:
    """Load one of the day's grader files as a plain module."""
    spec = importlib.util.spec_from_file_location(f"{DAY}_{name}", ROOT / "graders" / DAY / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def checks_in(module: ModuleType) -> Iterator[Check]:
    for owner in vars(module).values():
        if inspect.isclass(owner) and owner.__name__.startswith("Test"):
            for name, function in vars(owner).items():
                if name.startswith("test_"):
                    exercise = marks_of(function, owner).exercise
                    assert exercise is not None, f"{owner.__name__}.{name} belongs to no exercise"
                    yield Check(exercise, name, getattr(owner(), name))


CHECKS = tuple(check for name in ("public", "hidden") for check in checks_in(grader(name)))
MISCONCEPTIONS = variants_in(grader("misconceptions"))
ALTERNATIVES = variants_in(grader("alternatives"))


@cache
def document() -> Any:
    return parse_document(Course(ROOT).solution(DAY))


@cache
def signatures() -> Any:
    return signatures_of(load_day(Course(ROOT), DAY))


def namespace(*, stub: bool = False, variant: Variant | None = None) -> dict[str, Any]:
    """Run the day's cells: as they are, or with the solutions cleared, or with one name replaced."""
    names = new_namespace().__dict__
    for number, cell in enumerate(document().cells):
        if cell.kind == "code":
            source = clear_solutions(cell.source, document().path, cell.line) if stub else cell.source
            assert run_cell(names, f"cell {number}", source) is None
    if variant is not None:
        definition = ast.parse(textwrap.dedent(inspect.getsource(variant.replaces))).body[0]
        assert isinstance(definition, ast.FunctionDef)
        assert definition.name in names, f"{definition.name} replaces nothing"
        definition.decorator_list = []
        assert run_cell(names, "variant", ast.unparse(definition)) is None
    return names


def failures(names: dict[str, Any], exercise: str | None = None, seeds: range = SEEDS) -> dict[str, list[Exception]]:
    """Return what each failing check raised, by seed."""
    found: dict[str, list[Exception]] = {}
    for check in CHECKS:
        for seed in seeds if exercise in (None, check.exercise) else ():
            if (error := failure(check, names, seed)) is not None:
                found.setdefault(f"{check.exercise}::{check.name}", []).append(error)
    return found


def failure(check: Check, names: dict[str, Any], seed: int) -> Exception | None:
    """Run one check on a namespace; return what it raised. An error of the check itself goes through."""
    student = Student(Loopback(GuestServer(names, no_host, Capture(10_000))), signatures())
    try:
        check.run(student, torch.Generator().manual_seed(seed))
    except (CheckFailure, GuestFailure) as error:
        return error
    return None


def no_host(number: int, payload: bytes) -> Any:
    raise AssertionError("day 2 hands no function to the student")


def label(variant: Variant) -> str:
    return f"{variant.replaces.__name__}: {variant.title}"


def test_every_exercise_has_public_and_hidden_checks_misconceptions_and_alternatives() -> None:
    for exercise in (cell.exercise for cell in document().cells if cell.exercise):
        public = sum(check.exercise == exercise for check in checks_in(grader("public")))
        hidden = sum(check.exercise == exercise for check in CHECKS) - public
        assert 2 <= public <= 4 and 2 <= hidden <= 4, exercise
        assert sum(variant.exercise == exercise for variant in MISCONCEPTIONS) >= 4, exercise
        assert sum(variant.exercise == exercise for variant in ALTERNATIVES) >= 3, exercise


def test_the_points_add_up_to_thirty() -> None:
    assert sum(cell.points for cell in document().cells if cell.exercise) == 30


def test_the_solution_passes_every_check() -> None:
    assert failures(namespace(), seeds=range(20)) == {}


def test_the_stub_passes_no_check() -> None:
    found = failures(namespace(stub=True), seeds=range(1))
    assert len(found) == len(CHECKS)
    assert all(isinstance(errors[0], NotImplementedYet) for errors in found.values())


@pytest.mark.parametrize("variant", ALTERNATIVES, ids=label)
def test_a_right_answer_in_another_style_passes(variant: Variant) -> None:
    assert failures(namespace(variant=variant), variant.exercise) == {}


@pytest.mark.parametrize("variant", MISCONCEPTIONS, ids=label)
def test_a_mistake_fails_a_check_whatever_the_seed(variant: Variant) -> None:
    found = failures(namespace(variant=variant), variant.exercise)
    assert any(len(errors) == len(SEEDS) for errors in found.values())
    assert all(not isinstance(error, NotImplementedYet) for errors in found.values() for error in errors)


def test_a_mistake_is_told_apart_from_every_other() -> None:
    """Whatever a mistake did in the checks that it failed, no other mistake did the same in all of them."""
    transcripts = {variant: transcript(variant) for variant in MISCONCEPTIONS}
    for one, other in itertools.permutations(MISCONCEPTIONS, 2):
        if one.exercise == other.exercise:
            failed = {name: calls for name, (passed, calls) in transcripts[one].items() if not passed}
            same = {name: transcripts[other][name][1] for name in failed}
            assert failed != same, f"{one.title!r} looks like {other.title!r}"


def transcript(variant: Variant) -> dict[str, tuple[bool, list[str]]]:
    """Return for each check of the exercise whether it passed, and what the replaced function made of each call."""
    names = namespace(variant=variant)
    replaced, calls = names[variant.replaces.__name__], []

    def recorded(*args: Any) -> Any:
        try:
            result = replaced(*args)
        except Exception as error:
            calls.append(type(error).__name__)
            raise
        calls.append(f"{result} {args}")
        return result

    names[variant.replaces.__name__] = recorded
    found: dict[str, tuple[bool, list[str]]] = {}
    for check in (check for check in CHECKS if check.exercise == variant.exercise):
        calls.clear()
        passed = failure(check, names, seed=0) is None
        found[check.name] = passed, list(calls)
    return found


def test_hints_ask_and_stay_short() -> None:
    for variant in MISCONCEPTIONS:
        assert variant.hint is not None and 20 < len(variant.hint) < 125, variant.title


def test_every_worked_example_in_the_prose_is_true() -> None:
    prose = "\n".join(cell.source for cell in document().cells if cell.kind == "markdown")
    names, attempted = namespace(), 0
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", prose, re.DOTALL)):
        example = doctest.DocTestParser().get_doctest(block, dict(names), f"example {number}", DAY, 0)
        result = doctest.DocTestRunner().run(example)
        assert result.failed == 0, block
        attempted += result.attempted
    assert attempted > 30
