"""Writing one huge file."""

import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with open("huge", "wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, 2**30)
    print("GOT a file of a gigabyte")
except OSError:
    pass
