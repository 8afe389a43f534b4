"""Writing where the system, the Python environment or the engine lies."""

import os
import sys

import torch

for folder in (
    "/",
    "/etc",
    "/usr/lib",
    "/opt",
    sys.prefix,
    os.path.dirname(torch.__file__),
    TARGET["folder"],
    "/var/tmp",
):
    try:
        with open(os.path.join(folder, "mine"), "w") as stream:
            stream.write("x")
        print("GOT", folder)
    except OSError:
        continue
for path in (torch.__file__, TARGET["file"], "/etc/passwd"):
    try:
        os.close(os.open(path, os.O_RDWR))
        print("GOT", path)
    except OSError:
        continue
