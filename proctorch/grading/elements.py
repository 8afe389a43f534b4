"""Element by element: which elements of two tensors of one shape differ, and how far the worst of them is off.

Both are compared in float64 (complex128), integers exactly. NaN is right only where NaN is expected, and an infinity
only where the same infinity is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from proctorch.grading.tolerance import EXACT, Tolerance, default_tolerance, is_inexact

_UNSIGNED_WIDE = torch.uint64
# Dtypes that torch stores and hardly computes with, and what holds all their values.
_WORKABLE = {
    torch.float8_e4m3fn: torch.float32,
    torch.float8_e4m3fnuz: torch.float32,
    torch.float8_e5m2: torch.float32,
    torch.float8_e5m2fnuz: torch.float32,
    torch.complex32: torch.complex64,
    torch.uint16: torch.int64,
    torch.uint32: torch.int64,
}


def workable(tensor: torch.Tensor) -> torch.Tensor:
    """Return the tensor in a dtype that comparisons are implemented for."""
    return tensor.to(_WORKABLE[tensor.dtype]) if tensor.dtype in _WORKABLE else tensor


def largest_magnitude(tensor: torch.Tensor) -> float:
    """Return the largest absolute value among the finite elements; 0.0 where there is none."""
    if not tensor.numel() or tensor.dtype is torch.bool:
        return float(tensor.numel() > 0)
    magnitude = widened(tensor).abs()
    largest = float(magnitude.max())
    if largest - largest != 0.0:
        finite = magnitude[torch.isfinite(magnitude)]
        largest = float(finite.max()) if finite.numel() else 0.0
    return largest


def widened(tensor: torch.Tensor) -> torch.Tensor:
    """Return the tensor as float64, or complex128."""
    return tensor.to(torch.complex128 if tensor.dtype.is_complex else torch.float64)


def tolerance_for(
    given: torch.Tensor,
    expected: torch.Tensor,
    rtol: float | None = None,
    atol: float | None = None,
    demanded: torch.dtype | None = None,
) -> Tolerance:
    """Return the tolerance for two tensors; integers against integers are exact unless a tolerance is named."""
    if rtol is None and atol is None and not is_inexact(given.dtype) and not is_inexact(expected.dtype):
        return EXACT
    return default_tolerance(given.dtype, expected.dtype, largest_magnitude(expected), rtol, atol, demanded)


def wrong_elements(given: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance) -> torch.Tensor:
    """Return a bool tensor that is true where an element is wrong; both tensors have one shape."""
    if tolerance == EXACT and not is_inexact(given.dtype) and not is_inexact(expected.dtype):
        return _different_integers(given, expected)
    given, expected = widened(given), widened(expected)
    same = (given == expected) | (torch.isnan(given) & torch.isnan(expected))
    allowed = tolerance.atol + tolerance.rtol * expected.abs()
    # Where the expected element is infinite, so is what is allowed: only the same infinity may pass there.
    near = ((given - expected).abs() <= allowed) & torch.isfinite(expected) & torch.isfinite(given)
    return ~(same | near)


def all_right(given: torch.Tensor, expected: torch.Tensor, tolerance: Tolerance) -> bool:
    """Return whether two tensors have one shape and no wrong element; the quick way for a right answer."""
    if given.shape != expected.shape:
        return False
    given, expected = workable(given), workable(expected)
    if given.dtype == expected.dtype and torch.equal(given, expected):
        return True
    return not bool(wrong_elements(given, expected, tolerance).any())


def _different_integers(given: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    different = given.to(torch.int64) != expected.to(torch.int64)
    # The upper half of uint64 wraps around to negative integers.
    if (given.dtype is _UNSIGNED_WIDE) != (expected.dtype is _UNSIGNED_WIDE):
        wide = given if given.dtype is _UNSIGNED_WIDE else expected
        different |= wide.to(torch.int64) < 0
    return different


@dataclass(frozen=True)
class Worst:
    """How many elements are wrong, and the one that is furthest off (a NaN is further off than any number)."""

    count: int
    index: tuple[int, ...]
    given: complex
    expected: complex
    difference: float
    allowed: float


def worst_element(given: torch.Tensor, expected: torch.Tensor, wrong: torch.Tensor, tolerance: Tolerance) -> Worst:
    """Return the wrong element that differs most; at least one is wrong."""
    distance = (widened(given) - widened(expected)).abs()
    distance = torch.where(torch.isnan(distance), torch.inf, distance)
    position = int(torch.where(wrong, distance, -1.0).argmax())
    index = tuple(int(place) for place in np.unravel_index(position, tuple(given.shape)))
    ours: complex = expected[index].item()
    theirs: complex = given[index].item()
    difference = abs(theirs - ours) if type(theirs) is type(ours) is int else float(distance[index])
    return Worst(int(wrong.sum()), index, theirs, ours, difference, tolerance.allowed(abs(ours)))
