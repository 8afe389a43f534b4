"""The order of design: imports run one way, in no circle, and the guest's side knows nothing of the host's."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import proctorch

ROOT = Path(proctorch.__file__).parent

# Lower numbers are nearer to the ground: a module may import from its own level's package and from lower levels.
LEVELS = {
    "model": 0,
    "errors": 0,
    "files": 0,
    "course": 1,
    "authoring": 2,
    "sandbox": 2,
    "lab": 2,
    "grading": 3,
    "engines": 4,
    "selftest": 4,
    "gradebook": 5,
    "report": 6,
    "validation": 7,
    "cli": 8,
    "__main__": 9,
}
# Packages of one level that may know each other, and which way.
SIDEWAYS = {("errors", "model"), ("sandbox", "lab")}

GUEST_MODULES = ("sandbox/guest.py", "sandbox/zygote.py", "sandbox/wire.py")
GUEST_MAY_IMPORT = {"torch", "numpy", "pandas"}
GUEST_SIDE = {"sandbox", "lab"}
HEAVY = ("torch", "numpy", "pandas", "nbgrader", "nbformat", "nbconvert", "jupytext", "sqlalchemy", "jinja2", "pytest")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Programs that run in guests only, as text.
ATTACKS = ROOT / "selftest" / "attacks"
MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py")) if ATTACKS not in path.parents}


def is_type_checking(node: ast.If) -> bool:
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def statements(tree: ast.AST, *, functions: bool) -> Iterator[ast.stmt]:
    """Yield the import statements that run; those in functions only when asked for."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and is_type_checking(node):
            for other in node.orelse:
                yield from statements(ast.Module([other], []), functions=functions)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from statements(node, functions=functions)


def imported(path: Path, *, functions: bool = True) -> Iterator[tuple[int, str]]:
    """Yield line and full name of each module that a file imports (submodules of packages resolved)."""
    here = module_name(path).split(".")
    package = here if path.name == "__init__.py" else here[:-1]
    for node in statements(ast.parse(path.read_text(encoding="utf-8")), functions=functions):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, [base, node.module]))
            for alias in node.names:
                full = f"{source}.{alias.name}"
                yield node.lineno, full if full in MODULES else source


def part(name: str) -> str:
    """Return the part of the project that a module belongs to: `proctorch.cli.main` → `cli`."""
    return name.split(".")[1]


def edges(*, functions: bool = True) -> dict[str, set[str]]:
    return {
        name: {target for _, target in imported(path, functions=functions) if target in MODULES} - {name}
        for name, path in MODULES.items()
    }


def test_every_part_has_a_place_in_the_order() -> None:
    unplaced = {part(name) for name in MODULES if "." in name} - LEVELS.keys()
    assert not unplaced, f"give these a place in LEVELS: {sorted(unplaced)}"


def against_the_order(name: str, path: Path) -> list[str]:
    if name == "proctorch":  # importing the root costs nothing and knows nothing: its table is read on first use
        return [f"{path}:{line}: {target}" for line, target in imported(path) if target.startswith("proctorch.")]
    mine = part(name)
    wrong = []
    for line, target in imported(path):
        if not target.startswith("proctorch."):
            continue
        other = part(target)
        if other != mine and LEVELS[other] >= LEVELS[mine] and (mine, other) not in SIDEWAYS:
            wrong.append(f"{path}:{line}: {mine} may not import {other} ({target})")
    return wrong


def test_no_import_runs_against_the_order() -> None:
    wrong = [line for name, path in MODULES.items() for line in against_the_order(name, path)]
    assert not wrong, "\n" + "\n".join(wrong)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of one circle, or nothing."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph.get(name, ())):
            if found := walk(target, [*way, name]):
                return found
        done.add(name)
        return []

    for name in sorted(graph):
        if found := walk(name, []):
            return found
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = edges()
    graph.pop("proctorch")  # `from proctorch import __version__` is no circle: the root imports nothing
    found = circle(graph)
    assert not found, " → ".join(found)


def test_the_search_for_circles_finds_one() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def reachable(start: str) -> set[str]:
    """Return the modules that importing `start` may bring in, itself included."""
    graph, found, ahead = edges(), {start}, [start]
    while ahead:
        fresh = graph.get(ahead.pop(), set()) - found
        found |= fresh
        ahead += fresh
    return found


@pytest.mark.parametrize("relative", GUEST_MODULES)
def test_the_guest_imports_nothing_of_the_host(relative: str) -> None:
    path = ROOT / relative
    assert path.is_file(), f"{relative} is named here but does not exist"
    wrong = []
    for name in sorted(reachable(module_name(path))):
        for line, target in imported(MODULES[name]):
            top = target.split(".")[0]
            ours = target == "proctorch" or (top == "proctorch" and part(target) in GUEST_SIDE)
            if not (top in sys.stdlib_module_names or top in GUEST_MAY_IMPORT or ours):
                wrong.append(f"{MODULES[name]}:{line}: {target}")
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("module", ["proctorch", "proctorch.course", "proctorch.cli.main"])
def test_importing_is_cheap(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.split() == [], f"importing {module} also imports {done.stdout}"
