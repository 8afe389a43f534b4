"""Bounding a process of the host until it ends."""

import resource

for pid in (TARGET["victim"], TARGET["host"]):
    try:
        resource.prlimit(pid, resource.RLIMIT_CPU, (0, 0))
        print("GOT the limits of", pid)
    except (OSError, ValueError):
        continue
