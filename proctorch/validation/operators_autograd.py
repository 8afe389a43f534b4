"""Mistakes with the graph and with training: detach, no_grad, zero_grad, step, train and eval, flags."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from proctorch.validation.operators import Code, Edit, called_name, is_method, keyword, names, subject, with_keyword

_NO_GRAPH = frozenset({"no_grad", "inference_mode"})
_GRAPH_CUTTERS = frozenset({"detach", "detach_"})
_CAN_CARRY_GRADIENTS = re.compile(r"((Float\w*|Shaped|Inexact|Num|Real)\[|(torch\.)?Tensor\b)")
_SPREADS = frozenset({"var", "std", "var_mean", "std_mean", "cov"})
_MAKERS = names("detach tensor zeros ones full empty eye arange linspace rand randn randint from_numpy argmax argmin")
_CORRECTIONS = ("correction", "unbiased", "ddof")
_STATEMENTS = frozenset({"zero_grad", "step", "backward", "eval", "train", "requires_grad_"})


def added_detach(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`return x @ w` becomes `return (x @ w).detach()` where the signature speaks of float tensors."""
    function = code.function(node)
    if not isinstance(node, ast.Return) or node.value is None or function is None or not _takes_tensors(function):
        return
    for value, annotation in _returned(node.value, function.returns):
        if annotation is not None and _is_float_tensor(ast.unparse(annotation)) and not _is_plain(value):
            yield code.replace(value, _detached(value))


def dropped_detach(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.detach().numpy()` becomes `x.numpy()`, and `p.data` becomes `p`."""
    if isinstance(node, ast.Call) and called_name(node) in _GRAPH_CUTTERS:
        value = subject(node)
        if value is not None:
            yield code.replace(node, value)
    elif isinstance(node, ast.Attribute) and node.attr == "data" and isinstance(node.ctx, ast.Load):
        yield code.replace(node, node.value)


def dropped_no_grad(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`with torch.no_grad():` becomes `if True:`, and the decorator `@torch.no_grad()` goes."""
    if isinstance(node, ast.With) and len(node.items) == 1 and _is_no_grad(node.items[0].context_expr):
        yield code.replace_header(node, "if True:")
    elif isinstance(node, ast.FunctionDef):
        for decorator in node.decorator_list:
            if _is_no_grad(decorator):
                start, end = code.start(decorator), code.end(decorator)
                at = code.data.rindex(b"@", 0, start)
                yield Edit(at, end, "", at, end)


def dropped_training_step(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`, `model.eval()` or `model.train()` goes."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and called_name(node.value) in _STATEMENTS:
        yield code.replace_statement(node, "pass")
    elif isinstance(node, ast.Call) and called_name(node) == "requires_grad_" and is_method(node):
        value = subject(node)
        if value is not None:
            yield code.replace(node, value)


def swapped_mode(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`model.eval()` becomes `model.train()`, and the other way round."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "eval" and not node.args:
            yield code.rename(node.func, "train")
        elif node.func.attr == "train" and not node.args:
            yield code.rename(node.func, "eval")


def plain_assignment(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`total += loss` becomes `total = loss`: the last one instead of all of them."""
    if isinstance(node, ast.AugAssign):
        loops = [above for above in code.ancestors(node) if isinstance(above, ast.While)]
        if not loops:
            yield code.replace_statement(node, ast.unparse(ast.Assign([node.target], node.value, lineno=1)))


def rebound_name(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`p -= lr * p.grad` becomes `p = p - lr * p.grad`, where `p` is an argument or what a loop walks over."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and _is_shared(node.target.id, node, code):
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        yield code.replace_statement(node, ast.unparse(ast.Assign([node.target], value, lineno=1)))


def flipped_flag(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`requires_grad=True` becomes `requires_grad=False`, `x.var()` becomes `x.var(correction=0)`."""
    if isinstance(node, ast.keyword) and node.arg not in (None, "keepdim", "keepdims"):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, bool):
            yield code.replace(node.value, ast.Constant(not node.value.value))
        elif node.arg in ("correction", "ddof") and isinstance(node.value, ast.Constant):
            yield code.replace(node.value, ast.Constant(0 if node.value.value else 1))
    elif isinstance(node, ast.Call) and called_name(node) in _SPREADS and keyword(node, *_CORRECTIONS) is None:
        yield code.replace(node, with_keyword(node, "correction", 0))


def _returned(value: ast.expr, annotation: ast.expr | None) -> list[tuple[ast.expr, ast.expr | None]]:
    """Pair what is returned with its annotation, item by item for a tuple."""
    if isinstance(value, ast.Tuple) and isinstance(annotation, ast.Subscript):
        kinds = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else []
        return list(zip(value.elts, kinds, strict=False))
    return [(value, annotation)]


def _takes_tensors(function: ast.FunctionDef) -> bool:
    """True where a gradient could come from: a tensor, a module or `self`; PyTorch gives a `ctx` without a graph."""
    kinds = [ast.unparse(argument.annotation) for argument in function.args.args if argument.annotation]
    first = function.args.args[0].arg if function.args.args else ""
    return first != "ctx" and (first == "self" or any(_is_float_tensor(kind) or "Module" in kind for kind in kinds))


def _is_float_tensor(annotation: str) -> bool:
    return _CAN_CARRY_GRADIENTS.match(annotation) is not None


def _detached(value: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(value, "detach", ast.Load()), [], [])


def _is_plain(value: ast.expr) -> bool:
    """True for what is no tensor, whatever the signature says, and for a tensor that hangs on no graph anyway."""
    if isinstance(value, ast.Attribute):
        return value.attr == "grad"
    name = called_name(value) or ""
    is_new = name in _MAKERS or name.endswith("_like")
    return is_new or isinstance(value, (ast.Constant, ast.Tuple, ast.List, ast.Dict))


def _is_no_grad(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else called_name(node)
    return name in _NO_GRAPH


def _is_shared(name: str, node: ast.AST, code: Code) -> bool:
    """True for a name whose value others hold too: an argument of the function, or the variable of a for loop."""
    function = code.function(node)
    arguments = [] if function is None else [one.arg for one in function.args.args if one.annotation is not None]
    targets = [ast.walk(above.target) for above in code.ancestors(node) if isinstance(above, ast.For)]
    looped = [part.id for target in targets for part in target if isinstance(part, ast.Name)]
    return name in arguments or name in looped
