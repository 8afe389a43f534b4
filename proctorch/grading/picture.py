"""From two tensors of one shape to three small grids: what was expected, what was given, and where they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from proctorch.grading.elements import widened
from proctorch.model import Grid, Picture

MOST_SQUARES = 16
_LARGEST = 2**22

_Array = npt.NDArray[np.float64]


def picture_of(
    given: torch.Tensor,
    expected: torch.Tensor,
    wrong: torch.Tensor,
    worst: Sequence[int],
    axes: Sequence[str] = (),
) -> Picture | None:
    """Return the picture of a failed comparison, or None where there is nothing to draw: one number, complex numbers.

    `wrong` is true where an element is wrong and `worst` the place of the worst one. Of more than two axes the last two
    are drawn, at that place; more than 16 elements along an axis share squares.
    """
    if not 0 < given.numel() <= _LARGEST or given.dim() == 0 or given.is_complex() or expected.is_complex():
        return None
    place = tuple(worst[:-2]) if given.dim() > 2 else ()
    sides = [_plane(tensor, place) for tensor in (expected, given, wrong)]
    shape = sides[0].shape
    step = (math.ceil(shape[0] / MOST_SQUARES), math.ceil(shape[1] / MOST_SQUARES))
    theirs, ours, bad = sides[1], sides[0], sides[2] > 0
    with np.errstate(invalid="ignore"):
        difference = np.where(bad, theirs - ours, 0.0)
    return Picture(
        expected=_grid(_means(ours, step)),
        given=_grid(_means(theirs, step)),
        difference=_grid(_extremes(difference, step)),
        wrong=tuple(tuple(bool(cell) for cell in row) for row in _extremes(bad.astype(np.float64), step) != 0),
        note=_note(tuple(given.shape), place, step, axes),
    )


def _plane(tensor: torch.Tensor, place: tuple[int, ...]) -> _Array:
    """Return the last two axes at a place as float64; one axis becomes a single row."""
    chosen = widened(tensor[place] if place else tensor)
    return (chosen if chosen.dim() == 2 else chosen.reshape(1, -1)).numpy()


def _blocks(plane: _Array, step: tuple[int, int], filler: float) -> _Array:
    """Return the plane cut into blocks, as (rows, columns, elements of a block); `filler` completes the last ones."""
    rows, columns = (-(-size // width) for size, width in zip(plane.shape, step, strict=True))
    missing = (rows * step[0] - plane.shape[0], columns * step[1] - plane.shape[1])
    padded = np.pad(plane, ((0, missing[0]), (0, missing[1])), constant_values=filler)
    return padded.reshape(rows, step[0], columns, step[1]).swapaxes(1, 2).reshape(rows, columns, -1)


def _means(plane: _Array, step: tuple[int, int]) -> _Array:
    """Return the mean of each block; a number that is not finite is seen in the whole block."""
    if step == (1, 1):
        return plane
    counts = _blocks(np.ones_like(plane), step, 0.0).sum(axis=2)
    with np.errstate(invalid="ignore"):
        return np.asarray(_blocks(plane, step, 0.0).sum(axis=2) / counts)


def _extremes(plane: _Array, step: tuple[int, int]) -> _Array:
    """Return the element of each block that is furthest from zero; NaN is further than all numbers."""
    blocks = _blocks(plane, step, 0.0)
    distance = np.where(np.isnan(blocks), np.inf, np.abs(blocks))
    chosen = np.take_along_axis(blocks, distance.argmax(axis=2)[:, :, None], axis=2)
    return np.asarray(chosen[:, :, 0])


def _grid(plane: _Array) -> Grid:
    return tuple(tuple(float(cell) for cell in row) for row in plane)


def _note(shape: tuple[int, ...], place: tuple[int, ...], step: tuple[int, int], axes: Sequence[str]) -> str:
    """Return what the picture leaves out, and what its rows and columns are."""
    parts = []
    if place:
        parts.append(f"drawn is [{', '.join(map(str, place))}, :, :] of a tensor of shape {shape}")
    if step != (1, 1):
        size = str(step[1]) if len(shape) == 1 else f"{step[0]} × {step[1]}"
        parts.append(f"a square stands for up to {size} elements: their mean, or the largest difference")
    names = [name for name in axes[-2:] if name] if len(axes) == len(shape) else []
    if len(names) == 2:
        parts.append(f"down: {names[0]}, across: {names[1]}")
    elif len(names) == 1 and len(shape) == 1:
        parts.append(f"across: {names[0]}")
    return "; ".join(parts)
