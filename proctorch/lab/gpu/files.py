"""torch.save and torch.load of simulated tensors: a file says `cuda:0` for what lived there, and `map_location` works.

Outside of a simulation such a file is refused with torch's own words until `map_location="cpu"` is given, as a file
from a real GPU would be on such a machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import serialization

from proctorch.lab.gpu.machine import Machine
from proctorch.lab.gpu.placement import _MARK

# torch's own entries begin at 10 (the CPU): the first that answers decides.
_FIRST = 0


@contextmanager
def marked_files(machine_of: Callable[[], Machine | None]) -> Iterator[None]:
    """Write and read the marks of storages while a simulation is on."""

    def tag(storage: Any) -> str | None:
        mark = getattr(_untyped(storage), _MARK, None)
        return str(mark) if mark is not None and mark.type == "cuda" else None

    def restore(storage: Any, location: str) -> Any:
        machine = machine_of()
        if machine is None or not location.startswith("cuda"):
            return None
        setattr(_untyped(storage), _MARK, machine.resolve(location))
        return storage

    registry: list[Any] = serialization._package_registry
    entry = (_FIRST, tag, restore)
    registry.insert(0, entry)
    try:
        yield
    finally:
        registry.remove(entry)


def _untyped(storage: Any) -> Any:
    return storage._untyped_storage if isinstance(storage, torch.storage.TypedStorage) else storage
