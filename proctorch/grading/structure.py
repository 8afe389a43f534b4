"""The ladder over nested results: lists, tuples, dicts, sets, tables, and what is neither of these nor a tensor.

The expected result leads: recursion follows it, so a student's result cannot make it deeper, and what is compared is
decided by its type. A list may stand for a tuple, and a tensor without axes for a number; a number may not stand for a
tensor, because gradients do not flow through it and it is on no device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch

from proctorch.grading.frames import columns_of, is_frame
from proctorch.grading.ladder import Rules, check_dtype, check_shape, check_values, compare_tensors, refuse, wrong_type
from proctorch.grading.phrases import Subject, count_phrase, dtype_name, type_phrase, value_phrase
from proctorch.grading.raw import from_array, is_numeric, is_plain_tensor, is_torch_return, unmirrored
from proctorch.grading.scalars import WORDS, compare_numbers, compare_words

_HASHABLE = WORDS | {float, complex}
_SEQUENCES = frozenset({list, tuple, torch.Size})
_SHORT = 12


def compare(given: object, expected: object, rules: Rules, subject: Subject) -> None:
    """Climb the ladder for any expected result.

    Raises CheckFailure, and TypeError where `expected` is of a kind that cannot be compared.
    """
    given, expected = unmirrored(given), unmirrored(expected)
    if isinstance(expected, torch.Tensor):
        if not is_plain_tensor(given):
            wrong_type(given, "a tensor", subject)
        tensor = cast(torch.Tensor, given)
        if tensor.layout is not expected.layout:
            given_layout, wanted = _layout(tensor), _layout(expected)
            refuse("type", subject, given_layout, f"expected {wanted}", f"the wrong type, expected {wanted}")
        compare_tensors(tensor, expected, rules, subject)
    elif isinstance(expected, (bool, int, float, complex, np.generic)) or _is_zero_dim_array(expected):
        compare_numbers(given, expected, rules, subject)
    elif isinstance(expected, np.ndarray):
        _compare_arrays(given, expected, rules, subject)
    elif type(expected) in WORDS:
        compare_words(given, expected, subject)
    else:
        _compare_containers(given, expected, rules, subject)


def _compare_containers(given: object, expected: object, rules: Rules, subject: Subject) -> None:
    if isinstance(expected, (list, tuple)):
        _compare_sequences(given, expected, rules, subject)
    elif isinstance(expected, dict):
        _compare_dicts(given, expected, rules, subject)
    elif isinstance(expected, (set, frozenset)):
        _compare_sets(given, expected, subject)
    elif is_frame(expected):
        _compare_frames(given, expected, rules, subject)
    else:
        kind = type_phrase(expected)
        raise TypeError(f"no rule says when a result equals {kind}: compare its parts, or use assert_type")


def _layout(tensor: torch.Tensor) -> str:
    return "a dense tensor" if tensor.layout is torch.strided else f"a {dtype_name(tensor.layout)} tensor"


def _is_zero_dim_array(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 0


def _compare_arrays(given: object, expected: np.ndarray[Any, Any], rules: Rules, subject: Subject) -> None:
    if type(given) is not np.ndarray:
        wrong_type(given, "a NumPy array", subject)
    array = given
    if is_numeric(array) and is_numeric(expected):
        found, wanted = (from_array(np.empty(0, side.dtype)).dtype for side in (array, expected))
        check_dtype(found, wanted, rules, subject)
        if array.size != expected.size:
            # A broadcast array of a few bytes can claim any number of elements: make no copy of it.
            claimed, asked = (torch.empty(side.shape, device="meta") for side in (array, expected))
            check_shape(claimed, asked, rules, subject)
        theirs, ours = from_array(array), from_array(expected)
        check_shape(theirs, ours, rules, subject)
        check_values(theirs, ours, rules, subject)
    elif is_numeric(array) or is_numeric(expected):
        kinds = array.dtype.name, expected.dtype.name
        refuse("dtype", subject, f"dtype {kinds[0]}", f"expected {kinds[1]}", "the wrong dtype", "has")
    else:
        compare(array.tolist(), expected.tolist(), rules, subject)


def _compare_sequences(given: object, expected: Sequence[object], rules: Rules, subject: Subject) -> None:
    if type(given) not in _SEQUENCES and not is_torch_return(given):
        wrong_type(given, "a tuple" if isinstance(expected, tuple) else "a list", subject)
    items = cast(Sequence[object], given)
    if _are_short_words(items) and _are_short_words(expected) and [*map(_word, items)] != [*map(_word, expected)]:
        shown, wanted = value_phrase(items), value_phrase(expected)
        if len(items) == len(expected):
            refuse("values", subject, shown, f"expected {wanted}", "a wrong sequence")
    if len(items) != len(expected):
        found = count_phrase(len(items), "item")
        refuse("shape", subject, found, f"expected {len(expected)}", "the wrong number of items", "has")
    for index, (item, wanted_item) in enumerate(zip(items, expected, strict=True)):
        compare(item, wanted_item, rules, subject.item(index))


def _are_short_words(items: Sequence[object]) -> bool:
    return len(items) <= _SHORT and all(type(item) in WORDS for item in items)


def _word(value: object) -> tuple[type, object]:
    """Return a key that tells True from 1, and asks nothing of a value whose class may be the student's."""
    kind = type(value)
    if kind is tuple:
        return kind, tuple(_word(item) for item in cast(tuple[object, ...], value))
    return kind, value if kind in _HASHABLE else None


def _compare_dicts(given: object, expected: dict[Any, Any], rules: Rules, subject: Subject) -> None:
    if type(given) is not dict:
        wrong_type(given, "a dict", subject)
    entries = given
    ours, theirs = {_word(key) for key in expected}, {_word(key) for key in entries}
    if ours != theirs:
        found, wanted = value_phrase(list(entries)), value_phrase(list(expected))
        refuse("shape", subject, f"keys {found}", f"expected {wanted}", "the wrong keys", "has")
    for key, wanted in expected.items():
        compare(entries[key], wanted, rules, subject.entry(key))


def _compare_sets(given: object, expected: set[Any] | frozenset[Any], subject: Subject) -> None:
    if type(given) not in (set, frozenset):
        wrong_type(given, "a set", subject)
    ours, theirs = {_word(item) for item in expected}, {_word(item) for item in cast(set[Any], given)}
    if ours == theirs:
        return
    missing, extra = len(ours - theirs), len(theirs - ours)
    thing = f"a set that lacks {count_phrase(missing, 'item')} and has {extra} too many"
    refuse("values", subject, thing, f"expected {count_phrase(len(ours), 'item')}", "a wrong set")


def _compare_frames(given: object, expected: object, rules: Rules, subject: Subject) -> None:
    if type(given) is not type(expected):
        wrong_type(given, "a pandas " + type(expected).__name__, subject)
    ours, theirs = columns_of(expected, index=rules.exact), columns_of(given, index=rules.exact)
    if [name for name, _ in theirs] != [name for name, _ in ours]:
        found, names = (value_phrase([name for name, _ in side]) for side in (theirs, ours))
        refuse("shape", subject, f"columns {found}", f"expected {names}", "the wrong columns", "has")
    for (name, column), (_, wanted) in zip(theirs, ours, strict=True):
        compare(column, wanted, rules, subject.entry(name) if name != "" else subject)
