"""Guests of a real zygote: made, asked, forked, killed; two of them see nothing of each other."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

from proctorch.errors import GuestCrashed, GuestFailure, SandboxUnavailable
from proctorch.grading.student import Student
from proctorch.sandbox import launcher
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS
from proctorch.sandbox.transport import SocketTransport

DAEMONS = """
import os, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        while True:
            time.sleep(99)
"""


def load(transport: SocketTransport, source: str) -> str:
    client = Student(transport)._client
    failure = client.load("cell 1", source)
    assert failure is None, failure
    return client.printed.strip()


def test_a_fork_has_what_was_loaded_and_gives_nothing_back(guest):
    load(guest.base, "x = [1]")
    first, second = guest.fork(), guest.fork()
    assert load(first, "x.append(2); print(x)") == "[1, 2]"
    assert load(second, "print(x)") == "[1]"
    assert load(guest.base, "print(x)") == "[1]"


def test_killing_ends_every_process_of_the_guest(zygote):
    guest = zygote.guest()
    load(guest.base, DAEMONS)
    pids = guest.meter.pids()
    assert len(pids) >= 6
    guest.kill()
    guest.kill()
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{pid}") for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
    with pytest.raises(GuestFailure):
        load(guest.base, "1")


def test_a_guest_that_dies_is_a_crash_and_the_zygote_goes_on(zygote):
    guest = zygote.guest()
    with pytest.raises(GuestCrashed):
        load(guest.base, "import os; os._exit(0)")
    other = zygote.guest()
    assert load(other.base, "print(6 * 7)") == "42"
    other.kill()


def struck(monkeypatch, times: int) -> list[int]:
    """Kill the next guests before they are confined; return the list of those that were."""
    let_go, killed = Guest.let_go, []

    def strike(guest: Guest) -> None:
        if len(killed) < times:
            killed.append(guest.pid)
            os.kill(guest.pid, signal.SIGKILL)
        let_go(guest)

    monkeypatch.setattr(Guest, "let_go", strike)
    return killed


def test_a_guest_that_is_killed_before_it_greets_is_made_again(zygote, monkeypatch):
    killed = struck(monkeypatch, 1)
    guest = zygote.guest()
    assert killed and guest.pid not in killed
    assert load(guest.base, "print(6 * 7)") == "42"
    guest.kill()


def test_a_guest_that_is_killed_twice_is_no_guest(zygote, monkeypatch):
    killed = struck(monkeypatch, 2)
    with pytest.raises(SandboxUnavailable, match="ended before it was confined"):
        zygote.guest()
    assert len(killed) == 2


def test_a_base_that_hangs_does_not_hold_up_the_host(zygote):
    """A guest that takes over its own server forks for nobody: that costs seconds, not its loading time."""
    guest = zygote.guest(DEFAULT_LIMITS.replace(cpu_seconds=600.0))
    load(guest.base, "import proctorch.sandbox.guest as g\ndef hang(*a):\n    while True: pass\ng._fork = hang")
    with pytest.raises(GuestFailure):
        guest.fork()
    guest.kill()


def test_two_guests_see_nothing_of_each_other(zygote):
    one, two = zygote.guest(), zygote.guest()
    mark = """
import os, socket
for folder in ("/tmp", "/tmp/work", "/dev/shm", "/dev", "/dev/pts", "/", "/run", "/var/tmp"):
    try:
        with open(folder + "/mark", "x") as stream:
            stream.write("here")
    except OSError:
        pass
held = socket.socket(socket.AF_UNIX)
held.bind("\\0mark")
try:
    terminal = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
except OSError:
    pass
import ctypes
ctypes.CDLL(None).shmget(99, 4096, 0o1666)
"""
    look = """
import os, socket, ctypes
places = ("/tmp", "/tmp/work", "/dev/shm", "/dev", "/dev/pts", "/", "/run", "/var/tmp")
found = [folder for folder in places if os.path.exists(folder + "/mark")]
found += [pid for pid in os.listdir("/proc") if pid.isdigit() and pid not in ("1", str(os.getpid()))]
try:
    socket.socket(socket.AF_UNIX).connect("\\0mark")
    found.append("socket")
except OSError:
    pass
if ctypes.CDLL(None).shmget(99, 4096, 0o666) >= 0:
    found.append("shared memory")
print(found)
"""
    load(one.base, mark)
    assert load(two.base, look) == "[]"
    assert one.meter.pids() != two.meter.pids()
    one.kill()
    assert load(two.base, "print('alive')") == "alive"
    two.kill()


def test_a_dead_zygote_is_started_again():
    with Zygote() as zygote:
        running = zygote._running
        assert running is not None
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        guest: Guest = zygote.guest()
        assert load(guest.base, "print(1)") == "1"
        guest.kill()


def test_without_bubblewrap_no_guest_is_made(monkeypatch, tmp_path):
    (tmp_path / "python3").symlink_to(shutil.which("python3") or "/usr/bin/python3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        Zygote().guest()


def test_the_root_shows_no_more_of_an_installation_than_python_needs(monkeypatch):
    monkeypatch.setattr("sys.base_prefix", "/usr")
    shown = [bind.source for bind in launcher.allowed_paths()]
    assert "/usr" not in shown and "/usr/local" not in shown
    assert not [path for path in shown if path.startswith(("/home", "/etc/pass", "/usr/share/jupyter"))]


def test_a_guest_stays_where_its_host_may_run(zygote):
    before = os.sched_getaffinity(0)
    one = {min(before)}
    try:
        os.sched_setaffinity(0, one)
        beside = zygote.guest()
        assert os.sched_getaffinity(beside.pid) == one
        beside.kill()
        free = zygote.guest(DEFAULT_LIMITS.replace(loopback=True))
        assert os.sched_getaffinity(free.pid) == before, "processes that talk to each other may run side by side"
        free.kill()
    finally:
        os.sched_setaffinity(0, before)


def test_the_guest_itself_can_be_asked_while_a_fork_is_on_its_way(guest):
    own = Student(guest.base)._client
    assert own.load("cell 1", "kept = 1") is None
    guest.get_ahead()
    own = Student(guest.itself())._client
    assert own.load("cell 2", "kept += 1") is None
    assert own.request("get", None, "kept") == (True, 2)
    assert Student(guest.fork())._client.request("get", None, "kept") == (True, 1)
    assert Student(guest.fork())._client.request("get", None, "kept") == (True, 2)
