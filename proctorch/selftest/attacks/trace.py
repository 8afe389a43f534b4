"""Tracing a process of the host."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in (TARGET["host"], TARGET["victim"], os.getppid()):
    for request in (16, 0x4206):
        if pid and libc.ptrace(request, pid, 0, 0) == 0:
            print("GOT hold of", pid)
