"""Mistakes with the flow: comparisons, conditions, loops, and statements that were forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from proctorch.validation.operators import Code, Edit, altered, called_name
from proctorch.validation.operators_numbers import drives_loop

# First the boundary, then the direction.
_COMPARISONS: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_MASKS: Mapping[type[ast.operator], type[ast.operator]] = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}


def changed_comparison(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x < 0` becomes `x <= 0` or `x > 0`, and `a == b` becomes `a != b`."""
    if isinstance(node, ast.Compare):
        others = 1 if _is_loop_condition(node, code) else 2
        for index, operator in enumerate(node.ops):
            for other in _COMPARISONS.get(type(operator), ())[:others]:
                operators = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                yield code.replace(node, altered(node, ops=operators))


def changed_logic(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`a and b` becomes `a or b`, `not a` becomes `a`, and for masks `a & b` becomes `a | b`, `~a` becomes `a`."""
    if isinstance(node, ast.BoolOp):
        yield code.replace(node, altered(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))
    elif isinstance(node, ast.BinOp) and type(node.op) in _MASKS:
        yield code.replace(node, altered(node, op=_MASKS[type(node.op)]()))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield code.replace(node, node.operand)


def forced_condition(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`if x.ndim == 1:` becomes `if True:` or `if False:`; a `while` loop is only forced to end."""
    if isinstance(node, (ast.If, ast.IfExp)):
        yield code.replace(node.test, ast.Constant(True))
        yield code.replace(node.test, ast.Constant(False))
    elif isinstance(node, ast.While):
        yield code.replace(node.test, ast.Constant(False))
    elif isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield code.replace(test, ast.Constant(True))


def deleted_statement(node: ast.AST, code: Code) -> Iterator[Edit]:
    """A call on a line of its own, an `x += y` or an `x[i] = y` becomes `pass`."""
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    is_item = isinstance(node, ast.Assign) and all(isinstance(target, ast.Subscript) for target in node.targets)
    is_update = isinstance(node, ast.AugAssign) and not drives_loop(node, code)
    is_print = called_name(getattr(node, "value", node)) == "print"
    if isinstance(node, ast.stmt) and (is_call or is_item or is_update) and not is_print:
        yield code.replace_statement(node, "pass")


def changed_loop(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`range(n)` becomes `range(1, n)`, `range(0, n, 2)` loses its step, `break` becomes `continue`."""
    if isinstance(node, ast.Call) and called_name(node) == "range" and isinstance(node.func, ast.Name):
        if len(node.args) == 1:
            yield code.replace(node, altered(node, args=[ast.Constant(1), *node.args]))
        elif len(node.args) == 3:
            yield code.replace(node, altered(node, args=node.args[:2]))
    elif isinstance(node, ast.Call) and called_name(node) == "enumerate" and len(node.args) + len(node.keywords) == 1:
        yield code.replace(node, altered(node, args=[*node.args, ast.Constant(1)]))
    elif isinstance(node, (ast.Break, ast.Continue)) and not _in_while(node, code):
        yield code.replace_statement(node, "continue" if isinstance(node, ast.Break) else "break")
        yield code.replace_statement(node, "pass")


def _is_loop_condition(node: ast.AST, code: Code) -> bool:
    """True inside the condition of a `while` loop, which might never end if it were turned around."""
    inside = node
    for above in code.ancestors(node):
        if isinstance(above, ast.While):
            return above.test is inside
        inside = above
    return False


def _in_while(node: ast.AST, code: Code) -> bool:
    return any(isinstance(above, ast.While) for above in code.ancestors(node))
