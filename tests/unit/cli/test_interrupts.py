"""Ctrl-C ends work wherever Python happens to be when it comes."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from proctorch.cli import interrupts
from proctorch.cli.interrupts import interruptible


class Dying:
    """Ctrl-C comes while this is finalized: Python drops the exception."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_in_a_finalizer_is_not_lost():
    went_on = False
    with pytest.raises(KeyboardInterrupt), interruptible(signal.SIGINT):
        thing = Dying()
        del thing
        went_on = True
        interrupts.check()
    assert went_on


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_raises_at_once_and_the_handlers_of_before_come_back(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible(signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
        time.sleep(5)
        pytest.fail("nothing was raised")
    assert signal.getsignal(number) is before
    interrupts.check()


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible(signal.SIGINT):
            os.kill(os.getpid(), signal.SIGINT)
            interrupts.check()
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_change_no_handler():
    seen = []

    def work() -> None:
        with interruptible(signal.SIGINT):
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
