"""Reading or writing the memory of a process of the host."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in (TARGET["host"], TARGET["victim"], os.getppid()):
    for name in ("mem", "maps", "syscall", "stack"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as stream:
                stream.read(1)
                if pid and pid != os.getpid():
                    print("GOT the memory of", pid, name)
        except OSError:
            continue
    vector = (ctypes.c_void_p * 2)(id(vector_of := ctypes.create_string_buffer(8)), 8)
    number = {"x86_64": 310, "aarch64": 270}[os.uname().machine]
    if pid and libc.syscall(number, pid, vector, 1, vector, 1, 0) >= 0:
        print("GOT the memory of", pid)
