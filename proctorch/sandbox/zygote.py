"""The zygote: the warm process inside bubblewrap that forks guests. It holds nothing secret and runs no student code.

On its control socket it reads one line of JSON a request, which comes with two descriptors: the wire of the guest and
the status socket of its keeper. The keeper is forked first; it makes the namespaces, forks the guest into them, sends
a pidfd of it over the status socket, lets it go when the host has said so, and waits for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from proctorch.sandbox import confinement
from proctorch.sandbox.guest import serve
from proctorch.sandbox.warmth import warm_up
from proctorch.sandbox.wire import GO


def main(control_descriptor: int, preload: Sequence[str]) -> NoReturn:
    """Warm up, say so and by which Landlock guests will be bound, then fork one for each request until the host closes
    the control socket.
    """
    control = socket.socket(fileno=control_descriptor)
    _silence_engine_names()
    confinement.leave_keyring()
    walls = confinement.Walls()
    warm_up(preload)
    control.sendall(json.dumps({"landlock": walls.landlock}).encode())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            keep(json.loads(message), walls, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _silence_engine_names() -> None:
    """Make `from proctorch import check` harmless: inside a guest, a check decides nothing."""
    import proctorch

    proctorch.check = _no_check


def _no_check(*names: str, **options: Any) -> None:
    """Do nothing: the host runs the checks."""


def keep(request: dict[str, Any], walls: confinement.Walls, wire: int, status_descriptor: int) -> NoReturn:
    """Be the keeper of one guest: make it, report it, let it go, wait for it."""
    status = socket.socket(fileno=status_descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        confinement.leave_namespaces()
        gate_read, gate_write = os.pipe()
        guest = os.fork()
        if guest == 0:
            os.close(gate_write)
            status.close()
            _become_guest(request, walls, wire, gate_read)
        os.close(gate_read)
        os.close(wire)
        socket.send_fds(status, [b"p"], [os.pidfd_open(guest)])
        if status.recv(1) == GO:
            os.write(gate_write, GO)
        os.close(gate_write)
        os.waitpid(guest, 0)
    except OSError as error:
        _report(status, error)
    os._exit(0)


def _report(status: socket.socket, error: OSError) -> None:
    with contextlib.suppress(OSError):
        status.sendall(json.dumps({"refused": str(error)}).encode())


def _become_guest(request: dict[str, Any], walls: confinement.Walls, wire: int, gate: int) -> NoReturn:
    """Wait for the host's word, confine this process, and serve; whatever fails, student code does not run."""
    try:
        if os.read(gate, 1) != GO:
            os._exit(0)
        confinement.confine(request["limits"], wire, walls)
    except BaseException as error:
        os.write(2, f"proctorch: a guest could not be confined: {error}\n".encode())
        os._exit(112)
    connection = socket.socket(fileno=wire)
    serve(connection, request["limits"]["frame"], request["limits"]["output"])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
