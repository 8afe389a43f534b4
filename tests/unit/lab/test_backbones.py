"""The pretrained networks: what ships is what the script makes, and the real one comes only where it can be had."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from proctorch.lab.backbones import WEIGHTS, load_backbone, read_card
from proctorch.lab.backbones.resnet18 import fetch_resnet18, prepare
from proctorch.lab.networks import DigitsNet, TableNet
from proctorch.lab.pictures import digit_pictures


def accuracy(model: nn.Module, classes: range) -> float:
    data = digit_pictures(classes, per_class=10, seed=3)
    with torch.no_grad():
        return (model(data.test_inputs).argmax(dim=1) == data.test_labels).double().mean().item()


def test_the_shipped_backbone_reads_the_digits_0_to_4() -> None:
    backbone = load_backbone()
    assert backbone.name == "digits"
    assert not backbone.model.training
    assert accuracy(backbone.model, range(5)) > 0.98
    assert accuracy(backbone.model, range(5, 10)) < 0.5
    assert WEIGHTS.stat().st_size < 100_000
    assert WEIGHTS.stat().st_mode & 0o444 == 0o444, "guests run as somebody else"


def test_every_load_gives_a_copy_of_its_own() -> None:
    first, second = load_backbone(), load_backbone()
    with torch.no_grad():
        first.model.get_parameter("fc.bias").zero_()
    assert second.model.get_parameter("fc.bias").abs().sum() > 0


def test_the_card_says_how_it_was_made() -> None:
    card, model = read_card(), load_backbone().model
    assert card["parameters"] == sum(value.numel() for value in model.parameters())
    assert 0.98 < card["test_accuracy"] <= 1
    assert f"{card['test_accuracy']:.1%}" in load_backbone().story


def test_stages_lead_from_the_input_to_the_head() -> None:
    backbone = load_backbone()
    named = [name for name, _ in backbone.model.named_children() if name != "avgpool"]
    assert list(backbone.stages) == named
    assert isinstance(backbone.model.get_submodule("fc"), nn.Linear)


@pytest.mark.slow
def test_the_script_makes_the_shipped_network_again() -> None:
    """It names pictures alike; its weights may differ by 0.1, because each make of processor rounds in its own way."""
    from proctorch.lab.backbones.train import CLASSES, PER_CLASS, SEED, train

    threads = torch.get_num_threads()
    try:
        model, reached = train()
    finally:
        torch.set_num_threads(threads)
    assert abs(reached - read_card()["test_accuracy"]) < 0.02
    shipped = load_backbone().model
    assert {name: value.shape for name, value in model.state_dict().items()} == {
        name: value.shape for name, value in shipped.state_dict().items()
    }
    pictures = digit_pictures(range(CLASSES), per_class=PER_CLASS, seed=SEED).test_inputs
    with torch.no_grad():
        alike = model(pictures).argmax(dim=1) == shipped(pictures).argmax(dim=1)
    assert alike.double().mean() > 0.97


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match='there are "digits" and "resnet18"'):
        load_backbone("vgg")


def test_resnet18_that_cannot_be_reached_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert fetch_resnet18(0.5, "http://127.0.0.1:9/resnet18-00000000.pth") is None
    assert fetch_resnet18(0.5, (tmp_path / "missing-00000000.pth").as_uri()) is None


def test_a_damaged_download_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "resnet18-00000000.pth").write_bytes(b"half a file")
    with pytest.raises(RuntimeError, match="hash"):
        torch.hub.load_state_dict_from_url((tmp_path / "resnet18-00000000.pth").as_uri(), check_hash=True)
    assert fetch_resnet18(0.5, (tmp_path / "resnet18-00000000.pth").as_uri()) is None


@pytest.mark.slow
def test_resnet18_comes_where_its_weights_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the real weights: a file with the same names and shapes, at an address that can be reached."""
    import hashlib

    from proctorch.lab.vision import mend_torchvision

    mend_torchvision()
    from torchvision.models import resnet18

    torch.manual_seed(0)
    made = tmp_path / "made.pth"
    torch.save(resnet18(weights=None).state_dict(), made)
    named = made.rename(tmp_path / f"resnet18-{hashlib.sha256(made.read_bytes()).hexdigest()[:8]}.pth")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    for _ in range(2):  # fetched, then from the cache
        backbone = fetch_resnet18(5.0, named.as_uri())
        assert backbone is not None and backbone.name == "resnet18"
        images = digit_pictures(range(5, 10), per_class=1).train_inputs
        with torch.no_grad():
            assert backbone.model(backbone.prepare(images)).shape == (5, 1000)
        assert all(backbone.model.get_submodule(stage) for stage in backbone.stages)


def test_resnet18_is_shown_colour_pictures() -> None:
    found = prepare(torch.full((2, 1, 8, 8), 0.485))
    assert found.shape == (2, 3, 64, 64)
    torch.testing.assert_close(found[:, 0], torch.zeros(2, 64, 64), rtol=0, atol=1e-6)


def test_parts_can_be_frozen_when_a_network_is_made() -> None:
    model = DigitsNet(3, 4, frozen=("conv1", "layer2"))
    assert {name.split(".")[0] for name, value in model.named_parameters() if value.requires_grad} == {
        "bn1", "layer1", "fc",
    }  # fmt: skip
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
    assert model.features(torch.zeros(2, 1, 8, 8)).shape == (2, 32)
    table = TableNet(4, 6, 2, frozen=("fc_in",))
    assert table(torch.zeros(3, 4)).shape == (3, 2)
    assert [name for name, value in table.fc_in.named_parameters() if value.requires_grad] == []


def test_the_body_of_a_table_network_has_namesakes_of_the_head() -> None:
    names = [name for name, _ in TableNet(4, 6, 2).named_parameters() if "fc" in name and name.endswith(".weight")]
    assert names == ["fc_in.0.weight", "fc_in.1.weight", "layer2.0.fc.weight", "fc.weight"]
