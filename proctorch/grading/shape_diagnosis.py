"""What kind of mistake made a wrong shape, found by comparing the two shapes alone.

A diagnosis is a function from the given and the expected lengths of the axes to a sentence, or to None where the
mistake is another one. To add one, write the function and put it into `SHAPE_DIAGNOSES`; the first that speaks is
shown. It is shown for hidden checks as well, so a sentence names no length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Shape = tuple[int, ...]
ShapeDiagnosis = Callable[[Shape, Shape], str | None]


def axes_swapped(given: Shape, expected: Shape) -> str | None:
    """The same lengths in another order."""
    if given == expected or sorted(given) != sorted(expected):
        return None
    moved = sum(one != other for one, other in zip(given, expected, strict=True))
    return "the axes are swapped" if moved == 2 else "the axes are in another order"


def axis_kept(given: Shape, expected: Shape) -> str | None:
    """Axes of length 1 that should not be there."""
    if len(given) <= len(expected) or not _is_expected_with_ones(given, expected):
        return None
    return "an axis of size 1 was kept (a keepdim=True or an unsqueeze too many?)"


def axis_dropped(given: Shape, expected: Shape) -> str | None:
    """Axes of length 1 that should be there."""
    if len(given) >= len(expected) or not _is_expected_with_ones(expected, given):
        return None
    return "an axis of size 1 was dropped (is keepdim=True missing, or is there a squeeze too many?)"


def flattened(given: Shape, expected: Shape) -> str | None:
    """The same number of elements along fewer or more axes."""
    if len(given) == len(expected) or math.prod(given) != math.prod(expected) or 0 in given:
        return None
    return "the number of elements is right, but not how they are arranged into axes"


def reduced_too_far(given: Shape, expected: Shape) -> str | None:
    """An expected axis is gone."""
    if len(given) >= len(expected) or not _is_subsequence(given, expected):
        return None
    return "one reduction too many: an axis that should have stayed is gone"


def not_reduced(given: Shape, expected: Shape) -> str | None:
    """An axis is left that should be gone."""
    if len(given) <= len(expected) or not _is_subsequence(expected, given):
        return None
    return "an axis is left that should be gone (a reduction is missing, or ran over too few axes)"


def one_axis_off_by_one(given: Shape, expected: Shape) -> str | None:
    """One axis is one element too long or too short."""
    if len(given) != len(expected):
        return None
    gaps = [one - other for one, other in zip(given, expected, strict=True) if one != other]
    if len(gaps) != 1 or abs(gaps[0]) != 1:
        return None
    return f"off by one: an axis is one element too {'long' if gaps[0] > 0 else 'short'}"


SHAPE_DIAGNOSES: tuple[ShapeDiagnosis, ...] = (
    axes_swapped,
    axis_kept,
    axis_dropped,
    reduced_too_far,
    not_reduced,
    flattened,
    one_axis_off_by_one,
)


def _is_subsequence(short: Shape, long: Shape) -> bool:
    remaining = iter(long)
    return all(size in remaining for size in short)


def _is_expected_with_ones(longer: Shape, shorter: Shape) -> bool:
    return tuple(size for size in longer if size != 1) == tuple(size for size in shorter if size != 1)


def diagnose_shape(given: Sequence[int], expected: Sequence[int]) -> str | None:
    """Return the first diagnosis of two shapes that speaks."""
    for diagnosis in SHAPE_DIAGNOSES:
        sentence = diagnosis(tuple(given), tuple(expected))
        if sentence is not None:
            return sentence
    return None
