"""Starting the zygote: under bubblewrap, with nothing of the course inside, or without namespaces.

The root of the sandbox is an allow-list: the Python environment, the system's libraries, this package, and empty file
systems. Started as root, an intermediate program (`descend`) binds the allow-listed folders where an ordinary user can
read them and gives up uid 0 before bubblewrap starts: with root's uid mapped in, a guest could write to `/proc/sys`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import proctorch
from proctorch.errors import SandboxUnavailable
from proctorch.sandbox.level import Level

PACKAGE = "/opt/proctorch/proctorch"
SYSTEM_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib", "/usr/share/zoneinfo")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
# What a guest with loopback resolves names with; it has no name server.
OWN_FILES = ("/etc/hosts", "/etc/nsswitch.conf")
ROOT_LINKS = ("/lib", "/lib64", "/lib32")
# Where `descend` puts its binds, in a mount namespace of its own: nothing of it is on the disk, so that however a run
# ends, nothing stays. The first that exists is taken.
STAGING = ("/mnt", "/media", "/srv", "/tmp")
START_SECONDS = 120.0
ENVIRONMENT = {
    "HOME": "/tmp/work",
    "USER": "student",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp/work",
    "OMP_NUM_THREADS": "1",
    # ... whatever `torch.set_num_threads` is told: a pool of threads does not survive the fork for an exercise.
    "OMP_THREAD_LIMIT": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(Path(PACKAGE).parent),
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    # Memory in huge pages is cheap to fork (`warmth`), and one arena keeps it together.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_ARENA_MAX": "1",
}


@dataclass(frozen=True)
class Bind:
    """A path of this machine (`source`) and where the sandbox shows it, read-only (`target`)."""

    source: str
    target: str


@dataclass
class RunningZygote:
    """A started zygote: its process and the host's end of its control socket."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    ready: bool = False
    landlock: int = 0

    def await_ready(self) -> None:
        """Wait until the zygote is warm; raises SandboxUnavailable with what it said when it is not."""
        if self.ready:
            return
        self.control.settimeout(START_SECONDS)
        try:
            said = self.control.recv(64)
        except TimeoutError:
            said = b""
        if said:
            self.ready, self.landlock = True, int(json.loads(said)["landlock"])
            self.control.settimeout(None)
            return
        self.process.kill()
        _, complaint = self.process.communicate()
        text = complaint.decode("utf-8", "replace").strip()[-1500:] or "no reason was given"
        self.close()
        raise SandboxUnavailable(
            f"the sandbox did not start: {text}\n"
            "  To mend it: run `proctorch doctor`, which tries each part of the sandbox and says what is missing."
        )

    def close(self) -> None:
        """End the zygote and all its guests; safe to call twice."""
        self.control.close()
        self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


def start_zygote(preload: Sequence[str] = (), masked: Iterable[Path] = (), level: Level = Level.FULL) -> RunningZygote:
    """Start a zygote that imports `preload`; `masked` folders are never visible, even inside an allowed one.

    It is of use once `await_ready` has returned. Raises SandboxUnavailable with the reason and the cure when this
    machine cannot confine it.
    """
    host_end, zygote_end = socket.socketpair()
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    try:
        if level is Level.FULL:
            command = _under_bubblewrap(zygote_end.fileno(), preload, list(masked))
        else:
            command = _without_namespaces(level, zygote_end.fileno(), preload, masked)
            environment = _own_environment()
        process = subprocess.Popen(
            command, pass_fds=(zygote_end.fileno(),), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=environment, cwd="/",
        )  # fmt: skip
    except BaseException:
        host_end.close()
        raise
    finally:
        zygote_end.close()
    return RunningZygote(process, host_end)


def _under_bubblewrap(control: int, preload: Sequence[str], masked: list[Path]) -> list[str]:
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        raise SandboxUnavailable(
            "bubblewrap is not installed, so student code cannot be confined in namespaces.\n"
            "  To mend it: apt-get install bubblewrap (Debian, Ubuntu) or dnf install bubblewrap (Fedora)."
        )
    binds = allowed_paths()
    python = _python(control, Level.FULL, (), preload)
    if os.getuid() != 0:
        return [*_bubblewrap(bubblewrap, binds, masked), *python]
    staging = next(folder for folder in STAGING if os.path.isdir(folder))
    staged = [Bind(f"{staging}/{number}", bind.target) for number, bind in enumerate(binds)]
    plan = {"staging": staging, "sources": [bind.source for bind in binds]}
    return _descend(plan, [*_bubblewrap(bubblewrap, staged, masked), *python])


def _without_namespaces(level: Level, control: int, preload: Sequence[str], masked: Iterable[Path]) -> list[str]:
    """Return the command of a zygote that sees what the host sees; its guests meet Landlock instead of a root."""
    sources = [bind.source for bind in allowed_paths()]
    shown = [str(folder) for folder in masked if _inside(str(folder.resolve()), sources)]
    if shown and level.confined:  # Landlock cannot take a folder out of one that may be read
        raise SandboxUnavailable(
            f"{shown[0]} lies in a folder that guests read, and without namespaces nothing hides it.\n"
            "  To mend it: move it out of the Python environment and the system's libraries, or install bubblewrap."
        )
    python = _python(control, level, [*sources, *filter(os.path.exists, ROOT_LINKS)], preload)
    return _descend({"in_place": sources}, python) if os.getuid() == 0 else python


def _own_environment() -> dict[str, str]:
    return {**ENVIRONMENT, "HOME": "/nonexistent", "PYTHONPATH": str(Path(proctorch.__file__).resolve().parents[1])}


def _descend(plan: dict[str, Any], command: list[str]) -> list[str]:
    program = str(Path(__file__).parent / "descend.py")
    return [sys.executable, "-P", program, json.dumps({**plan, "command": command})]


def _python(control: int, level: Level, readable: Sequence[str], preload: Sequence[str]) -> list[str]:
    command = [sys.executable, "-P", "-s", "-B", "-m", "proctorch.sandbox.zygote"]
    return [*command, str(control), level.value, json.dumps(list(readable)), *preload]


def allowed_paths() -> list[Bind]:
    """Return what the sandbox's root shows: nothing that is not needed to import torch."""
    package = str(Path(proctorch.__file__).resolve().parent)
    wanted = [*SYSTEM_LIBRARIES, *_python_folders(sys.base_prefix), *_python_folders(sys.prefix), *SYSTEM_FILES]
    executable = os.path.realpath(sys.executable)
    if not _inside(executable, wanted):
        wanted.append(executable)
    existing = [path for path in dict.fromkeys(wanted) if os.path.exists(path)]
    outermost = [path for path in existing if not _inside(path, [other for other in existing if other != path])]
    own = [Bind(str(Path(__file__).resolve().parent) + path, path) for path in OWN_FILES]
    return [Bind(path, path) for path in outermost] + own + [Bind(package, PACKAGE)]


def _python_folders(prefix: str) -> list[str]:
    """Return what Python needs of an installation; below /usr/local others keep things, an exchange even."""
    return [f"{prefix}/{name}" for name in ("bin", "lib", "lib64", "pyvenv.cfg")]


def _inside(path: str, folders: list[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _bubblewrap(bubblewrap: str, binds: list[Bind], masked: list[Path]) -> list[str]:
    command = [bubblewrap, "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--unshare-cgroup", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "guest"]
    for name, value in ENVIRONMENT.items():
        command += ["--setenv", name, value]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/"]
    for bind in binds:
        command += ["--ro-bind", bind.source, bind.target]
    for link in ROOT_LINKS:
        if os.path.islink(link):
            command += ["--symlink", os.readlink(link), link]
        elif os.path.isdir(link):
            command += ["--ro-bind", link, link]
    shown = [bind.target for bind in binds]
    for folder in masked:
        if _inside(str(folder.resolve()), shown):
            command += ["--tmpfs", str(folder.resolve())]
    command += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*command, "--"]
