"""What Landlock takes from a guest that file systems and user ids leave to it."""

from __future__ import annotations

import pytest

from proctorch.grading.student import Student
from proctorch.sandbox import landlock
from proctorch.sandbox.host import Guest

pytestmark = pytest.mark.skipif(
    landlock.version() == 0, reason="this kernel has no Landlock; boot one of 5.13 or later with lsm=landlock,..."
)

TRY = """
import ctypes, errno, os, socket, subprocess, sys

def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
"""


def tried(guest: Guest, action: str) -> str:
    client = Student(guest.fork())._client
    assert client.load("cell 1", f"{TRY}\nprint(attempt(lambda: {action}))") is None
    return client.printed.strip()


@pytest.mark.parametrize("device", ["/dev/ptmx", "/dev/tty", "/dev/pts/ptmx", "/dev/console"])
def test_no_device_can_be_opened(guest, device):
    assert tried(guest, f"os.open({device!r}, os.O_RDONLY)") in ("EACCES", "ENOENT")


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/urandom"])
def test_the_harmless_devices_can_be_read(guest, device):
    assert tried(guest, f"open({device!r}, 'rb').read(1)") == "done"


def test_the_null_device_can_be_written(guest):
    assert tried(guest, "open('/dev/null', 'w').write('gone')") == "done"


@pytest.mark.parametrize("path", ["/proc/self/mem", "/proc/self/oom_score_adj", "/proc/self/comm"])
def test_nothing_in_proc_can_be_written(guest, path):
    assert tried(guest, f"open({path!r}, 'r+b')") == "EACCES"


def test_what_was_written_cannot_be_executed(guest):
    assert tried(guest, "(open('a', 'w').write('#!'), os.chmod('a', 0o700), os.execv('a', ['a']))") == "EACCES"


def test_python_can_be_started(guest):
    assert tried(guest, "subprocess.run([sys.executable, '-c', '1'], check=True)") == "done"


def test_files_of_its_own_are_a_guest_s(guest):
    assert tried(guest, "(os.mkdir('a'), open('a/b', 'w').close(), os.rename('a/b', 'c'), os.remove('c'))") == "done"
    assert tried(guest, "os.mkfifo('a')") == "EPERM"


def test_rights_grow_with_the_abi():
    rights = [landlock.file_rights(abi) for abi in range(1, 8)]
    assert rights == sorted(rights)
    assert (rights[0], rights[1], rights[2], rights[4]) == (0x1FFF, 0x3FFF, 0x7FFF, 0xFFFF)
