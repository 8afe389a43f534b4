"""Bytes that nobody vouches for to plain values; see `values` for what is plain."""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from proctorch.sandbox.values import (
    ARRAY_ITEMS,
    COLUMN_ITEMS,
    DOUBLE,
    DTYPES,
    KEY_TYPES,
    MAX_COLLISIONS,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_EMPTY,
    MAX_INT_BYTES,
    MAX_ITEMS,
    MAX_PADDING,
    MAX_SIZE,
    NUMPY_KINDS,
    TABLE_ITEMS,
    TENSOR_ITEMS,
    BadValue,
    Reference,
)

_CUDA_DEVICE = re.compile(r"cuda:[0-7]", re.ASCII)
_TORCH_DTYPES = {name: value for name, value in vars(torch).items() if isinstance(value, torch.dtype)}
_ARRAY_DTYPE = re.compile(rf"[<|][{NUMPY_KINDS}](1|2|4|8|16)", re.ASCII)


class Decoder:
    """Reads values from bytes that nobody vouches for; `resolve` turns a Reference into what the reader uses for it."""

    def __init__(self, data: bytes, resolve: Callable[[Reference], Any] | None = None) -> None:
        self._data, self._size = data, len(data)
        self._place = 0
        self._items = 0
        self._padding = 0
        self._resolve = resolve

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes; raises BadValue when there are fewer."""
        end = self._place + count
        if count < 0 or end > self._size:
            raise BadValue("the value ends before its content does")
        content = self._data[self._place : end]
        self._place = end
        return content

    def finish(self) -> None:
        """Raise BadValue when bytes are left over."""
        if self._place != self._size:
            raise BadValue(f"{self._size - self._place} bytes follow the value")

    def get(self, depth: int = 0) -> Any:
        """Read one value."""
        self.charge(1)
        if depth > MAX_DEPTH:
            raise BadValue("the value is nested too deep")
        if self._place >= self._size:
            raise BadValue("the value ends before its content does")
        reader = _READERS[self._data[self._place]]
        if reader is None:
            raise BadValue("unknown tag")
        self._place += 1
        return reader(self, depth)

    def charge(self, items: int) -> None:
        """Count items; raises BadValue when there are too many."""
        self._items += items
        if self._items > MAX_ITEMS:
            raise BadValue("the value has too many items")

    def pad(self, count: int) -> None:
        """Count bytes of memory that stand for nothing on the wire; raises BadValue when they are too many."""
        self._padding += count
        if self._padding > MAX_PADDING:
            raise BadValue("text arrays would take too much memory")

    def length(self) -> int:
        """Read a 32-bit length."""
        return int.from_bytes(self.take(4), "little")

    def long(self) -> int:
        """Read a 64-bit number."""
        return int.from_bytes(self.take(8), "little")

    def text(self, longest: int | None = None) -> str:
        """Read a length and that many bytes of UTF-8."""
        count = self.length()
        if longest is not None and count > longest:
            raise BadValue("a name is too long")
        try:
            return str(self.take(count), "utf-8")
        except UnicodeDecodeError as error:
            raise BadValue("text is not UTF-8") from error

    def shape(self, dimensions: int) -> tuple[int, ...]:
        """Read the sizes of a tensor."""
        if dimensions > MAX_DIMENSIONS:
            raise BadValue(f"a tensor has more than {MAX_DIMENSIONS} axes")
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        # A tensor without elements costs no bytes, but a sum over its empty axis allocates all the others.
        most = MAX_EMPTY if 0 in shape else 2 * MAX_SIZE
        if any(size > MAX_SIZE for size in shape) or math.prod(size or 1 for size in shape) > most:
            raise BadValue("a tensor's sizes are too large")
        return shape

    def content(self, expected: int) -> memoryview:
        """Read a 64-bit length, which must be the expected one, and that many bytes, without copying them."""
        if self.long() != expected:
            raise BadValue("a tensor's bytes do not fill its shape")
        if expected > self._size - self._place:
            raise BadValue("the value ends before its content does")
        self._place += expected
        return memoryview(self._data)[self._place - expected : self._place]

    def many(self, depth: int) -> list[Any]:
        """Read a count and that many values."""
        count = self.length()
        if count > self._size - self._place:
            raise BadValue("a container claims more items than there are bytes")
        return [self.get(depth + 1) for _ in range(count)]


def _get_int(decoder: Decoder, depth: int) -> int:
    count = decoder.length()
    if count > MAX_INT_BYTES:
        raise BadValue("an integer is too long")
    return int.from_bytes(decoder.take(count), "little", signed=True)


def _get_dict(decoder: Decoder, depth: int) -> dict[Any, Any]:
    count = decoder.length()
    if 2 * count > decoder._size - decoder._place:
        raise BadValue("a dict claims more items than there are bytes")
    pairs = []
    for _ in range(count):
        key = decoder.get(depth + 1)
        if not _is_key(key):
            raise BadValue(f"a {type(key).__name__} cannot be a key")
        pairs.append((key, decoder.get(depth + 1)))
    _refuse_collisions([key for key, _ in pairs])
    return dict(pairs)


def _refuse_collisions(keys: list[Any]) -> None:
    """Raise BadValue when many keys have one hash: a dict of them would take the square of their number."""
    if len(keys) > MAX_COLLISIONS and max(Counter(map(hash, keys)).values()) > MAX_COLLISIONS:
        raise BadValue("too many keys have the same hash")


def _is_key(value: Any) -> bool:
    return type(value) in KEY_TYPES or (type(value) is tuple and all(_is_key(item) for item in value))


def _get_set(decoder: Decoder, depth: int) -> set[Any]:
    items = decoder.many(depth)
    if not all(_is_key(item) for item in items):
        raise BadValue("a set holds something that cannot be compared")
    _refuse_collisions(items)
    return set(items)


def _get_tensor(decoder: Decoder, depth: int) -> torch.Tensor:
    decoder.charge(TENSOR_ITEMS)
    index, needs_grad, dimensions = decoder.take(3)
    if index >= len(DTYPES) or needs_grad > 1:
        raise BadValue("unknown dtype")
    dtype = DTYPES[index]
    if dimensions > MAX_DIMENSIONS:
        raise BadValue(f"a tensor has more than {MAX_DIMENSIONS} axes")
    order = list(decoder.take(dimensions))
    if sorted(order) != list(range(dimensions)):
        raise BadValue("a tensor's axes are not in an order")
    shape = decoder.shape(dimensions)
    device = decoder.get(depth + 1)
    if type(device) is not str or (device != "cpu" and not _CUDA_DEVICE.fullmatch(device)):
        raise BadValue("a tensor claims a device that is not here")
    content = decoder.content(math.prod(shape) * dtype.itemsize)
    if dtype is torch.bool and len(content) and np.frombuffer(content, np.uint8).max() > 1:
        raise BadValue("a bool tensor holds something other than 0 and 1")
    flat = (
        torch.frombuffer(bytearray(content), dtype=dtype) if len(content) else torch.empty(0, dtype=dtype, device="cpu")
    )
    tensor = flat.reshape(shape)
    if order != sorted(order):
        tensor = tensor.permute([order.index(axis) for axis in range(dimensions)])
    if device != "cpu":
        from proctorch.lab.gpu.arrivals import arrived

        tensor = arrived(tensor, device)
    if needs_grad:
        if not (dtype.is_floating_point or dtype.is_complex):
            raise BadValue("an integer tensor cannot require a gradient")
        tensor.requires_grad_()
    return tensor


def _get_array(decoder: Decoder, depth: int) -> np.ndarray[Any, Any]:
    decoder.charge(ARRAY_ITEMS)
    name = decoder.text(longest=16)
    # NumPy's parser of names takes whole expressions and raises SyntaxError, so it only sees plain ones.
    if not _ARRAY_DTYPE.fullmatch(name):
        raise BadValue("unknown array dtype")
    try:
        dtype = np.dtype(name)
    except (TypeError, ValueError) as error:
        raise BadValue("unknown array dtype") from error
    shape = decoder.shape(decoder.take(1)[0])
    content = decoder.content(math.prod(shape) * dtype.itemsize)
    if dtype.kind == "b" and len(content) and np.frombuffer(content, np.uint8).max() > 1:
        raise BadValue("a bool array holds something other than 0 and 1")
    return np.frombuffer(bytearray(content), dtype=dtype).reshape(shape)


def _get_object_array(decoder: Decoder, depth: int) -> np.ndarray[Any, Any]:
    decoder.charge(ARRAY_ITEMS)
    kind = decoder.text(longest=1)
    shape = decoder.shape(decoder.take(1)[0])
    items = decoder.get(depth + 1)
    if type(items) is not list or len(items) != math.prod(shape):
        raise BadValue("an array's items do not fill its shape")
    if kind == "U":
        if not all(type(item) is str for item in items):
            raise BadValue("a text array holds something other than text")
        decoder.pad(4 * len(items) * max(map(len, items), default=0))
        return np.array(items, dtype=str).reshape(shape)
    array = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):  # array[:] = items would ask every tensor to become an array
        array[place] = item
    return array.reshape(shape)


def _get_scalar(decoder: Decoder, depth: int) -> Any:
    array = decoder.get(depth + 1)
    if type(array) is not np.ndarray or array.shape != ():
        raise BadValue("a NumPy scalar is not a scalar")
    return array[()]


def _get_dtype(decoder: Decoder, depth: int) -> torch.dtype:
    # A closed list: getattr(torch, ...) would import whole compilers for whoever names them.
    dtype = _TORCH_DTYPES.get(decoder.text(longest=40).removeprefix("torch."))
    if dtype is None:
        raise BadValue("unknown dtype")
    return dtype


def _get_device(decoder: Decoder, depth: int) -> torch.device:
    try:
        return torch.device(decoder.text(longest=40))
    except RuntimeError as error:
        raise BadValue("unknown device") from error


def _get_size(decoder: Decoder, depth: int) -> torch.Size:
    items = decoder.many(depth)
    if not all(type(item) is int and 0 <= item <= MAX_SIZE for item in items):
        raise BadValue("a size holds something other than whole numbers")
    return torch.Size(items)


def _get_reference(decoder: Decoder, depth: int) -> Any:
    kind, number = decoder.text(longest=20), decoder.long()
    if decoder.take(1) != b"s":
        raise BadValue("a reference has no type name")
    reference = Reference(kind, number, decoder.text(longest=1000))
    if decoder._resolve is None:
        raise BadValue("a reference is not welcome here")
    return decoder._resolve(reference)


def _get_slice(decoder: Decoder, depth: int) -> slice:
    items = decoder.many(depth)
    if len(items) != 3 or not all(item is None or type(item) is int for item in items):
        raise BadValue("a slice is not three whole numbers")
    return slice(*items)


def _get_table(decoder: Decoder, depth: int) -> Any:
    from proctorch.sandbox.tables import assemble

    parts = decoder.get(depth + 1)
    columns = parts[2] if type(parts) is tuple and len(parts) == 5 else None
    decoder.charge(TABLE_ITEMS + COLUMN_ITEMS * (len(columns) if type(columns) is list else 0))
    try:
        return assemble(parts)
    except BadValue:
        raise
    except Exception as error:  # pandas does not say what it may raise
        raise BadValue(f"a table does not fit together: {type(error).__name__}") from error


_BY_TAG: dict[bytes, Callable[[Decoder, int], Any]] = {
    b"N": lambda decoder, depth: None,
    b"+": lambda decoder, depth: True,
    b"-": lambda decoder, depth: False,
    b"i": _get_int,
    b"f": lambda decoder, depth: float(DOUBLE.unpack(decoder.take(8))[0]),
    b"c": lambda decoder, depth: complex(*struct.unpack("<dd", decoder.take(16))),
    b"s": lambda decoder, depth: decoder.text(),
    b"b": lambda decoder, depth: bytes(decoder.take(decoder.length())),
    b"l": lambda decoder, depth: decoder.many(depth),
    b"t": lambda decoder, depth: tuple(decoder.many(depth)),
    b"e": _get_set,
    b"d": _get_dict,
    b"x": _get_slice,
    b".": lambda decoder, depth: Ellipsis,
    b"T": _get_tensor,
    b"A": _get_array,
    b"O": _get_object_array,
    b"g": _get_scalar,
    b"y": _get_dtype,
    b"v": _get_device,
    b"z": _get_size,
    b"H": _get_reference,
    b"P": _get_table,
}
_READERS = [_BY_TAG.get(bytes((tag,))) for tag in range(256)]


def decode(data: bytes, resolve: Callable[[Reference], Any] | None = None) -> Any:
    """Return the one value that the bytes hold; raises BadValue for anything else."""
    decoder = Decoder(data, resolve)
    value = decoder.get()
    decoder.finish()
    return value
