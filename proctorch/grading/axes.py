"""The axes of an array annotation, in the language of jaxtyping, read without running anything.

`"batch classes"` names two axes; a name stands for one size throughout a signature. `4` is a size, `rows=4` a size with
a name for the reader, `n-1` and `2*n` are computed, `{k}` is the value of the integer argument k, `_` and `_name` are
any size, `...` any number of axes, `*batch` any number of axes that are the same throughout, `#n` is n or 1, `""` no
axes. Beyond jaxtyping: a name that no array has is the integer argument of that name, as in
`def one_hot(labels: Int[Tensor, "batch"], classes: int) -> Int[Tensor, "batch classes"]`.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
_ARGUMENT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Axis:
    """One word of an axis string: at most one of `name`, `size` and `formula` is set, and none for any size."""

    text: str
    name: str = ""
    size: int | None = None
    formula: ast.expr | None = None
    variadic: bool = False
    broadcast: bool = False


@dataclass
class Binding:
    """What is known of the sizes while one call is looked at.

    `sizes` are those of the named axes, `groups` those of `*names`, `arguments` the integer arguments; `loose` are
    names that the arguments give two sizes, which are not checked.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    groups: dict[str, tuple[int, ...]] = field(default_factory=dict)
    arguments: dict[str, int] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)

    def copy(self) -> Binding:
        """Return a binding that can go its own way."""
        return Binding(dict(self.sizes), dict(self.groups), dict(self.arguments), set(self.loose))

    def size_of(self, name: str) -> int | None:
        """Return the size of a named axis; an integer argument of that name is the size where no axis had it."""
        if name in self.loose:
            return None
        return self.sizes.get(name, self.arguments.get(name))


def parse_axes(text: str) -> tuple[Axis, ...]:
    """Return the axes of a string such as `"batch classes"`; raises ValueError naming the word that cannot be read."""
    axes = tuple(_parse_axis(word) for word in text.split())
    if sum(axis.variadic for axis in axes) > 1:
        raise ValueError(f'"{text}" has more than one `...` or `*name`')
    return axes


def _parse_axis(word: str) -> Axis:
    if word == "...":
        return Axis(word, variadic=True)
    rest = word.lstrip("#*_?")
    marks = word[: len(word) - len(rest)]
    variadic, broadcast = "*" in marks, "#" in marks
    if "_" in marks or not rest:
        if not rest.isidentifier() and "_" not in marks:
            raise ValueError(f"the axis `{word}` has no name")
        return Axis(word, variadic=variadic, broadcast=broadcast)
    value = rest.rpartition("=")[2]
    if value.isidentifier():
        return Axis(word, name=value, variadic=variadic, broadcast=broadcast)
    if variadic:
        raise ValueError(f"the axis `{word}` needs a name behind its `*`")
    if value.isdecimal():
        return Axis(word, size=int(value), broadcast=broadcast)
    return Axis(word, formula=_parse_formula(word, value), broadcast=broadcast)


def _parse_formula(word: str, text: str) -> ast.expr:
    try:
        formula = ast.parse(_ARGUMENT.sub(r"\1", text), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"the axis `{word}` cannot be read") from error
    for node in ast.walk(formula):
        if isinstance(node, (ast.BinOp, ast.Name, ast.expr_context, ast.operator)):
            if not isinstance(node, ast.operator) or type(node) in _OPERATORS:
                continue
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            continue
        raise ValueError(f"the axis `{word}` may use names, integers and + - * // only")
    return formula


def _evaluate(formula: ast.expr, binding: Binding) -> int | None:
    """Return the value of a formula, or None while one of its names has no size."""
    if isinstance(formula, ast.Constant) and isinstance(formula.value, int):
        return formula.value
    if isinstance(formula, ast.Name):
        return binding.size_of(formula.id)
    if not isinstance(formula, ast.BinOp):
        return None
    left, right = _evaluate(formula.left, binding), _evaluate(formula.right, binding)
    if left is None or right is None or (right == 0 and isinstance(formula.op, ast.FloorDiv)):
        return None
    return _OPERATORS[type(formula.op)](left, right)


def known_size(axis: Axis, binding: Binding) -> int | None:
    """Return the size that an axis must have, or None where any will do."""
    if axis.size is not None:
        return axis.size
    if axis.name:
        return binding.size_of(axis.name)
    return None if axis.formula is None else _evaluate(axis.formula, binding)


def bind_axes(axes: Sequence[Axis], shape: Sequence[int], binding: Binding) -> bool:
    """Match a shape with the axes, writing the sizes of new names into `binding`; return whether it fits."""
    pairs = _pair(axes, shape)
    if pairs is None:
        return False
    fits = [_bind_axis(axis, sizes, binding) for axis, sizes in pairs]
    return all(fits)


def loosen_axes(axes: Sequence[Axis], shape: Sequence[int], binding: Binding) -> None:
    """Match the shape of an argument; names that do not fit it are not checked later: the check chose the argument."""
    for axis, sizes in _pair(axes, shape) or ():
        if not _bind_axis(axis, sizes, binding):
            binding.loose.update(_names_in(axis))


def _names_in(axis: Axis) -> set[str]:
    if axis.formula is None:
        return {axis.name} - {""}
    return {node.id for node in ast.walk(axis.formula) if isinstance(node, ast.Name)}


def _pair(axes: Sequence[Axis], shape: Sequence[int]) -> list[tuple[Axis, tuple[int, ...]]] | None:
    """Return the sizes that belong to each axis, one unless it is variadic; None where their number does not fit."""
    variable = next((place for place, axis in enumerate(axes) if axis.variadic), None)
    extra = len(shape) - len(axes)
    if extra < -1 or (extra != 0 and variable is None):
        return None
    pairs, place = [], 0
    for number, axis in enumerate(axes):
        width = 1 + extra if number == variable else 1
        pairs.append((axis, tuple(shape[place : place + width])))
        place += width
    return pairs


def _bind_axis(axis: Axis, sizes: tuple[int, ...], binding: Binding) -> bool:
    if axis.variadic:
        if not axis.name or axis.name in binding.loose or axis.broadcast:
            return True
        return binding.groups.setdefault(axis.name, sizes) == sizes
    (size,) = sizes
    if axis.name in binding.loose or (axis.broadcast and size == 1):
        return True
    wanted = known_size(axis, binding)
    if axis.name and axis.name not in binding.sizes:
        binding.sizes[axis.name] = size
    return wanted is None or wanted == size


def expected_shape(axes: Sequence[Axis], binding: Binding) -> tuple[int, ...] | None:
    """Return the shape that the axes must have, or None where one of them is not known."""
    sizes: list[int] = []
    for axis in axes:
        if axis.variadic:
            if axis.name not in binding.groups:
                return None
            sizes.extend(binding.groups[axis.name])
            continue
        size = known_size(axis, binding)
        if size is None:
            return None
        sizes.append(size)
    return tuple(sizes)


def describe_axes(axes: Sequence[Axis], binding: Binding | None = None) -> str:
    """Return `(batch=32, classes=10)`; without a binding `(batch, classes)`, which holds no size of an input."""
    words = [axis.text if binding is None else _describe_axis(axis, binding) for axis in axes]
    words = [word for word in words if word]
    return f"({', '.join(words)}{',' if len(words) == 1 and ',' not in words[0] else ''})"


def _describe_axis(axis: Axis, binding: Binding) -> str:
    if axis.variadic:
        group = binding.groups.get(axis.name)
        return axis.text if group is None else ", ".join(map(str, group))
    size = known_size(axis, binding)
    return axis.text if size is None or axis.size is not None else f"{axis.text}={size}"


def names_of(axes: Sequence[Axis], binding: Binding) -> tuple[str, ...]:
    """Return a name for every axis, `""` for one without; nothing where their number is not known."""
    names: list[str] = []
    for axis in axes:
        if not axis.variadic:
            names.append(axis.name)
        elif axis.name in binding.groups:
            names.extend([""] * len(binding.groups[axis.name]))
        else:
            return ()
    return tuple(names)
