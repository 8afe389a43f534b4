"""Whether a returned value is what the signature promises: type → dtype → rank and axes, for every part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import torch

from proctorch.errors import CheckFailure
from proctorch.grading.annotations import (
    KINDS,
    Annotation,
    AnyOf,
    ArraySpec,
    DictOf,
    ListOf,
    Plain,
    TupleOf,
    Unchecked,
)
from proctorch.grading.axes import Binding, bind_axes, describe_axes, expected_shape
from proctorch.grading.ladder import refuse, wrong_type
from proctorch.grading.phrases import NUMPY_SCALARS, Subject, count_phrase, dtype_name, shape_phrase
from proctorch.grading.raw import is_plain_tensor, is_torch_return, unmirrored
from proctorch.grading.shape_diagnosis import diagnose_shape

_RUNGS = ("type", "dtype", "shape")
_PHRASES = {
    "int": "an int",
    "float": "a float",
    "complex": "a complex number",
    "bool": "a bool",
    "str": "a string",
    "bytes": "bytes",
    "None": "None",
    "dtype": "a torch.dtype",
    "device": "a torch.device",
    "Size": "a torch.Size",
}
_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "complex": (complex, float, int),
    "bool": (bool,),
    "str": (str,),
    "bytes": (bytes,),
    "dtype": (torch.dtype,),
    "device": (torch.device,),
    "Size": (torch.Size, tuple),
}
_NUMPY_TYPES: dict[str, tuple[type, ...]] = {
    "int": (np.integer,),
    "float": (np.floating, np.integer),
    "complex": (np.number,),
    "bool": (np.bool_,),
    "str": (np.str_,),
}


def check_value(value: object, annotation: Annotation, binding: Binding, subject: Subject) -> None:
    """Raise CheckFailure unless a value is what the annotation asks for; sizes of new names go into `binding`."""
    if isinstance(annotation, ArraySpec):
        _check_array(value, annotation, binding, subject)
    elif isinstance(annotation, Plain):
        _check_plain(value, annotation, subject)
    elif isinstance(annotation, TupleOf):
        _check_tuple(value, annotation, binding, subject)
    elif isinstance(annotation, AnyOf):
        _check_options(value, annotation, binding, subject)
    elif isinstance(annotation, ListOf):
        _check_list(value, annotation, binding, subject)
    elif isinstance(annotation, DictOf):
        _check_dict(value, annotation, binding, subject)


def phrase(annotation: Annotation) -> str:
    """Return what an annotation asks for, for example `a tensor`."""
    if isinstance(annotation, ArraySpec):
        return "a tensor" if annotation.array == "Tensor" else "a NumPy array"
    if isinstance(annotation, Plain):
        return _PHRASES[annotation.name]
    if isinstance(annotation, AnyOf):
        return " or ".join(phrase(option) for option in annotation.options)
    if isinstance(annotation, TupleOf):
        known = annotation.items is not None and not annotation.repeated
        return f"a tuple of {count_phrase(len(annotation.items or ()), 'item')}" if known else "a tuple"
    return "a list" if isinstance(annotation, ListOf) else "a dict"


def _check_plain(value: object, annotation: Plain, subject: Subject) -> None:
    # What a function that is asked for nothing returns (often the thing that it changed) harms nobody.
    kind, name = type(value), annotation.name
    if name == "None" or kind in _TYPES[name]:
        return
    if kind in NUMPY_SCALARS and issubclass(kind, _NUMPY_TYPES.get(name, ())):
        return
    wrong_type(value, phrase(annotation), subject)


def _check_tuple(value: object, annotation: TupleOf, binding: Binding, subject: Subject) -> None:
    if type(value) not in (tuple, list, torch.Size) and not is_torch_return(value):
        wrong_type(value, phrase(annotation), subject)
    items = cast(Sequence[object], value)
    wanted = annotation.items
    if wanted is None:
        return
    if annotation.repeated:
        wanted = wanted * len(items)
    if len(items) != len(wanted):
        found, number = count_phrase(len(items), "item"), f"expected {len(wanted)}"
        refuse("shape", subject, found, number, f"the wrong number of items, {number}", "has")
    for index, (item, part) in enumerate(zip(items, wanted, strict=True)):
        check_value(item, part, binding, subject.item(index))


def _check_list(value: object, annotation: ListOf, binding: Binding, subject: Subject) -> None:
    if type(value) not in (list, tuple):
        wrong_type(value, "a list", subject)
    if annotation.item == Unchecked():
        return
    for index, item in enumerate(cast(Sequence[object], value)):
        check_value(item, annotation.item, binding, subject.item(index))


def _check_dict(value: object, annotation: DictOf, binding: Binding, subject: Subject) -> None:
    if type(value) is not dict:
        wrong_type(value, "a dict", subject)
    for key, item in value.items():
        check_value(item, annotation.value, binding, subject.entry(key))


def _check_options(value: object, annotation: AnyOf, binding: Binding, subject: Subject) -> None:
    if value is None and Plain("None") in annotation.options:
        return
    failures = []
    for option in annotation.options:
        if option == Plain("None"):
            continue
        trial = binding.copy()
        try:
            check_value(value, option, trial, subject)
        except CheckFailure as failure:
            failures.append(failure)
            continue
        binding.sizes.update(trial.sizes)
        binding.groups.update(trial.groups)
        return
    furthest = max(failures, key=lambda failure: _RUNGS.index(failure.rung))
    if furthest.rung != "type":
        raise furthest
    wrong_type(value, phrase(annotation), subject)


def _check_array(value: object, spec: ArraySpec, binding: Binding, subject: Subject) -> None:
    value = unmirrored(value)
    is_array: Callable[[object], bool] = is_plain_tensor if spec.array == "Tensor" else _is_array
    if not is_array(value):
        wrong_type(value, phrase(spec), subject)
    array = cast(Any, value)
    dtypes, words = KINDS[spec.kind]
    found = dtype_name(array.dtype)
    if found not in dtypes and spec.kind != "Shaped":
        integers = "int" in found and "float" in words
        tail = ": an integer dtype where a float was expected" if integers else ""
        expected = f"expected {words}{tail}"
        refuse("dtype", subject, f"dtype {found}", expected, f"the wrong dtype, {expected}", "has")
    shape = tuple(array.shape)
    known = binding.copy()
    if spec.axes is None or bind_axes(spec.axes, shape, binding):
        return
    wanted = expected_shape(spec.axes, known)
    diagnosis = None if wanted is None else diagnose_shape(shape, wanted)
    tail = "" if diagnosis is None else f": {diagnosis}"
    refuse(
        "shape",
        subject,
        f"shape {shape_phrase(shape)}",
        f"expected {describe_axes(spec.axes, known)}{tail}",
        f"the wrong shape, expected {describe_axes(spec.axes)}{tail}",
        "has",
    )


def _is_array(value: object) -> bool:
    return type(value) is np.ndarray
