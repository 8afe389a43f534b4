"""Mistakes with axes: the wrong dim, the axis kept or lost, matrices transposed, sizes in the wrong order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from proctorch.validation.operators import (
    Code,
    Edit,
    altered,
    called_name,
    integer,
    is_method,
    keyword,
    names,
    subject,
    swapped_neighbours,
    with_argument,
    with_keyword,
)

DIM_KEYWORDS = ("dim", "axis", "dim0", "dim1", "dims", "start_dim", "end_dim")
REDUCTIONS = names("sum mean prod std var max min amax amin argmax argmin median logsumexp norm any all nansum nanmean")
# Where the dim stands among the arguments of the method; the function has the tensor in front of it.
_FIRST = REDUCTIONS | names(
    "softmax log_softmax cumsum cumprod unsqueeze squeeze gather index_select index_add scatter scatter_ "
    "scatter_add scatter_add_ select flatten unbind sort argsort flip size narrow diff"
)
_SECOND = names("topk chunk split tensor_split roll repeat_interleave normalize")
_JOINS = frozenset(["cat", "concat", "stack"])
_MODULES = frozenset(["Softmax", "LogSoftmax", "Flatten"])
TRANSPOSES = names("t transpose permute swapaxes swapdims movedim adjoint")
TRANSPOSED = frozenset(["T", "mT", "H", "mH"])
MATRIX_PRODUCTS = frozenset(["matmul", "mm", "bmm", "mv", "dot"])
SHAPED = names("view reshape zeros ones empty full rand randn randint expand repeat Linear Conv2d Embedding unflatten")


def swapped_dim(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.sum(dim=1)` becomes `x.sum(dim=0)`, and `x.shape[0]` becomes `x.shape[1]`."""
    for place in _dims(node):
        if isinstance(place, (ast.Tuple, ast.List)):
            for items in _other_axes(place.elts):
                yield code.replace(place, altered(place, elts=items))
        else:
            for value in _neighbours(integer(place)):
                yield code.replace(place, _number(value))


def swapped_transpose_dims(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.transpose(1, 2)` becomes `x.transpose(0, 2)`, and `x.permute(0, 2, 1)` becomes `x.permute(2, 0, 1)`."""
    if not isinstance(node, ast.Call) or called_name(node) not in TRANSPOSES:
        return
    first = 0 if is_method(node) else 1
    if called_name(node) == "permute":
        for items in swapped_neighbours(node.args[first:]):
            yield code.replace(node, altered(node, args=[*node.args[:first], *items]))
        return
    given = [integer(argument) for argument in node.args[first:]]
    for index, value in enumerate(given, start=first):
        for other in _neighbours(value):
            if other not in given:
                yield code.replace(node, with_argument(node, index, _number(other)))


def dropped_keepdim(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.mean(dim=1, keepdim=True)` becomes `x.mean(dim=1, keepdim=False)`."""
    if isinstance(node, ast.Call):
        given = keyword(node, "keepdim", "keepdims")
        if given is not None and isinstance(given.value, ast.Constant) and given.value.value is True:
            yield code.replace(given.value, ast.Constant(False))


def added_keepdim(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.mean(dim=1)` becomes `x.mean(dim=1, keepdim=True)`."""
    if not isinstance(node, ast.Call) or called_name(node) not in REDUCTIONS:
        return
    first = 0 if is_method(node) else 1
    reduces_axis = keyword(node, "dim", "axis") is not None or len(node.args) == first + 1
    given = keyword(node, "keepdim", "keepdims")
    if (
        given is None and reduces_axis and integer(node.args[first] if len(node.args) > first else None) is not None
    ) or (given is None and keyword(node, "dim") is not None):
        yield code.replace(node, with_keyword(node, "keepdim", True))
    elif given is not None and isinstance(given.value, ast.Constant) and given.value.value is False:
        yield code.replace(given.value, ast.Constant(True))


def transposed_matrix(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x @ w.T` becomes `x @ w`, `w.T @ x` or `x @ w.T.mT`."""
    if isinstance(node, ast.Attribute) and node.attr in TRANSPOSED and isinstance(node.ctx, ast.Load):
        yield code.replace(node, node.value)
    elif isinstance(node, ast.Call) and called_name(node) in TRANSPOSES:
        value = subject(node)
        if value is not None:
            yield code.replace(node, value)
    elif isinstance(node, ast.Call) and called_name(node) in MATRIX_PRODUCTS:
        yield from _swapped_product(node, code)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield code.replace(node, altered(node, left=node.right, right=node.left))
        yield code.replace(node.right, ast.Attribute(node.right, "mT", ast.Load()))


def swapped_shape(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.reshape(n, m)` becomes `x.reshape(m, n)`, and `torch.zeros((n, m))` becomes `torch.zeros((m, n))`."""
    if not isinstance(node, ast.Call) or called_name(node) not in SHAPED:
        return
    for items in swapped_neighbours(node.args):
        yield code.replace(node, altered(node, args=items))
    for argument in node.args:
        if isinstance(argument, (ast.Tuple, ast.List)):
            for items in swapped_neighbours(argument.elts):
                yield code.replace(argument, altered(argument, elts=items))


def swapped_index(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x[:, i]` becomes `x[i, :]`, and `x[:, None]` becomes `x[None, :]`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        for items in swapped_neighbours(node.slice.elts):
            yield code.replace(node, altered(node, slice=altered(node.slice, elts=items)))


def is_dim(node: ast.AST, code: Code) -> bool:
    """True for a number that names an axis: the operators on numbers leave it alone."""
    for above in (node, *code.ancestors(node)):
        holder = code.parent(above)
        if isinstance(holder, ast.keyword):
            return holder.arg in DIM_KEYWORDS
        if isinstance(holder, (ast.Call, ast.Subscript)):
            is_transpose = called_name(holder) in TRANSPOSES and above is not getattr(holder, "func", None)
            return above in _dims(holder) or is_transpose
        if not isinstance(holder, (ast.Tuple, ast.List, ast.UnaryOp)):
            return False
    return False


def _swapped_product(call: ast.Call, code: Code) -> Iterator[Edit]:
    """Swap the factors of `torch.mm(a, b)` and of `a.mm(b)`."""
    if is_method(call) and len(call.args) == 1 and isinstance(call.func, ast.Attribute):
        swapped = altered(call, func=altered(call.func, value=call.args[0]), args=[call.func.value])
        yield code.replace(call, swapped)
    elif len(call.args) == 2:
        yield code.replace(call, altered(call, args=call.args[::-1]))


def _dims(node: ast.AST) -> list[ast.expr]:
    """Return the arguments of a call, or the index of a shape, that name axes."""
    if isinstance(node, ast.Subscript):
        is_shape = isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
        return [node.slice] if is_shape and integer(node.slice) is not None else []
    if not isinstance(node, ast.Call) or called_name(node) in TRANSPOSES:
        return []
    places = [given.value for given in node.keywords if given.arg in DIM_KEYWORDS]
    index = _dim_index(node)
    if index is not None and index < len(node.args):
        places.append(node.args[index])
    return [place for place in places if integer(place) is not None or isinstance(place, (ast.Tuple, ast.List))]


def _dim_index(call: ast.Call) -> int | None:
    """Return where the dim stands among the positional arguments."""
    name, shift = called_name(call), 0 if is_method(call) else 1
    if isinstance(call.func, ast.Name) and name in ("sum", "max", "min", "any", "all"):
        return None
    if name in _MODULES:
        return 0
    if name in _JOINS:
        return 1
    if name in _FIRST:
        return shift
    return shift + 1 if name in _SECOND else None


def _neighbours(value: int | None) -> tuple[int, ...]:
    """Return the axes for which an axis is mistaken."""
    known: dict[int, tuple[int, ...]] = {0: (1,), -1: (0, -2), -2: (-1,), -3: (-2,)}
    return () if value is None else known.get(value, (value - 1,))


def _other_axes(items: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """Yield a tuple of axes with one of them mistaken for its neighbour, and with one of them forgotten."""
    given = [integer(item) for item in items]
    for index, value in enumerate(given):
        for other in _neighbours(value):
            if other not in given:
                yield [*items[:index], _number(other), *items[index + 1 :]]
    if len(items) > 1:
        yield items[:-1]
        yield items[1:]


def _number(value: int) -> ast.expr:
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)
