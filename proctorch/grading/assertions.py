"""What a check says about a result: assert_close, assert_equal, assert_type, fail.

Each is a ladder (type → dtype → shape → device → attached → finite → values); the first rung that fails is the message:

    softmax returned shape (10, 32), expected (batch=32, classes=10): the axes are swapped

A failure is a `CheckFailure` with two sentences. `sentence` tells everything; `safe` is for the author of a submission
when the check is hidden: no value of an input or of an expected result, and nothing that the student's code wrote.
`what`, the author's own words for the result ("the sum of each row"), is part of both, so write no values into it: one
with a digit, a quote or a bracket in it is left out of `safe`.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import torch

from proctorch.errors import CheckFailure
from proctorch.grading.ladder import Rules, as_dtype, call_of, refuse
from proctorch.grading.mirror import Mirror
from proctorch.grading.phrases import NUMPY_SCALARS, Subject, kind_phrase, type_phrase
from proctorch.grading.progress import note_right
from proctorch.grading.raw import is_plain_tensor, unmirrored
from proctorch.grading.structure import compare

__all__ = ["assert_close", "assert_equal", "assert_type", "fail"]


def assert_close(
    actual: object,
    expected: object,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    dtype: Any = None,
    grad: bool | None = None,
    what: str | None = None,
) -> None:
    """Check that a result equals the expected one but for rounding.

    Both are tensors, numbers, arrays, tables, or lists, tuples and dicts of them. Any dtype will do unless `dtype`
    names one; it and the expected result's set the tolerance (see `proctorch.grading.tolerance`), `rtol` and `atol`
    replace their half of it. `grad=True` asks for a result attached to the graph, `grad=False` for a detached one.
    Raises CheckFailure.

    >>> assert_close(torch.tensor([0.1]) * 3, torch.tensor([0.3]))
    """
    compare(actual, expected, Rules(False, rtol, atol, as_dtype(dtype), grad), _subject(actual, what))
    note_right()


def assert_equal(actual: object, expected: object, what: str | None = None) -> None:
    """Check that a result is exactly the expected one: integers, strings, dtypes, shapes, masks, lists of them.

    Integers of any width are equal when their values are; a bool is no integer, and 2.0 is not 2. Raises CheckFailure.

    >>> assert_equal(torch.zeros(2, 3).shape, (2, 3))
    """
    compare(actual, expected, Rules(exact=True), _subject(actual, what))
    note_right()


def assert_type(value: object, kind: type | tuple[type, ...], what: str | None = None) -> None:
    """Check that a result is of a type, or of one of several (see `is_instance`). Raises CheckFailure.

    >>> assert_type(torch.zeros(2), torch.Tensor)
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if any(is_instance(value, wanted) for wanted in kinds):
        return
    wanted = " or ".join(kind_phrase(wanted) for wanted in kinds)
    tail = ": is a return statement missing?" if value is None else ""
    refuse(
        "type",
        _subject(value, what),
        type_phrase(value),
        f"expected {wanted}{tail}",
        f"the wrong type, expected {wanted}{tail}",
    )


def fail(sentence: str, *, safe: str = "What the check claims does not hold", rung: str = "claim") -> NoReturn:
    """Say that the claim does not hold, in the check's own words; `safe` is the same without values."""
    raise CheckFailure(rung, sentence, safe)


def is_instance(value: object, kind: type) -> bool:
    """Return whether a value is of a type, by its real type and not by what it says about itself.

    A plain type (int, float, list, Tensor...) must be met exactly, so that True is no int and no subclass can lie;
    NumPy's numbers pass for Python's, a parameter for a tensor and a torch.Size for a tuple. Any other class may be
    inherited from.
    """
    given = type(value)
    if kind is torch.Tensor:
        return is_plain_tensor(unmirrored(value))
    if kind is torch.nn.Parameter:
        return given in (torch.nn.Parameter, Mirror)
    numpy_kinds: dict[type, type] = {bool: np.bool_, int: np.integer, float: np.floating, complex: np.complexfloating}
    if kind in numpy_kinds:
        return given is kind or (given in NUMPY_SCALARS and issubclass(given, numpy_kinds[kind]))
    if kind is tuple:
        return given in (tuple, torch.Size)
    if kind in (str, bytes, list, dict, set, frozenset, np.ndarray):
        return given is kind
    return issubclass(given, kind)


def _subject(value: object, what: str | None) -> Subject:
    call = call_of(value)
    return Subject(None if call is None else call.name, what)
