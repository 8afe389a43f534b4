"""What the host does with a guest's bytes: read frames, decode values, serve callbacks, and never fail otherwise."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Any

import torch

from proctorch.errors import CheckFailure, GuestFailure
from proctorch.grading.client import Client
from proctorch.grading.student import wrap
from proctorch.grading.transcript import agree
from proctorch.sandbox.decoding import decode
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.transport import SocketTransport
from proctorch.sandbox.values import BadValue, Reference
from proctorch.sandbox.wire import HEADER, Kind
from tests.fuzz.guard import Unsound

# A socket's buffer holds this at once, so that an input needs no thread that sends it.
LARGEST = 64 * 1024
LIMITS = Limits(cpu_seconds=2.0, frame=LARGEST)


class Weightless:
    """The meter of a guest that is only bytes."""

    def cpu_seconds(self) -> float:
        return 0.0

    def memory(self) -> int:
        return 0

    def ran_out_of_memory(self) -> bool:
        return False


def judge(data: bytes) -> None:
    """Let the host read the bytes as a guest's answers; raises whatever should not have been raised."""
    data = data[:LARGEST]
    _as_value(data[HEADER.size :])
    _as_answers(data)
    mended = _mended(data)
    if mended != data:
        _as_answers(mended)


def _mended(data: bytes) -> bytes:
    """Return the bytes with a true length and kind in the first header: the payload is what counts."""
    if len(data) < HEADER.size:
        return data
    length, kind, _ = HEADER.unpack_from(data)
    if 5 <= length <= len(data) - 4 and kind in set(Kind):
        return data
    return struct.pack("<IBI", len(data) - 4, Kind.CALLBACK if kind % 5 == 4 else Kind.REPLY, 1) + data[HEADER.size :]


def _as_value(payload: bytes) -> None:
    with contextlib.suppress(BadValue):
        decode(payload, lambda reference: reference)


def _as_answers(data: bytes) -> None:
    """Call a function of a guest that answers with these bytes and then ends."""
    ours, theirs = socket.socketpair()
    try:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        ask(ours)
    finally:
        ours.close()
        theirs.close()


def ask(connection: socket.socket) -> bool:
    """Call a function of the guest behind a connection and ask for a value; return whether it answered both."""
    killed: list[bool] = []
    transport = SocketTransport(connection, Weightless(), lambda: killed.append(True))
    client = Client(transport, wrap)
    client.begin(LIMITS, 0)
    arguments = (torch.ones(2, requires_grad=True), lambda *args, **kwargs: args[0])
    try:
        client.inplace_allowed = True
        client.call(Reference("callable", 7, "f"), "f", arguments, {})
        client.request("get", None, "x")
    except (GuestFailure, CheckFailure):
        if transport.dead and not killed:
            raise Unsound("a guest that broke the rules was not ended") from None
        return False
    finally:
        _check_transcript(client)
    return True


def _check_transcript(client: Client) -> None:
    events: tuple[Any, ...] = tuple(client.transcript)
    if not agree(events, events):
        raise Unsound("a transcript does not agree with itself")
