"""Become another program on a machine that refuses more: user namespaces, and with `landlock` that, too.

    python crippled.py [landlock] -- COMMAND ...

A filter of system calls does it, as a container's does. It is left to every process that the command starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

CLONE_NEWUSER = 0x10000000
NUMBERS = {
    "x86_64": {"clone": 56, "unshare": 272, "filter": 317},
    "aarch64": {"clone": 220, "unshare": 97, "filter": 277},
}
CLONE3, LANDLOCK_CREATE_RULESET = 435, 444
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def program(numbers: dict[str, int], *, landlock: bool) -> bytes:
    steps = [step(LOAD, 0)]
    for number in (numbers["clone"], numbers["unshare"]):
        steps += [step(EQUAL, number, 0, 4), step(LOAD, 16), step(ANY_BIT, CLONE_NEWUSER, 0, 1)]
        steps += [step(RETURN, REFUSE | errno.EPERM), step(RETURN, ALLOW)]
    steps += [step(EQUAL, CLONE3, 0, 1), step(RETURN, REFUSE | errno.ENOSYS)]
    if landlock:
        steps += [step(EQUAL, LANDLOCK_CREATE_RULESET, 0, 1), step(RETURN, REFUSE | errno.ENOSYS)]
    return b"".join([*steps, step(RETURN, ALLOW)])


def main(arguments: list[str]) -> None:
    place = arguments.index("--")
    numbers = NUMBERS[os.uname().machine]
    code = program(numbers, landlock="landlock" in arguments[:place])
    kept = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(kept))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.getuid() != 0:
        libc.prctl(38, 1, 0, 0, 0)
    if libc.syscall(numbers["filter"], 1, 0, described) != 0:
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")
    command = arguments[place + 1 :]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
