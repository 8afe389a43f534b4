"""A submission behind each of the two transports: in this process, as at home, and in a guest, as when marks count."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

import pytest
import torch

from proctorch.grading.signature import parse_signature
from proctorch.grading.student import Student
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace
from proctorch.sandbox.host import Guest
from proctorch.sandbox.server import GuestServer
from proctorch.sandbox.transport import Loopback

Submit = Callable[..., Student]
PRELUDE = "import numpy as np\nimport torch\nfrom torch import nn\n"


@pytest.fixture(params=["loopback", "sandbox"])
def submit(request: pytest.FixtureRequest) -> Iterator[Submit]:
    """Load source and return it as `student`; signatures are given by name."""
    guests: list[Guest] = []
    threads = torch.get_num_threads()

    def make(source: str, **signatures: str) -> Student:
        if request.param == "sandbox":
            guest = request.getfixturevalue("zygote").guest()
            guests.append(guest)
            transport = guest.base
        else:
            transport = Loopback(GuestServer(new_namespace().__dict__, lambda number, payload: None, Capture(65536)))
        student = Student(transport, {name: parse_signature(header) for name, header in signatures.items()})
        failure = student._client.load("cell 1", PRELUDE + textwrap.dedent(source))
        assert failure is None, failure.trace
        return student

    yield make
    torch.set_num_threads(threads)
    for guest in guests:
        guest.kill()
