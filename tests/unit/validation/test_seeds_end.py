"""The pool that tries seeds ends with the process that made it, however that one ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

POOL = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from proctorch.validation.seeds import _end_with_parent

if __name__ == "__main__":
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        waiting = [pool.submit(time.sleep, 200) for _ in range(2)]
        while len(pool._processes) < 2:
            time.sleep(0.1)
        print(*pool._processes, flush=True)
"""


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at processes in /proc")
def test_a_killed_exam_leaves_no_process(tmp_path):
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2 and all(map(is_alive, pids))
        time.sleep(5)  # until the workers have imported what they need, and watch
        process.send_signal(signal.SIGKILL)
        process.wait()
    for _ in range(300):
        if not any(map(is_alive, pids)):
            break
        time.sleep(0.1)
    assert not any(map(is_alive, pids))
