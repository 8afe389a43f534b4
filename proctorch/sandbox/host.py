"""The host's view of the sandbox: a zygote that makes guests, and guests that can be asked and killed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path

from proctorch.errors import EngineError, GuestCrashed, GuestFailure, SandboxUnavailable
from proctorch.sandbox.cgroups import ControlGroups
from proctorch.sandbox.evidence import measures_of
from proctorch.sandbox.launcher import RunningZygote, start_zygote
from proctorch.sandbox.level import Level
from proctorch.sandbox.limits import DEFAULT_LIMITS, Limits
from proctorch.sandbox.meter import Meter
from proctorch.sandbox.transport import SocketTransport
from proctorch.sandbox.wire import FORK, GO, Kind

STATUS_SECONDS = 20.0


class ZygoteGone(EngineError):
    """The zygote ended; a new one can be started."""


class GuestLost(SandboxUnavailable):
    """A guest ended before it had greeted, and did not say why; another one can be made."""


class Guest:
    """One submission's process in the sandbox; `base` is the wire to the process that loads the cells."""

    def __init__(
        self, wire: socket.socket, status: socket.socket, pidfd: int, limits: Limits, groups: ControlGroups
    ) -> None:
        self._status = status
        self._pidfd: int | None = pidfd
        self._wires = [wire]
        self._coming: socket.socket | None = None
        self._awaited = False
        self.pid = _pid_of(pidfd)
        self._groups = groups
        self._group = groups.enclose(self.pid, limits)
        if not limits.loopback:  # whose processes work side by side
            _keep_beside(self.pid)
        self.meter = Meter(self.pid, self._group)
        self.base = SocketTransport(wire, self.meter, self.kill)
        self.base.begin(limits)

    def let_go(self) -> None:
        """Let the guest go on to confine itself."""
        with contextlib.suppress(OSError):  # it has ended; `await_greeting` says so
            self._status.sendall(GO)

    def await_greeting(self) -> None:
        """Wait until the guest has confined itself; raises EngineError when it could not."""
        try:
            hello = self.base.read()
        except GuestFailure as error:
            self.kill()
            raise GuestLost(f"a guest ended before it was confined: {error}") from error
        if hello.kind is not Kind.REPLY:
            self.kill()
            raise SandboxUnavailable(f"a guest could not be confined: {hello.payload[:500].decode('utf-8', 'replace')}")
        self.base.memory_floor = self.meter.memory()

    def get_ahead(self) -> None:
        """Let the guest make its next fork while others are busy; raises GuestFailure."""
        if self._coming is None:
            ours, theirs = socket.socketpair()
            self._wires.append(ours)
            try:
                self.base.hand_over(FORK, theirs.fileno())
            finally:
                theirs.close()
            self._coming, self._awaited = ours, True

    def fork(self) -> SocketTransport:
        """Return a wire to a fork of the guest, as it is or was when one was asked for ahead; raises GuestFailure."""
        self.get_ahead()
        self._await_fork()
        ours, self._coming = self._coming, None
        assert ours is not None
        return SocketTransport(ours, self.meter, self.kill, self.base.memory_floor)

    def itself(self) -> SocketTransport:
        """Return the wire to the process that has loaded the cells, free to be asked; raises GuestFailure.

        Where a fork was asked for ahead, that is answered on this wire first.
        """
        self._await_fork()
        return self.base

    def _await_fork(self) -> None:
        if self._awaited:
            self._awaited = False
            if self.base.handed_over() is not Kind.REPLY:
                self._coming = None
                raise GuestCrashed("the process could not be copied for the exercise")

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
        self._groups.leave(self._group)


class _Spare:
    """A guest that is being made: asked for, then let go, then taken."""

    def __init__(self, control: socket.socket, limits: Limits, groups: ControlGroups) -> None:
        self.limits, self._groups = limits, groups
        self._wire, guest_wire = socket.socketpair()
        self._status, keeper_status = socket.socketpair()
        self._guest: Guest | None = None
        request = json.dumps({"limits": dataclasses.asdict(limits)}).encode()
        try:
            socket.send_fds(control, [request], [guest_wire.fileno(), keeper_status.fileno()])
        except OSError as error:
            self.discard()
            raise ZygoteGone(f"the zygote has ended: {error}") from error
        finally:
            guest_wire.close()
            keeper_status.close()

    def get_ahead(self) -> None:
        """Go one step on, if that needs no waiting."""
        if self._guest is None and select.select([self._status], [], [], 0)[0]:
            self._let_go()

    def take(self) -> Guest:
        """Return the guest, confined; raises EngineError."""
        guest = self._guest or self._let_go()
        guest.await_greeting()
        return guest

    def _let_go(self) -> Guest:
        pidfd = _receive_pidfd(self._status)
        try:
            self._guest = Guest(self._wire, self._status, pidfd, self.limits, self._groups)
        except EngineError:
            os.close(pidfd)
            raise
        self._guest.let_go()
        return self._guest

    def discard(self) -> None:
        """End what there is of the guest: without the host's word its keeper lets it end."""
        if self._guest is not None:
            self._guest.kill()
        self._wire.close()
        self._status.close()


class Zygote:
    """A warm process in the sandbox that makes guests; started on first use and again when it has ended."""

    def __init__(self, preload: Sequence[str] = (), masked: Iterable[Path] = (), level: Level = Level.FULL) -> None:
        self._preload, self._masked = tuple(preload), tuple(masked)
        self.level = level
        self._running: RunningZygote | None = None
        self._spare: _Spare | None = None
        self._groups = ControlGroups.found()
        self.measures: tuple[str, ...] | None = None
        """With what all guests so far were confined; None before the first."""

    def __enter__(self) -> Zygote:
        self._start()
        return self

    def launch(self) -> RunningZygote:
        """Start the zygote without waiting for it to be warm; raises SandboxUnavailable."""
        if self._running is None:
            self._running = start_zygote(self._preload, self._masked, self.level)
        return self._running

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote and all its guests."""
        self._discard_spare()
        if self._running is not None:
            self._running.close()
            self._running = None
        self._groups.close()

    def _start(self) -> RunningZygote:
        if self._running is not None and self._running.ready and self._running.process.poll() is not None:
            self.close()
        running = self.launch()
        try:
            running.await_ready()
        except SandboxUnavailable:
            self._running = None
            raise
        return running

    def get_ahead(self, limits: Limits = DEFAULT_LIMITS) -> None:
        """Go one step on in making the next guest, while others are busy; nothing is waited for."""
        try:
            if self._spare is None and self._running is not None:
                self._spare = _Spare(self._running.control, limits, self._groups)
            elif self._spare is not None:
                self._spare.get_ahead()
        except EngineError:
            self._discard_spare()  # `guest` will make one itself, and say what is wrong

    def guest(self, limits: Limits = DEFAULT_LIMITS) -> Guest:
        """Make a confined guest; raises EngineError when the sandbox refuses, or when zygote or guest ended twice."""
        try:
            return self._guest(limits)
        except ZygoteGone:
            self.close()
        except GuestLost:
            self._discard_spare()
        return self._guest(limits)

    def _guest(self, limits: Limits) -> Guest:
        running = self._start()
        spare = self._spare
        if spare is not None and spare.limits == limits:
            self._spare = None
        else:  # of other limits than the spare, which the next submission will take
            spare = _Spare(running.control, limits, self._groups)
        try:
            guest = spare.take()
            self._confirm((*measures_of(guest.pid, running.landlock, self.level), self._groups.measure))
            return guest
        except EngineError:
            spare.discard()
            raise

    def _confirm(self, measures: tuple[str, ...]) -> None:
        earlier = measures if self.measures is None else self.measures
        self.measures = tuple(measure for measure in earlier if measure in measures)

    def _discard_spare(self) -> None:
        if self._spare is not None:
            self._spare.discard()
            self._spare = None


def _receive_pidfd(status: socket.socket) -> int:
    """Return the pidfd that the keeper sends.

    Raises SandboxUnavailable with its reason when it was refused, ZygoteGone when the zygote ended or hangs.
    """
    status.settimeout(STATUS_SECONDS)
    try:
        message, descriptors, _, _ = socket.recv_fds(status, 4096, 1)
    except TimeoutError as error:
        raise ZygoteGone("the zygote did not make a guest in time") from error
    if not message:
        raise ZygoteGone("the zygote ended while it made a guest")
    if not descriptors:
        raise SandboxUnavailable(
            f"a guest could not be made: {message.decode('utf-8', 'replace') or 'no reason given'}"
        )
    return descriptors[0]


def _keep_beside(pid: int) -> None:
    """Let a guest run where its host may run."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setaffinity(pid, os.sched_getaffinity(0))


def _pid_of(pidfd: int) -> int:
    """Return the process id behind a pidfd, as this process's /proc counts."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise EngineError("the kernel does not say which process a guest is")
