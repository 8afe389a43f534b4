"""What makes a zygote warm: everything imported, everything done once, and memory that is cheap to fork.

A guest is a fork, so whatever it would do for the first time it would do again in every fork: import a module on first
use, resolve a symbol, fill a cache. The zygote does it beforehand. What a fork costs is mostly the copying of page
tables, one entry for every 4 KiB that the zygote has written: in huge pages there are 512 times fewer. Together they
made an exercise's fork, up to the end of its first call, 2.4 times cheaper with the thin zygote, and 2.0 with the full
one (6 against 15 ms, 11 against 22, on a virtual machine with two cores).
"""

from __future__ import annotations

import gc
import importlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from proctorch.sandbox import kernel
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.server import GuestServer, no_host
from proctorch.sandbox.wire import Frame, Kind

HUGE_PAGE = 2**21

_REHEARSAL = """
import torch

def rehearse(inputs, weights):
    print(end="")
    return torch.softmax(inputs @ weights, dim=1)
"""


def warm_up(preload: Sequence[str]) -> None:
    """Import what guests will need and do once what they all do, in one thread; then make the memory cheap to fork."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_warn_always(True)  # or a check would hear only what no check before it has heard
    warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than the cores of this machine
    for name in ("numpy.random", *preload):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    rehearse()
    gc.collect()
    gc.freeze()
    use_huge_pages()


def rehearse() -> None:
    """Let a guest server answer one request of each common kind, so that no guest answers its first one slowly."""
    server = GuestServer(new_namespace().__dict__, no_host, Capture(1000))

    def ask(*request: Any) -> None:
        server.handle(Frame(Kind.REQUEST, 0, encode(request)))

    ask("load", "rehearsal", _REHEARSAL)
    ask("seed", 0)
    ask("get", None, "rehearse")
    ask("callables", ["rehearse"])
    # No gradient where a backward pass would start CUDA's threads: they do not survive a fork.
    inputs = torch.ones(2, 3, requires_grad=torch.version.cuda is None)
    called = server.call(server.namespace["rehearse"], [inputs, torch.ones(3, 2)], {}, True, [])
    if inputs.requires_grad:
        server.vjp(called[1], [torch.ones(2, 2)])
    ask("get", None, "no_such_name")
    ask("item", None, "a failure is described")


def use_huge_pages() -> None:
    """Gather this process's own memory in huge pages, where the kernel can (Linux 6.1 and later); else do nothing."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        fields = line.split()
        if fields[1] != "rw-p" or (len(fields) > 5 and fields[5] != "[heap]"):
            continue
        start, end = (int(number, 16) for number in fields[0].split("-"))
        start, end = -(-start // HUGE_PAGE) * HUGE_PAGE, end // HUGE_PAGE * HUGE_PAGE
        if start < end:
            kernel.collapse(start, end - start)
