"""A guest that asks for loopback can train data-parallel in two processes; nothing else can be reached, by anybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proctorch.grading.student import Student
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS

LOOPBACK = DEFAULT_LIMITS.replace(loopback=True, cpu_seconds=20.0, wall_factor=10.0)

ALL_REDUCE = """
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

def work(rank, address, answers):
    dist.init_process_group("gloo", init_method=f"tcp://{address}", rank=rank, world_size=2)
    total = torch.tensor([rank + 1.0])
    dist.all_reduce(total)
    answers.put(total.item())
    dist.barrier()
    dist.destroy_process_group()

def all_reduce(address):
    context = mp.get_context("fork")
    answers = context.Queue()
    workers = [context.Process(target=work, args=(rank, address, answers)) for rank in range(2)]
    for worker in workers:
        worker.start()
    sums = [answers.get(timeout=20) for _ in workers]
    for worker in workers:
        worker.join()
    return sums
"""

TRY = """
import socket

def attempt(action):
    try:
        return action() or "done"
    except OSError as error:
        return error.strerror or str(error)
"""
BIND = "print(attempt(lambda: socket.socket().bind(('127.0.0.1', 29500))))"
CONNECT = "print(attempt(lambda: socket.create_connection(('{}', 53), timeout=2)))"


@pytest.fixture
def with_loopback(zygote: Zygote) -> Iterator[Guest]:
    made = zygote.guest(LOOPBACK)
    yield made
    made.kill()


def run(guest: Guest, source: str) -> str:
    client = Student(guest.fork())._client
    client.begin(LOOPBACK, 0)
    failure = client.load("cell 1", source)
    assert failure is None, failure
    return client.printed.strip()


@pytest.mark.slow
@pytest.mark.parametrize("address", ["127.0.0.1:29500", "localhost:29501"])
def test_two_processes_reduce_over_loopback(with_loopback, address):
    assert run(with_loopback, f"{ALL_REDUCE}\nprint(all_reduce({address!r}))") == "[3.0, 3.0]"


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "8.8.8.8", "169.254.169.254", "224.0.0.1"])
def test_nothing_but_itself_can_be_reached(with_loopback, address):
    assert run(with_loopback, TRY + CONNECT.format(address)) == "Network is unreachable"


def test_there_is_no_interface_but_lo(with_loopback):
    assert run(with_loopback, "import socket\nprint([name for _, name in socket.if_nameindex()])") == "['lo']"


def test_two_guests_do_not_share_a_loopback(zygote, with_loopback):
    listening = "import socket, os\nserver = socket.create_server(('127.0.0.1', 29502))\nos.fork()\nprint('up')"
    assert run(with_loopback, TRY + listening).startswith("up")
    other = zygote.guest(LOOPBACK)
    try:
        reached = TRY + CONNECT.format("127.0.0.1").replace("53", "29502")
        assert run(other, reached) == "Connection refused"
    finally:
        other.kill()


def test_a_guest_that_did_not_ask_can_reach_nothing(guest):
    assert run(guest, TRY + CONNECT.format("127.0.0.1")) != "done"


def test_a_guest_cannot_bring_up_or_take_down_an_interface(with_loopback, guest):
    change = """
import fcntl, struct
print(attempt(lambda: fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", {}))))
"""
    assert run(with_loopback, TRY + change.format(0)) == "Operation not permitted"
    assert run(guest, TRY + change.format(1)) == "Operation not permitted"
