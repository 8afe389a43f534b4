"""Plain values to bytes; see `values` for what is plain."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from proctorch.sandbox.values import (
    DOUBLE,
    DTYPE_INDEX,
    LENGTH,
    LONG,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_INT_BYTES,
    NUMPY_KINDS,
    Reference,
    Table,
    Unportable,
)

Foreign = Callable[[Any], Any]


def _refuse(value: Any) -> Any:
    raise Unportable(f"a {type(value).__name__} cannot cross the boundary")


class Encoder:
    """Turns one value into bytes; `foreign` maps what is not plain to a Reference or to a plain value."""

    def __init__(self, foreign: Foreign = _refuse) -> None:
        self.parts: list[bytes] = []
        self._foreign = foreign
        self._depth = 0

    def put(self, value: Any) -> None:
        """Append one value; raises Unportable where there is no way."""
        writer = _WRITERS.get(type(value))
        if writer is None or (writer is _put_tensor and not _is_portable(value)):
            self._put_other(value)
            return
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unportable(f"the value is nested more than {MAX_DEPTH} deep")
        writer(self, value)
        self._depth -= 1

    def _put_other(self, value: Any) -> None:
        plain = _as_plain(value)
        if plain is _NOTHING:
            plain = self._foreign(value)
            if _WRITERS.get(type(plain)) is None:
                raise Unportable(f"a {type(value).__name__} cannot cross the boundary")
        self.put(plain)

    def raw(self, tag: bytes, content: bytes) -> None:
        """Append a tag, a length and that many bytes."""
        self.parts.append(tag + LENGTH.pack(len(content)))
        self.parts.append(content)

    def many(self, tag: bytes, items: Any) -> None:
        """Append a tag, a count and the items."""
        self.parts.append(tag + LENGTH.pack(len(items)))
        for item in items:
            self.put(item)


# torch's dtypes that NumPy has too; the bytes of others are viewed as whole numbers first.
_OF_NUMPY = frozenset({
    torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
    torch.bool, torch.complex64, torch.complex128,
})  # fmt: skip
_NOTHING = object()
_BASES: tuple[Any, ...] = (
    int, float, complex, str, bytes, tuple, list, dict, set, frozenset,
)  # fmt: skip


def _as_plain(value: Any) -> Any:
    """Return the plain twin of a value of some subclass (a Parameter, a namedtuple, numpy scalars), or _NOTHING."""
    if isinstance(value, torch.Tensor):
        # Without the subclass's own __torch_function__, which could answer anything for it.
        with torch._C.DisableTorchFunctionSubclass():
            if not _is_portable(value):
                return _NOTHING
            plain = value.detach().as_subclass(torch.Tensor)
            return plain.requires_grad_() if value.requires_grad else plain
    if isinstance(value, (np.ndarray, np.generic)):
        return _NOTHING
    for base in _BASES:
        if isinstance(value, base):
            return base(value)
    if type(value).__module__.partition(".")[0] == "pandas":
        from proctorch.sandbox.tables import dismantle

        table = dismantle(value)
        return _NOTHING if table is None else table
    return _NOTHING


def _put_int(encoder: Encoder, value: int) -> None:
    content = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    if len(content) > MAX_INT_BYTES:
        raise Unportable(f"an integer of more than {MAX_INT_BYTES} bytes cannot cross the boundary")
    encoder.raw(b"i", content)


def _is_portable(value: torch.Tensor) -> bool:
    strided = value.layout is torch.strided and value.device.type != "meta"
    return strided and value.dtype in DTYPE_INDEX and value.dim() <= MAX_DIMENSIONS


def _put_tensor(encoder: Encoder, value: torch.Tensor) -> None:
    device = str(value.device)
    plain = value.detach().resolve_conj().resolve_neg()
    if device != "cpu":
        plain = plain.cpu()
    order = _memory_order(plain)
    if len(order) > 1:
        plain = plain.permute(order)
    content = _bytes_of(plain) if plain.numel() else b""
    dimensions = plain.dim()
    encoder.parts += (
        b"T" + bytes((DTYPE_INDEX[value.dtype], value.requires_grad, dimensions, *order)),
        struct.pack(f"<{dimensions}Q", *plain.shape),
        _CPU if device == "cpu" else b"s" + LENGTH.pack(len(device)) + device.encode(),
        LONG.pack(len(content)),
        content,
    )


_CPU = b"s" + LENGTH.pack(3) + b"cpu"


def _bytes_of(plain: torch.Tensor) -> bytes:
    """Return the elements from the first axis to the last."""
    if plain.dtype not in _OF_NUMPY:
        plain = plain.contiguous().reshape(-1)
        if plain.numel() == 1:  # one element counts as contiguous whatever its stride, but has no bytes to view then
            plain = plain.clone(memory_format=torch.contiguous_format)
        plain = plain.view(torch.uint8)
    return bytes(plain.numpy().tobytes())


def _memory_order(value: torch.Tensor) -> list[int]:
    """Return the axes from the slowest to the fastest, so that a transposed tensor arrives as transposed as it was."""
    order = list(range(value.dim()))
    if value.is_contiguous():
        return order
    by_stride = sorted(order, key=value.stride, reverse=True)
    return by_stride if value.permute(by_stride).is_contiguous() else order


def _put_array(encoder: Encoder, value: np.ndarray[Any, Any]) -> None:
    if value.ndim > MAX_DIMENSIONS:
        raise Unportable(f"an array with {value.ndim} axes cannot cross the boundary")
    if value.dtype.kind in NUMPY_KINDS and value.dtype.itemsize <= 16:
        encoder.raw(b"A", value.dtype.newbyteorder("<").str.encode())
        encoder.parts.append(bytes((value.ndim,)) + struct.pack(f"<{value.ndim}Q", *value.shape))
        content = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<")).tobytes()
        encoder.parts.append(LONG.pack(len(content)))
        encoder.parts.append(content)
    else:
        encoder.raw(b"O", (b"U" if value.dtype.kind == "U" else b"O"))
        encoder.parts.append(bytes((value.ndim,)) + struct.pack(f"<{value.ndim}Q", *value.shape))
        encoder.many(b"l", value.reshape(-1).tolist())


def _put_scalar(encoder: Encoder, value: np.generic) -> None:
    encoder.parts.append(b"g")
    _put_array(encoder, np.asarray(value))


def _put_reference(encoder: Encoder, value: Reference) -> None:
    encoder.raw(b"H", value.kind.encode())
    encoder.parts.append(LONG.pack(value.id))
    encoder.raw(b"s", value.type_name[:200].encode("utf-8", "replace"))


def _put_table(encoder: Encoder, value: Table) -> None:
    encoder.parts.append(b"P")
    encoder.put((value.kind, value.labels, value.columns, value.index, value.names))


def _put_dict(encoder: Encoder, value: dict[Any, Any]) -> None:
    encoder.parts.append(b"d" + LENGTH.pack(len(value)))
    for key, item in value.items():
        encoder.put(key)
        encoder.put(item)


_WRITERS: dict[type, Callable[[Encoder, Any], None]] = {
    type(None): lambda encoder, value: encoder.parts.append(b"N"),
    bool: lambda encoder, value: encoder.parts.append(b"+" if value else b"-"),
    int: _put_int,
    float: lambda encoder, value: encoder.parts.append(b"f" + DOUBLE.pack(value)),
    complex: lambda encoder, value: encoder.parts.append(b"c" + struct.pack("<dd", value.real, value.imag)),
    str: lambda encoder, value: encoder.raw(b"s", value.encode("utf-8", "replace")),
    bytes: lambda encoder, value: encoder.raw(b"b", value),
    bytearray: lambda encoder, value: encoder.raw(b"b", bytes(value)),
    list: lambda encoder, value: encoder.many(b"l", value),
    tuple: lambda encoder, value: encoder.many(b"t", value),
    set: lambda encoder, value: encoder.many(b"e", value),
    frozenset: lambda encoder, value: encoder.many(b"e", value),
    dict: _put_dict,
    slice: lambda encoder, value: encoder.many(b"x", (value.start, value.stop, value.step)),
    type(Ellipsis): lambda encoder, value: encoder.parts.append(b"."),
    torch.Tensor: _put_tensor,
    torch.dtype: lambda encoder, value: encoder.raw(b"y", str(value).encode()),
    torch.device: lambda encoder, value: encoder.raw(b"v", str(value).encode()),
    torch.Size: lambda encoder, value: encoder.many(b"z", value),
    np.ndarray: _put_array,
    Reference: _put_reference,
    Table: _put_table,
}
for _scalar in set(np.sctypeDict.values()):
    if np.dtype(_scalar).kind in NUMPY_KINDS:
        _WRITERS.setdefault(_scalar, _put_scalar)


def encode(value: Any, foreign: Foreign = _refuse) -> bytes:
    """Return a value as bytes; raises Unportable when some part of it can neither be copied nor be referred to."""
    encoder = Encoder(foreign)
    encoder.put(value)
    return b"".join(encoder.parts)
