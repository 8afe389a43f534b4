"""The ten most common mistakes with devices, each as a student makes it, and what CUDA says to it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch import nn


class Noisy(nn.Module):
    """Makes a tensor in `forward` without saying where."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.zeros(x.shape)


class Positions(nn.Module):
    """Keeps a table that is neither a parameter nor a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.zeros(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.table


class Listed(nn.Module):
    """Keeps its layers in a plain list."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(4, 4), nn.Linear(4, 4)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def inputs() -> torch.Tensor:
    return torch.ones(3, 4, device="cuda")


def hidden_state() -> None:
    nn.LSTM(4, 2).cuda()(inputs(), (torch.zeros(1, 2), torch.zeros(1, 2)))


def mask() -> None:
    scores = inputs() @ inputs().T
    scores.masked_fill(torch.ones(3, 3).triu(1).bool(), float("-inf"))


def metric() -> None:
    total = torch.zeros(4)
    total += inputs().sum(dim=0)


def late_move() -> None:
    model = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(3, 4)).sum().backward()
    optimizer.step()
    model.cuda()
    model(inputs()).sum().backward()
    optimizer.step()


def dropped() -> None:
    batch = torch.ones(3, 4)
    batch.cuda()
    nn.Linear(4, 1).cuda()(batch)


TWO = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "new tensor in forward": (lambda: Noisy().cuda()(inputs()), TWO),
    "hidden state": (hidden_state, "Input and hidden tensors are not at the same device"),
    "mask": (mask, "expected self and mask to be on the same device, but got mask on cpu and self on cuda:0"),
    "positional table not a buffer": (lambda: Positions().cuda()(inputs()), TWO),
    "loss weights": (
        lambda: nn.CrossEntropyLoss(torch.ones(4))(inputs(), torch.zeros(3, dtype=torch.int64, device="cuda")),
        "but got weight is on cpu, different from other tensors on cuda:0 (when checking argument in method "
        "wrapper_CUDA_nll_loss_forward)",
    ),
    "metric accumulator": (metric, TWO),
    "optimizer made before the move": (late_move, TWO),
    "result of .cuda() dropped": (dropped, "but got mat1 is on cpu, different from other tensors on cuda:0"),
    "list of modules not registered": (
        lambda: Listed().cuda()(inputs()),
        "but got mat1 is on cuda:0, different from other tensors on cpu",
    ),
    ".numpy() before .cpu()": (lambda: inputs().numpy(), "can't convert cuda:0 device type tensor to numpy."),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_raises_what_cuda_raises(mistake: str, cuda: torch.device) -> None:
    call, words = MISTAKES[mistake]
    with pytest.raises((RuntimeError, TypeError), match=re.escape(words)):
        call()
