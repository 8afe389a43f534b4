"""The ladder for one number, and for what is equal or not with nothing between: a string, None, a dtype, a device.

A number is Python's, NumPy's, or a tensor or array without axes. A bool is no number. An integer passes for a float; a
float passes for an integer only where closeness is asked.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch

from proctorch.grading.diagnosis import Difference, diagnose_values
from proctorch.grading.elements import Worst
from proctorch.grading.ladder import (
    Rules,
    call_of,
    check_attached,
    check_dtype,
    distance_phrase,
    names_of_sizes,
    refuse,
    sizes_of,
    wrong_type,
)
from proctorch.grading.phrases import NUMPY_SCALARS, Subject, kind_phrase, number_phrases, type_phrase, value_phrase
from proctorch.grading.progress import Call
from proctorch.grading.raw import Scalar, from_scalar
from proctorch.grading.tolerance import EXACT, Tolerance, default_tolerance

WORDS = frozenset({bool, int, str, bytes, type(None), torch.dtype, torch.device})
_LARGEST = 2.0**62
_DTYPES = {bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128}


def compare_numbers(given: object, expected: object, rules: Rules, subject: Subject) -> None:
    """Compare a result with an expected number; raises CheckFailure."""
    ours, theirs = from_scalar(expected), from_scalar(given)
    if ours is None:
        compare_words(given, cast(Any, expected).item(), subject)
    elif theirs is None:
        wrong_type(given, kind_phrase(type(ours.number)), subject)
    else:
        if theirs.dtype is not None:
            check_dtype(theirs.dtype, ours.dtype or _DTYPES[type(ours.number)], rules, subject)
        elif not _kinds_agree(type(theirs.number), type(ours.number), rules):
            wrong_type(given, kind_phrase(type(ours.number)), subject)
        check_attached(given, rules, subject)
        _compare_values(theirs, ours, rules, subject, call_of(given))


def _kinds_agree(given: type, expected: type, rules: Rules) -> bool:
    if bool in (given, expected):
        return given is expected
    if expected is int:
        return given is int or not rules.exact
    return expected is complex or given is not complex


def _compare_values(theirs: Scalar, ours: Scalar, rules: Rules, subject: Subject, call: Call | None) -> None:
    given, expected = theirs.number, ours.number
    if given == expected or (given != given and expected != expected):
        return
    tolerance = _tolerance(theirs, ours, rules)
    allowed, difference = tolerance.allowed(_size(expected)), _size(given, expected)
    if math.isfinite(difference) and difference <= allowed:
        return
    shown, wanted = number_phrases(given, expected)
    if type(given) is not int and not math.isfinite(_size(given)) and math.isfinite(_size(expected)):
        refuse("finite", subject, shown, "expected a finite number", "a number that is not finite")
    distance = distance_phrase(Worst(1, (), given, expected, difference, allowed))
    diagnosis = _diagnose(given, expected, tolerance, call)
    tail = "" if diagnosis is None else f": {diagnosis}"
    refuse("values", subject, shown, f"expected {wanted}{distance}{tail}", f"a wrong value{tail}")


def _diagnose(given: complex, expected: complex, tolerance: Tolerance, call: Call | None) -> str | None:
    """Return what kind of mistake made the difference; nothing is said of bools and of enormous numbers."""
    sides = (given, expected)
    if any(type(side) is bool or not _size(side) < _LARGEST for side in sides):
        return None
    theirs, ours = (torch.tensor(side, dtype=_DTYPES[type(side)]) for side in sides)
    return diagnose_values(Difference(theirs, ours, tolerance, sizes_of(call), names_of_sizes(call)))


def _tolerance(theirs: Scalar, ours: Scalar, rules: Rules) -> Tolerance:
    if rules.exact:
        return EXACT
    # An integer has no precision of its own: the other number decides.
    rounded = [side.dtype for side in (theirs, ours) if type(side.number) not in (int, bool)]
    if not rounded:
        return Tolerance(rules.rtol or 0.0, rules.atol or 0.0)
    return default_tolerance(rounded[0], rounded[-1], _size(ours.number), rules.rtol, rules.atol, rules.dtype)


def _size(number: complex, origin: complex = 0) -> float:
    """Return the distance of two numbers; an enormous integer is infinitely far from all others."""
    try:
        distance = abs(number - origin)
        return distance if math.isfinite(float(distance)) else math.inf
    except OverflowError:
        return math.inf


def compare_words(given: object, expected: object, subject: Subject) -> None:
    """Compare what is equal or not, with nothing between: a string, None, a dtype, a device."""
    if type(given) in NUMPY_SCALARS:
        given = cast(Any, given).item()
    if type(given) is not type(expected):
        wrong_type(given, type_phrase(expected), subject)
    if given != expected:
        refuse("values", subject, value_phrase(given), f"expected {value_phrase(expected)}", "a wrong value")
