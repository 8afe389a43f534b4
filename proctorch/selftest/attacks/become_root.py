"""Becoming root, or any other user."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
if os.getuid() == 0 or os.geteuid() == 0:
    print("GOT uid 0")
for call in (libc.setuid, libc.setgid, libc.seteuid):
    if call(0) == 0 and os.geteuid() == 0:
        print("GOT uid 0")
for number in (0, 1, 1000, 65534):
    if number != os.getuid() and libc.setuid(number) == 0:
        print("GOT uid", number)
