"""Which devices a day's checks find: simulated ones, or the machine's own where a student practises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from proctorch.lab.gpu.simulation import current_machine, simulated_gpu


class _Thread(threading.local):
    """Whether checks of this thread run on a real GPU."""

    real = False


_thread = _Thread()


def uses_real_devices() -> bool:
    """Return whether the checks of this thread run on a real GPU."""
    return _thread.real


@contextmanager
def devices_for_checks(count: int, *, real: bool = False) -> Iterator[None]:
    """Provide `count` CUDA devices for as long as the block lasts; with none asked for, change nothing.

    They are real where that is allowed (`real`), as many are there, and nobody simulates already; otherwise they are
    simulated.
    """
    if not count:
        yield
    elif real and current_machine() is None and torch.cuda.device_count() >= count:
        before, _thread.real = _thread.real, True
        try:
            yield
        finally:
            _thread.real = before
    else:
        with simulated_gpu(count):
            yield


def device_called(name: str) -> torch.device:
    """Return the device called `cpu`, `cuda` or `cuda:1`, always with the index that a tensor on it would say."""
    device = torch.device(name)
    return torch.device("cuda:0") if name == "cuda" else device


def begin(devices: int = 1) -> None:
    """Simulate from now on, for the rest of this process: the state of a guest whose day asks for GPUs."""
    simulated_gpu(devices).start()
