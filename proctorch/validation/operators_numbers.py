"""Mistakes with numbers: off by one, the wrong sign, a forgotten factor, another constant, another dtype."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from proctorch.validation.operators import Code, Edit, altered, both_ways, called_name, integer, one_way
from proctorch.validation.operators_axes import is_dim

EPSILON = 1e-3
_OPPOSITE: Mapping[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_OTHER_PRODUCT: Mapping[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mod,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}
_DTYPES = {
    **both_ways("float32 float64", "int64 int32"),
    **one_way("float float64", "double float32", "float16 float32", "bfloat16 float32"),
    **one_way("long int32", "uint8 int64", "bool uint8"),
}
_CASTS = both_ways("float double", "long int") | one_way("half float", "bool byte", "byte long")
_SHIFTS = frozenset({"max", "amax", "logsumexp", "mean"})


def off_by_one(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`padding=1` becomes `padding=2`, `range(n)` becomes `range(n - 1)`, and `x[:n]` becomes `x[:n + 1]`."""
    if isinstance(node, ast.expr) and integer(node) is not None:
        if not is_dim(node, code) and not _is_signed(node, code):
            value = integer(node) or 0
            is_first = value == 0 and isinstance(code.parent(node), ast.Subscript)
            for other in (value + 1,) if is_first else (value + 1, value - 1):
                yield code.replace(node, _number(other))
    elif isinstance(node, ast.Call) and called_name(node) in ("range", "arange"):
        for bound in node.args[:2]:
            yield from _moved(bound, code)
    elif isinstance(node, ast.Slice):
        for end in (node.lower, node.upper):
            if end is not None:
                yield from _moved(end, code)


def flipped_sign(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x + y` becomes `x - y`, `x -= y` becomes `x += y`, and `-x` becomes `x`."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPPOSITE and not _is_text(node):
        yield code.replace(node, altered(node, op=_OPPOSITE[type(node.op)]()))
    elif isinstance(node, ast.AugAssign) and type(node.op) in _OPPOSITE and not drives_loop(node, code):
        yield code.replace_statement(node, ast.unparse(altered(node, op=_OPPOSITE[type(node.op)]())))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not is_dim(node, code):
        yield code.replace(node, node.operand)


def swapped_product(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x / n` becomes `x * n`, and `a // b` becomes `a % b`."""
    if isinstance(node, ast.BinOp):
        for other in _OTHER_PRODUCT.get(type(node.op), ()):
            yield code.replace(node, altered(node, op=other()))
    elif isinstance(node, ast.AugAssign) and not drives_loop(node, code):
        for other in _OTHER_PRODUCT.get(type(node.op), ()):
            yield code.replace_statement(node, ast.unparse(altered(node, op=other())))


def dropped_shift(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`torch.exp(x - x.amax(dim=1, keepdim=True))` becomes `torch.exp(x)`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        inside = [called_name(part) for part in ast.walk(node.right)]
        if any(name in _SHIFTS for name in inside):
            yield code.replace(node, node.left)


def dropped_operand(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x @ w + b` becomes `x @ w`, and `lr * gradient` becomes `gradient`."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        yield code.replace(node, node.left)
        if isinstance(node.op, (ast.Add, ast.Mult)):
            yield code.replace(node, node.right)


def swapped_operands(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`prediction - target` becomes `target - prediction`, and `a / b` becomes `b / a`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div)):
        yield code.replace(node, altered(node, left=node.right, right=node.left))


def changed_float(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`momentum=0.9` becomes `momentum=0.0`, `eps=1e-5` becomes `eps=0.0`, and `1.0` becomes `2.0`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        if node.value == 0.0:
            yield code.replace(node, ast.Constant(1.0))
            return
        yield code.replace(node, ast.Constant(0.0))
        if abs(node.value) >= EPSILON:
            yield code.replace(node, ast.Constant(2 * node.value))


def changed_dtype(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`torch.float32` becomes `torch.float64`, `torch.bool` `torch.uint8`, and `x.float()` `x.double()`."""
    if not isinstance(node, ast.Attribute):
        return
    if isinstance(node.value, ast.Name) and node.value.id in ("torch", "np"):
        if node.attr in _DTYPES:
            yield code.rename(node, _DTYPES[node.attr])
    elif node.attr in _CASTS and getattr(code.parent(node), "func", None) is node:
        yield code.rename(node, _CASTS[node.attr])


def drives_loop(node: ast.AugAssign, code: Code) -> bool:
    """True where a `while` loop waits for what the statement changes: without it the loop would not end."""
    name = ast.unparse(node.target)
    loops = [above for above in code.ancestors(node) if isinstance(above, ast.While)]
    return any(name in ast.unparse(loop.test) or isinstance(loop.test, ast.Constant) for loop in loops)


def _is_signed(node: ast.expr, code: Code) -> bool:
    """True for the 1 of -1: the whole -1 has its own mutants."""
    parent = code.parent(node)
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub)


def _is_text(node: ast.BinOp) -> bool:
    """True where strings are joined."""
    parts = (node.left, node.right)
    return any(isinstance(part, ast.JoinedStr) or isinstance(getattr(part, "value", None), str) for part in parts)


def _moved(bound: ast.expr, code: Code) -> Iterator[Edit]:
    """Move a bound that is not a number in the text by one; the step of `n - 1` is a number of its own."""
    if integer(bound) is None and not isinstance(bound, ast.Starred):
        for operator in (ast.Sub(), ast.Add()):
            if not (isinstance(bound, ast.BinOp) and integer(bound.right) == 1):
                yield code.replace(bound, ast.BinOp(bound, operator, ast.Constant(1)))


def _number(value: int) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)
