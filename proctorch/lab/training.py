"""Loaders, plain models, optimizers, schedulers, scalers and losses, made by name, in the guest or on the host.

model = student.lab("ModeProbe", 4, 3)
optimizer = student.lab("optimizer", "SGD", model, lr=0.1)
loader = student.lab("loader", inputs, labels, batch_size=8)
student.train_one_epoch(model, loader, student.lab("loss", "CrossEntropyLoss"), optimizer)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, TensorDataset


def loader(
    *tensors: Tensor, batch_size: int, shuffle_seed: int | None = None, drop_last: bool = False
) -> DataLoader[Any]:
    """Return a DataLoader of tuples, one item from each tensor; in order, unless a seed shuffles it.

    With a seed the order differs from epoch to epoch, and is the same in every process.
    """
    generator = None if shuffle_seed is None else torch.Generator().manual_seed(shuffle_seed)
    return DataLoader(
        TensorDataset(*tensors),
        batch_size=batch_size,
        shuffle=generator is not None,
        generator=generator,
        drop_last=drop_last,
    )


def linear(features: int, outputs: int, dtype: torch.dtype = torch.float64) -> nn.Linear:
    """Return a linear layer, in float64 so that its weights can be compared after steps."""
    return nn.Linear(features, outputs, dtype=dtype)


def classifier(
    features: int, classes: int, hidden: int = 64, *, dropout: float = 0.2, dtype: torch.dtype = torch.float32
) -> nn.Sequential:
    """Return Linear, ReLU, Dropout, Linear: logits of shape (rows, classes) from inputs of shape (rows, features)."""
    return nn.Sequential(
        nn.Linear(features, hidden, dtype=dtype),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, classes, dtype=dtype),
    )


def optimizer(name: str, model: nn.Module, **settings: Any) -> Optimizer:
    """Return `torch.optim.NAME` over all parameters of a model."""
    made: Optimizer = getattr(torch.optim, name)(model.parameters(), **settings)
    return made


def scheduler(name: str, optimizer: Optimizer, **settings: Any) -> LRScheduler:
    """Return `torch.optim.lr_scheduler.NAME` of an optimizer."""
    made: LRScheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    return made


def scaler(**settings: Any) -> GradScaler:
    """Return a `torch.amp.GradScaler` for the GPU, real or simulated."""
    return GradScaler("cuda", **settings)


def loss(name: str, **settings: Any) -> nn.Module:
    """Return `torch.nn.NAME`, such as CrossEntropyLoss or MSELoss."""
    made: nn.Module = getattr(nn, name)(**settings)
    return made
