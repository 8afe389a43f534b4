from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctorch.sandbox.wire import BadFrame, Closed, Frame, Kind, read_frame


def reader(data: bytes, asked: list[int] | None = None):
    stream = io.BytesIO(data)

    def read(count: int) -> bytes:
        if asked is not None:
            asked.append(count)
        found = stream.read(count)
        if len(found) < count:
            raise Closed
        return found

    return read


@given(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=300))
def test_frames_arrive_as_they_were(kind, number, payload):
    frame = Frame(kind, number, payload)
    assert read_frame(reader(frame.pack()), 300) == frame


@pytest.mark.parametrize("length", [0, 1, 4, 106, 2**31, 2**32 - 1])
def test_a_length_out_of_bounds_is_refused_before_anything_is_read(length):
    asked: list[int] = []
    with pytest.raises(BadFrame):
        read_frame(reader(struct.pack("<IBI", length, 2, 1) + bytes(500), asked), 100)
    assert asked == [9]


@pytest.mark.parametrize("kind", [0, 7, 255])
def test_an_unknown_kind_is_refused(kind):
    with pytest.raises(BadFrame, match="kind"):
        read_frame(reader(struct.pack("<IBI", 6, kind, 1) + b"N"), 100)


@given(st.integers(0, 13))
def test_a_cut_frame_is_the_end_of_the_other_side(length):
    with pytest.raises(Closed):
        read_frame(reader(Frame(Kind.REPLY, 1, b"abcde").pack()[:length]), 100)
