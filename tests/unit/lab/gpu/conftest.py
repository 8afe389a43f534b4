"""Every table of these tests runs on the simulated GPU, and with `-k real` on the real one of a machine that has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from proctorch.lab import simulated_gpu

NO_GPU = "no CUDA device here: these run on a machine with an NVIDIA GPU and a CUDA build of torch"


@pytest.fixture(
    params=[
        "simulated",
        pytest.param("real", marks=pytest.mark.skipif("not __import__('torch').cuda.is_available()", reason=NO_GPU)),
    ]
)
def cuda(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    """The device `cuda:0`, simulated or real, with generators that start from the same number."""
    if request.param == "real":
        torch.manual_seed(0)
        yield torch.device("cuda:0")
        return
    with simulated_gpu():
        torch.manual_seed(0)
        yield torch.device("cuda:0")
