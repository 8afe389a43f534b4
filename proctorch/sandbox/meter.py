"""How much CPU time and memory a guest and everything below it use, as the host sees it in /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from proctorch.sandbox.cgroups import Group

_TICKS = os.sysconf("SC_CLK_TCK")
_COUNTED = ("Pss_Anon:", "Pss_Shmem:")


class Meter:
    """Measures the tree of processes below one process, itself included; what has ended in between is not seen."""

    def __init__(self, pid: int, group: Group | None = None) -> None:
        self._pid, self._group = pid, group

    def ran_out_of_memory(self) -> bool:
        """Say whether the kernel has ended a process of the tree for want of memory."""
        return self._group is not None and self._group.ran_out_of_memory()

    def pids(self) -> list[int]:
        """Return the tree's process ids, at most a few hundred."""
        found: list[int] = []
        waiting = [self._pid]
        while waiting and len(found) < 500:
            pid = waiting.pop()
            found.append(pid)
            waiting.extend(_children(pid))
        return found

    def cpu_seconds(self) -> float:
        """Return the CPU time of the tree in seconds, that of collected children included."""
        return sum(_cpu_ticks(pid) for pid in self.pids()) / _TICKS

    def memory(self) -> int:
        """Return the tree's anonymous and shared memory in bytes, pages shared by several counted once."""
        pids = self.pids()
        files = {inode: size for pid in pids for inode, size in _memory_files(pid)}
        return sum(_memory(pid) for pid in pids) + sum(files.values())

    def address_space(self) -> int:
        """Return the size of the largest address space of the tree in bytes, which is what a guest's limit counts."""
        return max(map(_address_space, self.pids()), default=0)


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for task in os.listdir(f"/proc/{pid}/task")
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()
        ]
    except OSError:
        return []


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])


def _memory(pid: int) -> int:
    return _kibibytes(f"/proc/{pid}/smaps_rollup", _COUNTED) * 1024


def _address_space(pid: int) -> int:
    return _kibibytes(f"/proc/{pid}/status", ("VmSize:",)) * 1024


def _kibibytes(file: str, lines: tuple[str, ...]) -> int:
    try:
        found = Path(file).read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in found if line.startswith(lines))


def _memory_files(pid: int) -> Iterator[tuple[int, int]]:
    """Yield inode and size of the files in memory that a process holds open: what lies there is on no page of its."""
    folder = f"/proc/{pid}/fd"
    try:
        for name in os.listdir(folder):
            if os.readlink(f"{folder}/{name}").startswith("/memfd:"):
                found = os.stat(f"{folder}/{name}")
                yield found.st_ino, found.st_blocks * 512
    except OSError:
        return
