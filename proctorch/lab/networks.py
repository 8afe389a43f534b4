"""Small networks that exercises take apart; every one ends in a linear head called `fc`, as torchvision's ResNets."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """Two 3 by 3 convolutions, and a shortcut round them. Source: K. He et al., CVPR (2016), 770-778."""

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or channels != width:
            convolution = nn.Conv2d(channels, width, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(width))

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, width, height / stride, width / stride)."""
        inner = torch.relu(self.bn1(self.conv1(images)))
        return torch.relu(self.bn2(self.conv2(inner)) + self.downsample(images))


class DigitsNet(nn.Module):
    """A residual network for pictures of 8 by 8 pixels, its parts named as in torchvision's ResNet-18.

    `conv1` and `bn1`, `layer1`, `layer2`, `avgpool`, and the head `fc`, which maps 8 * width features to logits.
    `frozen` names the parts whose parameters do not require gradients. More than `room` images at once are refused
    with a RuntimeError, as a small GPU would.
    """

    def __init__(self, classes: int = 5, width: int = 16, frozen: Iterable[str] = (), room: int | None = None) -> None:
        super().__init__()
        self.room = room
        self.conv1 = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(Residual(width, width))
        self.layer2 = nn.Sequential(Residual(width, 2 * width, stride=2))
        self.avgpool = nn.AdaptiveAvgPool2d(2)
        self.fc = nn.Linear(8 * width, classes)
        _freeze(self, frozen)

    def forward(self, images: Tensor) -> Tensor:
        """Map images of shape (batch, 1, 8, 8) to logits of shape (batch, classes)."""
        logits: Tensor = self.fc(self.features(images))
        return logits

    def features(self, images: Tensor) -> Tensor:
        """Map images of shape (batch, 1, 8, 8) to what the head sees: (batch, 8 * width)."""
        if self.room is not None and len(images) > self.room:
            raise RuntimeError(f"out of memory: {len(images)} images at once, and there is room for {self.room}")
        found = torch.relu(self.bn1(self.conv1(images)))
        pooled: Tensor = self.avgpool(self.layer2(self.layer1(found)))
        return pooled.flatten(1)


class TableNet(nn.Module):
    """A network for rows of numbers: `fc_in` and `layer2`, each with batch norm, dropout, and the head `fc`.

    Two parts of the body are namesakes of the head: `fc_in`, and `layer2.0.fc`.
    `frozen` names the parts whose parameters do not require gradients.
    """

    def __init__(self, features: int, hidden: int, classes: int, frozen: Iterable[str] = ()) -> None:
        super().__init__()
        self.fc_in = nn.Sequential(nn.Linear(features, hidden), nn.BatchNorm1d(hidden), nn.ReLU())
        inner = nn.Sequential(OrderedDict(fc=nn.Linear(hidden, hidden)))
        self.layer2 = nn.Sequential(inner, nn.BatchNorm1d(hidden), nn.ReLU())
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(hidden, classes)
        _freeze(self, frozen)

    def forward(self, rows: Tensor) -> Tensor:
        """Map rows of shape (batch, features) to logits of shape (batch, classes)."""
        logits: Tensor = self.fc(self.dropout(self.layer2(self.fc_in(rows))))
        return logits


def _freeze(model: nn.Module, parts: Iterable[str]) -> None:
    for part in parts:
        model.get_submodule(part).requires_grad_(False)
