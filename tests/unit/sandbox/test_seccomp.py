"""The filter of system calls: read as a program, for both architectures, and as a guest meets it."""

from __future__ import annotations

import errno
import platform
import struct

import pytest

from proctorch.grading.student import Student
from proctorch.sandbox import seccomp
from proctorch.sandbox.host import Guest
from proctorch.sandbox.seccomp import Profile
from proctorch.sandbox.syscalls import numbers

MACHINES = ("x86_64", "aarch64")
ALLOWED = "allowed"
# Numbers on x86_64 and aarch64 of what no guest needs.
REFUSED = {
    "ptrace": (101, 117, errno.EPERM),
    "unshare": (272, 97, errno.EPERM),
    "setns": (308, 268, errno.EPERM),
    "mount": (165, 40, errno.EPERM),
    "umount2": (166, 39, errno.EPERM),
    "pivot_root": (155, 41, errno.EPERM),
    "chroot": (161, 51, errno.EPERM),
    "bpf": (321, 280, errno.EPERM),
    "perf_event_open": (298, 241, errno.EPERM),
    "userfaultfd": (323, 282, errno.EPERM),
    "keyctl": (250, 219, errno.EPERM),
    "add_key": (248, 217, errno.EPERM),
    "request_key": (249, 218, errno.EPERM),
    "personality": (135, 92, errno.EPERM),
    "kexec_load": (246, 104, errno.EPERM),
    "init_module": (175, 105, errno.EPERM),
    "finit_module": (313, 273, errno.EPERM),
    "swapon": (167, 224, errno.EPERM),
    "reboot": (169, 142, errno.EPERM),
    "acct": (163, 89, errno.EPERM),
    "quotactl": (179, 60, errno.EPERM),
    "process_vm_readv": (310, 270, errno.EPERM),
    "process_vm_writev": (311, 271, errno.EPERM),
    "kcmp": (312, 272, errno.EPERM),
    "fanotify_init": (300, 262, errno.EPERM),
    "name_to_handle_at": (303, 264, errno.EPERM),
    "open_by_handle_at": (304, 265, errno.EPERM),
    "memfd_create": (319, 279, errno.EPERM),
    "shmget": (29, 194, errno.EPERM),
    "msgget": (68, 186, errno.EPERM),
    "semget": (64, 190, errno.EPERM),
    "mq_open": (240, 180, errno.EPERM),
    "inotify_init1": (294, 26, errno.EPERM),
    "execveat": (322, 281, errno.EPERM),
    "splice": (275, 76, errno.EPERM),
    "vmsplice": (278, 75, errno.EPERM),
    "io_setup": (206, 0, errno.EPERM),
    "seccomp": (317, 277, errno.EPERM),
    "io_uring_setup": (425, 425, errno.ENOSYS),
    "io_uring_enter": (426, 426, errno.ENOSYS),
    "open_tree": (428, 428, errno.ENOSYS),
    "fsopen": (430, 430, errno.ENOSYS),
    "clone3": (435, 435, errno.ENOSYS),
    "pidfd_getfd": (438, 438, errno.ENOSYS),
    "landlock_restrict_self": (446, 446, errno.ENOSYS),
    "memfd_secret": (447, 447, errno.ENOSYS),
}


def answer(program: bytes, machine: str, number: int, *arguments: int, architecture: int | None = None) -> str | int:
    """Run a filter as the kernel would; return ALLOWED or the errno."""
    architecture = seccomp.AUDIT_ARCHITECTURES[machine] if architecture is None else architecture
    data = struct.pack("IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    steps = list(struct.iter_unpack("HBBI", program))
    place, word = 0, 0
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == 0x20:
            (word,) = struct.unpack_from("I", data, value)
        elif code == 0x06:
            if value == 0x7FFF0000:
                return ALLOWED
            assert value & 0xFFFF0000 == 0x00050000, "a refusal is an errno, never a kill"
            return value & 0xFFFF
        else:
            holds = {0x15: word == value, 0x35: word >= value, 0x45: bool(word & value)}[code]
            place += if_true if holds else if_false


@pytest.fixture(params=[(machine, kind) for machine in MACHINES for kind in (Profile.PLAIN, Profile.LOOPBACK)], ids=str)
def profile(request):
    machine, kind = request.param
    return machine, kind is Profile.LOOPBACK, seccomp.assemble(machine, kind)


def test_what_is_listed_is_allowed_and_nothing_else(profile):
    machine, _, program = profile
    listed = numbers(machine)
    looked_at = {listed[name] for name in ("clone", "socket", "socketpair", "ioctl", "prctl")}
    for number in set(range(600)) - looked_at:
        given = answer(program, machine, number)
        assert (given == ALLOWED) == (number in listed.values()), number


@pytest.mark.parametrize("call", REFUSED)
def test_what_no_guest_needs_is_refused(profile, call):
    machine, _, program = profile
    *here, error = REFUSED[call]
    assert answer(program, machine, here[MACHINES.index(machine)]) == error


def test_other_architectures_are_refused(profile):
    machine, _, program = profile
    i386, x32_read = 0x40000003, 0x40000000
    assert answer(program, machine, 3, architecture=i386) == errno.EPERM
    assert answer(program, machine, x32_read) == errno.ENOSYS


def test_sockets_are_of_the_families_that_a_profile_names(profile):
    machine, loopback, program = profile
    number = numbers(machine)["socket"]
    expected = {1, 2, 16} if loopback else {1}
    assert {family for family in range(64) if answer(program, machine, number, family, 1, 0) == ALLOWED} == expected
    assert answer(program, machine, number, 16, 3, 9) == errno.EPERM  # audit, and all other kinds of netlink
    assert answer(program, machine, number, (1 << 32) + 17, 3, 0) == errno.EPERM
    assert answer(program, machine, numbers(machine)["socketpair"], 2) == errno.EPERM


def test_processes_may_be_made_and_namespaces_not(profile):
    machine, _, program = profile
    number = numbers(machine)["clone"]
    thread, fork = 0x3D0F00, 0x1200011
    assert answer(program, machine, number, thread) == answer(program, machine, number, fork) == ALLOWED
    for bit in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer(program, machine, number, fork | bit) == errno.EPERM


def test_terminals_are_not_typed_into_and_processes_keep_their_limits(profile):
    machine, _, program = profile
    ioctl, prctl = numbers(machine)["ioctl"], numbers(machine)["prctl"]
    assert answer(program, machine, ioctl, 0, 0x5413) == ALLOWED
    for request in (0x5412, 0x541C, 0x8914, (1 << 32) + 0x5412):
        assert answer(program, machine, ioctl, 0, request) == errno.EPERM
    assert answer(program, machine, prctl, 15) == ALLOWED
    for option in (4, 22, 35, 36, 0x59616D61):
        assert answer(program, machine, prctl, option) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_without_namespaces_no_other_process_and_no_socket_is_reached(machine):
    program, listed = seccomp.assemble(machine, Profile.SHARED), numbers(machine)
    for name in ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_open", "pidfd_send_signal", "setpriority"):
        assert answer(program, machine, listed[name], 4711, 9) == errno.EPERM, name
    for family in (1, 2, 10, 16, 17):
        assert answer(program, machine, listed["socket"], family, 1) == errno.EPERM
    assert answer(program, machine, listed["socketpair"], 1, 1) == ALLOWED
    for name in ("prlimit64", "sched_setaffinity"):
        assert answer(program, machine, listed[name], 0) == ALLOWED
        assert answer(program, machine, listed[name], 4711) == errno.EPERM
    for name in ("chmod", "fchmodat", "truncate", "utimensat"):
        if name in listed:
            assert answer(program, machine, listed[name], 0) == errno.EPERM, name
    for command in (0, 2, 4, 6, 1030):
        assert answer(program, machine, listed["fcntl"], 3, command) == ALLOWED
    for command in (8, 10, 15, 1024, 1026):  # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY
        assert answer(program, machine, listed["fcntl"], 3, command) == errno.EPERM
    assert answer(program, machine, listed["read"]) == ALLOWED


def test_a_machine_without_a_table_is_refused():
    with pytest.raises(OSError, match="riscv64"):
        seccomp.assemble("riscv64", Profile.PLAIN)


ASK_KERNEL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print([0 if libc.syscall(number, 0, 0, 0, 0, 0, 0) >= 0 else ctypes.get_errno() for number in {numbers}])
"""


def test_a_guest_meets_the_filter(guest: Guest):
    machine = platform.machine()
    calls = {call: (row[MACHINES.index(machine)], row[2]) for call, row in REFUSED.items()}
    client = Student(guest.fork())._client
    assert client.load("cell 1", ASK_KERNEL.format(numbers=[number for number, _ in calls.values()])) is None
    assert client.printed.strip() == str([error for _, error in calls.values()])
