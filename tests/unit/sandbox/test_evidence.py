"""The host's own look at how a guest is confined."""

from __future__ import annotations

import os
import time

import pytest

from proctorch.errors import SandboxUnavailable
from proctorch.grading.student import Student
from proctorch.sandbox.evidence import measures_of
from proctorch.sandbox.landlock import version


def test_a_guest_is_confined_in_every_way(zygote, guest):
    expected = ["namespaces", "ordinary user", "no capabilities", "no_new_privs", "rlimits", "seccomp"]
    expected += [f"landlock {version()}"] if version() else []
    assert list(measures_of(guest.pid, version())) == expected
    assert set(expected) <= set(zygote.measures)


def test_a_fork_of_a_guest_is_confined_like_it(guest):
    client = Student(guest.fork())._client
    assert client.load("cell 1", "import os\nos.fork()\nimport time\ntime.sleep(0.2)") is None
    deadline = time.monotonic() + 20
    while len(guest.meter.pids()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert {measures_of(pid, 0) for pid in guest.meter.pids()} == {measures_of(guest.pid, 0)}


def test_a_process_that_is_not_confined_is_found_out():
    with pytest.raises(SandboxUnavailable, match=r"user namespace, .*no_new_privs, seccomp"):
        measures_of(os.getpid(), 7)


def test_a_process_that_has_gone_is_found_out():
    with pytest.raises(SandboxUnavailable, match="does not say"):
        measures_of(2**22 + 1, 7)
