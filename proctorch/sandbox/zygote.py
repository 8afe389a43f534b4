"""The zygote: the warm process inside bubblewrap that forks guests. It holds nothing secret and runs no student code.

On its control socket it reads one line of JSON a request, which comes with two descriptors: the wire of the guest and
the status socket of its keeper (`keeper`), which it forks.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from proctorch.sandbox.confinement import Walls, leave_keyring
from proctorch.sandbox.keeper import keep
from proctorch.sandbox.level import Level
from proctorch.sandbox.warmth import warm_up


def main(control_descriptor: int, level: Level, readable: Sequence[str], preload: Sequence[str]) -> NoReturn:
    """Warm up, say so and by which Landlock guests will be bound, then fork one for each request until the host closes
    the control socket. Without namespaces, `readable` is all that guests may read.
    """
    control = socket.socket(fileno=control_descriptor)
    _silence_engine_names()
    leave_keyring()
    try:
        walls = Walls(level, readable)
    except OSError as error:
        sys.exit(error.strerror)
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


if __name__ == "__main__":
    main(int(sys.argv[1]), Level(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4:])
