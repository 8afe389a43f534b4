from __future__ import annotations

import os
import subprocess
import sys

from proctorch.sandbox.meter import Meter

HOG = """
import os, sys
child = os.fork()
block = bytearray(b"x" * (60 * 2**20)) if child == 0 else None
if child == 0:
    descriptor = os.memfd_create("hog")
    for _ in range(50):
        os.write(descriptor, bytes(2**20))
    sum(range(2_000_000))
    print("ready", flush=True)
sys.stdin.read()
"""


def test_the_whole_tree_is_measured_files_in_memory_included():
    with subprocess.Popen([sys.executable, "-c", HOG], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        meter = Meter(process.pid)
        assert len(meter.pids()) == 2
        assert 110 * 2**20 < meter.memory() < 250 * 2**20
        assert 60 * 2**20 < meter.address_space() < 150 * 2**20
        assert meter.cpu_seconds() > 0
        process.kill()
        assert process.stdin is not None
        process.stdin.close()


def test_what_has_ended_weighs_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    meter = Meter(process.pid)
    assert (meter.memory(), meter.address_space(), meter.cpu_seconds()) == (0, 0, 0)


def test_our_own_memory():
    assert Meter(os.getpid()).memory() > 2**20
