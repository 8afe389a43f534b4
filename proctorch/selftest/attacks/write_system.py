"""Writing where the system, the Python environment or the engine lies."""

import os
import sys

import torch

# The environment's own folder may stand in the guest's /tmp, as a place for mounts: what lies in it is what counts.
places = ["/", "/etc", "/usr/lib", "/opt", os.path.join(sys.prefix, "lib"), os.path.join(sys.base_prefix, "lib")]
for folder in (*places, os.path.dirname(torch.__file__), TARGET["folder"], "/var/tmp"):
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
