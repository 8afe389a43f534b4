"""The guest: the process that runs one submission, and its forks, one for each exercise.

It reads requests from its wire and answers them, until the wire closes. It is confined before it gets here
(`confinement`), and it holds no secret: the whole of it belongs to the student's code.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import NoReturn

from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.server import CallHost, GuestServer, no_host
from proctorch.sandbox.wire import FORK, Closed, Frame, Kind, read_frame

HELLO = "confined"


class Wire:
    """The guest's end of the wire: blocking reads and writes of frames."""

    def __init__(self, connection: socket.socket, largest: int) -> None:
        self.connection = connection
        self._largest = largest

    def read(self) -> Frame:
        """Wait for a frame; raises Closed when the host has gone."""
        return read_frame(self._exactly, self._largest)

    def _exactly(self, count: int) -> bytes:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            received = self.connection.recv_into(view)
            if received == 0:
                raise Closed
            view = view[received:]
        return bytes(data)

    def write(self, frame: Frame) -> None:
        """Send a frame."""
        self.connection.sendall(frame.pack())


def serve(connection: socket.socket, largest: int, output: int) -> NoReturn:
    """Serve the host on a socket until it closes, in this process and in one fork for every exercise; then exit."""
    module = new_namespace()
    sys.modules["__main__"] = module
    wire = Wire(connection, largest)
    server = GuestServer(module.__dict__, no_host, Capture(output))
    server.use_host(_callback_over(wire, server))
    wire.write(Frame(Kind.REPLY, 0, encode((HELLO, ""))))
    while True:
        try:
            frame = wire.read()
            if frame.kind is Kind.REQUEST and frame.payload == FORK:
                wire = _fork(wire, server, frame, largest)
            else:
                wire.write(server.handle(frame))
        except (Closed, OSError):
            os._exit(0)


def _fork(wire: Wire, server: GuestServer, frame: Frame, largest: int) -> Wire:
    """Fork for one exercise; return the wire to go on with: the new one in the child, the old one in the parent."""
    _reap()
    _, descriptors, _, _ = socket.recv_fds(wire.connection, 1, 1)
    fresh = socket.socket(fileno=descriptors[0])
    if os.fork() == 0:
        wire.connection.close()
        child = Wire(fresh, largest)
        server.use_host(_callback_over(child, server))
        return child
    fresh.close()
    wire.write(Frame(Kind.REPLY, frame.id, encode((None, ""))))
    return wire


def _reap() -> None:
    """Collect children that have ended; the first process of a pid namespace inherits every orphan."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _callback_over(wire: Wire, server: GuestServer) -> CallHost:
    """Return the function by which student code reaches functions of the host; requests nest inside it."""

    def call_host(number: int, payload: bytes) -> tuple[Kind, bytes]:
        wire.write(Frame(Kind.CALLBACK, number, payload))
        while True:
            frame = wire.read()
            if frame.kind in (Kind.ANSWER, Kind.REFUSAL):
                return frame.kind, frame.payload
            wire.write(server.handle(frame))

    return call_host
