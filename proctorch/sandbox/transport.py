"""How the host asks a guest: over a socket, with deadlines and bounds, or over a loopback in its own process."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from proctorch.errors import (
    GuestCrashed,
    GuestFailure,
    GuestOutOfMemory,
    GuestSentTooMuch,
    GuestTimeout,
    ProtocolViolation,
)
from proctorch.sandbox.limits import DEFAULT_LIMITS, Limits
from proctorch.sandbox.meter import Meter
from proctorch.sandbox.wire import MAX_NESTING, BadFrame, Closed, Frame, Kind, read_frame

if TYPE_CHECKING:
    from proctorch.sandbox.server import GuestServer

Answer = Callable[[int, bytes], tuple[Kind, bytes]]

UNMETERED_SECONDS = 0.05
TICK_SECONDS = 0.05
_TICK = struct.pack("ll", 0, int(TICK_SECONDS * 1e6))
AT_ONCE = 2**16
# The part of its memory limit that a guest may send during one check: what it sends is the host's memory, too.
MOST_RECEIVED = 1 / 2
WEIGH_EVERY_SECONDS = 0.25
HAND_OVER_SECONDS = 3.0
# What a callback counts as at least. A guest that sends them faster than the host serves them never lets it wait, and
# only waiting is counted.
CALLBACK_SECONDS = 5e-5
CALLBACKS_AT_ONCE = 64


class Transport(Protocol):
    """One request and its answer; `answer` serves the callbacks in between. Raises GuestFailure."""

    def exchange(self, payload: bytes, answer: Answer) -> tuple[Kind, bytes]:
        """Send a request and return the kind and payload of what came back: REPLY or FAILURE."""
        ...

    def begin(self, limits: Limits) -> None:
        """Give the guest a new budget of time and memory for what follows."""
        ...

    def fail(self, failure: GuestFailure) -> None:
        """End the guest because of what it sent; every later request gets the same failure."""
        ...


class Loopback:
    """A guest in this very process: for a student's own machine. It bounds nothing."""

    def __init__(self, server: GuestServer) -> None:
        self._server = server
        self._number = 0

    def begin(self, limits: Limits) -> None:
        """Do nothing: code in our own process cannot be bounded."""

    def fail(self, failure: GuestFailure) -> None:
        """Do nothing: there is no process to end."""

    def exchange(self, payload: bytes, answer: Answer) -> tuple[Kind, bytes]:
        """Let the server answer at once."""
        self._number += 1
        self._server.use_host(answer)
        reply = self._server.handle(Frame(Kind.REQUEST, self._number, payload))
        return reply.kind, reply.payload


@dataclass
class Budget:
    """What is left for the guest; the CPU clock is read only once the wall clock says that it could matter."""

    limits: Limits = DEFAULT_LIMITS
    received: int = 0
    wall: float = 0.0
    cpu_start: float | None = None
    weigh_at: float = 0.2

    def receive(self, count: int) -> None:
        """Count bytes that the guest has sent, for they are the host's memory now; raises GuestSentTooMuch."""
        self.received += count
        if self.received > MOST_RECEIVED * self.limits.memory:
            raise GuestSentTooMuch(int(MOST_RECEIVED * self.limits.memory))

    def spend(self, seconds: float, meter: Meter, memory_floor: int) -> None:
        """Count wall-clock seconds; raises GuestTimeout or GuestOutOfMemory when the guest has used up its share."""
        self.wall += seconds
        if self.wall < UNMETERED_SECONDS:
            return
        cpu = meter.cpu_seconds()
        if self.cpu_start is None:
            self.cpu_start = cpu
        if cpu - self.cpu_start > self.limits.cpu_seconds:
            raise GuestTimeout(self.limits.cpu_seconds, "computing time")
        longest = self.limits.cpu_seconds * self.limits.wall_factor
        if self.wall > longest:
            raise GuestTimeout(longest, "waiting")
        if self.wall >= self.weigh_at:
            self.weigh_at = self.wall + WEIGH_EVERY_SECONDS
            if meter.ran_out_of_memory() or meter.memory() > self.limits.memory + memory_floor:
                raise GuestOutOfMemory(self.limits.memory)


@dataclass
class SocketTransport:
    """The host's end of a guest's wire. After any failure to answer, the whole guest is killed by `kill`."""

    connection: socket.socket
    meter: Meter
    kill: Callable[[], None]
    memory_floor: int = 0
    budget: Budget = field(default_factory=Budget)
    _number: int = 0
    _open: list[int] = field(default_factory=list)
    _calls: list[int] = field(default_factory=list)
    _received: bytearray = field(default_factory=bytearray)
    _served: int = 0
    _dead: GuestFailure | None = None

    def __post_init__(self) -> None:
        # Not `settimeout`, with which Python asks the kernel whether there is something before it takes each piece.
        self.connection.setblocking(True)
        for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.connection.setsockopt(socket.SOL_SOCKET, way, _TICK)

    @property
    def dead(self) -> bool:
        """Whether the guest has failed to answer and was killed."""
        return self._dead is not None

    def close(self) -> None:
        """Let go of the process at the other end: it exits when it reads the end of its wire."""
        self.connection.close()

    def begin(self, limits: Limits) -> None:
        """Give the guest a new budget."""
        self.budget = Budget(limits)

    def exchange(self, payload: bytes, answer: Answer) -> tuple[Kind, bytes]:
        """Send a request, serve callbacks, and return the reply; raises GuestFailure, and then the guest is dead."""
        self.say(Kind.REQUEST, payload)
        try:
            while True:
                frame = self.hear()
                if frame.kind is not Kind.CALLBACK:
                    return frame.kind, frame.payload
                self.say(*answer(frame.id, frame.payload))
        except GuestFailure as failure:
            self.fail(failure)
            raise

    def say(self, kind: Kind, payload: bytes) -> None:
        """Send a request, or the answer to the last callback; raises GuestFailure, and then the guest is dead."""
        self._must_live()
        if kind is Kind.REQUEST:
            if len(self._open) >= MAX_NESTING:
                raise ProtocolViolation(f"functions called each other more than {MAX_NESTING} deep across the boundary")
            self._number += 1
            self._open.append(self._number)
            number = self._number
        else:
            number = self._calls.pop()
        try:
            self.write(Frame(kind, number, payload))
            if kind is not Kind.REQUEST:
                self._charge_callback()
        except GuestFailure as failure:
            self.fail(failure)
            raise

    def hear(self) -> Frame:
        """Return what the guest says next: the reply to the last open request, or a callback; raises GuestFailure."""
        self._must_live()
        try:
            frame = self.read()
            if frame.kind is Kind.CALLBACK:
                self._calls.append(frame.id)
            elif frame.kind not in (Kind.REPLY, Kind.FAILURE) or frame.id != self._open.pop():
                raise ProtocolViolation("the guest answered a question that was not asked")
        except GuestFailure as failure:
            self.fail(failure)
            raise
        return frame

    def _must_live(self) -> None:
        if self._dead is not None:
            raise self._dead

    def hand_over(self, payload: bytes, descriptor: int) -> None:
        """Send a request and, behind it, a descriptor; `handed_over` waits for the reply. Raises GuestFailure.

        What is asked for takes milliseconds, so the guest gets little time: it may have been loading for much longer.
        """
        self.begin(self.budget.limits.replace(cpu_seconds=HAND_OVER_SECONDS))
        self._number += 1
        try:
            self.write(Frame(Kind.REQUEST, self._number, payload))
            try:
                socket.send_fds(self.connection, [b"d"], [descriptor])
            except OSError as error:
                raise self._gone() from error
        except GuestFailure as failure:
            self.fail(failure)
            raise

    def handed_over(self) -> Kind:
        """Return the kind of the reply to `hand_over`; raises GuestFailure."""
        try:
            return self.read().kind
        except GuestFailure as failure:
            self.fail(failure)
            raise

    def fail(self, failure: GuestFailure) -> None:
        """Kill the guest and answer every later request with the same failure."""
        self._dead = failure
        self.kill()

    def _charge_callback(self) -> None:
        self._served += 1
        if self._served % CALLBACKS_AT_ONCE == 0:
            self.budget.spend(CALLBACKS_AT_ONCE * CALLBACK_SECONDS, self.meter, self.memory_floor)

    def write(self, frame: Frame) -> None:
        """Send a frame; a guest that does not read runs out of time."""
        view = memoryview(frame.pack())
        while view:
            start = time.monotonic()
            try:
                view = view[self.connection.send(view) :]
            except BlockingIOError:
                pass
            except OSError as error:
                raise self._gone() from error
            self._waited(start)

    def read(self) -> Frame:
        """Receive a frame; raises GuestFailure when none comes in time or it is not one."""
        try:
            return read_frame(self._exactly, self.budget.limits.frame)
        except BadFrame as error:
            raise ProtocolViolation(str(error)) from error
        except Closed as error:
            raise self._gone() from error

    def _exactly(self, count: int) -> bytes:
        received = self._received
        while len(received) < count:
            start = time.monotonic()
            try:
                piece = self.connection.recv(min(max(count - len(received), AT_ONCE), 2**20))
            except BlockingIOError:
                piece = None
            except OSError:
                piece = b""
            if piece:
                received += piece
                self.budget.receive(len(piece))
            elif piece is not None:
                raise Closed
            self._waited(start)
        data = bytes(received[:count])
        del received[:count]
        return data

    def _waited(self, start: float) -> None:
        self.budget.spend(time.monotonic() - start, self.meter, self.memory_floor)

    def _gone(self) -> GuestFailure:
        if self.meter.ran_out_of_memory():
            return GuestOutOfMemory(self.budget.limits.memory)
        return GuestCrashed(
            "the process ended before it answered (for example by os._exit, or by a crash in native code)"
        )
