"""Frames: how host and guest talk.

A frame is a length (32 bits, counting what follows it), a kind (one byte), a request id (32 bits) and a payload,
which is one encoded value. The host sends REQUEST and gets exactly one REPLY or FAILURE with the same id. While it
waits, the guest may send CALLBACK (a host function is called) and gets ANSWER or REFUSAL with that id; inside a
callback the host may send requests again. So the frames nest strictly last in, first out, and neither side ever has
to guess whom a frame is for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

HEADER = struct.Struct("<IBI")
MAX_NESTING = 16
FORK = b"fork"  # a request: make a fork of this guest, and serve the descriptor behind this frame there
GO = b"g"  # to a guest's keeper: the host holds it, let it go on


class Kind(IntEnum):
    """What a frame is."""

    REQUEST = 1
    REPLY = 2
    FAILURE = 3
    CALLBACK = 4
    ANSWER = 5
    REFUSAL = 6


@dataclass(frozen=True)
class Frame:
    """One message; `payload` is an encoded value."""

    kind: Kind
    id: int
    payload: bytes

    def pack(self) -> bytes:
        """Return the frame's bytes."""
        return HEADER.pack(len(self.payload) + HEADER.size - 4, self.kind, self.id) + self.payload


class BadFrame(ValueError):
    """The bytes are not a frame, or it is larger than allowed."""


class Closed(Exception):
    """The other side has gone."""


def read_frame(read: Callable[[int], bytes], largest: int) -> Frame:
    """Read one frame; `read(n)` returns exactly n bytes or raises Closed. Raises BadFrame before a large allocation."""
    length, kind, number = HEADER.unpack(read(HEADER.size))
    size = length - (HEADER.size - 4)
    if not 0 <= size <= largest:
        raise BadFrame(f"a frame of {length} bytes; at most {largest} are allowed")
    try:
        return Frame(Kind(kind), number, read(size))
    except ValueError as error:
        raise BadFrame(f"unknown kind of frame: {kind}") from error
