"""The last wall of a guest: a filter in the kernel that lets only an allow-list of system calls through.

A filter is a program for the kernel's classic BPF machine (Linux: `Documentation/userspace-api/seccomp_filter.rst`). It
is assembled once, in the zygote, and installed in every guest after all other measures, since several of those need
calls that it refuses. What it refuses gets an errno and no kill: libraries try things, and go on without.

There are three profiles. Guests in namespaces of their own get sockets of the family AF_UNIX; those with loopback
AF_INET as well, and the one kind of AF_NETLINK by which gloo asks which interfaces there are. Guests without namespaces
share those of the host, so they get no socket by name, no call that reaches another process of their account, and none
that changes a file which it did not open.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from enum import Enum

from proctorch.sandbox import kernel
from proctorch.sandbox.syscalls import AARCH64, FIRST_OPTIONAL, MACHINES, X86_64, numbers

LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
# Offsets into struct seccomp_data. Of an argument the lower half is looked at: the kernel reads these as 32-bit values.
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
AUDIT_ARCHITECTURES = {X86_64: 0xC000003E, AARCH64: 0xC00000B7}
INSTALL_CALLS = {X86_64: 317, AARCH64: 277}
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_TSYNC = 1

NAMESPACE_FLAGS = 0x7E020000
AF_UNIX, AF_INET, AF_NETLINK = 1, 2, 16
NETLINK_ROUTE = 0
# FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, and the two that ask whether something is a terminal: TCGETS, TIOCGWINSZ.
IOCTLS = (0x541B, 0x5421, 0x5451, 0x5450, 0x5401, 0x5413)
# Set and get the death signal and the name; get dumpable, the bounding set, the seccomp mode, no_new_privs; set
# no_new_privs; name a mapping (as the C library does for its heaps).
PRCTLS = (1, 2, 15, 16, 3, 23, 21, 39, 38, 0x53564D41)

# Duplicate; get and set the flags of a descriptor and of a file; locks of both kinds; the size of a pipe. Not F_SETOWN
# and F_SETSIG, which let the kernel send any signal to any process of the same account.
FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)
# What reaches other processes of the same account: where no process namespace ends it, the filter does.
REACHING = (
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_send_signal", "setpriority",
)  # fmt: skip
OWN = (0,)
# What changes a file that was never opened: Landlock does not look at these, and the host's files may belong to the
# guest's own account.
CHANGING = (
    "chmod", "fchmodat", "fchmodat2", "truncate", "utime", "utimes", "utimensat", "futimesat",
)  # fmt: skip

Filter = bytes


class Profile(Enum):
    """Which guests a filter is for."""

    PLAIN = "namespaces of its own"
    LOOPBACK = "namespaces of its own, and `lo`"
    SHARED = "the host's namespaces"


def assemble(machine: str, profile: Profile) -> Filter:
    """Return the filter for a machine, as `os.uname().machine` names it; raises OSError where none is known."""
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"no filter of system calls is known for {machine}")
    allowed = numbers(machine)
    looked_at = {
        "clone": _without_bits(0, NAMESPACE_FLAGS),
        "socketpair": _one_of(0, (AF_UNIX,)),
        "ioctl": _one_of(1, IOCTLS),
        "prctl": _one_of(0, PRCTLS),
    }
    if profile is Profile.SHARED:
        looked_at |= {name: [_refuse(errno.EPERM)] for name in ("socket", *REACHING, *CHANGING) if name in allowed}
        looked_at |= {"prlimit64": _one_of(0, OWN), "sched_setaffinity": _one_of(0, OWN), "fcntl": _one_of(1, FCNTLS)}
    elif profile is Profile.LOOPBACK:
        looked_at["socket"] = [*_routes(), *_one_of(0, (AF_UNIX, AF_INET))]
    else:
        looked_at["socket"] = _one_of(0, (AF_UNIX,))
    # Another architecture has other numbers; x32, which has this one's, marks them with a bit that no number here has.
    program = [*_load(ARCHITECTURE), *_unless(AUDIT_ARCHITECTURES[machine], _refuse(errno.EPERM)), *_load(NUMBER)]
    for name, rules in looked_at.items():
        program += _if_equal(allowed.pop(name), rules)
    for number in sorted(allowed.values()):
        program += _if_equal(number, [_allow()])
    program += [_step(JUMP_AT_LEAST, FIRST_OPTIONAL, 0, 1), _refuse(errno.ENOSYS), _refuse(errno.EPERM)]
    return b"".join(program)


def filters(*profiles: Profile) -> dict[Profile, Filter]:
    """Return this machine's filters; raises OSError where none are known."""
    return {profile: assemble(os.uname().machine, profile) for profile in profiles}


def install(program: Filter) -> None:
    """Bind this process, all its threads and whatever comes from it to a filter, for good; raises OSError."""
    steps = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(steps))
    call = INSTALL_CALLS[os.uname().machine]
    if kernel.syscall(call, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, described) != 0:
        raise OSError(errno.EBUSY, "a thread could not be bound to the filter of system calls")


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _load(offset: int) -> list[bytes]:
    return [_step(LOAD_WORD, offset)]


def _allow() -> bytes:
    return _step(RETURN, ALLOW)


def _refuse(number: int) -> bytes:
    return _step(RETURN, REFUSE | number)


def _unless(value: int, otherwise: bytes) -> list[bytes]:
    return [_step(JUMP_EQUAL, value, 1, 0), otherwise]


def _if_equal(value: int, then: list[bytes]) -> list[bytes]:
    return [_step(JUMP_EQUAL, value, 0, len(then)), *then]


def _one_of(argument: int, values: Iterable[int]) -> list[bytes]:
    """Allow a call when the lower half of an argument is one of these values."""
    tests = [step for value in values for step in _if_equal(value, [_allow()])]
    return [*_load(ARGUMENTS + 8 * argument), *tests, _refuse(errno.EPERM)]


def _routes() -> list[bytes]:
    """Allow a socket that asks the kernel about interfaces: without a capability it changes none."""
    return [*_load(ARGUMENTS), *_if_equal(AF_NETLINK, _one_of(2, (NETLINK_ROUTE,)))]


def _without_bits(argument: int, bits: int) -> list[bytes]:
    """Allow a call when the lower half of an argument has none of these bits."""
    return [*_load(ARGUMENTS + 8 * argument), _step(JUMP_ANY_BIT, bits, 0, 1), _refuse(errno.EPERM), _allow()]
