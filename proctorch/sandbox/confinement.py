"""What a guest gives up between its fork from the zygote and its first line of student code; every step fails closed.

At the level `full` the keeper (`leave_namespaces`) makes namespaces under the zygote's own and forks the guest as first
process of the new pid namespace. The guest (`confine`) then mounts fresh file systems, bounds its resources, closes
every descriptor but its wire, and gives up all capabilities, which the mounts need; then come Landlock and, last, the
filter of system calls, which refuses most of what is done here.

At the level `reduced` there are no namespaces (`confine_without_namespaces`): Landlock alone decides about files, and a
narrower filter keeps the guest away from sockets and from other processes of its account. At the level `practice` there
are only bounds of resources.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proctorch.sandbox import kernel, landlock, seccomp
from proctorch.sandbox.level import Level
from proctorch.sandbox.seccomp import Profile

NAMESPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP
)
# The first that forbids to empty a file by opening it.
LEAST_LANDLOCK = 3
WORKING_FOLDER = "/tmp/work"
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
KEYCTL = {"x86_64": 250, "aarch64": 219}
KEYCTL_JOIN_SESSION_KEYRING = 1


def leave_keyring() -> None:
    """Leave the session's keyring for an empty one; guests may not ask for any. Raises OSError."""
    try:
        kernel.syscall(KEYCTL[os.uname().machine], KEYCTL_JOIN_SESSION_KEYRING, None)
    except OSError as error:
        if error.errno != errno.ENOSYS:  # a kernel without keys has none to leave
            raise


def leave_namespaces() -> None:
    """Enter a user namespace that maps only our own uid and gid, and fresh ones of every other kind; raises OSError."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        raise OSError("a guest is never made by uid 0")
    kernel.unshare(NAMESPACES)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


class Walls:
    """What every guest of a zygote is confined with, found out and assembled once: Landlock's ABI, and the filters.

    `readable` is what guests without a root of their own may read. Raises OSError where the level needs what this
    kernel does not have.
    """

    def __init__(self, level: Level = Level.FULL, readable: Sequence[str] = ()) -> None:
        self.level, self.readable = level, tuple(readable)
        self.landlock = landlock.version() if level.confined else 0
        if level is Level.REDUCED and self.landlock < LEAST_LANDLOCK:
            raise OSError(
                errno.ENOSYS,
                f"`reduced` needs Landlock of ABI {LEAST_LANDLOCK} (Linux 6.2) as its wall around files; this kernel "
                f"has {f'ABI {self.landlock}' if self.landlock else 'none'}",
            )
        wanted = {Level.FULL: (Profile.PLAIN, Profile.LOOPBACK), Level.REDUCED: (Profile.SHARED,), Level.PRACTICE: ()}
        self.filters = seccomp.filters(*wanted[level])


def confine(limits: dict[str, Any], wire: int, walls: Walls) -> None:
    """Finish the confinement of the first process of a new pid namespace; only descriptor `wire` stays open.

    `limits` are the fields of `Limits`. Raises OSError when a step is refused: then the caller must end at once.
    """
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    _mount_private_file_systems(limits)
    os.chdir(WORKING_FOLDER)
    os.umask(0o077)
    _close_descriptors(keep=wire)
    if limits["loopback"]:
        _bring_up_loopback()
    _bound_resources(limits)
    _forbid_namespaces()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    if walls.landlock:
        landlock.restrict(walls.landlock, _readable(), loopback=limits["loopback"])
    seccomp.install(walls.filters[Profile.LOOPBACK if limits["loopback"] else Profile.PLAIN])


def confine_without_namespaces(limits: dict[str, Any], wire: int, walls: Walls, folder: str) -> None:
    """Confine a process that shares its namespaces with the host, as far as the level goes; `folder` is its own.

    Raises OSError when a step is refused: then the caller must end at once.
    """
    if os.getuid() == 0:
        raise OSError("a guest never runs as uid 0")
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)  # what it leaves behind stays below it, where the host's meter looks
    os.setsid()
    os.chdir(folder)
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), folder))
    tempfile.tempdir = folder
    os.umask(0o077)
    _close_descriptors(keep=wire)
    others = _processes_of(os.getuid())
    _bound_resources({**limits, "processes": limits["processes"] + others})
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    if walls.level is Level.REDUCED:
        landlock.restrict(walls.landlock, walls.readable, (folder,), listed=False)
        seccomp.install(walls.filters[Profile.SHARED])


def _processes_of(uid: int) -> int:
    """Return how many processes and threads an account has: the kernel bounds those of an account together."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == uid:
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue  # it has just ended
    return count


def _mount_private_file_systems(limits: dict[str, Any]) -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("proc", "/proc", "proc", flags | kernel.MS_NOEXEC)
    options = f"size={limits['scratch']},nr_inodes={limits['inodes']},mode=0700"
    environment = _held_open("/tmp")
    for folder in ("/tmp", "/dev/shm"):
        kernel.mount("tmpfs", folder, "tmpfs", flags | kernel.MS_NOEXEC, options)
    for path, descriptor in environment.items():
        os.makedirs(path)
        kernel.mount(f"/proc/self/fd/{descriptor}", path, None, kernel.MS_BIND | kernel.MS_REC)
        os.close(descriptor)
    os.mkdir(WORKING_FOLDER, 0o700)


def _held_open(folder: str) -> dict[str, int]:
    """Return the parts of the Python environment that lie in a folder about to be covered, each with a descriptor."""
    return {part: os.open(part, os.O_PATH | os.O_DIRECTORY) for part in _environment_in(folder)}


def _environment_in(folder: str) -> list[str]:
    return sorted(part for part in {sys.prefix, sys.base_prefix} if part.startswith(folder + "/"))


def _readable() -> list[str]:
    """Return what a guest may read: all of its root but devices, and what of the Python environment lies in /tmp."""
    top = [f"/{name}" for name in os.listdir("/") if name not in ("dev", "tmp")]
    return [*top, *_environment_in("/tmp")]


def _close_descriptors(keep: int) -> None:
    """Close everything but the wire, and put /dev/null in the place of standard input, output and error."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number > 2 and number != keep:
            try:
                os.close(number)
            except OSError:
                continue


def _bring_up_loopback() -> None:
    """Let this guest's processes reach each other over 127.0.0.1: its network namespace holds that interface only."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"


def _bound_resources(limits: dict[str, Any]) -> None:
    present = _address_space()
    bounds = {
        resource.RLIMIT_AS: present + limits["memory"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_FSIZE: limits["scratch"],
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))


def _forbid_namespaces() -> None:
    """Allow no namespace below this one: in a user namespace of its own a guest could mount file systems without
    bounds.
    """
    for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
        Path(f"/proc/sys/user/max_{kind}_namespaces").write_text("0")


def _address_space() -> int:
    """Return this process's virtual memory in bytes: what it inherited from the zygote counts against RLIMIT_AS."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
