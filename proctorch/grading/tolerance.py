"""How far a right answer may be from the expected one, derived from the precision that it was computed in.

An element passes when |given - expected| <= rtol * |expected| + atol.

*rtol* is a number of roundings. Rounding errors of n operations add up like a random walk, to about eps * sqrt(n)
(Higham, Accuracy and Stability of Numerical Algorithms, section 2.8):

- float32, complex64: 64 eps = 7.6e-6, because sums of 4,096 terms may run in any order, and sqrt(4096) = 64;
- float16, bfloat16: 4 eps = 3.9e-3 and 3.1e-2, because torch adds up in float32 and rounds only what it stores, of
  which there are 16 or so, and sqrt(16) = 4;
- floats of eight bits: eps / 2, one rounding, because nobody computes in them; 4 eps would be as large as the numbers;
- float64, complex128: 8 sqrt(eps) = 1.2e-7, because it is chosen for gradients and training steps, which may lose
  half of their digits;
- integers and bools: 0, because they are not rounded.

*atol* is rtol times the largest expected magnitude: where large terms cancel, the error keeps the size of the terms.
It is never below rtol / 8 (for float32, 9.5e-7: eight roundings of a number of size one), and where every expected
element is zero, a magnitude of one is assumed, because the zero mean of ordinary numbers is computed as 1e-8. So a
check has to bring an `atol` of its own where the whole result is smaller than that; where numbers of very different
sizes stand in one tensor; and where the inputs are much larger than the result: exp(x - logsumexp(x)) is off by eps *
|x|, which is 1e-4 at logits of 1e3.

A Python float has the tolerance of float32: it may come from a float32 tensor through `.item()`.

The dtype of the expected result decides, and the one that the check demands. Whose result it is may choose float32 for
float64, as PyTorch does, and nothing coarser: or a wrong answer would only have to be rounded until it counts as right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

_ROUNDINGS = 64.0
_ROUNDINGS_OF_HALF = 4.0
_ROUNDINGS_OF_ROOT = 8.0
_FLOOR = 1.0 / 8.0
_EPS_OF_EIGHT_BITS = 0.05


@dataclass(frozen=True)
class Tolerance:
    """The allowed distance from an expected element: rtol * |expected| + atol."""

    rtol: float
    atol: float

    def allowed(self, magnitude: float) -> float:
        """Return the distance that an element of this magnitude may have."""
        return self.rtol * magnitude + self.atol if math.isfinite(magnitude) else 0.0


EXACT = Tolerance(0.0, 0.0)


def is_inexact(dtype: torch.dtype | None) -> bool:
    """Return whether numbers of this dtype are rounded; None stands for a Python float."""
    return dtype is None or dtype.is_floating_point or dtype.is_complex


def relative(dtype: torch.dtype | None) -> float:
    """Return the default rtol of one dtype; None stands for a Python float."""
    if dtype is None:
        dtype = torch.float32
    if not is_inexact(dtype):
        return 0.0
    eps = torch.finfo(dtype).eps
    if eps > _EPS_OF_EIGHT_BITS:
        return eps / 2
    if eps > 1e-5:
        return _ROUNDINGS_OF_HALF * eps
    if eps > 1e-10:
        return _ROUNDINGS * eps
    return _ROUNDINGS_OF_ROOT * math.sqrt(eps)


def default_tolerance(
    given: torch.dtype | None,
    expected: torch.dtype | None,
    magnitude: float,
    rtol: float | None = None,
    atol: float | None = None,
    demanded: torch.dtype | None = None,
) -> Tolerance:
    """Return the tolerance for an expected result of this dtype and this largest magnitude.

    `given` is the dtype of the student's result, `demanded` the one that the check asks for, if it does. `rtol` and
    `atol` replace their default; the one that is not named keeps it.
    """
    coarser = max(min(relative(given), relative(torch.float32)), relative(expected))
    if demanded is not None:
        coarser = max(coarser, relative(demanded))
    scale = magnitude if magnitude > 0.0 else 1.0
    return Tolerance(
        coarser if rtol is None else rtol,
        coarser * max(scale, _FLOOR) if atol is None else atol,
    )
