"""What a guest may use, in one place."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds for a guest.

    `cpu_seconds` is the CPU time of one check, `wall_factor` times it the wall-clock backstop (code that sleeps uses
    no CPU). `memory` is in bytes, on top of what the zygote had touched before the fork. `load_seconds` is CPU time
    for all cells together. `output` is bytes of print kept per call. `frame` is the largest frame, in bytes.
    `scratch` and `inodes` bound each private file system. `processes` counts processes and threads,
    `processors` bounds what they use together per second, where there are control groups.
    `loopback` says whether the guest's processes may reach each other over 127.0.0.1; nothing else is there to reach.
    """

    cpu_seconds: float = 3.0
    wall_factor: float = 4.0
    load_seconds: float = 20.0
    memory: int = 1024 * MEBIBYTE
    output: int = 64 * 1024
    frame: int = 64 * MEBIBYTE
    scratch: int = 64 * MEBIBYTE
    inodes: int = 4096
    processes: int = 64
    processors: float = 2.0
    open_files: int = 256
    loopback: bool = False

    def replace(self, **changes: Any) -> Limits:
        """Return a copy with some bounds changed."""
        return dataclasses.replace(self, **changes)


DEFAULT_LIMITS = Limits()
