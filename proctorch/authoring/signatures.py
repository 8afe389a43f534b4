"""What a stub promises: the names that it defines and the headers of its functions."""

from __future__ import annotations

import ast
import copy
import io
import tokenize
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def defined_names(tree: ast.Module) -> dict[str, int]:
    """Return the top-level names that a cell defines (functions, classes, assignments) with their lines."""
    names: dict[str, int] = {}
    for node in tree.body:
        for name in _names_of(node):
            names.setdefault(name, node.lineno)
    return names


def signatures(tree: ast.Module) -> dict[str, str]:
    """Return the header of each top-level function, and of each public method as `Net.forward`.

    A header is the definition's line without colon and decorators: `def softmax(logits: Tensor) -> Tensor`. Public are
    names without a leading underscore, and double-underscore methods such as `__init__` and `__call__`.
    """
    headers: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, Function):
            headers[node.name] = header_of(node)
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, Function) and _is_public(method.name):
                    headers[f"{node.name}.{method.name}"] = header_of(method)
    return headers


def header_of(node: Function) -> str:
    """Return the header of a function on one line, strings in double quotes, as the style of the course has it."""
    bare = copy.copy(node)
    bare.body, bare.decorator_list = [ast.Pass()], []
    header = ast.unparse(bare).rsplit(":\n", 1)[0]
    return _double_quoted(header)


def _names_of(node: ast.stmt) -> Iterator[str]:
    """Yield the names that one top-level statement binds; imports do not count."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            leaves = (leaf for leaf in ast.walk(target) if isinstance(leaf, ast.Name))
            yield from (leaf.id for leaf in leaves if isinstance(leaf.ctx, ast.Store))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _double_quoted(header: str) -> str:
    """Write 'plain' strings as "plain" (ast.unparse prefers single quotes)."""
    tokens = list(tokenize.generate_tokens(io.StringIO(header + ": pass").readline))
    for token in reversed(tokens):
        text = token.string
        if token.type == tokenize.STRING and text.startswith("'") and '"' not in text and "\\" not in text:
            start, end = token.start[1], token.end[1]
            header = f'{header[:start]}"{text[1:-1]}"{header[end:]}'
    return header
