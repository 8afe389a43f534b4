"""The keeper of one guest: it stands between zygote and guest, and never runs student code.

It makes the namespaces, forks the guest into them, sends a pidfd of it over the status socket, lets it go when the host
has said so, and waits for it. Where there are no namespaces, what a guest leaves behind when it ends falls to the
keeper, which ends that, too; and it ends the guest when the host has gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from proctorch.sandbox import kernel
from proctorch.sandbox.confinement import Walls, confine, confine_without_namespaces, leave_namespaces
from proctorch.sandbox.guest import serve
from proctorch.sandbox.level import Level
from proctorch.sandbox.wire import GO, Frame, Kind

UNCONFINED = 112


def keep(request: dict[str, Any], walls: Walls, wire: int, status_descriptor: int) -> NoReturn:
    """Make a guest, report it, let it go, wait for it."""
    status = socket.socket(fileno=status_descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        if walls.level is Level.FULL:
            leave_namespaces()
            os.waitpid(_make(request["limits"], walls, wire, status)[0], 0)
        else:
            _keep_without_namespaces(request["limits"], walls, wire, status)
    except OSError as error:
        _report(status, error)
    os._exit(0)


def _make(limits: dict[str, Any], walls: Walls, wire: int, status: socket.socket, folder: str = "") -> tuple[int, int]:
    """Fork the guest and let it go at the host's word; return its pid and a pidfd."""
    gate_read, gate_write = os.pipe()
    guest = os.fork()
    if guest == 0:
        os.close(gate_write)
        status.close()
        _become_guest(limits, walls, wire, gate_read, folder)
    os.close(gate_read)
    os.close(wire)
    pidfd = os.pidfd_open(guest)
    socket.send_fds(status, [b"p"], [pidfd])
    if status.recv(1) == GO:
        os.write(gate_write, GO)
    os.close(gate_write)
    return guest, pidfd


def _keep_without_namespaces(limits: dict[str, Any], walls: Walls, wire: int, status: socket.socket) -> None:
    if limits["loopback"]:
        raise OSError("exercises with a loopback need a network namespace, and this machine gives none")
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    folder = tempfile.mkdtemp(prefix="proctorch-guest-")
    try:
        _, pidfd = _make(limits, walls, wire, status, folder)
        select.select([pidfd, status.fileno()], [], [])  # the guest has ended, or the host has gone
    finally:
        _end_everything_below()
        shutil.rmtree(folder, ignore_errors=True)


def _end_everything_below() -> None:
    """End all children, and theirs, which fall to this process one generation after the other, until none is left."""
    while True:
        for child in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    pid = os.getpid()
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _report(status: socket.socket, error: OSError) -> None:
    with contextlib.suppress(OSError):
        status.sendall(json.dumps({"refused": str(error)}).encode())


def _become_guest(limits: dict[str, Any], walls: Walls, wire: int, gate: int, folder: str) -> NoReturn:
    """Wait for the host's word, confine this process, and serve; whatever fails, student code does not run."""
    try:
        if os.read(gate, 1) != GO:
            os._exit(0)
        if walls.level is Level.FULL:
            confine(limits, wire, walls)
        else:
            confine_without_namespaces(limits, wire, walls, folder)
    except BaseException as error:
        socket.socket(fileno=wire).sendall(Frame(Kind.FAILURE, 0, str(error).encode()).pack())
        os._exit(UNCONFINED)
    serve(socket.socket(fileno=wire), limits["frame"], limits["output"])
