"""Networks that have learnt something already: a small one that ships with the course, and torchvision's ResNet-18.

    backbone = load_backbone()             # the small one: digits 0 to 4, 8 by 8 pixels
    backbone = load_backbone("resnet18")   # the real one where it can be had, the small one where it cannot
    print(backbone)
    logits = backbone.model(backbone.prepare(images))

Both end in a linear head called `fc`, and take the same grey images of shape (batch, 1, 8, 8) through `prepare`, so
the same code works on either. `python -m proctorch.lab.backbones.train` makes the small one anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from proctorch.lab.backbones.backbone import Backbone
from proctorch.lab.networks import DigitsNet

WEIGHTS = Path(__file__).with_name("digits.safetensors")
CARD = Path(__file__).with_name("digits.json")

__all__ = ["Backbone", "load_backbone", "read_card"]


def load_backbone(name: str = "digits", *, seconds: float = 5.0) -> Backbone:
    """Return a new copy of a pretrained network: "digits", or "resnet18" where its weights are here or can be fetched.

    Where they cannot, the small one comes instead and says so; `seconds` bounds the attempt to reach them. Raises
    ValueError for another name.
    """
    if name == "resnet18":
        from proctorch.lab.backbones.resnet18 import fetch_resnet18

        return fetch_resnet18(seconds) or _digits("ResNet-18's weights are not on this machine and cannot be reached. ")
    if name != "digits":
        raise ValueError(f'there is no backbone {name!r}; there are "digits" and "resnet18"')
    return _digits("")


def read_card() -> dict[str, Any]:
    """Return how the small network was made: architecture, data, seed, and the accuracy that it reached."""
    card: dict[str, Any] = json.loads(CARD.read_text(encoding="utf-8"))
    return card


def _digits(why: str) -> Backbone:
    from safetensors.torch import load_file

    card = read_card()
    model = DigitsNet(classes=card["classes"], width=card["width"])
    model.load_state_dict(load_file(WEIGHTS))
    story = f"{why}A small residual network; it names {card['test_accuracy']:.1%} of new digits 0 to 4."
    return Backbone("digits", model.eval(), ("conv1", "bn1", "layer1", "layer2", "fc"), _as_they_are, story)


def _as_they_are(images: Tensor) -> Tensor:
    return images
