"""torchvision's ResNet-18 with its real weights, from torch's cache of downloads or from the network."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from proctorch.lab.backbones.backbone import Backbone

# As torchvision's ResNet18_Weights.IMAGENET1K_V1 has them, written here so that a machine which cannot have the weights
# need not import torchvision to find that out.
URL = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
SIDE = 64
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def fetch_resnet18(seconds: float, url: str = URL) -> Backbone | None:
    """Return ResNet-18 with its ImageNet weights; None where they are not cached and cannot be reached in time."""
    kept = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[1]
    if not kept.is_file() and not _reachable(url, seconds):
        return None
    try:
        state = torch.hub.load_state_dict_from_url(url, progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError):  # the connection broke, or what came has the wrong hash
        return None
    stages = ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc")
    story = "11.7 million parameters, trained on the 1.2 million photographs and 1,000 classes of ImageNet."
    return Backbone("resnet18", _built(state), stages, prepare, story)


def prepare(images: Tensor) -> Tensor:
    """Turn grey images (batch, 1, 8, 8) from 0 to 1 into what it saw when it learnt: colour, larger, normalised."""
    large = nn.functional.interpolate(images.expand(-1, 3, -1, -1), size=(SIDE, SIDE), mode="bilinear")
    mean, deviation = (images.new_tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
    return (large - mean) / deviation


def _built(state: dict[str, Any]) -> nn.Module:
    from proctorch.lab.vision import mend_torchvision

    mend_torchvision()
    from torchvision.models import resnet18

    model: nn.Module = resnet18(weights=None)
    model.load_state_dict(state)
    return model.eval()


def _reachable(url: str, seconds: float) -> bool:
    """Return whether a file can be had from its address, without reading it."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds).close()
    except OSError:
        return False
    return True
