"""The host's view of the sandbox: a zygote that makes guests, and guests that can be asked and killed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path

from proctorch.errors import EngineError, GuestCrashed, GuestFailure, SandboxUnavailable
from proctorch.sandbox.guest import FORK
from proctorch.sandbox.launcher import RunningZygote, start_zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS, Limits
from proctorch.sandbox.meter import Meter
from proctorch.sandbox.transport import SocketTransport
from proctorch.sandbox.wire import Kind
from proctorch.sandbox.zygote import GO

STATUS_SECONDS = 20.0


class ZygoteGone(EngineError):
    """The zygote ended; a new one can be started."""


class Guest:
    """One submission's process in the sandbox; `base` is the wire to the process that loads the cells."""

    def __init__(self, wire: socket.socket, status: socket.socket, pidfd: int, limits: Limits) -> None:
        self._status = status
        self._pidfd: int | None = pidfd
        self._wires = [wire]
        pid = _pid_of(pidfd)
        self.meter = Meter(pid)
        self.base = SocketTransport(wire, self.meter, self.kill)
        self.base.begin(limits)

    def start(self) -> None:
        """Let the guest go on to confine itself; raises EngineError when it could not."""
        self._status.sendall(GO)
        try:
            hello = self.base.read()
        except GuestFailure as error:
            self.kill()
            raise SandboxUnavailable(f"a guest could not be confined: {error}") from error
        if hello.kind is not Kind.REPLY:
            raise SandboxUnavailable("a guest began with something other than its greeting")
        self.base.memory_floor = self.meter.memory()

    def fork(self) -> SocketTransport:
        """Return a wire to a fresh fork of the guest as it is now; raises GuestFailure."""
        ours, theirs = socket.socketpair()
        try:
            kind = self.base.hand_over(FORK, theirs.fileno())
        finally:
            theirs.close()
        self._wires.append(ours)
        if kind is not Kind.REPLY:
            raise GuestCrashed("the process could not be copied for the exercise")
        return SocketTransport(ours, self.meter, self.kill, self.base.memory_floor)

    def kill(self) -> None:
        """End the guest and every process in its namespace; safe to call twice."""
        if self._pidfd is None:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        os.close(self._pidfd)
        self._pidfd = None
        for wire in self._wires:
            wire.close()
        self._status.close()


class Zygote:
    """A warm process in the sandbox that makes guests; started on first use and again when it has ended."""

    def __init__(self, preload: Sequence[str] = (), masked: Iterable[Path] = ()) -> None:
        self._preload, self._masked = tuple(preload), tuple(masked)
        self._running: RunningZygote | None = None

    def __enter__(self) -> Zygote:
        self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote and all its guests."""
        if self._running is not None:
            self._running.close()
            self._running = None

    def _start(self) -> RunningZygote:
        if self._running is not None and self._running.process.poll() is not None:
            self.close()
        if self._running is None:
            self._running = start_zygote(self._preload, self._masked)
        return self._running

    def guest(self, limits: Limits = DEFAULT_LIMITS) -> Guest:
        """Make a confined guest; raises EngineError when the sandbox refuses, or when the zygote ended twice."""
        try:
            return self._guest(limits)
        except ZygoteGone:
            self.close()
            return self._guest(limits)

    def _guest(self, limits: Limits) -> Guest:
        control = self._start().control
        wire, guest_wire = socket.socketpair()
        status, keeper_status = socket.socketpair()
        request = json.dumps({"limits": dataclasses.asdict(limits)}).encode()
        try:
            socket.send_fds(control, [request], [guest_wire.fileno(), keeper_status.fileno()])
        except OSError as error:
            raise ZygoteGone(f"the zygote has ended: {error}") from error
        finally:
            guest_wire.close()
            keeper_status.close()
        guest = Guest(wire, status, _receive_pidfd(status), limits)
        guest.start()
        return guest


def _receive_pidfd(status: socket.socket) -> int:
    """Return the pidfd that the keeper sends; raises SandboxUnavailable with its reason when it was refused."""
    status.settimeout(STATUS_SECONDS)
    try:
        message, descriptors, _, _ = socket.recv_fds(status, 4096, 1)
    except TimeoutError as error:
        raise EngineError("the zygote did not make a guest in time") from error
    if not message:
        raise ZygoteGone("the zygote ended while it made a guest")
    if not descriptors:
        raise SandboxUnavailable(
            f"a guest could not be made: {message.decode('utf-8', 'replace') or 'no reason given'}"
        )
    return descriptors[0]


def _pid_of(pidfd: int) -> int:
    """Return the process id behind a pidfd, as this process's /proc counts."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise EngineError("the kernel does not say which process a guest is")
