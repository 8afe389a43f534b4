"""Frames for the host to read: as an honest guest sends them, and from a guest that lies in every length and tag."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import torch

from proctorch.sandbox.encoding import encode
from proctorch.sandbox.values import DTYPES, Reference
from proctorch.sandbox.wire import Frame, Kind
from tests.fuzz.damage import damaged

_LENGTHS = (0, 1, 2, 3, 8, 255, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_SIZES = (0, 1, 2, 3, 2**20, 2**24 + 1, 2**32, 2**40, 2**40 + 1, 2**63, 2**64 - 1)
_NAMES = (
    "frame", "series", "object", "category", "str", "string", "Int64", "boolean", "datetime64[ns]", "torch.float32",
    "torch._inductor", "cpu", "cuda:0", "cuda:7", "meta", "<f4", "|b1", "<c16", "<f16", "module", "callable",
    "function",
    "iterable", "U", "O", "type", "message", "memory", "stub", "bases", "ValueError", "\ufffd", "", "x" * 300,
)  # fmt: skip


@cache
def seeds() -> tuple[bytes, ...]:
    """Return what honest guests say: replies to a call and to a question, failures, and callbacks."""
    net = Reference("module", 3, "Net")
    values = (
        None, True, -5, 2**600, 1.5, 2j, "text", b"bytes", [1, [2, (3,)]], {"a": 1, (1, "b"): None}, {1, 2},
        slice(1, None), ...,
        torch.arange(6.0).reshape(2, 3).t(), torch.ones(2, requires_grad=True), torch.zeros(0, 4),
        torch.ones(2, dtype=torch.bfloat16), np.arange(4), np.array(["a", "bc"]), np.array([None, 1], dtype=object),
        np.float32(1), torch.float32, torch.device("cuda:1"), torch.Size([2, 3]),
        pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None], "c": pd.Categorical(["u", "v"])}),
        pd.Series(pd.to_datetime(["2024-02-29", None])), net, Reference("callable", 4, "f"),
        Reference("iterable", 5, "list"),
    )  # fmt: skip
    failure = {
        "type": "ValueError", "message": "no", "line": 2, "cell": "cell 3", "trace": "cell 3, line 2", "stub": False,
        "memory": False, "bases": ["ValueError", "Exception"], "printed": "hello",
    }  # fmt: skip
    called = (torch.ones(2, requires_grad=True), 1, [], [(0, torch.zeros(2))])
    payloads = [(Kind.REPLY, ((value,),)) for value in values] + [(Kind.REPLY, ((True, value),)) for value in values]
    payloads += [(Kind.REPLY, (called, "printed")), (Kind.FAILURE, failure)]
    replies = [Frame(kind, 1, encode(value)).pack() for kind, value in payloads]
    callback = Frame(Kind.CALLBACK, 1, encode((1, ((torch.ones(2), 3), {"name": net})))).pack()
    second = Frame(Kind.REPLY, 2, encode(((True, [1.0]),))).pack()
    return (*replies, callback + replies[0], replies[0] + second, callback + callback + replies[-1], callback)


def lying(rng: random.Random, depth: int = 0) -> bytes:
    """Return one encoded value; now and then a length, a count, a size, a name or a tag in it is not true."""
    if depth > 5 or rng.random() < 0.02:
        return rng.choice((b"N", b"+", b"", rng.randbytes(rng.randrange(4)), b"?"))
    return rng.choice(_WRITERS)(rng, depth)


def _count(rng: random.Random, true: int) -> bytes:
    return struct.pack("<I", true if rng.random() < 0.97 else rng.choice(_LENGTHS))


def _long(rng: random.Random, true: int) -> bytes:
    return struct.pack("<Q", true if rng.random() < 0.97 else rng.choice(_SIZES))


def _text(rng: random.Random) -> bytes:
    content = rng.choice(_NAMES).encode() if rng.random() < 0.95 else rng.randbytes(rng.randrange(6))
    return _count(rng, len(content)) + content


def _named(rng: random.Random, depth: int) -> bytes:
    return rng.choice((b"s", b"s", b"b", b"y", b"v")) + _text(rng)


def _number(rng: random.Random, depth: int) -> bytes:
    content = rng.randbytes(rng.choice((0, 1, 1, 8, 16, 512, 513)))
    return rng.choice((b"i" + _count(rng, len(content)) + content, b"f" + rng.randbytes(8), b"c" + rng.randbytes(16)))


def _container(rng: random.Random, depth: int) -> bytes:
    tag, count = rng.choice((b"l", b"t", b"e", b"d", b"x", b"z")), rng.randrange(5)
    items = 2 * count if tag == b"d" else count
    return tag + _count(rng, count) + b"".join(lying(rng, depth + 1) for _ in range(items))


def _shape(rng: random.Random) -> tuple[bytes, int, int]:
    shape = [rng.choice((0, 1, 2, 3)) for _ in range(rng.choice((0, 1, 1, 2, 3, 8, 9)))]
    total = 1
    for size in shape:
        total *= size
    return b"".join(_long(rng, size) for size in shape), len(shape), min(total, 500)


def _tensor(rng: random.Random, depth: int) -> bytes:
    sizes, axes, total = _shape(rng)
    index = rng.randrange(len(DTYPES) + 1)
    order = list(range(axes))
    if rng.random() < 0.3:
        rng.shuffle(order)
    itemsize = DTYPES[index].itemsize if index < len(DTYPES) else 4
    content = rng.randbytes(total * itemsize) if rng.random() < 0.7 else bytes(total * itemsize)
    device = b"s\3\0\0\0cpu" if rng.random() < 0.8 else lying(rng, depth + 1)
    head = b"T" + bytes((index, rng.choice((0, 0, 1, 2)) if rng.random() < 0.3 else 0, axes, *order))
    return head + sizes + device + _long(rng, len(content)) + content


def _array(rng: random.Random, depth: int) -> bytes:
    sizes, axes, total = _shape(rng)
    if rng.random() < 0.4:
        kind, item = (b"U", b"s\1\0\0\0a") if rng.random() < 0.5 else (b"O", b"")
        items = b"".join(item or lying(rng, depth + 1) for _ in range(min(total, 20)))
        return b"O" + _count(rng, 1) + kind + bytes((axes,)) + sizes + b"l" + _count(rng, min(total, 20)) + items
    name = rng.choice((b"<f4", b"<i8", b"|b1", b"<c16", b"<u2", b"<f16", b"<f1", b"|O8", b"<M8", b"f4,f4", b"(2,f4"))
    size = int(name[2:]) if name[2:].isdigit() else 4
    content = bytes(total * size)
    array = b"A" + _count(rng, len(name)) + name + bytes((axes,)) + sizes + _long(rng, len(content)) + content
    return rng.choice((b"", b"", b"g")) + array


def _reference(rng: random.Random, depth: int) -> bytes:
    kind = rng.choice((b"module", b"callable", b"iterable", b"object", b"function", b"other"))
    number = _long(rng, rng.randrange(4))
    return b"H" + _count(rng, len(kind)) + kind + number + rng.choice((b"s", b"s", b"s", b"N")) + _text(rng)


def _column(rng: random.Random, depth: int, rows: int) -> bytes:
    if rng.random() < 0.3:
        array = b"A\3\0\0\0<i8\1" + _long(rng, rows) + _long(rng, 8 * rows) + rng.randbytes(8 * rows)
        return b"t\2\0\0\0" + rng.choice((b"s\5\0\0\0int64", b"s\x0e\0\0\0datetime64[ns]")) + array
    name = rng.choice((b"object", b"category", b"str", b"string", b"boolean", b"Int64", b"Float64", b"datetime64[s]"))
    items = b"".join(
        rng.choice((b"N", b"+", b"s\1\0\0\0a", b"i\1\0\0\0\1", lying(rng, depth + 2))) for _ in range(rows)
    )
    return b"t\2\0\0\0s" + _count(rng, len(name)) + name + b"l" + _count(rng, rows) + items


def _table(rng: random.Random, depth: int) -> bytes:
    rows, columns = rng.randrange(4), rng.randrange(3)
    name = b"l\1\0\0\0" + lying(rng, 4)
    body = b"l" + _count(rng, columns) + b"".join(_column(rng, depth, rows) for _ in range(columns))
    index = _column(rng, depth, rows)
    if rng.random() < 0.5:
        return b"Pt\5\0\0\0s\6\0\0\0series" + b"l\1\0\0\0" + lying(rng, 4) + body + index + name
    return b"Pt\5\0\0\0s\5\0\0\0frame" + _column(rng, depth, columns) + body + index + name


_WRITERS: tuple[Callable[[random.Random, int], bytes], ...] = (
    _named, _named, _number, _number, _container, _container, _container, _tensor, _tensor, _array, _reference, _table,
)  # fmt: skip


def made(rng: random.Random) -> bytes:
    """Return what a guest could send in answer to one call: an honest answer damaged, lies, or noise."""
    chance = rng.random()
    if chance < 0.45:
        return damaged(rng.choice(seeds()), rng)
    if chance < 0.5:
        return rng.randbytes(rng.randrange(60))
    kind = rng.choice((Kind.REPLY, Kind.REPLY, Kind.REPLY, Kind.FAILURE, Kind.CALLBACK))
    value = lying(rng)
    if kind is Kind.CALLBACK:
        value = b"t\2\0\0\0i\1\0\0\0\1t\2\0\0\0t\1\0\0\0" + value + b"d\0\0\0\0"
    elif kind is Kind.REPLY and rng.random() < 0.9:
        value = b"t\1\0\0\0" + rng.choice((b"t\1\0\0\0", b"t\2\0\0\0+")) + value
    frame = Frame(kind, 1, value).pack()
    return frame if chance < 0.8 else damaged(frame, rng)
