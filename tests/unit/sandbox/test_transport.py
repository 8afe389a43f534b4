"""The host's end of the wire, against a guest that is a thread of ours and keeps to no rule."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from proctorch.errors import GuestCrashed, GuestOutOfMemory, GuestSentTooMuch, GuestTimeout, ProtocolViolation
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.transport import CALLBACK_SECONDS, CALLBACKS_AT_ONCE, Budget, SocketTransport
from proctorch.sandbox.wire import MAX_NESTING, Frame, Kind, read_frame


class Scales:
    """A meter that says what a test wants."""

    def __init__(self, cpu=(0.0,), memory=0):
        self.cpu, self.weight = list(cpu), memory

    def cpu_seconds(self):
        return self.cpu.pop(0) if len(self.cpu) > 1 else self.cpu[0]

    def memory(self):
        return self.weight

    def ran_out_of_memory(self):
        return False


def answer_nothing(number, payload):
    raise AssertionError("no callback was expected")


@pytest.fixture
def line():
    ours, theirs = socket.socketpair()
    killed: list[bool] = []
    transport = SocketTransport(ours, Scales(), lambda: killed.append(True))
    transport.begin(Limits(cpu_seconds=0.1, wall_factor=2.0, frame=1000))
    yield transport, theirs, killed
    ours.close()
    theirs.close()


def reply(theirs, *frames):
    """Answer the next request with frames; a callable makes one of the request."""

    def work():
        asked = read_frame(lambda count: theirs.recv(count, socket.MSG_WAITALL), 10_000)
        for frame in frames:
            made = frame(asked) if callable(frame) else frame
            theirs.sendall(made if isinstance(made, bytes) else made.pack())

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_reply_is_returned(line):
    transport, theirs, killed = line
    reply(theirs, lambda asked: Frame(Kind.REPLY, asked.id, b"N"))
    assert transport.exchange(b"x", answer_nothing) == (Kind.REPLY, b"N")
    assert not killed and not transport.dead


@pytest.mark.parametrize(
    "forged",
    [
        Frame(Kind.REPLY, 99, b"N"),
        Frame(Kind.REQUEST, 1, b"N"),
        Frame(Kind.ANSWER, 1, b"N"),
        Frame(Kind.REFUSAL, 1, b"N"),
        struct.pack("<IBI", 2**32 - 1, 2, 1),
        struct.pack("<IBI", 1006, 2, 1),
        struct.pack("<IBI", 0, 2, 1),
        struct.pack("<IBI", 6, 77, 1) + b"N",
    ],
    ids=["id", "request", "answer", "refusal", "huge", "large", "short", "kind"],
)
def test_a_wrong_frame_ends_the_guest_for_good(line, forged):
    transport, theirs, killed = line
    reply(theirs, forged)
    with pytest.raises(ProtocolViolation):
        transport.exchange(b"x", answer_nothing)
    assert killed and transport.dead
    with pytest.raises(ProtocolViolation):
        transport.exchange(b"x", answer_nothing)


@pytest.mark.parametrize("said", [b"", b"\x06\x00", Frame(Kind.REPLY, 1, b"N" * 50).pack()[:-1]])
def test_an_end_in_the_middle_is_a_crash(line, said):
    transport, theirs, killed = line
    thread = reply(theirs, said)
    threading.Thread(target=lambda: (thread.join(), theirs.shutdown(socket.SHUT_RDWR))).start()
    with pytest.raises(GuestCrashed):
        transport.exchange(b"x", answer_nothing)
    assert killed


def test_silence_runs_out_of_waiting_time(line):
    transport, _, killed = line
    with pytest.raises(GuestTimeout) as caught:
        transport.exchange(b"x", answer_nothing)
    assert caught.value.clock == "waiting" and killed


def test_a_trickle_runs_out_of_time_too(line):
    transport, theirs, _ = line
    stop = threading.Event()

    def trickle():
        theirs.sendall(struct.pack("<IBI", 900, 2, 1))
        while not stop.wait(0.01):
            try:
                theirs.send(b"x")
            except OSError:
                return

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        with pytest.raises(GuestTimeout):
            transport.exchange(b"x", answer_nothing)
    finally:
        stop.set()
        thread.join()


def test_a_guest_that_does_not_read_runs_out_of_time(line):
    transport, _, killed = line
    with pytest.raises(GuestTimeout):
        transport.exchange(bytes(2**24), answer_nothing)
    assert killed


def test_callbacks_are_answered_in_between(line):
    transport, theirs, _ = line

    def guest():
        read = lambda count: theirs.recv(count, socket.MSG_WAITALL)  # noqa: E731
        asked = read_frame(read, 1000)
        theirs.sendall(Frame(Kind.CALLBACK, 5, b"question").pack())
        found = read_frame(read, 1000)
        theirs.sendall(Frame(Kind.REPLY, asked.id, found.payload).pack())

    threading.Thread(target=guest).start()
    asked = []
    found = transport.exchange(b"x", lambda number, payload: (asked.append((number, payload)), (Kind.ANSWER, b"!"))[1])
    assert asked == [(5, b"question")] and found == (Kind.REPLY, b"!")


def test_a_flood_of_callbacks_runs_out_of_time(line):
    """None of them is waited for, so that the clock would stand still."""
    transport, theirs, killed = line

    def pour():
        flood = Frame(Kind.CALLBACK, 1, b"N").pack() * 500
        try:
            while True:
                theirs.sendall(flood)
        except OSError:
            return

    def drain():
        try:
            while theirs.recv(2**16):
                pass
        except OSError:
            return

    threads = [threading.Thread(target=work) for work in (pour, drain)]
    for thread in threads:
        thread.start()
    served = []
    try:
        with pytest.raises(GuestTimeout):
            transport.exchange(b"x", lambda number, payload: (served.append(number), (Kind.ANSWER, b"N"))[1])
    finally:
        theirs.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
    assert killed
    assert len(served) <= 0.2 / CALLBACK_SECONDS + CALLBACKS_AT_ONCE


def test_nesting_is_bounded(line):
    transport, theirs, killed = line

    def call_back_for_ever():
        for _ in range(MAX_NESTING):
            read_frame(lambda count: theirs.recv(count, socket.MSG_WAITALL), 10_000)
            theirs.sendall(Frame(Kind.CALLBACK, 1, b"N").pack())

    thread = threading.Thread(target=call_back_for_ever)
    thread.start()

    def ask_again(number, payload):
        return transport.exchange(b"x", ask_again)

    with pytest.raises(ProtocolViolation, match="deep"):
        transport.exchange(b"x", ask_again)
    thread.join()
    assert killed


def test_a_budget_counts_computing_from_where_it_began():
    budget = Budget(Limits(cpu_seconds=1.0, wall_factor=10.0))
    scales = Scales(cpu=(100.0, 100.5, 101.5))
    budget.spend(0.04, scales, 0)
    budget.spend(0.04, scales, 0)
    budget.spend(0.04, scales, 0)
    with pytest.raises(GuestTimeout) as caught:
        budget.spend(0.04, scales, 0)
    assert caught.value.clock == "computing time"


def test_a_budget_weighs_what_came_on_top():
    budget = Budget(Limits(cpu_seconds=10.0, memory=1000))
    budget.spend(0.3, Scales(memory=1400), 500)
    with pytest.raises(GuestOutOfMemory):
        budget.spend(0.3, Scales(memory=1600), 500)


def test_what_a_guest_sends_during_a_check_is_bounded(line):
    transport, theirs, killed = line
    transport.begin(Limits(memory=2000))
    for number in (1, 2):
        thread = reply(theirs, Frame(Kind.REPLY, number, b"x" * 600))
        if number == 1:
            assert len(transport.exchange(b"", answer_nothing)[1]) == 600
        else:
            with pytest.raises(GuestSentTooMuch):
                transport.exchange(b"", answer_nothing)
        thread.join()
    assert killed and transport.dead


def test_what_was_sent_before_a_check_does_not_count(line):
    transport, theirs, _ = line
    for number in (1, 2, 3):
        transport.begin(Limits(memory=2500))
        thread = reply(theirs, Frame(Kind.REPLY, number, b"x" * 600))
        assert len(transport.exchange(b"", answer_nothing)[1]) == 600
        thread.join()


def test_encoding_of_frames_is_shared_with_the_guest():
    assert Frame(Kind.REPLY, 1, encode(None)).pack() == struct.pack("<IBI", 6, 2, 1) + b"N"
