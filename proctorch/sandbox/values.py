"""Plain values as bytes, and back: what may cross the boundary between host and guest.

A value is one tag byte and its content. None, bool, int, float, complex, str, bytes, list, tuple, dict, set, slice,
Ellipsis, tensors, dtypes, devices, sizes, NumPy arrays and scalars, and tables cross by value; anything else is
turned into a `Reference` by the caller's `foreign` function (`encoding`). The decoder (`decoding`) builds nothing but
those types, checks every length against the bytes that are really there before it allocates, and raises `BadValue`
for everything else.

Tensors are contiguous raw bytes, whose count must equal the product of the sizes times the item size.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Any

import torch

MAX_DEPTH = 32
MAX_ITEMS = 1_000_000
MAX_INT_BYTES = 512
MAX_DIMENSIONS = 8
MAX_SIZE = 2**40
MAX_EMPTY = 2**24
MAX_COLLISIONS = 64
MAX_PADDING = 2**26  # bytes that NumPy adds to make all texts of its arrays as long as their longest one

# What some values count as, measured in the time and memory that a None in a list takes.
TENSOR_ITEMS = 4
ARRAY_ITEMS = 4
TABLE_ITEMS = 50
COLUMN_ITEMS = 30

DTYPES: tuple[torch.dtype, ...] = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
    torch.complex64,
    torch.complex128,
    torch.uint16,
    torch.uint32,
    torch.uint64,
    torch.float8_e4m3fn,
    torch.float8_e5m2,
    torch.complex32,
)
DTYPE_INDEX = {dtype: index for index, dtype in enumerate(DTYPES)}
NUMPY_KINDS = "biufc"
KEY_TYPES = (type(None), bool, int, float, str, bytes, torch.dtype)

LENGTH = Struct("<I")
LONG = Struct("<Q")
DOUBLE = Struct("<d")


class BadValue(ValueError):
    """The bytes are not an encoded value, or break a cap."""


@dataclass(frozen=True)
class Reference:
    """Something that stays where it is: `kind` says what can be done with it, `type_name` is for people.

    Kinds: `module`, `callable`, `iterable`, `object` live in the guest; `function` lives in the host.
    """

    kind: str
    id: int
    type_name: str = ""


class Unportable(TypeError):
    """A value that can neither be copied nor be referred to."""


@dataclass(frozen=True)
class Table:
    """A pandas frame or series taken apart: column labels, columns, index and the index's name, all plain values.

    `kind` is `frame` or `series`; a column is a pair of dtype name and a NumPy array or a list.
    """

    kind: str
    labels: Any
    columns: list[Any]
    index: Any
    names: list[Any]
