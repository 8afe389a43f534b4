"""The checks of a grader file, read from its syntax tree: nothing of a grader is ever run to list them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from proctorch.authoring.document import parse_python, read_text
from proctorch.errors import AuthoringError

Function = ast.FunctionDef | ast.AsyncFunctionDef
HIDDEN_FILE = "hidden.py"
_DEVICE = re.compile(r"cpu|cuda(:[0-7])?", re.ASCII)


@dataclass(frozen=True)
class CheckDeclaration:
    """One check as its author wrote it.

    `name` is the test function's name, `claim` the first paragraph of its docstring on one line ("" without one),
    `weight` its share of the exercise's points, `line` where its `def` stands, `devices` the number of CUDA devices
    that it asks for.
    """

    exercise: str
    name: str
    claim: str
    weight: Fraction
    line: int
    public: bool
    devices: int = 0


@dataclass(frozen=True)
class GraderFile:
    """What a grader file declares, and what is wrong with the way it does."""

    path: Path
    tree: ast.Module
    checks: tuple[CheckDeclaration, ...]
    problems: tuple[AuthoringError, ...]


def list_checks(path: Path) -> tuple[CheckDeclaration, ...]:
    """Return the checks of `path` in their order; those of a file called hidden.py are hidden.

    Raises AuthoringError for a file that is not Python and for the first check that cannot be understood.
    """
    grader = read_grader(path)
    if grader.problems:
        raise grader.problems[0]
    return grader.checks


def read_grader(path: Path) -> GraderFile:
    """Read a grader file; raises AuthoringError only for a file that is not Python."""
    tree = parse_python(read_text(path), path)
    checks: list[CheckDeclaration] = []
    problems: list[AuthoringError] = []
    for owner, function in _tests(tree):
        try:
            checks.append(_declaration(owner, function, path))
        except AuthoringError as error:
            problems.append(error)
    problems.extend(_class_problems(tree, path))
    return GraderFile(path, tree, tuple(checks), tuple(sorted(problems, key=lambda problem: problem.line)))


def _tests(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | None, Function]]:
    """Yield what pytest collects: test functions, and test methods of `Test*` classes (and of exercise classes)."""
    for node in tree.body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield None, node
        elif isinstance(node, ast.ClassDef) and (node.name.startswith("Test") or _decorator(node, "exercise")):
            for inner in node.body:
                if isinstance(inner, Function) and inner.name.startswith("test"):
                    yield node, inner


def _declaration(owner: ast.ClassDef | None, function: Function, path: Path) -> CheckDeclaration:
    """Read one check; raises AuthoringError where its exercise or its weight cannot be read."""
    marker = _decorator(function, "exercise") or (_decorator(owner, "exercise") if owner else None)
    if marker is None:
        cure = 'write @exercise("name") above its class.'
        raise AuthoringError(path, function.lineno, f"the check {function.name} says no exercise", cure)
    if owner is not None and not owner.name.startswith("Test"):
        problem = f"pytest does not collect class {owner.name}"
        raise AuthoringError(path, owner.lineno, problem, f"call it Test{owner.name}.")
    docstring = inspect.cleandoc(ast.get_docstring(function) or "")
    return CheckDeclaration(
        exercise=_exercise_name(marker, path),
        name=function.name,
        claim=" ".join(docstring.split("\n\n")[0].split()),
        weight=_weight(function, path),
        line=function.lineno,
        public=path.name != HIDDEN_FILE,
        devices=max(_devices(node, path) for node in (owner, function) if node is not None),
    )


def _class_problems(tree: ast.Module, path: Path) -> Iterator[AuthoringError]:
    """Find what pytest would do with a class and a reader of this file would not see, or the other way round."""
    seen: dict[str, int] = {}
    for node in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        first = seen.setdefault(node.name, node.lineno)
        if first != node.lineno:
            problem = f"class {node.name} takes the place of the one at line {first}, whose checks would never run"
            yield AuthoringError(path, node.lineno, problem, "give it another name.")
        if not _decorator(node, "exercise"):
            continue
        if node.bases:
            cure = "write the checks out, or share a function instead of a base class."
            yield AuthoringError(path, node.lineno, f"class {node.name} inherits checks from another class", cure)
        if _decorator(node, "weight"):
            cure = "write it above the checks themselves."
            yield AuthoringError(path, node.lineno, f"@weight does nothing on class {node.name}", cure)
        for inner in node.body:
            if isinstance(inner, ast.ClassDef) and inner.name.startswith("Test"):
                problem = f"class {inner.name} stands inside class {node.name}"
                yield AuthoringError(path, inner.lineno, problem, 'move it out, with its own @exercise("name").')


def _decorator(node: ast.ClassDef | Function, name: str) -> ast.expr | None:
    """Return the decorator called `name`, bare or called, also as `proctorch.name`."""
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        spelled = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", None)
        if spelled == name:
            return decorator
    return None


def _exercise_name(marker: ast.expr, path: Path) -> str:
    """Return the literal in `@exercise("name")`."""
    if isinstance(marker, ast.Call) and len(marker.args) == 1 and not marker.keywords:
        argument = marker.args[0]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
    problem = f"@{ast.unparse(marker)} names no exercise"
    raise AuthoringError(path, marker.lineno, problem, 'write the name as a literal: @exercise("softmax").')


def _weight(function: Function, path: Path) -> Fraction:
    """Return the share that `@weight(...)` gives to a check; 1 without it."""
    marker = _decorator(function, "weight")
    if marker is None:
        return Fraction(1)
    share = None
    if isinstance(marker, ast.Call) and len(marker.args) == 1 and not marker.keywords:
        share = _number(marker.args[0])
    if share is None or share <= 0:
        problem = f"@{ast.unparse(marker)} is not a positive share"
        raise AuthoringError(path, marker.lineno, problem, "write a number above 0 as a literal: @weight(2).")
    return share


def _devices(node: ast.ClassDef | Function, path: Path) -> int:
    """Return how many CUDA devices `@on_devices(...)` names; 0 without it."""
    marker = _decorator(node, "on_devices")
    if marker is None:
        return 0
    names = [ast.literal_eval(name) for name in getattr(marker, "args", ()) if isinstance(name, ast.Constant)]
    written = isinstance(marker, ast.Call) and len(names) == len(marker.args) and not marker.keywords
    if not (written and names and all(type(name) is str and _DEVICE.fullmatch(name) for name in names)):
        problem = f"@{ast.unparse(marker)} does not name devices"
        raise AuthoringError(path, marker.lineno, problem, 'write them as literals: @on_devices("cpu", "cuda").')
    return max(int(name.partition(":")[2] or 0) + 1 if name != "cpu" else 0 for name in names)


def _number(node: ast.expr) -> Fraction | None:
    """Return a literal number, or a literal `Fraction(1, 3)`, as the vocabulary's `weight` takes it."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Fraction" and not node.keywords:
        parts = [str(argument.value) if isinstance(argument, ast.Constant) else "?" for argument in node.args]
        try:
            return Fraction("/".join(parts)).limit_denominator(10_000)
        except (ValueError, ZeroDivisionError):
            return None
    is_number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
    if not is_number:
        return None
    try:
        return Fraction(ast.literal_eval(node)).limit_denominator(10_000)
    except (OverflowError, ValueError):
        return None
