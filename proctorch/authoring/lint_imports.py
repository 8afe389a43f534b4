"""A public grader file is released: it may not lead to what is not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from proctorch.errors import AuthoringError

UNRELEASED = frozenset({"hidden", "misconceptions", "alternatives", "solutions", "graders"})
_BY_NAME = frozenset({"import_module", "__import__", "run_path", "run_module", "importorskip"})


def import_problems(tree: ast.Module, path: Path) -> Iterator[AuthoringError]:
    """Yield the imports of a public grader file that students could not follow, or should not."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _statement(node, path)
        elif isinstance(node, ast.Call) and _called(node) in _BY_NAME:
            names = [leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)]
            for name in (name for name in names if isinstance(name, str)):
                yield from _forbidden(name.replace("/", ".").split("."), node.lineno, path)


def _statement(node: ast.Import | ast.ImportFrom, path: Path) -> Iterator[AuthoringError]:
    """Look at one import statement; of `proctorch` and other packages anything may be imported."""
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.Import):
        for name in names:
            yield from _forbidden(name.split("."), node.lineno, path)
        return
    module = (node.module or "").split(".")
    if node.level == 0 and module[0] not in UNRELEASED:
        return
    before = [*(part for part in module if part)]
    found = [problem for name in names for problem in _forbidden([*before, name], node.lineno, path)]
    if found:
        yield found[0]
    elif node.level:
        cure = "write what it needs into public.py itself, or take it from proctorch.lab."
        yield AuthoringError(path, node.lineno, "a relative import: public.py is released alone", cure)


def _forbidden(parts: list[str], line: int, path: Path) -> Iterator[AuthoringError]:
    """Yield the error where one part of a dotted name is a file that never leaves."""
    for part in parts:
        if part in UNRELEASED:
            problem = f"public.py imports {part}, which students never get"
            cure = "write what it needs into public.py itself, or take it from proctorch.lab."
            yield AuthoringError(path, line, problem, cure)
            return


def _called(node: ast.Call) -> str | None:
    """Return the last part of the called name."""
    target = node.func
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", None)
