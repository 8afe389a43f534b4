"""Mistakes with calls: a kindred function, a forgotten one, arguments swapped or left out, work done in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from proctorch.validation.operators import (
    Code,
    Edit,
    altered,
    both_ways,
    called_name,
    is_method,
    keyword,
    names,
    one_way,
    subject,
    swapped_neighbours,
    with_keyword,
)
from proctorch.validation.operators_axes import MATRIX_PRODUCTS, SHAPED, TRANSPOSES

_SUMS = both_ways("mean sum", "nanmean nansum")
_EXTREMES = both_ways(
    "max min", "amax amin", "argmax argmin", "maximum minimum", "clamp_min clamp_max", "cummax cummin"
)
_KINDRED = {
    **both_ways("any all", "floor ceil", "std var", "sin cos", "zeros ones", "zeros_like ones_like", "rand randn"),
    **both_ways("rand_like randn_like", "softmax log_softmax", "sigmoid tanh", "exp log", "cumsum cumprod"),
    **both_ways("tril triu", "stack cat", "mse_loss l1_loss", "MSELoss L1Loss"),
    **one_way("round floor", "logsumexp sum", "relu tanh", "ReLU Tanh", "square abs", "sqrt square", "numel dim"),
}
_FORGETTABLE = names(
    "clone contiguous copy float double long int bool half to type cpu cuda abs sqrt rsqrt square exp exp_ "
    "expm1 log log1p clamp clamp_ clamp_min clamp_min_ clamp_max relu sigmoid tanh softmax log_softmax round "
    "floor ceil flatten squeeze unsqueeze reshape view expand sort flip neg pow reciprocal masked_fill tril "
    "triu normalize dropout numpy item tolist manual_seed reversed"
)
_LOSSES = names(
    "cross_entropy nll_loss mse_loss l1_loss smooth_l1_loss huber_loss kl_div binary_cross_entropy "
    "binary_cross_entropy_with_logits CrossEntropyLoss NLLLoss MSELoss L1Loss BCELoss BCEWithLogitsLoss"
)
_IN_PLACE = names(
    "add sub mul div pow clamp clamp_min exp log sqrt abs neg relu sigmoid tanh round floor square masked_fill "
    "unsqueeze squeeze scatter scatter_add index_add"
)
_COMMUTES = names(
    "max min maximum minimum add mul isclose allclose equal eq ne logical_and logical_or isinstance print zip "
    "dot hasattr getattr super mse_loss l1_loss"
)
_ARITHMETIC: Mapping[type[ast.operator], str] = {
    ast.Add: "add_",
    ast.Sub: "sub_",
    ast.Mult: "mul_",
    ast.Div: "div_",
    ast.Pow: "pow_",
}
_SEEDS = ("generator", "seed", "random_state", "worker_init_fn")


def sum_for_mean(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.mean(dim=1)` becomes `x.sum(dim=1)`, and the other way round."""
    yield from _renamed(node, code, _SUMS)


def opposite_extreme(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.argmax(dim=1)` becomes `x.argmin(dim=1)`; the same for max and min, amax and amin."""
    yield from _renamed(node, code, _EXTREMES)


def kindred_call(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`torch.zeros(3)` becomes `torch.ones(3)`, `x.std()` becomes `x.var()`, `any` becomes `all`."""
    yield from _renamed(node, code, _KINDRED)


def dropped_call(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.clone()` becomes `x`, and `torch.exp(x)` becomes `x`."""
    if isinstance(node, ast.Call) and called_name(node) in _FORGETTABLE:
        value = subject(node)
        if value is not None and (called_name(node) != "manual_seed" or is_method(node)):
            yield code.replace(node, value)


def changed_reduction(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`F.cross_entropy(logits, labels)` becomes `F.cross_entropy(logits, labels, reduction="sum")`."""
    if not isinstance(node, ast.Call):
        return
    given = keyword(node, "reduction")
    if given is not None and isinstance(given.value, ast.Constant):
        yield code.replace(given.value, ast.Constant("mean" if given.value.value == "sum" else "sum"))
    elif given is None and called_name(node) in _LOSSES:
        yield code.replace(node, with_keyword(node, "reduction", "sum"))


def in_place(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`x.add(y)` becomes `x.add_(y)`, `x.add_(y)` becomes `x.add(y)`, and for an argument `x + y` `x.add_(y)`."""
    name = called_name(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_method(node) and name:
        is_shared = isinstance(node.func.value, (ast.Name, ast.Attribute, ast.Subscript))
        if is_shared and name in _IN_PLACE:
            yield code.rename(node.func, name + "_")
        elif name.endswith("_") and name[:-1] in _IN_PLACE:
            yield code.rename(node.func, name[:-1])
    elif isinstance(node, ast.BinOp) and _is_tensor_argument(node.left, code) and type(node.op) in _ARITHMETIC:
        method = ast.Attribute(node.left, _ARITHMETIC[type(node.op)], ast.Load())
        yield code.replace(node, ast.Call(method, [node.right], []))


def swapped_arguments(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`torch.where(mask, x, y)` becomes `torch.where(mask, y, x)`, and `return a, b` becomes `return b, a`."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for items in swapped_neighbours(node.value.elts):
            yield code.replace(node.value, altered(node.value, elts=items))
    elif isinstance(node, ast.Call) and called_name(node) not in _COMMUTES | SHAPED | TRANSPOSES | MATRIX_PRODUCTS:
        for items in swapped_neighbours(node.args):
            yield code.replace(node, altered(node, args=items))


def dropped_keyword(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`torch.tensor(rows, dtype=torch.float32)` becomes `torch.tensor(rows)`."""
    if isinstance(node, ast.Call):
        for given in node.keywords:
            is_flag = isinstance(given.value, ast.Constant) and isinstance(given.value.value, bool)
            if given.arg not in (None, "reduction", *_SEEDS) and not is_flag:
                yield code.replace(node, altered(node, keywords=[one for one in node.keywords if one is not given]))


def dropped_seed(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`torch.randn(3, generator=rng)` becomes `torch.randn(3)`."""
    if isinstance(node, ast.Call):
        for given in node.keywords:
            if given.arg in _SEEDS:
                yield code.replace(node, altered(node, keywords=[one for one in node.keywords if one is not given]))


def returned_argument(node: ast.AST, code: Code) -> Iterator[Edit]:
    """`return torch.softmax(x, dim=1)` becomes `return x`."""
    function = code.function(node)
    if isinstance(node, ast.Return) and node.value is not None and function is not None:
        given = [argument for argument in function.args.args if argument.arg not in ("self", "cls", "ctx")]
        given.sort(key=lambda argument: not _is_tensor(argument))
        if given and not (isinstance(node.value, ast.Name) and node.value.id == given[0].arg):
            yield code.replace(node.value, ast.Name(given[0].arg, ast.Load()))


def _renamed(node: ast.AST, code: Code, others: Mapping[str, str]) -> Iterator[Edit]:
    """Call another method, or another function of torch; of Python's own functions only those that have a partner."""
    name = called_name(node)
    if isinstance(node, ast.Call) and name is not None and name in others:
        is_builtin = name in ("max", "min", "any", "all")
        if isinstance(node.func, ast.Attribute) or (isinstance(node.func, ast.Name) and is_builtin):
            yield code.rename(node.func, others[name])


def _is_tensor_argument(node: ast.expr, code: Code) -> bool:
    """True for a name that is a tensor parameter of the function around it."""
    function = code.function(node)
    if function is None or not isinstance(node, ast.Name):
        return False
    return any(argument.arg == node.id and _is_tensor(argument) for argument in function.args.args)


def _is_tensor(argument: ast.arg) -> bool:
    return argument.annotation is not None and "Tensor" in ast.unparse(argument.annotation)
