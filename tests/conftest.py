"""What all tests share: a quiet machine, and nothing of the user's own settings."""

from __future__ import annotations

import os
import signal

import pytest

# Before torch or numpy is imported: thread pools that are started once stay, and guests are single-threaded anyway.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shell starts what runs in the background deaf to Ctrl-C, and that is left to every child; some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out what would change results: the user's own options and a terminal's width and colours."""
    for name in ("PROCTORCH_DEBUG", "PROCTORCH_DB_URL", "FORCE_COLOR", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
