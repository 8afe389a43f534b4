"""While a worker starts, Ctrl-C is held back for the engine and unheard by the worker; none is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from proctorch.engines.local import _children_deaf_to_ctrl_c

HELD_BACK = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


def test_ctrl_c_that_comes_while_a_worker_starts_is_heard_afterwards():
    started = False
    with pytest.raises(KeyboardInterrupt), _children_deaf_to_ctrl_c():
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        time.sleep(0.05)
        started = True
    assert started


def test_what_starts_meanwhile_does_not_hear_it():
    def asked() -> str:
        return subprocess.run([sys.executable, "-c", HELD_BACK], capture_output=True, text=True, check=True).stdout

    with _children_deaf_to_ctrl_c():
        assert asked() == "True\n"
    assert asked() == "False\n"
