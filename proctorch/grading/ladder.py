"""The ladder: type → dtype → shape → device → attached → finite → values, for one tensor, array or number.

The first rung that fails raises `CheckFailure` with a sentence for whoever may see values, and a safe one that holds
none: a student's code can choose what its result looks like, so nothing of the result is in the safe sentence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import numpy as np
import torch

from proctorch.errors import CheckFailure
from proctorch.grading.diagnosis import Difference, diagnose_values, integers_for_floats, right_otherwise
from proctorch.grading.elements import Worst, all_right, tolerance_for, workable, worst_element, wrong_elements
from proctorch.grading.phrases import (
    Subject,
    count_phrase,
    dtype_name,
    number_phrase,
    number_phrases,
    shape_phrase,
    type_phrase,
)
from proctorch.grading.picture import picture_of
from proctorch.grading.progress import Call, running
from proctorch.grading.raw import array_shape, bare, is_plain_tensor, kind_of
from proctorch.grading.shape_diagnosis import diagnose_shape
from proctorch.grading.tolerance import EXACT, Tolerance
from proctorch.model import Picture

CALL_ATTRIBUTE = "_proctorch_call"
_MOST_ITEMS = 64


@dataclass(frozen=True)
class Rules:
    """What a comparison demands: equality or closeness, tolerances, a dtype, being attached to the graph."""

    exact: bool = False
    rtol: float | None = None
    atol: float | None = None
    dtype: torch.dtype | None = None
    grad: bool | None = None

    def tolerance(self, given: torch.Tensor, expected: torch.Tensor) -> Tolerance:
        """Return the tolerance for these two tensors."""
        return EXACT if self.exact else tolerance_for(given, expected, self.rtol, self.atol, self.dtype)


def refuse(rung: str, subject: Subject, given: str, expected: str, wrong: str, verb: str = "is") -> NoReturn:
    """Raise the failure of a rung: `softmax returned a list, expected a tensor`, safely `... the wrong type, ...`."""
    raise CheckFailure(rung, subject.gave(f"{given}, {expected}", verb), subject.safely_gave(wrong, verb))


def wrong_type(given: object, wanted: str, subject: Subject) -> NoReturn:
    """Refuse a value of another type; `wanted` is a phrase such as `a tensor`."""
    tail = ""
    if given is None:
        _refuse_missing_gradient(subject)
        tail = ": is a return statement missing?"
    elif wanted.startswith(("a float", "an int", "a bool")) and is_plain_tensor(given):
        tail = ": .item() makes a number of a tensor with one element"
    refuse("type", subject, type_phrase(given), f"expected {wanted}{tail}", f"the wrong type, expected {wanted}{tail}")


def _refuse_missing_gradient(subject: Subject) -> None:
    """Refuse a None that is the `.grad` of a parameter which no backward pass has reached, or is called a gradient."""
    progress = running()
    bare = None if progress is None else progress.bare
    if bare is None and "gradient" not in (subject.what or ""):
        return
    reason = "backward did not reach it (is it used in the forward pass, and is nothing detached on the way?)"
    told = f"{bare} has no gradient" if bare else subject.gave("None", "is")
    safe = "a parameter has no gradient" if bare else subject.safely_gave("None", "is")
    raise CheckFailure("gradient", f"{told}: {reason}", f"{safe}: {reason}")


def call_of(value: object) -> Call | None:
    """Return the call that a value came out of, or None where that is not plain."""
    if is_plain_tensor(value):
        call = value.__dict__.get(CALL_ATTRIBUTE)
        return call if call is not None and type(getattr(call, "name", None)) is str else None
    if type(value) in (tuple, list):
        return _call_of_items(cast(Sequence[object], value))
    progress = running()
    return None if progress is None else progress.call_of(value)


def _call_of_items(items: Sequence[object]) -> Call | None:
    """Return the call that returned these items, where each of them is a tensor that stands where it was returned."""
    calls = [call_of(item) if is_plain_tensor(item) else None for item in items[:_MOST_ITEMS]]
    for place, call in enumerate(calls):
        same = call is not None and calls[0] is not None and call.arguments is calls[0].arguments
        if not same or getattr(call, "item", None) != place:
            return None
    return calls[0] if calls else None


def sizes_of(call: Call | None) -> frozenset[int]:
    """Return the lengths of the axes, and the numbers of elements, of the tensors and arrays that a call was given."""
    sizes: set[int] = set()
    for value in (*getattr(call, "arguments", ()), *getattr(call, "keywords", {}).values()):
        shape = array_shape(value)
        if shape is not None:
            sizes.update(shape, (math.prod(shape),))
    return frozenset(sizes)


def names_of_sizes(call: Call | None) -> dict[str, int]:
    """Return the lengths of the axes that the signature of a call names."""
    return dict(getattr(call, "named_sizes", {}))


def compare_tensors(given: torch.Tensor, expected: torch.Tensor, rules: Rules, subject: Subject) -> None:
    """Compare two plain tensors rung by rung, from the dtype on."""
    call = call_of(given)
    check_dtype(given.dtype, expected.dtype, rules, subject)
    check_shape(given, expected, rules, subject, getattr(call, "axes", ()))
    _check_device(given.device, expected.device, subject)
    if expected.device.type == "meta":
        return  # there are no values
    ours, theirs = bare(expected), bare(given)
    check_attached(given, rules, subject, lambda: all_right(theirs, ours, rules.tolerance(theirs, ours)))
    check_values(theirs, ours, rules, subject, call)


def check_dtype(given: torch.dtype, expected: torch.dtype, rules: Rules, subject: Subject) -> None:
    """Refuse a dtype other than the one demanded; without a demand, bools for numbers and, where exact, other kinds."""
    if rules.dtype is not None:
        if given is rules.dtype:
            return
        wanted = rules.dtype
    else:
        kinds = {kind_of(given), kind_of(expected)}
        if len(kinds) == 1 or ("bool" not in kinds and not rules.exact):
            return
        wanted = expected
    # Only the dtypes matter to this diagnosis, so two empty tensors stand for the results.
    empty = Difference(torch.empty(0, dtype=given), torch.empty(0, dtype=wanted), EXACT)
    diagnosis = integers_for_floats(empty)
    tail = "" if diagnosis is None else f": {diagnosis}"
    refuse(
        "dtype",
        subject,
        f"dtype {dtype_name(given)}",
        f"expected {dtype_name(wanted)}{tail}",
        f"the wrong dtype{tail}",
        "has",
    )


def check_shape(
    given: torch.Tensor, expected: torch.Tensor, rules: Rules, subject: Subject, axes: Sequence[str] = ()
) -> None:
    """Refuse any other shape: nothing is broadcast."""
    if given.shape == expected.shape:
        return
    diagnosis = diagnose_shape(given.shape, expected.shape)
    tail = "" if diagnosis is None else f": {diagnosis}"
    has_values = not given.is_meta and not expected.is_meta
    if diagnosis is not None and has_values and 0 < math.prod(given.shape) == expected.numel():
        ours, theirs = bare(expected), bare(given)
        otherwise = right_otherwise(Difference(theirs, ours, rules.tolerance(theirs, ours)))
        tail += "" if otherwise is None else f"; {otherwise}"
    names = f" ({', '.join(axes)})" if any(axes) and len(axes) == expected.dim() else ""
    refuse(
        "shape",
        subject,
        f"shape {shape_phrase(given.shape)}",
        f"expected {shape_phrase(expected.shape, axes)}{tail}",
        f"the wrong shape{', expected' if names else ''}{names}{tail}",
        "has",
    )


def _check_device(given: torch.device, expected: torch.device, subject: Subject) -> None:
    if given.type == expected.type and (given.index or 0) == (expected.index or 0):
        return
    refuse("device", subject, f"a tensor on {given}", f"expected it on {expected}", "a tensor on the wrong device")


def check_attached(given: object, rules: Rules, subject: Subject, is_right: Callable[[], bool] = lambda: False) -> None:
    """Refuse a tensor that is not attached to the graph where one is demanded, and the other way round."""
    attached = is_plain_tensor(given) and cast(torch.Tensor, given).requires_grad
    if rules.grad is None or attached is rules.grad:
        return
    state, wanted = (
        ("detached from the graph", "one that gradients flow through")
        if rules.grad
        else ("attached to the graph", "a detached one")
    )
    tail = ": the values are right" if is_right() else ""
    refuse(
        "attached",
        subject,
        f"a {'tensor' if is_plain_tensor(given) else 'number'} {state}",
        f"expected {wanted}{tail}",
        f"a value {state}{tail}",
    )


def check_values(
    given: torch.Tensor, expected: torch.Tensor, rules: Rules, subject: Subject, call: Call | None = None
) -> None:
    """Compare two bare tensors of one shape: finite first, then element by element."""
    original, (given, expected) = (given, expected), (workable(given), workable(expected))
    if given.dtype == expected.dtype and torch.equal(given, expected):
        return
    tolerance = rules.tolerance(*original)
    wrong = wrong_elements(given, expected, tolerance)
    if not bool(wrong.any()):
        return
    worst = worst_element(given, expected, wrong, tolerance)
    picture = picture_of(given, expected, wrong, worst.index, getattr(call, "axes", ()))
    _check_finite(given, expected, subject, picture)
    diagnosis = diagnose_values(Difference(given, expected, tolerance, sizes_of(call), names_of_sizes(call)))
    tail = "" if diagnosis is None else f": {diagnosis}"
    if given.dim():
        told, safe = f"{_wrong_values(worst, given.numel())}{tail}", f"wrong values{tail}"
        raise CheckFailure("values", subject.gave(told, "has"), subject.safely_gave(safe, "has"), picture=picture)
    ours, theirs = number_phrases(worst.expected, worst.given)
    refuse("values", subject, theirs, f"expected {ours}{distance_phrase(worst)}{tail}", f"a wrong value{tail}")


def _wrong_values(worst: Worst, total: int) -> str:
    theirs, ours = number_phrases(worst.given, worst.expected)
    place = f"at [{', '.join(map(str, worst.index))}]"
    return (
        f"{worst.count} wrong {'value' if worst.count == 1 else 'values'} of {total}; the worst, {place}, "
        f"is {theirs} and should be {ours}{distance_phrase(worst)}"
    )


def distance_phrase(worst: Worst) -> str:
    """Return ` (difference 0.5, tolerance 1e-05)`; nothing where a difference says nothing."""
    if bool in (type(worst.given), type(worst.expected)) or not math.isfinite(worst.difference):
        return ""
    tolerance = f", tolerance {number_phrase(worst.allowed, 2)}" if worst.allowed else ""
    return f" (difference {number_phrase(worst.difference)}{tolerance})"


def _check_finite(given: torch.Tensor, expected: torch.Tensor, subject: Subject, picture: Picture | None) -> None:
    if kind_of(given.dtype) in ("bool", "int"):
        return
    bad = ~torch.isfinite(given) & torch.isfinite(expected)
    count = int(bad.sum())
    if not count:
        return
    nan = int((bad & torch.isnan(given)).sum())
    found = " and ".join(f"{number} {name}" for number, name in ((nan, "nan"), (count - nan, "inf")) if number)
    if not given.dim():
        found = number_phrase(given.item())
        refuse("finite", subject, found, "expected a finite number", "a number that is not finite")
    first = ", ".join(str(int(place)) for place in bad.nonzero()[0])
    thing = f"{found} among {count_phrase(given.numel(), 'value')}, the first at [{first}]"
    told = subject.gave(f"{thing}, expected a finite number there", "has")
    raise CheckFailure("finite", told, subject.safely_gave("values that are not finite", "has"), picture=picture)


def as_dtype(dtype: Any) -> torch.dtype | None:
    """Return torch's dtype for one of torch's or NumPy's; raises TypeError for anything else."""
    if dtype is None or isinstance(dtype, torch.dtype):
        return dtype
    found = getattr(torch, np.dtype(dtype).name, None)
    if not isinstance(found, torch.dtype):
        raise TypeError(f"dtype={dtype!r} is no dtype that torch knows")
    return found
