"""What a parameter or a return value may be, read from the syntax tree of an authored annotation.

What is not understood (a module, an iterator, a callable) is `Unchecked`: a check of the exercise looks at it instead.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from proctorch.grading.axes import Axis, parse_axes

_FLOATS = frozenset(
    ["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "bfloat16", "float16", "float32", "float64"]
)
_INTS = frozenset(["int8", "int16", "int32", "int64"])
_UINTS = frozenset(["uint8", "uint16", "uint32", "uint64"])
_COMPLEXES = frozenset(["complex32", "complex64", "complex128"])
_NUMBERS = _FLOATS | _INTS | _UINTS | _COMPLEXES

# jaxtyping's kinds; a name that is a dtype's, such as Float32, stands for itself.
KINDS: dict[str, tuple[frozenset[str], str]] = {
    "Shaped": (_NUMBERS | {"bool"}, "any dtype"),
    "Num": (_NUMBERS, "a dtype of numbers"),
    "Real": (_FLOATS | _INTS | _UINTS, "a dtype of real numbers"),
    "Inexact": (_FLOATS | _COMPLEXES, "a floating-point or complex dtype"),
    "Float": (_FLOATS, "a floating-point dtype"),
    "Complex": (_COMPLEXES, "a complex dtype"),
    "Integer": (_INTS | _UINTS, "an integer dtype"),
    "Int": (_INTS, "a signed integer dtype"),
    "UInt": (_UINTS, "an unsigned integer dtype"),
    "Bool": (frozenset({"bool"}), "bool"),
}
KINDS |= {name.title(): (frozenset({name}), name) for name in _NUMBERS if "_" not in name and name[0] not in "ub"}
KINDS |= {f"UInt{name[4:]}": (frozenset({name}), name) for name in _UINTS}
KINDS |= {"BFloat16": (frozenset({"bfloat16"}), "bfloat16")}

_ARRAYS = {"Tensor": "Tensor", "Parameter": "Tensor", "ndarray": "ndarray", "NDArray": "ndarray"}
_PLAIN = frozenset(["int", "float", "complex", "bool", "str", "bytes", "None", "dtype", "device", "Size"])


@dataclass(frozen=True)
class ArraySpec:
    """A tensor (`array` is `Tensor`) or NumPy array (`ndarray`) of a kind of dtype; `axes` is None for any shape."""

    kind: str
    array: str
    axes: tuple[Axis, ...] | None = None


@dataclass(frozen=True)
class Plain:
    """A value of one of Python's or torch's small types: `int`, `float`, `None`, `dtype`, `Size`..."""

    name: str


@dataclass(frozen=True)
class TupleOf:
    """A tuple of these items; None for a tuple of anything. `repeated`: any number of the one item."""

    items: tuple[Annotation, ...] | None
    repeated: bool = False


@dataclass(frozen=True)
class ListOf:
    """A list of these."""

    item: Annotation


@dataclass(frozen=True)
class DictOf:
    """A dict with values of this kind; the keys are not checked."""

    value: Annotation


@dataclass(frozen=True)
class AnyOf:
    """One of several."""

    options: tuple[Annotation, ...]


@dataclass(frozen=True)
class Unchecked:
    """Anything."""


Annotation = ArraySpec | Plain | TupleOf | ListOf | DictOf | AnyOf | Unchecked


def parse_annotation(node: ast.expr | None) -> Annotation:
    """Return what an annotation asks for; raises ValueError with the place where an axis string cannot be read."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return parse_annotation(ast.parse(node.value, mode="eval").body)
        except SyntaxError as error:
            raise ValueError(f"column {node.col_offset + 1}: {node.value!r} is no annotation") from error
    if isinstance(node, ast.Constant) and node.value is None:
        return Plain("None")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _any_of(parse_annotation(node.left), parse_annotation(node.right))
    if isinstance(node, ast.Subscript):
        return _parse_subscript(node)
    name = _last_name(node)
    if name in _ARRAYS:
        return ArraySpec("Shaped", _ARRAYS[name])
    if name in _PLAIN and not (name == "dtype" and ast.unparse(node or ast.Constant(None)).startswith("n")):
        return Plain(name)
    bare: dict[str, Annotation] = {
        "tuple": TupleOf(None),
        "list": ListOf(Unchecked()),
        "dict": DictOf(Unchecked()),
    }
    return bare.get(name.lower() if name in ("Tuple", "List", "Dict") else name, Unchecked())


def _last_name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _any_of(*options: Annotation) -> Annotation:
    flat: list[Annotation] = []
    for option in options:
        flat.extend(option.options if isinstance(option, AnyOf) else (option,))
    return Unchecked() if Unchecked() in flat else AnyOf(tuple(flat))


def _parse_subscript(node: ast.Subscript) -> Annotation:
    name = _last_name(node.value)
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name in KINDS:
        return _parse_array(name, items, node)
    if name in ("tuple", "Tuple"):
        if len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is ...:
            return TupleOf((parse_annotation(items[0]),), repeated=True)
        return TupleOf(tuple(parse_annotation(item) for item in items))
    if name in ("list", "List"):
        return ListOf(parse_annotation(items[0]))
    if name in ("dict", "Dict"):
        return DictOf(parse_annotation(items[-1]))
    if name == "Optional":
        return _any_of(parse_annotation(items[0]), Plain("None"))
    if name == "Union":
        return _any_of(*(parse_annotation(item) for item in items))
    if name in ("Annotated", "Final"):
        return parse_annotation(items[0])
    return ArraySpec("Shaped", "ndarray") if name == "NDArray" else Unchecked()


def _parse_array(kind: str, items: list[ast.expr], node: ast.Subscript) -> Annotation:
    place = f"column {node.col_offset + 1}: `{ast.unparse(node)}`"
    if len(items) != 2 or not isinstance(items[1], ast.Constant) or not isinstance(items[1].value, str):
        raise ValueError(f'{place} should be like {kind}[Tensor, "batch features"]')
    array = _ARRAYS.get(_last_name(items[0]))
    if array is None:
        return Unchecked()
    try:
        return ArraySpec(kind, array, parse_axes(items[1].value))
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
