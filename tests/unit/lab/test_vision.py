"""torchvision works beside any torch, and nothing is declared twice."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

ALONE = """
import torch
try:
    import torchvision
    print("loads")
except RuntimeError as error:
    print(error)
"""
MENDED = """
import proctorch.lab.vision
import torchvision
from torchvision.models import resnet18
from torchvision.transforms import v2
import torch
change = v2.Compose([v2.RandomCrop(48), v2.ToDtype(torch.float32, scale=True)])
image = change(torch.zeros(3, 64, 64, dtype=torch.uint8))
with torch.no_grad():
    print(tuple(resnet18(weights=None).eval()(image[None]).shape))
"""
TOO_LATE = """
try:
    import torchvision
except RuntimeError:
    pass
import proctorch.lab.vision
import torchvision
print(torchvision.__name__)
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
def test_models_and_transforms_work_after_the_mending() -> None:
    assert run(MENDED) == "(1, 1000)"


@pytest.mark.slow
def test_the_mending_helps_after_a_failed_import_too() -> None:
    assert run(TOO_LATE) == "torchvision"


@pytest.mark.slow
def test_it_declares_operators_exactly_where_torchvision_alone_fails() -> None:
    alone = run(ALONE)
    declared = run("from proctorch.lab.vision import mend_torchvision; print(mend_torchvision() is not None)")
    assert (alone, declared) in (("loads", "False"), ("operator torchvision::nms does not exist", "True"))


def test_a_second_mending_declares_nothing_anew() -> None:
    from proctorch.lab.vision import mend_torchvision

    assert mend_torchvision() is mend_torchvision()
    assert hasattr(torch.ops.torchvision, "nms")
