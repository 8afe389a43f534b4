"""Control groups: found by version, made for every guest, and gone when it has gone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from proctorch.errors import GuestOutOfMemory, SandboxUnavailable
from proctorch.grading.student import Student
from proctorch.sandbox.cgroups import PREFIX, ControlGroups, Place, bounds, places, remove_groups_of
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS, MEBIBYTE

HERE = ControlGroups.found()
grouped = pytest.mark.skipif(
    not HERE.places,
    reason="this machine lets us make no control group; run as root, or in `systemd-run --user --scope`",
)
with_memory = pytest.mark.skipif("memory" not in HERE.measure, reason="no control group here bounds memory")


def groups_of(pid: int) -> list[str]:
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    return [line for line in lines if PREFIX in line]


def ours() -> list[Path]:
    return [group for place in HERE.places for group in place.folder.glob(f"{PREFIX}{os.getpid()}-*")]


@grouped
def test_a_guest_and_its_forks_are_in_a_group_of_their_own(zygote, guest):
    other = zygote.guest()
    client = Student(guest.fork())._client
    assert client.load("cell 1", "import os\nif os.fork() == 0:\n    import time\n    time.sleep(99)") is None
    try:
        groups = {pid: groups_of(pid) for pid in guest.meter.pids()}
        assert len(groups) >= 3
        assert all(found and found == groups_of(guest.pid) for found in groups.values())
        assert groups_of(other.pid) != groups_of(guest.pid)
        assert groups_of(os.getpid()) == []
    finally:
        other.kill()


@grouped
def test_no_group_outlives_its_zygote():
    before = ours()
    with Zygote() as started:
        kept, killed = started.guest(), started.guest()
        killed.kill()
        assert len(ours()) > len(before)
        assert kept.pid != killed.pid
    assert ours() == before


@grouped
def test_groups_of_a_host_that_was_killed_are_removed():
    sleeper = subprocess.Popen(["sleep", "99"])
    groups = ControlGroups(HERE.places)
    groups.enclose(sleeper.pid, DEFAULT_LIMITS)
    assert groups_of(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    remove_groups_of(os.getpid())
    assert not [group for group in ours() if f"{id(groups):x}" in group.name]


@with_memory
def test_what_is_faster_than_the_host_looks_is_ended_by_the_kernel(zygote):
    limits = DEFAULT_LIMITS.replace(memory=64 * MEBIBYTE)
    guest = zygote.guest(limits)
    hogs = """
import mmap, os
for _ in range(12):
    if os.fork() == 0:
        block = mmap.mmap(-1, 60 * 2**20)
        for place in range(0, len(block), 4096):
            block[place] = 1
        while True:
            pass
_, status = os.wait()
os._exit(status)
"""
    client = Student(guest.fork())._client
    client.begin(limits.replace(memory=2**40, cpu_seconds=60.0, wall_factor=1.0), 0)  # the host looks away
    with pytest.raises(GuestOutOfMemory):
        client.load("cell 1", hogs)
    guest.kill()


def test_a_process_that_has_gone_cannot_be_enclosed():
    if HERE.places:
        with pytest.raises(SandboxUnavailable, match="control group"):
            ControlGroups(HERE.places).enclose(2**22 + 1, DEFAULT_LIMITS)
    assert ControlGroups(()).enclose(2**22 + 1, DEFAULT_LIMITS).places == ()


def test_bounds_say_the_same_in_both_versions():
    controllers = ("memory", "pids", "cpu")
    first = bounds(Place(1, Path(), controllers), DEFAULT_LIMITS)
    second = bounds(Place(2, Path(), controllers), DEFAULT_LIMITS)
    assert first["memory.limit_in_bytes"] == second["memory.max"]
    assert int(second["memory.max"]) > DEFAULT_LIMITS.memory
    assert first["pids.max"] == second["pids.max"]
    assert second["cpu.max"] == f"{first['cpu.cfs_quota_us']} {first['cpu.cfs_period_us']}" == "200000 100000"


MOUNTS = """21 1 0:19 / /proc rw - proc proc rw
30 21 0:26 {root} {mount} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
"""


def version_2(folder: Path, handing_on: dict[str, str]) -> None:
    """Lay out a hierarchy as the kernel shows it: each folder, and the controllers that it hands on."""
    for path, controllers in handing_on.items():
        (folder / path).mkdir(parents=True, exist_ok=True)
        (folder / path / "cgroup.subtree_control").write_text(controllers + "\n")
        (folder / path / "cgroup.procs").touch()


def test_version_2_takes_the_nearest_group_that_hands_its_controllers_on(tmp_path):
    version_2(tmp_path, {"": "cpu memory pids", "user": "memory pids", "user/app": "memory pids", "user/app/shell": ""})
    found = places(MOUNTS.format(root="/", mount=tmp_path), "0::/user/app/shell\n")
    assert found == [Place(2, tmp_path / "user/app", ("memory", "pids"))]


def test_version_2_in_a_container_begins_at_what_is_mounted(tmp_path):
    version_2(tmp_path, {"": "memory pids cpu", "inner": ""})
    found = places(MOUNTS.format(root="/docker/ab", mount=tmp_path), "0::/docker/ab/inner\n")
    assert found == [Place(2, tmp_path, ("memory", "pids", "cpu"))]


def test_controllers_of_version_1_are_taken_before_those_of_version_2(tmp_path):
    version_2(tmp_path / "unified", {"": "cpu memory"})
    (tmp_path / "memory" / "own").mkdir(parents=True)
    table = MOUNTS.format(root="/", mount=tmp_path / "unified")
    table += f"31 21 0:27 / {tmp_path}/memory rw - cgroup cgroup rw,memory\n"
    found = places(table, "4:memory:/own\n0::/\n")
    assert found == [
        Place(1, tmp_path / "memory" / "own", ("memory",)),
        Place(2, tmp_path / "unified", ("cpu",)),
    ]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write where it is not allowed; run as an ordinary user")
def test_a_group_that_is_not_ours_is_not_taken(tmp_path):
    version_2(tmp_path, {"": "memory"})
    tmp_path.chmod(0o500)
    assert places(MOUNTS.format(root="/", mount=tmp_path), "0::/\n") == []


def test_a_machine_without_groups_says_so():
    assert places("21 1 0:19 / /proc rw - proc proc rw\n", "0::/\n") == []
    assert ControlGroups(()).measure == "no cgroup"
    assert ControlGroups((Place(2, Path(), ("cpu", "memory")),)).measure == "cgroup v2 memory cpu"
