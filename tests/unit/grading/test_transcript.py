"""When two transcripts tell the same, what a fingerprint ignores, and that kept bytes are read with care."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from proctorch.grading.transcript import Event, agree, fingerprint, from_text, pack, to_text, unpack
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.values import BadValue, Reference
from proctorch.sandbox.wire import Kind


def called(value: Any, printed: str = "", graph: int = 0) -> Event:
    answer = (value, graph, [], []) if graph else (value,)
    return Event("call", int(Kind.REPLY), encode((answer, printed) if printed else (answer,)))


def raised(kind: str, message: str = "", *, own: bool = False) -> Event:
    told = {"type": kind, "message": message, "line": 3, "stub": False, "memory": False, "own": own}
    return Event("call", int(Kind.FAILURE), encode(told))


def test_rounding_agrees_and_a_wrong_value_does_not() -> None:
    one = (called(torch.tensor([1.0, 2.0])),)
    assert agree(one, (called(torch.tensor([1.0, 2.0 + 1e-6])),))
    assert not agree(one, (called(torch.tensor([1.0, 2.1])),))


@pytest.mark.parametrize(
    "other",
    [
        torch.tensor([1.0, 2.0], dtype=torch.float64),
        torch.tensor([[1.0, 2.0]]),
        torch.tensor([1.0, 2.0], requires_grad=True),
        [1.0, 2.0],
        torch.tensor([1, 2]),
    ],
)
def test_structure_dtype_and_graph_count(other: Any) -> None:
    assert not agree((called(torch.tensor([1.0, 2.0])),), (called(other),))


def test_printing_graph_numbers_and_reference_numbers_do_not_count() -> None:
    first = called([Reference("callable", 3, "f"), 1.5], printed="hello", graph=4)
    second = called([Reference("callable", 9, "g"), 1.5], graph=7)
    assert agree((first,), (second,))
    assert fingerprint((first,)) == fingerprint((second,))


def test_an_exception_agrees_by_its_type_at_the_same_call() -> None:
    fine = called(1)
    assert not agree((fine, raised("ValueError")), (fine, raised("TypeError")))
    assert not agree((fine, raised("ValueError")), (raised("ValueError"), fine))
    assert not agree((fine,), (fine, fine))


def test_an_exception_agrees_by_what_torch_says_but_for_the_numbers() -> None:
    first = raised("RuntimeError", "shape '[2, 3, -1]' is invalid for input of size 72")
    again = raised("RuntimeError", "shape '[2, 5, -1]' is invalid for input of size 1.5e+3")
    other = raised("RuntimeError", "The size of tensor a (3) must match the size of tensor b (2)")
    assert agree((first,), (again,)) and fingerprint((first,)) == fingerprint((again,))
    assert not agree((first,), (other,)) and fingerprint((first,)) != fingerprint((other,))


def test_the_words_of_a_student_s_own_raise_are_free() -> None:
    first, other = raised("ValueError", "no such class", own=True), raised("ValueError", "label!", own=True)
    assert agree((first,), (other,)) and fingerprint((first,)) == fingerprint((other,))
    assert not agree((first,), (raised("ValueError", "no such class"),))


def test_what_is_said_of_devices_tells_exceptions_apart() -> None:
    words = "but got {} is on cpu, different from other tensors on cuda:0"
    mask, weight = (raised("RuntimeError", words.format(name)) for name in ("mask", "weight"))
    assert agree((mask,), (mask,)) and not agree((mask,), (weight,))
    assert fingerprint((mask,)) != fingerprint((weight,))
    assert not agree((mask,), (raised("RuntimeError", "mask"),))


def test_where_an_object_lies_does_not_count() -> None:
    here, there = "<generator object <genexpr> at 0x7fb7f1c034c0>", "<generator object <genexpr> at 0x55aa00112233>"
    assert agree((called({"file": here}),), (called({"file": there}),))
    assert fingerprint((called(here),)) == fingerprint((called(there),))
    assert not agree((called(here),), (called(here.replace("generator", "map")),))
    assert fingerprint((called(here),)) != fingerprint((called("cat.png"),))


def test_nan_agrees_with_nan() -> None:
    assert agree((called(torch.tensor([float("nan"), 1.0])),), (called(torch.tensor([float("nan"), 1.0])),))
    assert agree((called(float("nan")),), (called(float("nan")),))


def test_fingerprints_tell_answers_apart_and_forgive_rounding() -> None:
    base = fingerprint((called(torch.tensor([0.1234, 5.0])),))
    assert base == fingerprint((called(torch.tensor([0.1234 + 1e-8, 5.0])),))
    assert base != fingerprint((called(torch.tensor([0.1334, 5.0])),))
    assert base != fingerprint((called(torch.tensor([[0.1234, 5.0]])),))


def test_packed_transcripts_come_back() -> None:
    told = {"softmax::test_rows": (called(torch.ones(3)), raised("ValueError")), "softmax::test_other": ()}
    packed = pack(told)
    assert packed is not None
    assert unpack(from_text(to_text(packed))) == told


def test_what_is_too_large_is_not_kept() -> None:
    assert pack({"run": (called(torch.rand(2**19)),)}) is None


@given(st.binary(max_size=200))
def test_damaged_bytes_are_refused(data: bytes) -> None:
    for content in (data, zlib.compress(data)):
        try:
            found = unpack(content)
        except BadValue:
            continue
        assert isinstance(found, dict)


def test_a_bomb_is_refused() -> None:
    with pytest.raises(BadValue):
        unpack(zlib.compress(b"\x00" * 2**26))
