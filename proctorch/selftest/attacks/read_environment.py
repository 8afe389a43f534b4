"""Reading the canary in the environment or the arguments of any process."""

import glob
import os

for name in ("environ", "cmdline"):
    for path in glob.glob(f"/proc/[0-9]*/{name}") + [f"/proc/{TARGET[who]}/{name}" for who in ("host", "victim")]:
        try:
            text = open(path, "rb").read()
        except OSError:
            continue
        if TARGET["begins"].encode() in text:
            print("GOT", path)
if any(TARGET["begins"] in value for value in os.environ.values()):
    print("GOT the environment of the host")
