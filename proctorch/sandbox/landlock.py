"""Landlock: what a guest may do with files, TCP and signals, whatever file systems and namespaces let it.

Three system calls (Linux: `Documentation/userspace-api/landlock.rst`). Each version of the kernel's interface (ABI) can
forbid more; a kernel without it leaves the guest to the other measures, and that is recorded.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterable

from proctorch.sandbox import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1
TCP = 0b11  # bind, connect
SCOPES = 0b11  # abstract Unix sockets, signals
READ_ONLY = READ_FILE | READ_DIR | EXECUTE

WRITABLE = ("/tmp", "/dev/shm")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def version() -> int:
    """Return the kernel's Landlock ABI, 0 where there is none."""
    try:
        return kernel.syscall(CREATE_RULESET, None, 0, ASK_VERSION)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
            return 0
        raise


def file_rights(abi: int) -> int:
    """Return all rights to files that an ABI knows."""
    later = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
    return FIRST_RIGHTS | sum(right for since, right in later if abi >= since)


def restrict(
    abi: int,
    readable: Iterable[str],
    writable: Iterable[str] = WRITABLE,
    *,
    loopback: bool = False,
    listed: bool = True,
) -> None:
    """Bind this process and whatever comes from it, for good; raises OSError, as without no_new_privs.

    What lies below the paths `readable` can be read and executed, what lies below `writable` read and written;
    everything else can only be listed, and that where `listed` says so.
    """
    known = file_rights(abi)
    network = TCP if abi >= 4 and not loopback else 0
    scopes = SCOPES if abi >= 6 else 0
    sizes = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}
    attributes = struct.pack("QQQ", known, network, scopes)[: sizes.get(abi, 24)]
    ruleset = kernel.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    try:
        if listed:
            _allow(ruleset, "/", READ_DIR)
        for path in readable:
            _allow(ruleset, path, READ_ONLY)
        for path in writable:
            _allow(ruleset, path, known & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV))
        for path in DEVICES:
            _allow(ruleset, path, (READ_FILE | WRITE_FILE | TRUNCATE) & known)
        kernel.syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # the kernel takes no others for a file
        kernel.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)
