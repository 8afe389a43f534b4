"""The devices of a simulation: how many there are, which one is current, and their random generators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from proctorch.lab.gpu import messages

NAME = "Simulated GPU (Proctorch)"


class DeviceGenerator:
    """A device's own stream of random numbers, apart from the CPU's."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def manual_seed(self, seed: int) -> None:
        """Start the stream again from a number."""
        self._generator.manual_seed(seed)

    def initial_seed(self) -> int:
        """Return the number from which the stream was started."""
        return self._generator.initial_seed()

    def get_state(self) -> torch.Tensor:
        """Return the state as a tensor of bytes."""
        return self._generator.get_state()

    def set_state(self, state: torch.Tensor) -> None:
        """Go on from a state."""
        self._generator.set_state(state)

    @contextmanager
    def in_place_of_the_default(self) -> Iterator[None]:
        """Let torch's default generator draw from this stream."""
        before = torch.default_generator.get_state()
        torch.default_generator.set_state(self._generator.get_state())
        try:
            yield
        finally:
            self._generator.set_state(torch.default_generator.get_state())
            torch.default_generator.set_state(before)


def _index(device: torch.device) -> int:
    """Return the index of a device, -1 where it has none (torch's stubs promise one)."""
    index: int | None = device.index
    return -1 if index is None else index


class Machine:
    """The simulated devices of one simulation.

    `ambient` is the device of the call that is under way in this thread: tensors that torch's own code makes inside of
    it without naming a device go there. `waits` counts the copies to a device for which the CPU would have waited.
    """

    def __init__(self, devices: int) -> None:
        if not 1 <= devices <= 8:
            raise ValueError(f"devices must be a number from 1 to 8, not {devices!r}")
        self.count = devices
        self.current = 0
        self.waits = 0
        self.ambient: torch.device | None = None
        self.generators: Sequence[DeviceGenerator] = [
            DeviceGenerator(torch.default_generator.initial_seed()) for _ in range(devices)
        ]

    def index_of(self, device: Any = None) -> int:
        """Return the index of a device given as a number, a name, a torch.device or None (the current one)."""
        if device is None:
            return self.current
        if isinstance(device, int):
            index = device
        else:
            named = torch.device(device)
            if named.type != "cuda":
                raise ValueError(f"Expected a cuda device, but got: {named}")
            index = _index(named)
        if index < 0:
            return self.current
        if index >= self.count:
            raise messages.no_such_device()
        return index

    def resolve(self, device: torch.device | str | int) -> torch.device:
        """Return a device with its index, a number for a CUDA device; raises RuntimeError for one that is not there."""
        named = torch.device("cuda", device) if isinstance(device, int) else torch.device(device)
        return torch.device("cuda", self.index_of(named)) if named.type == "cuda" else named

    @contextmanager
    def around(self, device: torch.device | None) -> Iterator[None]:
        """Make a device the ambient one."""
        before, self.ambient = self.ambient, device
        try:
            yield
        finally:
            self.ambient = before
