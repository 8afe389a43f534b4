"""What an operator of mutation works on: a cell's syntax tree with the place of every node in the text.

An operator is a function `(node, code) -> edits`. It looks at one node and yields every small mistake that it knows for
it; whether the result compiles and differs from the original is not its business.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

FUNCTION_NAMESPACES = frozenset({"torch", "F", "nn", "functional", "linalg", "special", "np", "init"})
_TOO_SMALL_TO_TELL = (
    ast.Attribute,
    ast.Constant,
    ast.Name,
    ast.Slice,
    ast.Starred,
    ast.Tuple,
    ast.List,
    ast.UnaryOp,
    ast.keyword,
)


@dataclass(frozen=True)
class Edit:
    """A stretch of a cell's UTF-8 bytes, from `start` to before `end`, and what takes its place.

    `outer_start` and `outer_end` bound the expression or line in which a reader understands the change. An
    `expression` may need parentheses where it is put.
    """

    start: int
    end: int
    text: str
    outer_start: int
    outer_end: int
    expression: bool = False


Operator = Callable[[ast.AST, "Code"], Iterator[Edit]]


class Code:
    """The text of a cell with its syntax tree; raises SyntaxError where it is not Python."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self.data = text.encode()
        self._line_starts = [0]
        for line in self.data.split(b"\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)
        self._parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        """Return the offset at which a node begins."""
        return self._line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        """Return the offset behind a node."""
        line, column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._line_starts[line - 1] + column

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node that holds `node`; None for the module."""
        return self._parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what holds `node`, from the inside out."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def function(self, node: ast.AST) -> ast.FunctionDef | None:
        """Return the innermost function or method around `node`."""
        return next((above for above in self.ancestors(node) if isinstance(above, ast.FunctionDef)), None)

    def replace(self, node: ast.expr, new: ast.expr) -> Edit:
        """Put one expression in the place of another."""
        return self._edit(node, ast.unparse(new), expression=True)

    def replace_statement(self, node: ast.stmt, text: str) -> Edit:
        """Put one line in the place of a statement."""
        start, end = self.start(node), self.end(node)
        return Edit(start, end, text, start, end)

    def replace_header(self, node: ast.With | ast.For, text: str) -> Edit:
        """Put other words in the place of everything up to the body of a compound statement."""
        start = self.start(node)
        end = self.data.rindex(b":", start, self.start(node.body[0])) + 1
        return Edit(start, end, text, start, end)

    def rename(self, node: ast.Attribute | ast.Name, name: str) -> Edit:
        """Give a function or method another name, and leave what stands around the name as it is."""
        old = node.attr if isinstance(node, ast.Attribute) else node.id
        start, end = self.end(node) - len(old.encode()), self.end(node)
        outer = self._telling(node)
        return Edit(start, end, name, self.start(outer), self.end(outer))

    def _edit(self, node: ast.expr, text: str, *, expression: bool) -> Edit:
        outer = self._telling(node)
        return Edit(self.start(node), self.end(node), text, self.start(outer), self.end(outer), expression)

    def _telling(self, node: ast.expr) -> ast.expr | ast.stmt:
        """Return the smallest expression or line around `node` that a reader recognises without the rest."""
        found: ast.expr | ast.stmt = node
        for above in self.ancestors(node):
            if not isinstance(found, _TOO_SMALL_TO_TELL) or _has_long_body(above):
                break
            if isinstance(above, (ast.expr, ast.stmt)):
                found = above
        return found


def _has_long_body(node: ast.AST) -> bool:
    return isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.FunctionDef, ast.ClassDef, ast.Try, ast.Module))


def names(text: str) -> frozenset[str]:
    """Return the words of a text: the names that an operator knows."""
    return frozenset(text.split())


def one_way(*pairs: str) -> dict[str, str]:
    """Return a table in which the first name of each pair stands for the second."""
    return {pair.split()[0]: pair.split()[1] for pair in pairs}


def both_ways(*pairs: str) -> dict[str, str]:
    """Return a table in which each name of a pair stands for the other."""
    table = one_way(*pairs)
    return table | {second: first for first, second in table.items()}


def altered(node: Node, **fields: object) -> Node:
    """Return a copy of a node with other fields."""
    result = copy.copy(node)
    for name, value in fields.items():
        setattr(result, name, value)
    return result


def with_argument(call: ast.Call, index: int, value: ast.expr) -> ast.Call:
    """Return a call with another positional argument at `index`."""
    return altered(call, args=[*call.args[:index], value, *call.args[index + 1 :]])


def with_keyword(call: ast.Call, name: str, value: str | bool | int) -> ast.Call:
    """Return a call with one more keyword argument, a constant."""
    return altered(call, keywords=[*call.keywords, ast.keyword(arg=name, value=ast.Constant(value))])


def keyword(call: ast.Call, *names: str) -> ast.keyword | None:
    """Return the first keyword argument of a call that has one of the names."""
    return next((given for given in call.keywords if given.arg in names), None)


def called_name(node: ast.AST) -> str | None:
    """Return `mean` for `x.mean(...)`, `torch.mean(...)` and `mean(...)`; None for whatever is not such a call."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def is_method(call: ast.Call) -> bool:
    """Tell `x.mean(...)` from `torch.mean(...)`, `mean(...)` and a layer's `self.mean(...)`."""
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value
    return not is_namespace(owner) and not (isinstance(owner, ast.Name) and owner.id == "self")


def is_namespace(node: ast.expr) -> bool:
    """Tell `torch`, `nn.functional` and `torch.nn.init` from a value."""
    if isinstance(node, ast.Attribute):
        return node.attr in FUNCTION_NAMESPACES and is_namespace(node.value)
    return isinstance(node, ast.Name) and node.id in FUNCTION_NAMESPACES


def subject(call: ast.Call) -> ast.expr | None:
    """Return `x` of `x.mean(...)` and of `torch.mean(x, ...)`."""
    if is_method(call) and isinstance(call.func, ast.Attribute):
        return call.func.value
    if call.args and not isinstance(call.args[0], ast.Starred):
        return call.args[0]
    return None


def integer(node: ast.AST | None) -> int | None:
    """Return the value of a whole number in the text, also of a negative one."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = integer(node.operand) if isinstance(node.operand, ast.Constant) else None
        return None if value is None else -value
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return None


def swapped_neighbours(items: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """Yield the lists in which two neighbours have changed places."""
    for index in range(len(items) - 1):
        if not any(isinstance(item, ast.Starred) for item in items[index : index + 2]):
            yield [*items[:index], items[index + 1], items[index], *items[index + 2 :]]
