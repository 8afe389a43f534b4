"""The sandbox: is everything there that guests are confined with, and does it work for an ordinary user?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from proctorch.cli.diagnosis.finding import Finding, Need
from proctorch.errors import ProctorchError
from proctorch.sandbox.level import Level

NOBODY = 65534
SECONDS = 20
INSTALL = "install it: sudo apt-get install bubblewrap (Debian, Ubuntu) or sudo dnf install bubblewrap (Fedora)."
# Each switch, the value that forbids what bubblewrap needs, and the command that allows it.
SWITCHES = (
    ("kernel/unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "give bubblewrap an AppArmor profile with `userns,` (or: sudo sysctl -w "
        "kernel.apparmor_restrict_unprivileged_userns=0)",
    ),
)


def bubblewrap() -> Finding:
    """Is bubblewrap there, and which version?"""
    path = shutil.which("bwrap")
    if path is None:
        return Finding("bubblewrap", False, "not installed", Need.NOTHING, INSTALL)
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("bubblewrap", False, f"{path} does not start: {error}", Need.NOTHING, INSTALL)
    return Finding("bubblewrap", done.returncode == 0, f"{done.stdout.strip()} at {path}", Need.NOTHING, INSTALL)


def confinement() -> Finding:
    """Can an ordinary user (never root) start a process in namespaces of its own?"""
    path = shutil.which("bwrap")
    if path is None:
        return Finding("namespaces", False, "not tried: no bubblewrap", Need.NOTHING, INSTALL)
    command = [path, "--unshare-all", "--unshare-user", "--die-with-parent", "--ro-bind", "/", "/"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "true"]
    try:
        done = _as_ordinary_user(command)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("namespaces", False, f"bubblewrap does not start: {error}", Need.NOTHING, _namespace_cure())
    if done.returncode != 0:
        found = f"bubblewrap failed: {done.stderr.strip() or f'exit {done.returncode}'}"
        return Finding("namespaces", False, found, Need.NOTHING, _namespace_cure())
    who = f"uid {NOBODY}, dropped from root" if os.geteuid() == 0 else f"uid {os.geteuid()}"
    return Finding("namespaces", True, f"user, mount, pid, net, ipc, uts and cgroup work ({who})")


def _as_ordinary_user(command: list[str]) -> subprocess.CompletedProcess[str]:
    # With root's uid mapped in, a guest can write below /proc/sys: bubblewrap never runs as uid 0.
    if os.geteuid() == 0:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd="/",
        )
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def sandbox() -> Finding:
    """At which level does a guest start, confined as it is for grading? The engine's own sandbox, not an imitation.

    Nothing is attacked here: `proctorch selftest` does that.
    """
    from proctorch.selftest.attempt import attempt

    try:
        found = attempt(attacks=())
    except (ProctorchError, OSError) as error:
        return Finding("sandbox", False, *_reason(str(error)))
    measures = ", ".join(found.measures)
    if found.level is Level.FULL:
        return Finding("sandbox", True, f"level full: {measures}", Need.GRADING)
    why = "; ".join(f"not {level}: {_reason(reason)[0]}" for level, reason in found.reasons.items())
    lacks = "; ".join(found.level.lacks)
    cure = next((cure for reason in found.reasons.values() for cure in [_reason(reason)[2]]), _sandbox_cure())
    needed = Need.NOTHING if found.level.confined else Need.GRADING
    return Finding("sandbox", False, f"level {found.level}: {measures}. It lacks: {lacks}. {why}", needed, cure)


def _reason(text: str) -> tuple[str, Need, str]:
    """Return why there is no sandbox, and the cure; nobody is sent back to where they are."""
    reason, _, cure = text.partition("\n  To mend it: ")
    return reason, Need.GRADING, cure if cure and "proctorch doctor" not in cure else _sandbox_cure()


def _sandbox_cure() -> str:
    """Say what else may be wrong when bubblewrap and the namespaces do not say it."""
    if Path(sys.prefix).is_relative_to("/tmp"):
        return "make the environment outside /tmp: guests get a /tmp of their own, which hides it."
    return "see the lines about bubblewrap and namespaces; if those are good, this is a fault of the engine: report it."


def _namespace_cure() -> str:
    cures = [cure for name, forbids, cure in SWITCHES if _switch(name) == forbids]
    if cures:
        return "; ".join(cures)
    return (
        "allow user namespaces; a container needs a seccomp and an AppArmor profile that let unshare and mount through."
    )


def _switch(name: str) -> str:
    try:
        return (Path("/proc/sys") / name).read_text().strip()
    except OSError:
        return ""


def landlock() -> Finding:
    """Which version of Landlock does the kernel have? It is the second wall around files."""
    from proctorch.sandbox import landlock

    version = landlock.version()
    if version < 1:
        return Finding(
            "Landlock", False, "not in this kernel", Need.NOTHING, "use a kernel from 5.13 on with `landlock` in lsm=."
        )
    return Finding("Landlock", True, f"ABI {version}")


def seccomp() -> Finding:
    """Can system calls be filtered?"""
    good = "kill_process" in _switch("kernel/seccomp/actions_avail")
    return Finding(
        "seccomp",
        good,
        "filters work" if good else "not in this kernel",
        Need.NOTHING,
        "use a kernel with CONFIG_SECCOMP_FILTER.",
    )


def cgroups() -> Finding:
    """Which control groups are there? They bound the memory of a guest with all its children."""
    if Path("/sys/fs/cgroup/cgroup.controllers").is_file():
        return Finding("cgroups", True, "version 2")
    if Path("/sys/fs/cgroup/memory").is_dir():
        return Finding("cgroups", True, "version 1")
    return Finding("cgroups", False, "none", Need.NOTHING, "not needed: limits of single processes are used instead.")
