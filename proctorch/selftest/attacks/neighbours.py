"""Finding what a guest that runs at the same time wrote, or the guest itself."""

import glob
import os

for path in glob.glob("/tmp/**/neighbour*", recursive=True) + glob.glob("/dev/shm/*neighbour*"):
    try:
        print("GOT", path, open(path).read())
    except OSError:
        continue
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        if b"proctorch" in open(path, "rb").read() and int(path.split("/")[2]) not in (os.getpid(), 1):
            print("GOT sight of", path)
    except OSError:
        continue
