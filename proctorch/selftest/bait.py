"""What the attacks are after: files, processes and sockets of the host's own, and what became of them."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ENVIRONMENT = "PROCTORCH_SELFTEST_CANARY"
_WAITING = "import sys; CANARY = sys.argv[1]; sys.stdin.read()"


class Bait:
    """A canary in a file, in the environment and in the memory of a process, and sockets that wait to be found.

    Files and sockets are open to every account: only the sandbox stands between them and a guest.
    """

    def __init__(self) -> None:
        self.canary = "CANARY-" + secrets.token_hex(12)
        self.folder = Path(tempfile.mkdtemp(prefix="proctorch-selftest-"))
        self.folder.chmod(0o777)
        self.file = self.folder / "canary"
        self.file.write_text(self.canary)
        self.file.chmod(0o666)
        self._looked = self._looks()
        environment = {**os.environ, ENVIRONMENT: self.canary}
        command = [sys.executable, "-I", "-c", _WAITING, self.canary]
        self.victim = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment)
        self.reached: list[str] = []
        self._listening = [
            self._listen("TCP", socket.AF_INET, ("127.0.0.1", 0)),
            self._listen("a socket in a folder", socket.AF_UNIX, str(self.folder / "socket")),
            self._listen("an abstract socket", socket.AF_UNIX, "\0" + self.canary),
        ]
        (self.folder / "socket").chmod(0o777)

    def _looks(self) -> tuple[int, int, int]:
        found = self.file.stat()
        return found.st_mode, found.st_mtime_ns, self.folder.stat().st_mode

    def _listen(self, name: str, family: int, address: Any) -> socket.socket:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.bind(address)
        listening.listen(8)

        def accept() -> None:
            with contextlib.suppress(OSError):  # closed: the test is over
                while True:
                    listening.accept()[0].close()
                    self.reached.append(name)

        threading.Thread(target=accept, daemon=True).start()
        return listening

    def target(self) -> dict[str, Any]:
        """Return what an attacker may know: where everything is, and how the canary begins."""
        return {
            "file": str(self.file),
            "folder": str(self.folder),
            "port": self._listening[0].getsockname()[1],
            "socket": str(self.folder / "socket"),
            "victim": self.victim.pid,
            "host": os.getpid(),
            "begins": self.canary[:7],
        }

    def harm(self) -> str:
        """Return what an attack did to the bait, in words; empty where it did nothing."""
        if self.reached:
            return f"a guest reached {', '.join(sorted(set(self.reached)))}"
        if self.victim.poll() is not None:
            return "a guest ended a process of the host"
        if _state(self.victim.pid) == "T":
            return "a guest stopped a process of the host"
        if sorted(os.listdir(self.folder)) != ["canary", "socket"]:
            return "a guest wrote into a folder of the host"
        if self.file.read_text() != self.canary:
            return "a guest wrote into a file of the host"
        if self._looks() != self._looked:
            return "a guest changed a file of the host without opening it"
        return ""

    def close(self) -> None:
        """Take it all away; safe to call twice."""
        for listening in self._listening:
            listening.close()
        self.victim.kill()
        self.victim.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def laid_out() -> Iterator[Bait]:
    """Lay out a bait, with the canary in this process's environment too; take it away afterwards."""
    bait = Bait()
    os.environ[ENVIRONMENT] = bait.canary
    try:
        yield bait
    finally:
        del os.environ[ENVIRONMENT]
        bait.close()


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
