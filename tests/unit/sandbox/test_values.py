"""Values cross whole, and bytes that nobody vouches for become a value or BadValue: nothing else."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from proctorch.sandbox.decoding import decode
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.values import (
    DTYPES,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_INT_BYTES,
    MAX_ITEMS,
    BadValue,
    Reference,
    Unportable,
)

U32, U64 = struct.Struct("<I").pack, struct.Struct("<Q").pack

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**600), 2**600),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(),
    st.binary(),
)
keys = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.tuples(st.integers(), st.text()))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(keys, inner), st.sets(keys, max_size=5)
    ),
    max_leaves=25,
)


def round_trip(value):
    return decode(encode(value))


def same(ours, theirs):
    """Compare exactly: True is not 1, -0.0 is not 0.0, and the order of a dict counts."""
    if type(ours) is not type(theirs):
        return False
    if type(ours) in (list, tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if type(ours) is dict:
        return same(list(ours.items()), list(theirs.items()))
    return ours == theirs and repr(ours) == repr(theirs) if type(ours) is not set else ours == theirs


@given(trees)
def test_nested_values_arrive_as_they_were(value):
    assert same(round_trip(value), value)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0, 3), (1, 1)], ids=str)
def test_tensors_of_every_dtype_and_shape(dtype, shape):
    count = int(np.prod(shape))
    data = torch.arange(count * dtype.itemsize, dtype=torch.uint8)
    if dtype is torch.bool:
        data %= 2
    tensor = data.view(dtype).reshape(shape) if count else torch.empty(shape, dtype=dtype)
    arrived = round_trip(tensor)
    assert (arrived.dtype, arrived.shape) == (tensor.dtype, tensor.shape)
    assert arrived.reshape(-1).view(torch.uint8).tolist() == tensor.reshape(-1).view(torch.uint8).tolist()


@given(st.permutations(range(4)), st.booleans())
def test_permuted_tensors_keep_strides_and_values(order, needs_grad):
    tensor = torch.arange(120.0).reshape(2, 3, 4, 5).permute(order).requires_grad_(needs_grad)
    arrived = round_trip(tensor)
    assert torch.equal(arrived, tensor)
    assert arrived.stride() == tensor.stride()
    assert arrived.requires_grad is needs_grad
    assert arrived.is_leaf


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(12.0).reshape(3, 4)[:, ::2],
        torch.arange(12.0).reshape(3, 4)[1:, 1:],
        torch.ones(3).expand(4, 3),
        torch.tensor([1 + 2j]).conj(),
        torch.tensor([1 + 2j]).conj().imag,
        torch.arange(24.0).reshape(2, 3, 4).transpose(0, 2)[::2],
        torch.arange(5.0).reshape(1, 5)[:, 2],
        torch.arange(24.0).reshape(4, 3, 2)[1:2, 1:2, 1:],
    ],
    ids=["columns", "corner", "expanded", "conjugate", "negated", "strided", "one of a row", "one of a block"],
)
def test_views_arrive_dense_and_equal(tensor):
    assert torch.equal(round_trip(tensor), tensor)


def test_a_decoded_tensor_can_be_written_and_shares_nothing():
    data = encode(torch.zeros(3))
    first, second = decode(data), decode(data)
    first.add_(1)
    assert second.tolist() == [0, 0, 0]


def test_nan_keeps_its_bits():
    bits = torch.tensor([0x7FC00001, 0x7F800000, -0x80000000], dtype=torch.int32)
    assert torch.equal(round_trip(bits.view(torch.float32)).view(torch.int32), bits)


@pytest.mark.parametrize(
    "name", ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "f16", "c8", "c16", ">f4", ">i8"]
)
def test_arrays_of_every_dtype(name):
    array = np.arange(6).reshape(2, 3).astype(name)
    arrived = round_trip(array.T)
    assert arrived.dtype == array.dtype.newbyteorder("=")
    assert (arrived == array.T).all()
    assert type(round_trip(array[0, 1])) is type(array.astype(array.dtype.newbyteorder("="))[0, 1])


@pytest.mark.parametrize(
    "array",
    [np.array(["a", "ü"]), np.array([None, "x", 3], dtype=object), np.zeros((0, 2)), np.array(5)],
    ids=["text", "objects", "empty", "no axes"],
)
def test_other_arrays(array):
    arrived = round_trip(array)
    assert (arrived.shape, arrived.dtype.kind, arrived.tolist()) == (array.shape, array.dtype.kind, array.tolist())


@pytest.mark.parametrize(
    "item",
    [torch.ones(2, requires_grad=True), torch.ones(2, dtype=torch.bfloat16), torch.ones(()), [1, 2], np.ones(())],
    ids=["gradient", "bfloat16", "scalar", "list", "array"],
)
def test_arrays_of_objects_leave_them_what_they_are(item):
    array = np.empty(2, dtype=object)
    array[0] = array[1] = item
    assert [type(one) for one in round_trip(array)] == [type(item)] * 2


@pytest.mark.parametrize(
    "value",
    [
        torch.float32,
        torch.bfloat16,
        torch.device("cpu"),
        torch.device("cuda:1"),
        torch.Size([2, 3]),
        slice(1, None, 2),
        ...,
    ],
    ids=str,
)
def test_words_of_torch(value):
    assert same(round_trip([value]), [value])


def test_frames_arrive_with_their_types():
    frame = pd.DataFrame(
        {
            "number": [1.5, None],
            "count": [1, 2],
            "text": ["a", None],
            "day": pd.to_datetime(["2024-02-29", None]),
            "flag": [True, False],
            "kind": pd.Categorical(["x", "y"]),
            "nullable": pd.array([1, None], dtype="Int64"),
        },
        index=pd.Index(["p", "q"], name="who"),
    )
    pd.testing.assert_frame_equal(round_trip(frame), frame)
    for column in frame:
        pd.testing.assert_series_equal(round_trip(frame[column]), frame[column])


def test_subclasses_arrive_plain():
    class Text(str):
        pass

    class Number(float):
        pass

    class Odd(torch.Tensor):
        pass

    values = [Text("a"), Number(1.5), True, torch.ones(2).as_subclass(Odd), torch.nn.Parameter(torch.ones(1))]
    arrived = round_trip(values)
    assert [type(value) for value in arrived] == [str, float, bool, torch.Tensor, torch.Tensor]
    assert [value.requires_grad for value in arrived[3:]] == [False, True]


@pytest.mark.parametrize(
    "value",
    [2 ** (8 * MAX_INT_BYTES), torch.zeros([1] * (MAX_DIMENSIONS + 1)), torch.zeros(2).to_sparse(), object()],
    ids=["integer", "axes", "sparse", "object"],
)
def test_what_cannot_cross_is_refused_by_the_sender(value):
    with pytest.raises(Unportable):
        encode([value])


def test_what_contains_itself_is_refused_by_the_sender():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(Unportable):
        encode(loop)


def test_the_deepest_value_that_is_sent_can_be_read():
    nest: object = 0
    for _ in range(MAX_DEPTH - 1):
        nest = [nest]
    assert round_trip(nest) == nest
    with pytest.raises(Unportable):
        encode([nest, [nest]])


def text(value: bytes) -> bytes:
    return U32(len(value)) + value


def tensor_bytes(index=0, grad=0, order=(0,), shape=(1,), device=b"cpu", claimed=None, content=bytes(4)):
    head = b"T" + bytes((index, grad, len(order), *order)) + struct.pack(f"<{len(shape)}Q", *shape)
    return head + b"s" + text(device) + U64(len(content) if claimed is None else claimed) + content


def column(name: bytes, *items: bytes) -> bytes:
    return b"t" + U32(2) + b"s" + text(name) + b"l" + U32(len(items)) + b"".join(items)


def series_bytes(name: bytes, *items: bytes) -> bytes:
    names = b"l" + U32(1) + b"N"
    parts = [b"s" + text(b"series"), names, b"l" + U32(1) + column(name, *items)]
    return b"P" + b"t" + U32(5) + b"".join(parts) + column(b"object", *[b"N"] * len(items)) + names


COLLIDING = [b"i" + U32(16) + (key * (2**61 - 1)).to_bytes(16, "little") for key in range(4, 2000)]
LONG_AND_SHORT = b"s" + text(b"x" * 10_000) + (b"s" + U32(0)) * 20_000

BAD = {
    "nothing": b"",
    "unknown tag": b"?",
    "bytes left over": b"NN",
    "integer too long": b"i" + U32(MAX_INT_BYTES + 1) + bytes(MAX_INT_BYTES + 1),
    "integer of 5,000 digits": b"i" + U32(2100) + b"\x7f" * 2100,
    "integer cut": b"i" + U32(9) + b"\x01",
    "text cut": b"s" + U32(2**32 - 1) + b"abc",
    "text not UTF-8": b"s" + text(b"\xff\xfe"),
    "surrogates": b"s" + text(b"\xed\xa0\x80"),
    "list of billions": b"l" + U32(2**32 - 1),
    "dict of billions": b"d" + U32(2**31) + bytes(8),
    "nested too deep": (b"l" + U32(1)) * (MAX_DEPTH + 2) + b"N",
    "nested without end": (b"t" + U32(1)) * 100_000,
    "too many items": b"l" + U32(MAX_ITEMS + 1) + b"N" * (MAX_ITEMS + 1),
    "list as key": b"d" + U32(1) + b"l" + U32(0) + b"N",
    "tensor in a set": b"e" + U32(1) + tensor_bytes(),
    "tensor unknown dtype": tensor_bytes(index=len(DTYPES)),
    "tensor of flag 2": tensor_bytes(grad=2),
    "tensor of nine axes": tensor_bytes(order=tuple(range(9)), shape=(1,) * 9),
    "tensor of repeated axes": tensor_bytes(order=(0, 0), shape=(1, 1)),
    "tensor of axes beyond": tensor_bytes(order=(1,)),
    "tensor elsewhere": tensor_bytes(device=b"xpu:0"),
    "tensor past the eighth GPU": tensor_bytes(device=b"cuda:8"),
    "tensor on a device with more behind it": tensor_bytes(device=b"cuda:0\n"),
    "tensor on meta": tensor_bytes(device=b"meta", content=b""),
    "tensor short of bytes": tensor_bytes(shape=(2,)),
    "tensor claims bytes": tensor_bytes(shape=(2,), claimed=8),
    "tensor of too many bytes": tensor_bytes(content=bytes(8)),
    "tensor overflowing": tensor_bytes(order=(0, 1), shape=(2**63, 2), content=b""),
    "tensor overflowing to zero": tensor_bytes(order=(0, 1), shape=(2**32, 2**32), content=b""),
    "tensor enormous and empty": tensor_bytes(order=(0, 1), shape=(0, 2**40), content=b""),
    "tensor bool of 2": tensor_bytes(index=9, content=b"\x02"),
    "tensor integer with gradient": tensor_bytes(index=4, grad=1, content=bytes(8)),
    "array unknown dtype": b"A" + text(b"<z9") + b"\x00" + U64(0),
    "array open bracket": b"A" + text(b"(2,f4") + b"\x00" + U64(0),
    "array of objects": b"A" + text(b"|O8") + b"\x01" + U64(1) + U64(8) + bytes(8),
    "array structured": b"A" + text(b"f4,f4") + b"\x01" + U64(1) + U64(8) + bytes(8),
    "array of arrays": b"A" + text(b"2f8") + b"\x01" + U64(1) + U64(16) + bytes(16),
    "array bool of 3": b"A" + text(b"|b1") + b"\x01" + U64(1) + U64(1) + b"\x03",
    "array long name": b"A" + text(b"f" * 100),
    "object array too few": b"O" + text(b"O") + b"\x01" + U64(5) + b"l" + U32(0),
    "text array of numbers": b"O" + text(b"U") + b"\x01" + U64(1) + b"l" + U32(1) + b"N",
    "text array of terabytes": b"O" + text(b"U") + b"\x01" + U64(20_001) + b"l" + U32(20_001) + LONG_AND_SHORT,
    "scalar that is none": b"gN",
    "dtype unknown": b"y" + text(b"torch.load"),
    "dtype dotted": b"y" + text(b"os.path"),
    "dtype that torch would import": b"y" + text(b"torch._inductor"),
    "device unknown": b"v" + text(b"moon:1"),
    "size of text": b"z" + U32(1) + b"s" + text(b"x"),
    "size negative": b"z" + U32(1) + b"i" + U32(1) + b"\xff",
    "slice of two": b"x" + U32(2) + b"NN",
    "reference unwelcome": b"H" + text(b"module") + U64(1) + b"s" + text(b"Net"),
    "reference nameless": b"H" + text(b"module") + U64(1) + b"N",
    "table of nothing": b"PN",
    "table half": b"P" + b"t" + U32(5) + b"s" + text(b"frame") + b"N" * 4,
    "category of one hash": series_bytes(b"category", *COLLIDING),
    "column of one hash": series_bytes(b"object", *COLLIDING),
    "texts that are tensors": series_bytes(b"str", tensor_bytes()),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_value_is_refused(name):
    with pytest.raises(BadValue):
        decode(BAD[name])


@pytest.mark.parametrize("container", [b"d", b"e"])
def test_keys_of_one_hash_are_refused(container):
    """A dict of n such keys takes n² comparisons: 60,000 of them were minutes of the host's time."""
    numbers = ((key * (2**61 - 1)).to_bytes(16, "little") for key in range(60_000))
    items = [b"i" + U32(16) + number + (b"N" if container == b"d" else b"") for number in numbers]
    with pytest.raises(BadValue, match="hash"):
        decode(container + U32(len(items)) + b"".join(items))


def test_ordinary_keys_are_not():
    value = {**dict.fromkeys(range(-2000, 2000)), **{float(key) + 0.5: key for key in range(2000)}}
    assert round_trip(value) == value


@pytest.mark.parametrize("name", ["category", "str"])
def test_nor_are_equal_values_in_a_column(name):
    value = pd.Series(["a", "b"] * 500, dtype=name)
    pd.testing.assert_series_equal(round_trip(value), value)
    numbers = pd.Series([1, 2] * 500, dtype="category")
    pd.testing.assert_series_equal(round_trip(numbers), numbers)


def test_an_unknown_dtype_imports_nothing():
    code = (
        "import sys; from proctorch.sandbox.decoding import decode; before = set(sys.modules)\n"
        "for name in (b'_inductor', b'_dynamo', b'onnx'):\n"
        "    try: decode(b'y' + len(name).to_bytes(4, 'little') + name)\n"
        "    except ValueError: pass\n"
        "print(sorted(set(sys.modules) - before))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("one", "most"),
    [(torch.ones(()), 200_000), (np.ones(()), 220_000), (pd.Series([1.0]), 12_000)],
    ids=["tensors", "arrays", "tables"],
)
def test_what_costs_more_than_its_bytes_counts_as_more_items(one, most):
    assert len(decode(encode([one] * 1000))) == 1000
    with pytest.raises(BadValue, match="too many items"):
        decode(encode([one] * most))


def test_references_reach_whoever_resolves_them():
    reference = Reference("module", 7, "Net")
    assert decode(encode([reference]), lambda found: (found.kind, found.id, found.type_name)) == [("module", 7, "Net")]


@given(trees, st.data())
def test_every_truncation_is_refused(value, data):
    whole = encode(value)
    with pytest.raises(BadValue):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


SEEDS = [
    encode(value)
    for value in (
        [1, {"a": (2.5, None)}],
        torch.arange(6.0).reshape(2, 3).t(),
        np.array(["a", "b"]),
        np.arange(4.0),
        np.float32(1),
        pd.DataFrame({"a": [1.0], "b": ["x"], "c": pd.to_datetime(["2024-01-01"])}),
        pd.Series(pd.Categorical(["u", "v"]), name="q"),
        {1, 2},
        torch.Size([1]),
        slice(1, 2),
        [torch.float32, torch.device("cpu"), ...],
    )
]


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=9), st.integers(0, 9)), max_size=4),
)
def test_damaged_values_become_values_or_are_refused(seed, changes):
    damaged = bytearray(seed)
    for place, content, count in changes:
        start = place % (len(damaged) + 1)
        damaged[start : start + count] = content
    with contextlib.suppress(BadValue):
        decode(bytes(damaged), lambda reference: reference)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_noise_becomes_a_value_or_is_refused(noise):
    with contextlib.suppress(BadValue):
        decode(noise)


@pytest.mark.parametrize("name", [name for name in BAD if "too many items" not in name])
def test_nothing_is_allocated_beyond_the_data(name):
    tracemalloc.start()
    try:
        with pytest.raises(BadValue):
            decode(BAD[name])
        assert tracemalloc.get_traced_memory()[1] < 2**20 + 100 * len(BAD[name])
    finally:
        tracemalloc.stop()
