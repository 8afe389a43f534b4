"""What a cell defines at its top level, read without running it and in spite of syntax errors."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from proctorch.grading.line_scanner import states

_DEFINITION = re.compile(r"(?:async\s+def|def|class)\s+([A-Za-z_]\w*)")
_SHORT = 4096
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\s*(?::[^=]*)?=(?!=)")


@dataclass(frozen=True)
class TopLevel:
    """The names that a cell makes itself (def, class, =) and the names that it imports."""

    made: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return self.made | self.imported


def parse(source: str) -> ast.Module | None:
    """Return the syntax tree, or None for anything that Python does not parse (also when it nests too deeply).

    The tree may be shared: nobody changes it.
    """
    return _parse_short(source) if len(source) <= _SHORT else _parse(source)


def _parse(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def top_level(source: str) -> TopLevel:
    """Return the top-level names of a cell; where it does not parse, those that its lines announce."""
    return _top_level_of_short(source) if len(source) <= _SHORT else _top_level(source)


def _top_level(source: str) -> TopLevel:
    tree = parse(source)
    if tree is None:
        return TopLevel(frozenset(_announced(source)))
    made: set[str] = set()
    imported: set[str] = set()
    for statement in _statements(tree.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            made.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            imported.update(alias.asname or alias.name.split(".")[0] for alias in statement.names)
        else:
            made.update(_targets(statement))
    return TopLevel(frozenset(made), frozenset(imported))


def called_checks(source: str) -> tuple[str, ...]:
    """Return the exercises named in a cell that does nothing but import and call `check`; empty for other cells."""
    return _called_checks_of_short(source) if len(source) <= _SHORT else _called_checks(source)


def _called_checks(source: str) -> tuple[str, ...]:
    tree = parse(source)
    if tree is None or not tree.body:
        return ()
    names: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "proctorch":
            continue
        if isinstance(statement, ast.Import) and all(alias.name == "proctorch" for alias in statement.names):
            continue
        name = _check_argument(statement)
        if name is None:
            return ()
        names.append(name)
    return tuple(names)


def _check_argument(statement: ast.stmt) -> str | None:
    """Return "softmax" for the statement check("softmax") or proctorch.check("softmax"), else None."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return None
    call = statement.value
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    if name != "check" or len(call.args) != 1 or not isinstance(call.args[0], ast.Constant):
        return None
    return call.args[0].value if isinstance(call.args[0].value, str) else None


def awaits(source: str) -> bool:
    """True when a cell awaits outside a function, which Jupyter allows and Python does not."""
    if "await" not in source and "async" not in source:
        return False
    tree = parse(source)
    # No recursion: Python parses expressions that nest deeper than its own functions may call each other.
    waiting: list[ast.AST] = [] if tree is None else list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements that run at the top level, also those inside if, try, with, for and while."""
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                waiting.append(child)
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                waiting.extend(child.body)


def _targets(statement: ast.stmt) -> Iterator[str]:
    """Yield the plain names that an assignment sets."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, (ast.Tuple, ast.List)):
            targets.extend(target.elts)


def _announced(source: str) -> Iterator[str]:
    """Yield the names that unindented lines of a broken cell define."""
    for line, state in states(source.split("\n")):
        if state.quote or not line or line[0].isspace():
            continue
        found = _DEFINITION.match(line) or _ASSIGNMENT.match(line)
        if found:
            yield found.group(1)


# Most cells of a class are as they were released, so they are read once.
_top_level_of_short = functools.lru_cache(maxsize=512)(_top_level)
_called_checks_of_short = functools.lru_cache(maxsize=512)(_called_checks)
# A cell is asked several questions, one right after the other.
_parse_short = functools.lru_cache(maxsize=1)(_parse)
