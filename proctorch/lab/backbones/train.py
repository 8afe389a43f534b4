"""Make the small backbone: `python -m proctorch.lab.backbones.train`, about ten seconds, the same weights every time.

It learns to name the digits 0 to 4, and, so that its features are good for more than those five, to tell in which of
eight ways a picture was turned and mirrored. That second head is thrown away.
"""

from __future__ import annotations

import json

import torch
from torch import Tensor, nn

from proctorch.lab.backbones import CARD, WEIGHTS
from proctorch.lab.data import Split
from proctorch.lab.networks import DigitsNet
from proctorch.lab.pictures import digit_pictures

CLASSES, WIDTH, SEED, PER_CLASS, EPOCHS, BATCH, WAYS = 5, 16, 0, 140, 40, 50, 8


def train() -> tuple[DigitsNet, float]:
    """Return the trained network in evaluation mode, and its accuracy on the digits 0 to 4 that it has not seen."""
    torch.set_num_threads(1)
    data = digit_pictures(range(CLASSES), per_class=PER_CLASS, seed=SEED)
    torch.manual_seed(SEED)
    model, second = DigitsNet(CLASSES, WIDTH), nn.Linear(8 * WIDTH, CLASSES * WAYS)
    parameters = [*model.parameters(), *second.parameters()]
    optimizer = torch.optim.Adam(parameters, weight_decay=1e-4)
    steps = EPOCHS * (CLASSES * PER_CLASS // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(data.train_labels)).split(BATCH):  # type: ignore[no-untyped-call]
            loss = _loss(model, second, data.train_inputs[batch], data.train_labels[batch])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return model.eval(), accuracy(model, data)


def accuracy(model: nn.Module, data: Split) -> float:
    """Return the share of a split's test pictures that a model in evaluation mode names rightly."""
    with torch.no_grad():
        return float((model(data.test_inputs).argmax(dim=1) == data.test_labels).double().mean())


def _loss(model: DigitsNet, second: nn.Linear, images: Tensor, labels: Tensor) -> Tensor:
    images = _shifted(images)
    ways = torch.randint(WAYS, labels.shape)
    features = model.features(torch.cat([images, _turned(images, ways)]))
    upright, turned = features.chunk(2)
    loss: Tensor = nn.functional.cross_entropy(model.fc(upright), labels)
    return loss + nn.functional.cross_entropy(second(turned), labels + CLASSES * ways)


def _shifted(images: Tensor) -> Tensor:
    """Move the batch by up to one pixel, down and right or not at all."""
    down, right = torch.randint(0, 3, (2,)).tolist()
    return nn.functional.pad(images, (1, 1, 1, 1))[:, :, down : down + 8, right : right + 8]


def _turned(images: Tensor, ways: Tensor) -> Tensor:
    """Turn each picture by ways % 4 quarters, and mirror it first where ways is 4 or more."""
    chosen = zip(images, ways.tolist(), strict=True)
    return torch.stack([torch.rot90(image.flip(2) if way >= 4 else image, way % 4, (1, 2)) for image, way in chosen])


def main() -> None:
    """Train, and write weights and card into the package."""
    from safetensors.torch import save

    model, reached = train()
    # save_file would make a file that only its owner may read, and guests run as somebody else.
    WEIGHTS.write_bytes(save(model.state_dict()))
    card = {
        "generated": "by python -m proctorch.lab.backbones.train",
        "architecture": "proctorch.lab.DigitsNet",
        "classes": CLASSES,
        "width": WIDTH,
        "parameters": sum(value.numel() for value in model.parameters()),
        "data": f"the handwritten digits 0 to {CLASSES - 1} of scikit-learn, {PER_CLASS} of each class",
        "source": "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI (1998), CC BY 4.0",
        "seed": SEED,
        "epochs": EPOCHS,
        "test_accuracy": round(reached, 4),
        "torch": torch.__version__,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
    }
    CARD.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size:,} bytes, accuracy {reached:.4f} on digits it has not seen")


if __name__ == "__main__":
    main()
