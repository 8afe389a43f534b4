"""Control groups, where the host may make them: the kernel's own bound on a guest's memory, processes and processors.

Every guest gets a group of its own before it is let go. Its bounds lie a little above those that the host keeps by its
own clock and scales: the host says what went wrong, the kernel holds what is faster than the host looks. Version 1 and
2 are used, each controller where it is found; a machine that lets us make no group does without, and that is recorded.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from proctorch.errors import SandboxUnavailable
from proctorch.sandbox.limits import DEFAULT_LIMITS, MEBIBYTE, Limits

CONTROLLERS = ("memory", "pids", "cpu")
MARGIN = 1.25
KERNEL_MEMORY = 64 * MEBIBYTE
SPARE_PROCESSES = 8
PERIOD = 100_000
FAREWELL_SECONDS = 2.0
STALE_SECONDS = 60.0
PREFIX = "proctorch-guest-"


@dataclass(frozen=True)
class Place:
    """A folder in which groups can be made, of one version, with the controllers that work there."""

    version: int
    folder: Path
    controllers: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """One guest's groups: the same name in every place."""

    name: str
    places: tuple[Place, ...]

    def _folders(self) -> Iterator[tuple[Place, Path]]:
        return ((place, place.folder / self.name) for place in self.places)

    def make(self, limits: Limits) -> None:
        """Make the folders and write the bounds into them; raises OSError."""
        for place, folder in self._folders():
            folder.mkdir()
            for name, value in bounds(place, limits).items():
                (folder / name).write_text(value)

    def take(self, pid: int) -> None:
        """Move a process in; what it makes from now on is in it, too. Raises OSError."""
        for _, folder in self._folders():
            (folder / "cgroup.procs").write_text(str(pid))

    def ran_out_of_memory(self) -> bool:
        """Say whether the kernel has ended a process of the group for want of memory."""
        for place, folder in self._folders():
            with contextlib.suppress(OSError):
                text = (folder / ("memory.events" if place.version == 2 else "memory.oom_control")).read_text()
                counts = dict(line.split() for line in text.splitlines())
                if int(counts.get("oom_kill", 0)) > 0:
                    return True
        return False

    def kill(self) -> None:
        """End every process of the group, where the kernel does that (version 2, Linux 5.14)."""
        for place, folder in self._folders():
            if place.version == 2:
                with contextlib.suppress(OSError):
                    (folder / "cgroup.kill").write_text("1")

    def remove(self) -> bool:
        """Remove the folders; return whether they are gone, which they cannot be while a process is ending."""
        for _, folder in self._folders():
            with contextlib.suppress(OSError):
                folder.rmdir()
        return not any(folder.exists() for _, folder in self._folders())


def bounds(place: Place, limits: Limits) -> dict[str, str]:
    """Return what is written into the files of a new group."""
    memory = str(int(limits.memory * MARGIN) + limits.scratch * 2 + KERNEL_MEMORY)
    quota = int(limits.processors * PERIOD)
    processes = str(limits.processes + SPARE_PROCESSES)
    if place.version == 2:
        wanted = {
            "memory": {"memory.max": memory, "memory.swap.max": "0", "memory.oom.group": "1"},
            "pids": {"pids.max": processes},
            "cpu": {"cpu.max": f"{quota} {PERIOD}"},
        }
    else:
        wanted = {
            "memory": {"memory.limit_in_bytes": memory, "memory.swappiness": "0"},
            "pids": {"pids.max": processes},
            "cpu": {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(quota)},
        }
    return {name: value for controller in place.controllers for name, value in wanted[controller].items()}


@dataclass
class ControlGroups:
    """Makes guests' groups, and removes them once their processes have ended."""

    places: tuple[Place, ...]
    _numbers: Iterator[int] = field(default_factory=count)
    _made: set[Group] = field(default_factory=set)
    _left: set[Group] = field(default_factory=set)

    @classmethod
    def found(cls) -> ControlGroups:
        """Return what this machine allows: a place counts when a group with all bounds could be made there."""
        groups = cls(())
        groups.places = tuple(place for place in places() if groups._works(place))
        for place in groups.places:
            _sweep(place.folder)
        return groups

    @property
    def measure(self) -> str:
        """What provenance says of it: `cgroup v1 memory pids cpu`, or `no cgroup`."""
        versions = sorted({place.version for place in self.places})
        words = [f"v{version} " + " ".join(self._controllers(version)) for version in versions]
        return "cgroup " + " ".join(words) if words else "no cgroup"

    def _controllers(self, version: int) -> list[str]:
        found = [name for place in self.places if place.version == version for name in place.controllers]
        return sorted(found, key=CONTROLLERS.index)

    def enclose(self, pid: int, limits: Limits) -> Group:
        """Put a process into a new group of its own; raises SandboxUnavailable when the kernel refuses."""
        self._remove(self._left)
        group = Group(self._name(), self.places)
        self._made.add(group)
        try:
            group.make(limits)
            group.take(pid)
        except OSError as error:
            self.leave(group)
            raise SandboxUnavailable(f"a guest could not be put into a control group: {error}") from error
        return group

    def leave(self, group: Group) -> None:
        """Remove a group now or, when its processes are still ending, later."""
        group.kill()
        self._left.add(group)
        self._remove({group})

    def close(self) -> None:
        """Remove all groups that were made, waiting a little for processes that are ending."""
        end = time.monotonic() + FAREWELL_SECONDS
        while self._made and time.monotonic() < end:
            self._remove(self._made)
            if self._made:
                time.sleep(0.005)

    def _remove(self, groups: set[Group]) -> None:
        gone = {group for group in groups if group.remove()}
        self._made -= gone
        self._left -= gone

    def _works(self, place: Place) -> bool:
        group = Group(self._name(), (place,))
        try:
            group.make(DEFAULT_LIMITS)
        except OSError:
            return False
        finally:
            group.remove()
        return True

    def _name(self) -> str:
        return f"{PREFIX}{os.getpid()}-{id(self):x}-{next(self._numbers)}"


def places(table: str | None = None, own: str | None = None) -> list[Place]:
    """Return where groups may be made, from the texts of /proc/self/mountinfo and /proc/self/cgroup."""
    table = Path("/proc/self/mountinfo").read_text() if table is None else table
    own = Path("/proc/self/cgroup").read_text() if own is None else own
    found: list[Place] = []
    missing = list(CONTROLLERS)
    for _, names, path in sorted((line.split(":", 2) for line in own.splitlines()), key=lambda line: not line[1]):
        version = 1 if names else 2
        controllers = tuple(name for name in missing if name in names.split(",") or version == 2)
        mounted = _mounted(table, version, controllers, path) if controllers else None
        place = _place(version, *mounted, controllers) if mounted else None
        if place is not None:
            found.append(place)
            missing = [name for name in missing if name not in place.controllers]
    return found


def _mounted(table: str, version: int, controllers: tuple[str, ...], path: str) -> tuple[Path, Path] | None:
    """Return where a hierarchy is mounted, and our own group in it."""
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split()[:3]
        ours = kind == "cgroup2" if version == 2 else kind == "cgroup" and set(controllers) <= set(options.split(","))
        if ours:
            inside = path.removeprefix(root) if root != "/" else path
            return Path(point), Path(point) / inside.lstrip("/")
    return None


def _place(version: int, mount: Path, own: Path, controllers: tuple[str, ...]) -> Place | None:
    """Return our own group, or in version 2 the nearest above that hands its controllers on: one with processes does
    not.
    """
    if version == 1:
        return Place(1, own, controllers) if os.access(own, os.W_OK) else None
    for folder in (own, *own.parents):
        with contextlib.suppress(OSError):
            handed_on = (folder / "cgroup.subtree_control").read_text().split()
            working = tuple(name for name in controllers if name in handed_on)
            if working and os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK):
                return Place(2, folder, working)
        if folder == mount:
            break
    return None


def remove_groups_of(host: int) -> None:
    """Remove the groups that a host left when it was ended, waiting a little for the guests that end with it."""
    end = time.monotonic() + FAREWELL_SECONDS
    folders = [place.folder for place in places()]
    while left := [group for folder in folders for group in folder.glob(f"{PREFIX}{host}-*")]:
        for group in left:
            with contextlib.suppress(OSError):
                group.rmdir()
        if time.monotonic() > end:
            return
        time.sleep(0.005)


def _sweep(folder: Path) -> None:
    """Remove the empty groups of hosts that were killed; those with a process in them stay."""
    for group in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            host = group.name.removeprefix(PREFIX).split("-")[0]
            if not Path("/proc", host).exists() and time.time() - group.stat().st_mtime > STALE_SECONDS:
                group.rmdir()
