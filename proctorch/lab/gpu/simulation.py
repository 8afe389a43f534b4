"""`simulated_gpu`: entering and leaving the simulation, in this thread, and leaving nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import torch
from torch.utils import _device as default_device
from torch.utils.data._utils import pin_memory

from proctorch.lab.gpu import grouping, moves
from proctorch.lab.gpu.cuda_api import SimulatedEvent, SimulatedStream, accelerator_answers, cuda_answers
from proctorch.lab.gpu.dispatch import SimulatedDispatch
from proctorch.lab.gpu.files import marked_files
from proctorch.lab.gpu.functions import SimulatedFunctions
from proctorch.lab.gpu.generators import generator_class
from proctorch.lab.gpu.machine import Machine
from proctorch.lab.gpu.patches import Replacement, in_this_thread, replaced


class _Thread(threading.local):
    """The simulations of one thread, the innermost last: kept here, one that was started lasts until it is stopped."""

    def __init__(self) -> None:
        self.simulations: list[simulated_gpu] = []


_thread = _Thread()


def current_machine() -> Machine | None:
    """Return the machine that this thread simulates, if it does."""
    return _thread.simulations[-1].machine if _thread.simulations else None


def copies_waited_for() -> int:
    """Return for how many copies to a device the CPU has had to wait so far in this thread's simulation.

    These are the moves without `non_blocking=True`, pinned or not. Outside of a simulation the answer is 0: a real GPU
    does not count.
    """
    machine = current_machine()
    return 0 if machine is None else machine.waits


class simulated_gpu:  # noqa: N801  a context manager is written like a function
    """Let this thread believe that the machine has CUDA devices: `.to("cuda")` works, and mixing devices is refused.

    Tensors are marked as living on `cuda:0` (with `devices=2` also on `cuda:1`); their data stays on the CPU, values
    are real, and training works. What CUDA refuses is refused in its words: tensors on two devices, `.numpy()` of a
    CUDA tensor, a module on one device with its input on another.

        with simulated_gpu():
            model = nn.Linear(3, 1).to("cuda")
            model(torch.randn(4, 3))            # RuntimeError: Expected all tensors to be on the same device, ...

    In a notebook, `simulated_gpu().start()` in the first cell simulates until `stop()`. Simulations nest (one of the
    same size inside another is that other), and end with their block whatever is raised in it; tensors that lived on a
    device are CPU tensors afterwards.

    Not simulated: memory (the counters say 0, nothing ever runs out), streams and asynchrony (everything is done at
    once), speed, the numerics of CUDA's kernels (sums in another order, TF32, cuDNN's choices), CUDA graphs, custom
    kernels, torch.compile, NCCL, sparse tensors, the old `torch.cuda.FloatTensor` constructors, and code in other
    threads than the one that entered. Random numbers of a device come from a stream of its own, but not from CUDA's
    generator: the same seed gives other numbers than on a real GPU.

    Where a real GPU is present this still simulates. A notebook that prefers the real one says

        if not torch.cuda.is_available():
            simulated_gpu().start()
    """

    def __init__(self, devices: int = 1) -> None:
        self.machine = Machine(devices)
        self._stack: ExitStack | None = None

    def __enter__(self) -> Self:
        if self._stack is not None:
            raise RuntimeError("this simulation is already on; make another one with simulated_gpu()")
        with ExitStack() as stack:
            stack.callback(_restore_default_device, default_device.CURRENT_DEVICE)
            around = current_machine()
            if around is not None and around.count == self.machine.count:
                self.machine, self._stack = around, stack.pop_all()
                return self
            _thread.simulations.append(self)
            stack.callback(_thread.simulations.remove, self)
            stack.enter_context(replaced(_replacements(self)))
            stack.enter_context(marked_files(current_machine))
            stack.enter_context(_modes(self.machine))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: Any) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            stack.close()

    def start(self) -> Self:
        """Begin to simulate, without a block."""
        return self.__enter__()

    def stop(self) -> None:
        """End what `start` began; the last begun must be the first to end."""
        self.__exit__()


@contextmanager
def _modes(machine: Machine) -> Iterator[None]:
    """Turn the two modes on in this thread."""
    with SimulatedDispatch(machine), SimulatedFunctions(machine):
        yield


def _pinning_loop(simulation: simulated_gpu) -> Callable[..., None]:
    """Return the loop of the thread in which a DataLoader with workers pins batches, as part of the simulation."""
    original = pin_memory._pin_memory_loop

    def loop(*args: Any, **kwargs: Any) -> None:
        _thread.simulations.append(simulation)
        with _modes(simulation.machine):
            original(*args, **kwargs)

    return loop


def _replacements(simulation: simulated_gpu) -> list[Replacement]:
    machine = simulation.machine

    def mine() -> bool:
        return current_machine() is not None

    found = [
        in_this_thread(owner, name, answer, mine)
        for owner, answers in ((torch.cuda, cuda_answers(machine)), (torch.accelerator, accelerator_answers(machine)))
        for name, answer in answers.items()
        if hasattr(owner, name)
    ]
    group = torch._C._group_tensors_by_device_and_dtype
    return [
        *found,
        in_this_thread(torch._C, "_group_tensors_by_device_and_dtype", grouping.by_device_and_dtype(group), mine),
        (torch, "Generator", generator_class(current_machine)),
        in_this_thread(torch._C._nn, "_parse_to", moves.parse_to, mine),
        (pin_memory, "_pin_memory_loop", _pinning_loop(simulation)),
        (torch.cuda, "Stream", SimulatedStream),
        (torch.cuda, "Event", SimulatedEvent),
        # A recurrent layer asks this about its weights, and a CPU build warns that it has no cuDNN.
        in_this_thread(torch.backends.cudnn, "is_acceptable", lambda tensor: False, mine),
    ]


def _restore_default_device(device: torch.device | None) -> None:
    if device != default_device.CURRENT_DEVICE:
        torch.set_default_device(device)
