"""From a value that arrived to numbers that can be compared, trusting nothing that the value says about itself.

Only exact types pass: a subclass of Tensor can make `allclose`, `equal` and `torch.testing.assert_close` say yes. What
is compared is a fresh plain tensor on the CPU, without attributes that might hide the methods of the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from proctorch.grading.mirror import Mirror
from proctorch.grading.phrases import NUMPY_SCALARS
from proctorch.grading.readonly import ReadOnly

TENSORS = frozenset({torch.Tensor, torch.nn.Parameter})
# The host's own read-only copies of a module's parameters.
_MIRRORS = frozenset({Mirror, ReadOnly})
_NUMERIC = "biufc"


def unmirrored(value: object) -> object:
    """Return the plain, up-to-date tensor of a mirror, and any other value as it is."""
    if type(value) not in _MIRRORS:
        return value
    # An operation, and not `as_subclass`, is what makes a mirror fetch its values.
    mirror = cast(torch.Tensor, value)
    return mirror.view_as(mirror)


def array_shape(value: object) -> tuple[int, ...] | None:
    """Return the shape of a tensor or array of any class, and None for all else."""
    if issubclass(type(value), (torch.Tensor, np.ndarray)) and not getattr(value, "is_nested", False):
        return tuple(cast(torch.Tensor, value).shape)
    return None


def is_plain_tensor(value: object) -> bool:
    """Return whether a value is exactly a tensor or a parameter (or our mirror of one), and no other subclass."""
    ours = type(value) in TENSORS or isinstance(value, ReadOnly)
    return ours and not cast(torch.Tensor, value).is_nested


def is_torch_return(value: object) -> bool:
    """Return whether a value is one of torch's own named tuples, such as `x.max(dim=1)` returns."""
    kind = type(value)
    name = type.__dict__["__name__"].__get__(kind)
    return isinstance(name, str) and vars(torch.return_types).get(name) is kind


def is_numeric(array: np.ndarray[Any, Any]) -> bool:
    """Return whether an array holds bools or numbers, and not objects, strings or dates."""
    return array.dtype.kind in _NUMERIC


def bare(tensor: torch.Tensor) -> torch.Tensor:
    """Return the data of a tensor as a dense plain tensor on the CPU, detached."""
    data = torch.Tensor.detach(tensor)
    if type(data) is not torch.Tensor:
        data = data.as_subclass(torch.Tensor)
    if data.layout is not torch.strided:
        data = data.to_dense()
    if data.is_quantized:
        data = data.dequantize()
    return data if data.device.type == "cpu" else data.cpu()


def from_array(array: np.ndarray[Any, Any]) -> torch.Tensor:
    """Return a tensor with the numbers of a numeric array; NumPy's long double becomes float64."""
    if array.dtype.name in ("longdouble", "float128"):
        array = array.astype(np.float64)
    elif array.dtype.kind == "c" and array.dtype.itemsize > 16:
        array = array.astype(np.complex128)
    return torch.from_numpy(np.array(array, dtype=array.dtype.newbyteorder("="), order="C", subok=False))


@dataclass(frozen=True)
class Scalar:
    """A number as Python has it, and the dtype it came in; None for a Python number."""

    number: complex
    dtype: torch.dtype | None = None


def from_scalar(scalar: object) -> Scalar | None:
    """Return a number, or None for what is no number.

    Numbers are exactly bool, int, float, complex, a NumPy scalar, or a tensor or array without axes.
    """
    kind = type(scalar)
    if kind in (bool, int, float, complex):
        return Scalar(cast(complex, scalar))
    if kind in NUMPY_SCALARS or (kind is np.ndarray and cast("np.ndarray[Any, Any]", scalar).ndim == 0):
        array = np.asarray(scalar)
        return _only_element(from_array(array)) if is_numeric(array) else None
    if is_plain_tensor(scalar) and cast(torch.Tensor, scalar).dim() == 0:
        return _only_element(bare(cast(torch.Tensor, scalar)))
    return None


def _only_element(tensor: torch.Tensor) -> Scalar:
    return Scalar(tensor.item(), tensor.dtype)


def kind_of(dtype: torch.dtype) -> str:
    """Return `bool`, `int`, `float` or `complex`."""
    if dtype.is_floating_point:
        return "float"
    if dtype.is_complex:
        return "complex"
    return "bool" if dtype is torch.bool else "int"
