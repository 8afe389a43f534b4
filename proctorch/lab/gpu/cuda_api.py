"""What `torch.cuda` and `torch.accelerator` answer during a simulation."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch

from proctorch.lab.gpu.machine import NAME, Machine

MEMORY = 16 * 2**30
CAPABILITY = (8, 0)


def cuda_answers(machine: Machine) -> dict[str, Callable[..., Any]]:
    """Return what functions of `torch.cuda` answer, by name."""
    return {**_device_answers(machine), **_memory_answers(machine), **_random_answers(machine)}


def _device_answers(machine: Machine) -> dict[str, Callable[..., Any]]:
    def select(device: Any) -> None:
        machine.current = machine.index_of(device)

    def exchange(index: int) -> int:
        before = machine.current
        if index >= 0:
            machine.current = machine.index_of(index)
        return before

    return {
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "init": _nothing,
        "_lazy_init": _nothing,
        "device_count": lambda: machine.count,
        "current_device": lambda: machine.current,
        "set_device": select,
        "_exchange_device": exchange,
        "_maybe_exchange_device": exchange,
        "get_device_name": lambda device=None: _named(machine, device),
        "get_device_capability": lambda device=None: _capability(machine, device),
        "get_device_properties": lambda device=None: _properties(machine, device),
        "get_arch_list": lambda: ["sm_80"],
        "can_device_access_peer": lambda device, peer: machine.index_of(device) != machine.index_of(peer),
        "synchronize": lambda device=None: _checked(machine, device),
        "is_bf16_supported": lambda including_emulation=True: True,
        "is_tf32_supported": lambda: True,
        "is_current_stream_capturing": lambda: False,
        "current_stream": lambda device=None: SimulatedStream(),
        "default_stream": lambda device=None: SimulatedStream(),
        "set_stream": _nothing,
        "ipc_collect": _nothing,
    }


def _memory_answers(machine: Machine) -> dict[str, Callable[..., Any]]:
    def nothing_used(device: Any = None) -> int:
        _checked(machine, device)
        return 0

    counters = (
        "memory_allocated", "max_memory_allocated", "memory_reserved", "max_memory_reserved", "memory_cached",
        "max_memory_cached",
    )  # fmt: skip
    resets = ("reset_peak_memory_stats", "reset_max_memory_allocated", "reset_accumulated_memory_stats")
    return {
        **dict.fromkeys(counters, nothing_used),
        **dict.fromkeys(resets, lambda device=None: _checked(machine, device)),
        "empty_cache": _nothing,
        "memory_stats": lambda device=None: {},
        "memory_summary": lambda device=None, abbreviated=False: f"{NAME}: memory is not simulated",
        "mem_get_info": lambda device=None: (MEMORY, MEMORY),
        "set_per_process_memory_fraction": _nothing,
    }


def _random_answers(machine: Machine) -> dict[str, Callable[..., Any]]:
    def seed_all(seed: int) -> None:
        for generator in machine.generators:
            generator.manual_seed(int(seed))

    def set_states(states: Any) -> None:
        for generator, state in zip(machine.generators, states, strict=True):
            generator.set_state(state)

    def of(device: Any = None) -> Any:
        return machine.generators[machine.index_of(device)]

    return {
        "manual_seed": lambda seed: of().manual_seed(int(seed)),
        "manual_seed_all": seed_all,
        "seed": lambda: of().manual_seed(time.time_ns() % 2**63),
        "seed_all": lambda: seed_all(time.time_ns() % 2**63),
        "initial_seed": lambda: of().initial_seed(),
        "get_rng_state": lambda device="cuda": of(device).get_state(),
        "set_rng_state": lambda state, device="cuda": of(device).set_state(state),
        "get_rng_state_all": lambda: [generator.get_state() for generator in machine.generators],
        "set_rng_state_all": set_states,
    }


def accelerator_answers(machine: Machine) -> dict[str, Callable[..., Any]]:
    """Return what functions of `torch.accelerator` answer, by name."""
    cuda = cuda_answers(machine)
    return {
        "is_available": lambda: True,
        "device_count": lambda: machine.count,
        "current_accelerator": lambda check_available=False: torch.device("cuda"),
        "current_device_index": lambda: machine.current,
        "current_device_idx": lambda: machine.current,
        "set_device_index": cuda["set_device"],
        "set_device_idx": cuda["set_device"],
        "synchronize": cuda["synchronize"],
        "current_stream": cuda["current_stream"],
        "empty_cache": _nothing,
        "memory_allocated": cuda["memory_allocated"],
        "max_memory_allocated": cuda["memory_allocated"],
        "memory_reserved": cuda["memory_allocated"],
        "max_memory_reserved": cuda["memory_allocated"],
    }


class SimulatedStream:
    """A stream that does everything at once, so there is never anything to wait for."""

    def __init__(self, device: Any = None, priority: int = 0, **options: Any) -> None:
        self.device = device

    def synchronize(self) -> None:
        """Return at once."""

    def wait_stream(self, stream: Any) -> None:
        """Return at once."""

    def wait_event(self, event: Any) -> None:
        """Return at once."""

    def record_event(self, event: Any = None) -> Any:
        """Record an event, a new one where none is given."""
        event = event or SimulatedEvent(enable_timing=True)
        event.record(self)
        return event

    def query(self) -> bool:
        """Say that all work is done."""
        return True

    def is_capturing(self) -> bool:
        """Say that no graph is being captured."""
        return False

    def __enter__(self) -> SimulatedStream:
        return self

    def __exit__(self, *exception: object) -> None: ...


class SimulatedEvent:
    """A point in time of the CPU's clock: what is between two of them is the CPU's own work."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> None:
        self._timed, self._at = enable_timing, 0.0

    def record(self, stream: Any = None) -> None:
        """Remember the present moment."""
        self._at = time.perf_counter()

    def synchronize(self) -> None:
        """Return at once."""

    def wait(self, stream: Any = None) -> None:
        """Return at once."""

    def query(self) -> bool:
        """Say that all work is done."""
        return True

    def elapsed_time(self, end: SimulatedEvent) -> float:
        """Return the milliseconds between two events; raises ValueError for events made without timing."""
        if not (self._timed and end._timed):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        return (end._at - self._at) * 1000.0


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Do nothing: there is nothing to wait for, to empty or to initialise."""


def _checked(machine: Machine, device: Any) -> None:
    machine.index_of(device)


def _named(machine: Machine, device: Any) -> str:
    _checked(machine, device)
    return NAME


def _capability(machine: Machine, device: Any) -> tuple[int, int]:
    _checked(machine, device)
    return CAPABILITY


def _properties(machine: Machine, device: Any) -> SimpleNamespace:
    _checked(machine, device)
    major, minor = CAPABILITY
    return SimpleNamespace(name=NAME, major=major, minor=minor, total_memory=MEMORY, multi_processor_count=1)
