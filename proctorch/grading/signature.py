"""The authored header of a function, read by its syntax tree alone, and the check that a result keeps its promise.

    def softmax(logits: Float[Tensor, "batch classes"], dim: int = 1) -> Float[Tensor, "batch classes"]

The names of axes get their sizes from the arguments of a call, so that a message can say what was expected:
"softmax returned shape (10, 32), expected (batch=32, classes=10): the axes are swapped".
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from proctorch.grading.annotations import (
    Annotation,
    AnyOf,
    ArraySpec,
    DictOf,
    ListOf,
    TupleOf,
    Unchecked,
    parse_annotation,
)
from proctorch.grading.axes import Binding, loosen_axes, names_of
from proctorch.grading.phrases import Subject
from proctorch.grading.raw import array_shape
from proctorch.grading.returns import check_value


@dataclass(frozen=True)
class Parameter:
    """One parameter of a header; `default` is kept where it is an integer."""

    name: str
    kind: Literal["positional", "keyword", "args", "kwargs"]
    annotation: Annotation
    default: int | None = None


@dataclass(frozen=True)
class Signature:
    """A header: the parameters in order (without `self` or `cls`) and what is returned."""

    name: str
    params: tuple[Parameter, ...]
    returns: Annotation


@functools.lru_cache(maxsize=4096)
def parse_signature(header: str) -> Signature:
    """Read a header such as `def softmax(logits: Tensor) -> Tensor`, with or without its colon.

    Raises ValueError saying where and why it cannot be read.
    """
    source = header.strip().removesuffix(":") + ":\n    pass\n"
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise ValueError(f"`{header}` cannot be read: column {error.offset}: {error.msg}") from error
    if len(body) != 1 or not isinstance(body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        raise ValueError(f"`{header}` is not the header of one function, such as `def f(x: Tensor) -> Tensor`")
    function = body[0]
    try:
        return Signature(function.name, tuple(_parameters(function.args)), parse_annotation(function.returns))
    except ValueError as error:
        raise ValueError(f"the signature of {function.name} cannot be read: {error}") from error


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    for place, (argument, default) in enumerate(zip(positional, [*missing, *arguments.defaults], strict=True)):
        if place == 0 and argument.arg in ("self", "cls"):
            continue
        yield _parameter(argument, "positional", default)
    if arguments.vararg is not None:
        yield _parameter(arguments.vararg, "args")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(argument, "keyword", default)
    if arguments.kwarg is not None:
        yield _parameter(arguments.kwarg, "kwargs")


def _parameter(
    argument: ast.arg, kind: Literal["positional", "keyword", "args", "kwargs"], default: ast.expr | None = None
) -> Parameter:
    value = default.value if isinstance(default, ast.Constant) and type(default.value) is int else None
    return Parameter(argument.arg, kind, parse_annotation(argument.annotation), value)


def bind_arguments(signature: Signature, args: Sequence[object], kwargs: Mapping[str, object]) -> Binding:
    """Return the sizes that the arguments of a call give to the names of axes; never raises.

    What does not fit the signature binds nothing: the check chose the arguments, the student answers for the result.
    """
    binding = Binding()
    for parameter, value in _matched(signature, args, kwargs):
        _bind(value, parameter.annotation, binding)
        if type(value) is int:
            binding.arguments[parameter.name] = value
    return binding


def _matched(
    signature: Signature, args: Sequence[object], kwargs: Mapping[str, object]
) -> Iterator[tuple[Parameter, object]]:
    positional = [parameter for parameter in signature.params if parameter.kind == "positional"]
    given = dict(zip((parameter.name for parameter in positional), args, strict=False)) | dict(kwargs)
    named = {parameter.name for parameter in signature.params}
    for parameter in signature.params:
        if parameter.kind == "args":
            yield from ((parameter, value) for value in args[len(positional) :])
        elif parameter.kind == "kwargs":
            yield from ((parameter, value) for name, value in kwargs.items() if name not in named)
        elif parameter.name in given:
            yield parameter, given[parameter.name]
        elif parameter.default is not None:
            yield parameter, parameter.default


def _bind(value: Any, annotation: Annotation, binding: Binding) -> None:
    if isinstance(annotation, ArraySpec):
        shape = array_shape(value)
        if annotation.axes is not None and shape is not None:
            loosen_axes(annotation.axes, shape, binding)
    elif isinstance(annotation, AnyOf):
        arrays = [option for option in annotation.options if isinstance(option, ArraySpec)]
        if len(arrays) == 1:
            _bind(value, arrays[0], binding)
    else:
        for item, part in _parts(value, annotation):
            _bind(item, part, binding)


def _parts(value: Any, annotation: Annotation) -> Iterator[tuple[object, Annotation]]:
    """Yield the items of a nested argument, each with its annotation."""
    if isinstance(annotation, DictOf) and issubclass(type(value), dict):
        yield from ((item, annotation.value) for item in value.values())
    elif issubclass(type(value), (tuple, list)):
        if isinstance(annotation, ListOf):
            yield from ((item, annotation.item) for item in value)
        elif isinstance(annotation, TupleOf):
            items = annotation.items or ()
            yield from zip(value, items * len(value) if annotation.repeated else items, strict=False)


def check_return(
    signature: Signature, name: str, args: Sequence[object], kwargs: Mapping[str, object], value: object
) -> None:
    """Check that what a call returned keeps the promise of the signature; `name` is how messages call the function.

    A list may stand for a tuple and the other way round, a NumPy number for Python's, an int for a float; a bool is no
    int, a tensor no float, and what a function that promises None returns is not looked at. Raises CheckFailure.
    """
    if isinstance(signature.returns, Unchecked):
        return
    check_value(value, signature.returns, bind_arguments(signature, args, kwargs), Subject(call=name))


def axis_names(signature: Signature, binding: Binding, item: int | None = None) -> tuple[str, ...]:
    """Return the names of the returned tensor's axes, `""` for one without a name, or nothing where they are not known.

    `item` chooses one of a returned tuple.
    """
    returns = signature.returns
    if item is not None:
        parts = returns.items or () if isinstance(returns, TupleOf) else ()
        place = 0 if isinstance(returns, TupleOf) and returns.repeated else item
        returns = parts[place] if place < len(parts) else Unchecked()
    if isinstance(returns, AnyOf):
        arrays = [option for option in returns.options if isinstance(option, ArraySpec)]
        returns = arrays[0] if len(arrays) == 1 else Unchecked()
    if not isinstance(returns, ArraySpec) or returns.axes is None:
        return ()
    return names_of(returns.axes, binding)
