"""What kind of mistake made the difference, found by comparing: one sentence that holds no value.

A diagnosis is a function from a `Difference` to a sentence, or to None where the mistake is another one. To add one,
write the function and put it into `VALUE_DIAGNOSES`; the first that speaks is shown. It is shown for hidden checks as
well, so a sentence holds no number that was computed or expected. Mistakes that the shapes alone betray are in
`shape_diagnosis`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch

from proctorch.grading.elements import all_right, largest_magnitude, widened, workable
from proctorch.grading.phrases import dtype_name
from proctorch.grading.raw import kind_of
from proctorch.grading.shape_diagnosis import Shape
from proctorch.grading.tolerance import Tolerance, relative

_LARGEST = 2**22
_MOST_AXES = 4
_GLANCE = 4096


@dataclass(frozen=True)
class Difference:
    """Two plain tensors on the CPU that should be the same.

    `sizes` are lengths of axes that the call was given, `names` those of them that the signature has a name for.
    """

    given: torch.Tensor
    expected: torch.Tensor
    tolerance: Tolerance
    sizes: frozenset[int] = frozenset()
    names: Mapping[str, int] = field(default_factory=dict)

    def explained_by(self, given: torch.Tensor, expected: torch.Tensor) -> bool:
        """Return whether these two, changed as some mistake would change them, are equal within the tolerance."""
        if given.shape == expected.shape and given.numel() > 2 * _GLANCE:
            # Most explanations fail at a glance: a full look at a million elements takes a second.
            rows = max(1, _GLANCE * given.shape[0] // given.numel())
            if not all_right(given[:rows], expected[:rows], self.tolerance):
                return False
        return all_right(given, expected, self.tolerance)


Diagnosis = Callable[[Difference], str | None]


def right_otherwise(difference: Difference) -> str | None:
    """The values are those expected, once the axes are put right."""
    if not 0 < difference.given.numel() == difference.expected.numel() <= _LARGEST:
        return None
    expected = workable(difference.expected)
    for candidate in _rearranged(workable(difference.given), tuple(expected.shape)):
        if difference.explained_by(candidate, expected):
            return "the values are right otherwise"
    return None


def _rearranged(given: torch.Tensor, shape: Shape) -> Iterator[torch.Tensor]:
    if given.dim() != len(shape):
        yield given.reshape(shape)
    elif given.dim() <= _MOST_AXES:
        for order in itertools.permutations(range(given.dim())):
            if tuple(given.shape[axis] for axis in order) == shape:
                yield given.permute(order)


def integers_for_floats(difference: Difference) -> str | None:
    """Integers where floating-point numbers were expected."""
    if kind_of(difference.given.dtype) != "int" or kind_of(difference.expected.dtype) != "float":
        return None
    return "an integer dtype where a float was expected"


def fractions_lost(difference: Difference) -> str | None:
    """Floating-point numbers that were rounded on the way."""
    given, expected = difference.given, difference.expected
    if kind_of(expected.dtype) != "float" or kind_of(given.dtype) not in ("int", "float"):
        return None
    if given.is_floating_point() and bool((given == given.reshape(-1)[:1]).all()):
        return None  # a constant result has lost more than its fractions
    if not any(difference.explained_by(given, cut(expected)) for cut in (torch.trunc, torch.floor, torch.round)):
        return None
    return "the fractions are lost (an integer dtype or // on the way?)"


def opposite_sign(difference: Difference) -> str | None:
    """Every element times -1."""
    if not difference.explained_by(widened(difference.given), -widened(difference.expected)):
        return None
    return f"the {_values(difference)} right up to the sign"


def _values(difference: Difference) -> str:
    return "values are" if difference.expected.dim() else "value is"


def transposed(difference: Difference) -> str | None:
    """Two axes of one length are exchanged."""
    shape = difference.expected.shape
    for one, other in itertools.combinations(range(len(shape)), 2):
        if shape[one] == shape[other] and difference.explained_by(
            difference.given, difference.expected.transpose(one, other)
        ):
            return "the values are transposed: two axes of the same size are swapped"
    return None


def shifted_by_one(difference: Difference) -> str | None:
    """Each element stands one place too early or too late along the last axis."""
    given, expected = difference.given, difference.expected
    if not expected.dim() or expected.shape[-1] < 3 or difference.explained_by(expected[..., 1:], expected[..., :-1]):
        return None
    for late, early in ((given, expected), (expected, given)):
        if difference.explained_by(late[..., 1:], early[..., :-1]):
            return "off by one in the last axis: the values are shifted by one place"
    return None


def reversed_order(difference: Difference) -> str | None:
    """The elements of one axis in reverse order."""
    for axis in range(difference.expected.dim()):
        if difference.explained_by(difference.given, difference.expected.flip(axis)):
            return "the values are in reverse order along an axis"
    return None


def too_large_by_one(difference: Difference) -> str | None:
    """Every integer is one too large or too small."""
    if {kind_of(difference.given.dtype), kind_of(difference.expected.dtype)} != {"int"}:
        return None
    for step, word in ((1, "large"), (-1, "small")):
        if difference.explained_by(widened(difference.given), widened(difference.expected) + step):
            return f"off by one: {'every element' if difference.expected.dim() else 'it'} is one too {word}"
    return None


def _factor(difference: Difference) -> float | None:
    """Return the one number that each expected element is multiplied by, if it is one number and not 0 or 1."""
    given, expected = widened(difference.given).reshape(-1), widened(difference.expected).reshape(-1)
    if not expected.numel() or given.is_complex() or expected.is_complex():
        return None
    place = int(expected.abs().argmax())
    divisor = float(expected[place])
    factor = float(given[place]) / divisor if divisor else math.nan
    if not math.isfinite(factor) or factor == 0.0:
        return None
    return factor if difference.explained_by(given / factor, expected) else None


def inverted(difference: Difference) -> str | None:
    """True and False exchanged in a mask."""
    given, expected = difference.given, difference.expected
    if expected.numel() < 2 or given.dtype is not torch.bool or expected.dtype is not torch.bool:
        return None
    return "True and False are exchanged" if torch.equal(given, ~expected) else None


def sum_for_mean(difference: Difference) -> str | None:
    """Off by the length of an axis that the function was given."""
    factor = _factor(difference)
    if factor is None:
        return None
    for times, made, asked in ((factor, "sum", "mean"), (1 / factor, "mean", "sum")):
        if any(_near(times, size, difference) for size in difference.sizes if size > 1):
            return f"off by a factor of {_length(times, difference)}: a {made} where a {asked} was asked?"
    return None


def _length(size: float, difference: Difference) -> str:
    """Return what a length is the length of; an axis is named where only one has this length."""
    names = [name for name, length in difference.names.items() if _near(size, length, difference)]
    if len(names) != 1:
        return "the length of an axis"
    return "the batch size" if names == ["batch"] else f"the length of the axis `{names[0]}`"


def divided_by_other_count(difference: Difference) -> str | None:
    """Off by n / (n - 1), or its root, for the length n of an axis that the function was given."""
    factor = _factor(difference)
    ratios = [n / (n - 1) for n in difference.sizes if n > 1]
    if factor is None:
        return None
    larger = max(factor, 1 / factor)
    if not any(_near(larger, ratio, difference) or _near(larger, math.sqrt(ratio), difference) for ratio in ratios):
        return None
    return "off as between dividing by n and by n - 1 (look at `correction`, or `unbiased`)"


def whole_factor(difference: Difference) -> str | None:
    """Every one of several elements is the same whole number of times too large or too small."""
    factor = _factor(difference)
    if factor is None or int((difference.expected != 0).sum()) < 2:
        return None
    whole = max(factor, 1 / factor) if factor > 0 else 0.0
    if round(whole) < 2 or not _near(whole, round(whole), difference):
        return None
    return "every element is off by the same whole factor (a sum for a mean, or a factor left out?)"


def other_order(difference: Difference) -> str | None:
    """The right elements at the wrong places."""
    given, expected = difference.given, difference.expected
    if expected.numel() < 2 or given.is_complex() or expected.is_complex():
        return None
    theirs, ours = widened(given).reshape(-1), widened(expected).reshape(-1)
    # Sorting is slow, and what has another smallest or largest element need not be sorted.
    if not difference.explained_by(torch.stack(theirs.aminmax()), torch.stack(ours.aminmax())):
        return None
    if not difference.explained_by(theirs.sort()[0], ours.sort()[0]):
        return None
    return "the right values, but not in their places"


def too_coarse(difference: Difference) -> str | None:
    """Right values in a dtype of fewer digits than the expected ones have."""
    given, expected = difference.given, difference.expected
    if kind_of(given.dtype) not in ("float", "complex") or kind_of(expected.dtype) not in ("float", "complex"):
        return None
    coarse = relative(given.dtype)
    own = Tolerance(coarse, coarse * largest_magnitude(expected))
    if coarse <= relative(torch.float32) or not all_right(given, expected, own):
        return None
    return f"in {dtype_name(given.dtype)} they have too few digits"


VALUE_DIAGNOSES: tuple[Diagnosis, ...] = (
    opposite_sign,
    transposed,
    reversed_order,
    shifted_by_one,
    too_large_by_one,
    inverted,
    sum_for_mean,
    divided_by_other_count,
    whole_factor,
    other_order,
    fractions_lost,
    integers_for_floats,
    too_coarse,
)


def _near(number: float, target: float, difference: Difference) -> bool:
    return abs(number - target) <= max(4 * difference.tolerance.rtol, 1e-6) * abs(target)


def diagnose_values(difference: Difference) -> str | None:
    """Return the first diagnosis of two tensors of one shape that speaks."""
    # Of uint64 torch can neither reverse nor sort the elements.
    if difference.expected.numel() > _LARGEST or torch.uint64 in (difference.given.dtype, difference.expected.dtype):
        return None
    for diagnosis in VALUE_DIAGNOSES:
        sentence = diagnosis(difference)
        if sentence is not None:
            return sentence
    return None
