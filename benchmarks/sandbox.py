"""What the sandbox costs and leaves behind: guests made, killed and counted.

    python -m benchmarks.sandbox [--guests 2000] [--json PATH]

In one run on this machine: the time from asking for a guest to the first line of student code in it (milliseconds, p50
and p95), the zygote's own memory (MiB of pages that it shares with nobody, and with its guests) and number of threads,
the time to end a tree of 60 processes, and how many processes are left when the zygote is closed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proctorch.grading.client import Client
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS
from proctorch.sandbox.meter import Meter

TREE = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        for _ in range(9):
            if os.fork() == 0:
                time.sleep(600)
        time.sleep(600)
time.sleep(0.3)
"""
FAREWELL_SECONDS = 30.0


def client_of(guest: Guest) -> Client:
    """Return a client that asks a guest."""
    client = Client(guest.base, lambda *parts: None)
    client.begin(DEFAULT_LIMITS, 0)
    return client


def first_lines(zygote: Zygote, guests: int) -> list[float]:
    """Return how long each of so many guests took from being asked for to its first line, in milliseconds."""
    found = []
    for _ in range(guests):
        start = time.perf_counter()
        guest = zygote.guest()
        client_of(guest).load("cell", "x = 1")
        found.append((time.perf_counter() - start) * 1e3)
        guest.kill()
    return found


def time_to_end_a_tree(zygote: Zygote) -> tuple[int, float]:
    """Return how many processes a guest has made, and the milliseconds from the kill to the end of the last."""
    guest = zygote.guest()
    client_of(guest).load("tree", TREE)
    pids = guest.meter.pids()
    start = time.perf_counter()
    guest.kill()
    left(pids)
    return len(pids), (time.perf_counter() - start) * 1e3


def left(pids: Sequence[int]) -> list[int]:
    """Return those processes that are still there after a while; one that has ended counts as gone."""
    end = time.monotonic() + FAREWELL_SECONDS
    while (still := [pid for pid in pids if os.path.exists(f"/proc/{pid}/fd/0")]) and time.monotonic() < end:
        time.sleep(0.0005)
    return still


def zygote_process() -> int:
    """Return the process id of the one zygote below this process."""
    for pid in Meter(os.getpid()).pids():
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"proctorch.sandbox.zygote" in command and b"--unshare-user" not in command:
            return pid
    raise SystemExit("no zygote was found")


def memory_and_threads(pid: int) -> dict[str, Any]:
    """Return what a process holds, in MiB, and its number of threads."""
    pages = {
        name: int(value.split()[0]) / 1024
        for name, _, value in (
            line.partition(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        )
        if value
    }
    threads = len(os.listdir(f"/proc/{pid}/task"))
    return {"resident_mib": round(pages["Rss"]), "anonymous_mib": round(pages["Anonymous"]), "threads": threads}


def measure(guests: int) -> dict[str, Any]:
    """Return all figures."""
    with Zygote(("numpy", "torch")) as zygote:
        first_lines(zygote, 5)
        took = first_lines(zygote, guests)
        size, ended = time_to_end_a_tree(zygote)
        own = memory_and_threads(zygote_process())
        everybody = Meter(os.getpid()).pids()[1:]
    cuts = statistics.quantiles(took, n=20)
    return {
        "guests": guests,
        "first_line_ms": {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1)},
        "zygote": own,
        "tree": {"processes": size, "ended_ms": round(ended, 1)},
        "orphans": len(left(everybody)),
        "measures": zygote.measures,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guests", type=int, default=2000, metavar="N", help="how many guests are made and killed")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write the figures there")
    asked = parser.parse_args()
    found = measure(asked.guests)
    print(json.dumps(found, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
