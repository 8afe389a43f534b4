"""What the kernel says of a guest before its first line of student code: the host looks itself, and asks nobody inside.

The guest has greeted by then, and runs nothing but the engine's own code until the host sends it a cell.
"""

from __future__ import annotations

import os
from pathlib import Path

from proctorch.errors import SandboxUnavailable
from proctorch.sandbox.level import Level

NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
FILTERED = "2"


def measures_of(pid: int, landlock: int, level: Level = Level.FULL) -> tuple[str, ...]:
    """Return the measures that hold for a guest, as provenance names them.

    `landlock` is the ABI with which the zygote restricts its guests: the kernel shows it to nobody. Raises
    SandboxUnavailable where one is missing that the level must have.
    """
    own_namespaces = level is Level.FULL
    try:
        status = _status(pid)
        wanted = NAMESPACES if own_namespaces else ()
        shared = [kind for kind in wanted if _namespace(pid, kind) == _namespace("self", kind)]
    except OSError as error:
        raise SandboxUnavailable(f"the kernel does not say how a guest is confined: {error}") from error
    missing = [f"{kind} namespace" for kind in shared]
    # Without a namespace of its own nobody may empty the bounding set; with no_new_privs there is no way to use it.
    empty = CAPABILITIES if own_namespaces else tuple(name for name in CAPABILITIES if name != "CapBnd")
    missing += [f"no {name}" for name in empty if int(status[name], 16) != 0]
    if "0" in status["Uid"].split():
        missing.append("a uid other than 0")
    if status["NoNewPrivs"] != "1":
        missing.append("no_new_privs")
    if level.confined and status["Seccomp"] != FILTERED:
        missing.append("seccomp")
    if level is Level.REDUCED and not landlock:
        missing.append("Landlock")
    if missing:
        raise SandboxUnavailable(f"a guest runs without {', '.join(missing)}: no marks are given.")
    held = ["namespaces"] if own_namespaces else []
    held += ["ordinary user", "no capabilities", "no_new_privs", "rlimits"]
    held += ["seccomp"] if level.confined else []
    held += [f"landlock {landlock}"] if landlock else []
    return tuple(held)


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _namespace(pid: int | str, kind: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{kind}")
