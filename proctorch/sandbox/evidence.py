"""What the kernel says of a guest before its first line of student code: the host looks itself, and asks nobody inside.

The guest has greeted by then, and runs nothing but the engine's own code until the host sends it a cell.
"""

from __future__ import annotations

import os
from pathlib import Path

from proctorch.errors import SandboxUnavailable

NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
FILTERED = "2"


def measures_of(pid: int, landlock: int) -> tuple[str, ...]:
    """Return the measures that hold for a guest, as provenance names them; raises SandboxUnavailable without one.

    `landlock` is the ABI with which the zygote restricts its guests: the kernel shows it to nobody.
    """
    try:
        status = _status(pid)
        shared = [kind for kind in NAMESPACES if _namespace(pid, kind) == _namespace("self", kind)]
    except OSError as error:
        raise SandboxUnavailable(f"the kernel does not say how a guest is confined: {error}") from error
    missing = [f"{kind} namespace" for kind in shared]
    missing += [f"no {name}" for name in CAPABILITIES if int(status[name], 16) != 0]
    if "0" in status["Uid"].split():
        missing.append("a uid other than 0")
    if status["NoNewPrivs"] != "1":
        missing.append("no_new_privs")
    if status["Seccomp"] != FILTERED:
        missing.append("seccomp")
    if missing:
        raise SandboxUnavailable(f"a guest runs without {', '.join(missing)}: no marks are given.")
    held = ("namespaces", "ordinary user", "no capabilities", "no_new_privs", "rlimits", "seccomp")
    return (*held, f"landlock {landlock}") if landlock else held


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _namespace(pid: int | str, kind: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{kind}")
