from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from benchmarks.grading.measure import Process, descendants, parse_stat, pss, read_processes, run_measured

BUSY = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"
# A child whose end nobody waits for: its time is in no rusage.
UNWAITED = f"""
import os, signal, sys, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if os.fork() == 0:
    exec({BUSY.format(seconds=0.6)!r})
    os._exit(0)
try:
    os.wait()
except ChildProcessError:
    pass
print("over")
"""


def test_parse_stat_with_blanks_and_brackets_in_the_name():
    fields = ["S", "41", *["0"] * 9, "150", "50", *["0"] * 30]
    process = parse_stat(f"42 (a (strange) name) {' '.join(fields)}\n")
    assert process == Process(42, 41, "a (strange) name", pytest.approx(200 / os.sysconf("SC_CLK_TCK")))


def test_descendants_leave_out_a_whole_branch():
    table = [Process(1, 0, "top", 0), Process(2, 1, "bwrap", 0), Process(3, 2, "python", 0), Process(4, 1, "worker", 0)]
    processes = {process.pid: process for process in table}
    assert {process.pid for process in descendants(1, processes)} == {1, 2, 3, 4}
    assert {process.pid for process in descendants(1, processes, frozenset({"bwrap"}))} == {1, 4}
    assert descendants(9, processes) == []


def test_this_process_has_memory_and_one_that_is_not_has_none():
    assert pss(os.getpid()) > 2**20
    assert pss(2**22 + 1) == 0
    assert os.getpid() in read_processes()


def test_run_measured_counts_a_child_that_nobody_waits_for(tmp_path):
    usage = run_measured([sys.executable, "-c", UNWAITED], tmp_path, tmp_path / "log")
    assert usage.status == 0
    assert usage.output == "over\n"
    assert usage.cpu >= 0.6
    assert usage.wall >= 0.6
    assert usage.guest_cpu == 0


@pytest.fixture
def interruptible():
    """Tests that are started in the background inherit that Ctrl-C is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_everything_that_was_started(tmp_path):
    script = (
        "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(97.25)'])\n"
    )
    script += "time.sleep(97.25)\n"
    main = threading.main_thread().ident

    def interrupt() -> None:
        while sum("97.25" in line for line in _commands()) < 2:
            time.sleep(0.05)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run_measured([sys.executable, "-c", script], tmp_path, tmp_path / "log")
    assert not any("97.25" in line for line in _commands())


def _commands() -> list[str]:
    commands = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            commands.append((folder / "cmdline").read_text(encoding="utf-8", errors="replace"))
    return commands
