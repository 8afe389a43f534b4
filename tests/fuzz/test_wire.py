"""Whatever a guest sends, in whatever pieces, the host reads it or ends the guest: it never fails itself."""

from __future__ import annotations

import gc
import itertools
import random
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctorch.grading.client import Client
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.values import Reference
from proctorch.sandbox.wire import BadFrame, Closed, Frame, Kind, read_frame
from tests.fuzz.frames import lying, made, seeds
from tests.fuzz.guard import Fault, limited, tried
from tests.fuzz.wire_target import ask, judge

ROOT = Path(__file__).parents[2]
KEPT = sorted((Path(__file__).parent / "corpus" / "wire").iterdir())
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # torch's opinion of complex32
seeds_of_chance = st.integers(0, 2**63 - 1)


def faults(*inputs: bytes) -> list[tuple[Fault, bytes]]:
    """Try inputs; return what was wrong, and with which."""
    with limited():
        tries = [(tried(judge, data), data) for data in inputs]
    return [(fault, data) for fault, data in tries if fault is not None]


def test_what_was_ever_kept() -> None:
    assert len(KEPT) > 50
    assert faults(*(file.read_bytes() for file in KEPT)) == []


def test_what_honest_guests_say_in_every_length() -> None:
    assert faults(*seeds()) == []
    whole = seeds()[-3]
    assert faults(*(whole[:end] for end in range(len(whole)))) == []


@settings(max_examples=1000, deadline=None)
@given(seeds_of_chance)
def test_what_lying_guests_say(seed: int) -> None:
    assert faults(made(random.Random(seed))) == []


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(Kind), st.integers(0, 3), st.binary(max_size=80), st.binary(max_size=30))
def test_noise_in_good_frames(kind: Kind, number: int, payload: bytes, behind: bytes) -> None:
    assert faults(Frame(kind, number, payload).pack() + behind) == []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_more_is_asked_for_than_is_allowed(data: bytes, largest: int) -> None:
    place, asked = 0, []

    def read(count: int) -> bytes:
        nonlocal place
        asked.append(count)
        if place + count > len(data):
            raise Closed
        place += count
        return data[place - count : place]

    try:
        while True:
            read_frame(read, largest)
    except (BadFrame, Closed):
        assert max(asked) <= max(largest, 9)


def in_pieces(data: bytes, cuts: list[int]) -> bool:
    """Ask a guest that sends these bytes cut at these places, each piece when the one before was taken."""
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    bounds = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]

    def send() -> None:
        try:
            for start, end in itertools.pairwise(bounds):
                theirs.sendall(data[start:end])
            theirs.shutdown(socket.SHUT_WR)
        except OSError:  # the host has had enough
            return

    thread = threading.Thread(target=send)
    thread.start()
    try:
        return ask(ours)
    finally:
        ours.close()
        thread.join()
        theirs.close()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([0, 5, 13, 20, 24]), st.lists(st.integers(0, 10_000), max_size=12))
def test_an_honest_answer_in_any_pieces_is_the_same_answer(chosen: int, cuts: list[int]) -> None:
    second = Frame(Kind.REPLY, 2, encode(((True, [1.0]),))).pack()
    assert in_pieces(seeds()[chosen] + second, cuts)


@settings(max_examples=100, deadline=None)
@given(seeds_of_chance, st.lists(st.integers(0, 10_000), max_size=12))
def test_lies_in_any_pieces(seed: int, cuts: list[int]) -> None:
    in_pieces(made(random.Random(seed)), cuts)


def test_objects_named_again_and_again_cost_no_more_each_time() -> None:
    """What the host held and let go was looked for in a list: 40,000 names took 13 seconds, and a frame holds more."""

    def names(start: int) -> bytes:
        held = [Reference("object", number, "x") for number in range(start, start + 2500)]
        return Frame(Kind.CALLBACK, 1, encode((1, ((held,), {})))).pack()

    flood = b"".join(names(start) for start in range(0, 40_000, 2500))
    with limited():
        assert tried(lambda data: in_pieces(data, []), flood + flood) is None


def test_nothing_of_a_guest_is_kept_when_it_is_gone() -> None:
    """The finalizer of what stood for a guest's object kept the client, which kept that object: for ever."""

    def clients() -> int:
        gc.collect()
        return sum(type(thing) is Client for thing in gc.get_objects())

    before = clients()
    for data in seeds():
        judge(data)
    assert clients() <= before


def test_lies_come_in_many_kinds() -> None:
    """The generator is no use if its values are refused at their first byte."""
    rng = random.Random(1)
    assert len({lying(rng)[:1] for _ in range(2000)}) > 20


@pytest.mark.parametrize(
    ("judged", "kind"),
    [
        (lambda data: {}["nothing"], "error"),
        (lambda data: [None for _ in iter(int, 1)], "hang"),
        (lambda data: len(bytes(2**33)), "error"),
        (lambda data: len(b"x" * (600 * 2**20)), "memory"),
    ],
    ids=["exception", "endless loop", "more than there may be", "much"],
)
def test_the_harness_sees_what_it_looks_for(judged, kind) -> None:
    with limited():
        fault = tried(judged, b"", seconds=0.2 if kind == "hang" else 5.0)
    assert fault is not None and fault.kind == kind


def test_a_run_sums_up_in_its_last_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "wire", "--runs", "50", "--seed", "3"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    words = done.stdout.splitlines()[-1].split()
    assert words[:8] == ["fuzz", "wire", "50", "frames", "0", "errors", "0", "hangs"]
    assert words[8] == "peak" and int(words[9]) > 0 and words[10] == "MiB"
