"""The checks of day 16 that students run too.

Every model is copied into the student's process with weights that are drawn here, and judged by what it then holds:
its parameters, its statistics, and what the host's own copy computes with them.
"""

from __future__ import annotations

import io
from typing import Any

import torch
from torch import nn

from proctorch import (
    assert_close,
    assert_equal,
    assert_frozen,
    assert_same_seed_same_weights,
    assert_score,
    assert_trained,
    assert_type,
    exercise,
    fail,
    limits,
    rebuilt,
    state_of,
    weight,
)
from proctorch.lab import DigitsNet, digit_pictures, load_backbone, unknown_piles

STAGES = ["conv1", "bn1", "layer1", "layer2", "fc"]
BODY = STAGES[:-1]


def draw(net: nn.Module, rng: torch.Generator) -> nn.Module:
    """Return the network in float64, with weights and statistics that have just been drawn."""
    net.double()
    for name, value in net.state_dict().items():
        if value.is_floating_point():
            noise = torch.randn(value.shape, generator=rng, dtype=value.dtype)
            one = name.endswith("running_var") or (value.dim() == 1 and name.endswith("weight"))
            value.copy_(1 + 0.2 * noise.tanh() if one else noise / max(1, value[0].numel()) ** 0.5)
    return net


def network(rng: torch.Generator, classes: int = 4, width: int = 3, frozen: tuple[str, ...] = ()) -> DigitsNet:
    """Return a small network of the host's, in float64 and evaluation mode."""
    return draw(DigitsNet(classes, width, frozen), rng).eval()


def copied(student: Any, net: DigitsNet, frozen: tuple[str, ...] = (), room: int | None = None) -> Any:
    """Return the student's copy of a network."""
    model = student.lab("DigitsNet", net.fc.out_features, net.conv1.out_channels, frozen, room)
    model.to(torch.float64)
    model.load_state_dict(net.state_dict())
    return model.train(net.training)


def images(count: int, rng: torch.Generator) -> torch.Tensor:
    """Return random images in float64."""
    return torch.rand(count, 1, 8, 8, generator=rng, dtype=torch.float64)


def labels(count: int, classes: int, rng: torch.Generator) -> torch.Tensor:
    """Return random labels."""
    return torch.randint(classes, (count,), generator=rng)


def pulled(net: nn.Module, inputs: torch.Tensor, truth: torch.Tensor) -> list[str]:
    """Return the names of the parameters that a gradient reaches: none comes past a dead ReLU."""
    names, values = zip(*net.named_parameters(), strict=True)
    found = torch.autograd.grad(nn.functional.cross_entropy(net(inputs), truth), values)
    return [name for name, gradient in zip(names, found, strict=True) if bool((gradient != 0).any())]


def required(optimizer: Any) -> Any:
    """Return a student's optimizer; the check fails where it is none."""
    if isinstance(optimizer, nn.Module) or not hasattr(optimizer, "param_groups"):
        told = "fine_tuning_optimizer returned something that is no optimizer"
        fail(told, safe=told)
    return optimizer


def head_of(model: Any) -> dict[str, torch.Tensor]:
    """Return the weight and the bias of a student's model's head; the check fails where there is none."""
    state = state_of(model)
    found = {name: value for name, value in state.items() if name.startswith("fc")}
    if sorted(found) != ["fc.bias", "fc.weight"]:
        told = "model.fc should hold a weight and a bias"
        names = ", ".join(sorted(found or state)[:4])
        held = f"it holds {names}" if found else f"there is no fc among {names}"
        fail(f"{told}, fc.weight and fc.bias; {held}", safe=told)
    return found


def known_features(body: DigitsNet, pictures: torch.Tensor) -> torch.Tensor:
    """Return the features of the host's own body."""
    with torch.no_grad():
        return body.features(pictures)


def right_share(head: Any, features: torch.Tensor, truth: torch.Tensor, classes: int) -> float:
    """Return the accuracy of a linear head on features, computed here from its weight and bias."""
    assert_type(head, nn.Module, what="what fit_head returned")
    state = rebuilt(head, nn.Linear(features.shape[1], classes), "the head")
    with torch.no_grad():
        return (state(features).argmax(dim=1) == truth).double().mean().item()


def piles_found(student: Any, seed: int, rng: torch.Generator) -> float:
    """Return how well a head learns a rule from 300 pictures, on the others."""
    body: Any = load_backbone().model
    data = digit_pictures(range(5, 10), per_class=60, seed=seed)
    seen, unseen = (known_features(body, part) for part in (data.train_inputs, data.test_inputs))
    digits = torch.cat([data.train_labels, data.test_labels])
    piles = unknown_piles(torch.cat([seen, unseen]), digits, rng)
    head = student.fit_head(seen, piles[:300], 3, 100, seed)
    return right_share(head, unseen, piles[300:], 3)


@exercise("freeze")
class TestFreeze:
    def test_whole_model(self, student, rng):
        """After freeze(model.fc) only the body requires gradients, after freeze(model) nothing; no value changes."""
        net = network(rng)
        model = copied(student, net).train()
        for part in ("fc", ""):
            student.freeze(model.remote(part) if part else model)
            found = [name for name, value in model.named_parameters() if value.requires_grad]
            expected = [name for name, _ in net.named_parameters() if part and not name.startswith(part)]
            assert_equal(found, expected, what="the names of the parameters that require a gradient")
        assert_frozen(net, model)
        assert_equal(model.training, True, what="model.training afterwards")

    def test_trainable(self, student, rng):
        """trainable names the parameters of layer2 and fc where conv1, bn1 and layer1 have just been frozen."""
        net = network(rng)
        model = copied(student, net)
        # Every parameter has a gradient before: what backward left says nothing of what is frozen now.
        nn.functional.cross_entropy(model(images(4, rng)), labels(4, 4, rng)).backward()
        for part in ("conv1", "bn1", "layer1"):
            model.remote(f"{part}.requires_grad_")(False)
        expected = [name for name, _ in net.named_parameters() if name.startswith(("layer2", "fc"))]
        assert_equal(student.trainable(model), expected)


@exercise("replace_head")
class TestReplaceHead:
    def test_new_head(self, student, rng):
        """replace_head(model, 7, seed) gives fc seven outputs, for as many features as before."""
        model = copied(student, network(rng, 5, 2))
        found = student.replace_head(model, 7, 1)
        assert_type(found, nn.Module, what="what replace_head returned")
        head_of(found)
        shapes = {name: tuple(value.shape) for name, value in found.named_parameters() if name.startswith("fc")}
        assert_equal(shapes, {"fc.weight": (7, 16), "fc.bias": (7,)}, what="the parameters of the head")

    def test_rest_stays(self, student, rng):
        """The body keeps its parameters and statistics, and the very model that was handed in has the new head."""
        net = network(rng, 5, 2)
        model = copied(student, net)
        student.replace_head(model, 3, 1)
        assert_equal(head_of(model)["fc.weight"].shape, (3, 16), what="the shape of model.fc.weight afterwards")
        assert_frozen(net, model, BODY)

    def test_seed(self, student, rng):
        """The same seed gives the same head, whatever was drawn before; another seed another."""
        net = network(rng, 5, 2)

        def head(seed: int) -> dict[str, torch.Tensor]:
            student.reseed(int(torch.randint(1000, (), generator=rng)))
            return head_of(student.replace_head(copied(student, net), 3, seed))

        assert_same_seed_same_weights(head, 3, what="the new head")


@exercise("extract_features")
class TestExtractFeatures:
    def test_features(self, student, rng):
        """The features of 7 images, taken 3 at a time, are what goes into fc, part of no graph."""
        net = network(rng)
        inputs = images(7, rng)
        found = student.extract_features(copied(student, net), inputs, 3)
        assert_close(found, known_features(net, inputs), grad=False, what="the features")

    def test_evaluation_mode(self, student, rng):
        """A model in training mode gives the same features, keeps its statistics, and stays in training mode."""
        net = network(rng)
        inputs = images(6, rng)
        model = copied(student, net).train()
        found = student.extract_features(model, inputs, 6)
        assert_close(found, known_features(net, inputs), what="the features")
        assert_frozen(net, model)
        assert_equal(model.training, True, what="model.training afterwards")


@exercise("fit_head")
class TestFitHead:
    @limits(seconds=10, memory=1024)
    @weight(2)
    def test_accuracy(self, student, rng):
        """From 10 pictures a class the head names at least 0.92 of the others, and learns a rule that nobody knows."""
        # The head is tried here, on features that the student's code never sees, so predictions cannot be made up; and
        # a head that was brought along fails at the rule.
        found = piles_found(student, 0, rng)
        if not found > 0.6:
            told = "of the pictures in three piles, the head should find the pile of more than 0.6 of the others"
            fail(f"{told}; it finds {found:.2f}", safe=told)
        scores = []
        for seed in range(3):
            body: Any = load_backbone().model
            data = digit_pictures(range(5, 10), per_class=10, seed=seed)
            mixed = torch.randperm(128, generator=rng)
            head = student.fit_head(known_features(body, data.train_inputs)[:, mixed], data.train_labels, 5, 100, seed)
            scores.append(right_share(head, known_features(body, data.test_inputs)[:, mixed], data.test_labels, 5))
        assert_score(sum(scores) / 3, floor=0.70, target=0.92, what="the accuracy on new pictures")

    @limits(seconds=10, memory=1024)
    def test_budget(self, student, rng):
        """After 0 steps the head does not depend on features and labels; after 1 step it does."""
        data = [(torch.rand(30, 6, generator=rng), labels(30, 3, rng)) for _ in range(2)]
        for steps in (0, 1):
            first, second = (state_of(student.fit_head(*known, 3, steps, 4), "the head") for known in data)
            assert_equal(sorted(second), sorted(first), what="the names in the head's state dict")
            if all(torch.equal(first[name], second[name]) for name in first) != (steps == 0):
                told = "after 0 steps the head depends on the data" if steps == 0 else "1 step has left no trace"
                fail(told, safe=told)


@exercise("train_mode")
class TestTrainMode:
    def test_frozen_statistics(self, student, rng):
        """In a model whose body is frozen, no statistic moves when data passes it after train_mode(model)."""
        net = network(rng)
        # It comes in training mode: to leave it as it is will not do.
        model = copied(student, net, tuple(BODY)).train()
        student.train_mode(model)
        inputs = images(6, rng)
        logits = model(inputs).detach()
        assert_frozen(net, model)
        assert_close(logits, net(inputs).detach(), what="the logits")

    def test_trained_statistics(self, student, rng):
        """Where layer2 is not frozen, its statistics follow the batch, and those of the frozen part rest."""
        net = network(rng)
        model = copied(student, net, ("conv1", "bn1", "layer1")).train()
        student.train_mode(model)
        inputs = images(6, rng)
        model(inputs)
        assert_frozen(net, model, ["bn1", "layer1"])
        net.layer2.train()
        net(inputs)
        assert_close(model.state_dict(), net.state_dict(), what="the state dict after one batch")


@exercise("fine_tuning_optimizer")
class TestFineTuningOptimizer:
    def test_rates(self, student, rng):
        """One step moves each parameter of the body by body_rate times its gradient, and the head's by head_rate."""
        net = network(rng)
        model = copied(student, net)
        optimizer = required(student.fine_tuning_optimizer(model, 0.01, 0.5))
        inputs, truth = images(6, rng), labels(6, 4, rng)
        nn.functional.cross_entropy(model(inputs), truth).backward()
        optimizer.step()
        nn.functional.cross_entropy(net(inputs), truth).backward()
        expected = {
            name: (value - (0.5 if name.startswith("fc") else 0.01) * value.grad).detach()
            for name, value in net.named_parameters()
        }
        assert_close({name: value.detach() for name, value in model.named_parameters()}, expected)

    def test_frozen_are_left_out(self, student, rng):
        """With conv1, bn1 and layer1 frozen, the groups hold the parameters of layer2 and fc, each once."""
        net = network(rng)
        frozen = ("conv1", "bn1", "layer1")
        optimizer = required(student.fine_tuning_optimizer(copied(student, net, frozen), 0.01, 0.5))
        sizes = sorted(value.numel() for group in optimizer.param_groups for value in group["params"])
        expected = sorted(value.numel() for name, value in net.named_parameters() if name.startswith(("layer2", "fc")))
        assert_equal(sizes, expected, what="the sizes of the parameters in the groups")


@exercise("fine_tune")
class TestFineTune:
    def test_batch_norm_rests(self, student, rng):
        """Every parameter moves but those of the batch norms, whose statistics rest, too."""
        net = network(rng)
        model = copied(student, net, ("layer1", "fc"))
        inputs, truth = images(8, rng), labels(8, 4, rng)
        student.fine_tune(model, inputs, truth, 0.01, 0.05, 2)
        norms = [name for name, part in net.named_modules() if isinstance(part, nn.BatchNorm2d)]
        assert_frozen(net, model, norms)
        assert_trained(
            net, model, [name for name in pulled(net, inputs, truth) if name.rpartition(".")[0] not in norms]
        )

    def test_losses(self, student, rng):
        """It returns one loss a step: the first is that of the model as it came, and the third is smaller."""
        net = network(rng)
        inputs, truth = images(8, rng), labels(8, 4, rng)
        losses = student.fine_tune(copied(student, net), inputs, truth, 0.0002, 0.001, 3)  # downhill for any weights
        assert_type(losses, list, what="what fine_tune returned")
        assert_equal(len(losses), 3, what="the number of losses")
        assert_close(losses[0], nn.functional.cross_entropy(net(inputs), truth).item(), what="the first loss")
        if not losses[2] < losses[0]:
            fail("the third loss is not smaller than the first", safe="the loss does not fall")

    @limits(seconds=15, memory=1024)
    @weight(2)
    def test_accuracy(self, student, rng):
        """The pretrained network reaches 0.93 on new pictures of 5 to 9, and learns a rule that nobody knows."""
        # The weights are tried here, on pictures that the student's code never sees.
        pretrained: Any = load_backbone().model

        def tuned(pictures: torch.Tensor, truth: torch.Tensor, classes: int, steps: int) -> nn.Module:
            net = DigitsNet(classes)
            head = torch.randn(classes, 128, generator=rng) / 128**0.5
            model = student.lab("DigitsNet", classes)
            model.load_state_dict({**pretrained.state_dict(), "fc.weight": head, "fc.bias": torch.zeros(classes)})
            student.fine_tune(model, pictures, truth, 0.01, 0.05, steps)
            return rebuilt(model, net.eval())

        def accuracy(net: nn.Module, pictures: torch.Tensor, truth: torch.Tensor) -> float:
            with torch.no_grad():
                return (net(pictures).argmax(dim=1) == truth).double().mean().item()

        data = digit_pictures(range(5, 10), per_class=30, seed=0)
        everything = known_features(pretrained, torch.cat([data.train_inputs, data.test_inputs]))
        digits = torch.cat([data.train_labels, data.test_labels])
        found = 0.0
        for _ in range(2):  # one rule in a hundred is too hard for a right answer; who guesses finds 0.39
            piles = unknown_piles(everything, digits, rng)
            found = max(found, accuracy(tuned(data.train_inputs, piles[:150], 3, 60), data.test_inputs, piles[150:]))
            if found > 0.45:
                break
        else:
            told = "of the pictures in three piles, the model should find the pile of more than 0.45 of the others"
            fail(f"{told}; it finds {found:.2f}", safe=told)
        drawings = [digit_pictures(range(5, 10), per_class=20, seed=seed) for seed in (1, 2)]
        scores = [
            accuracy(tuned(data.train_inputs, data.train_labels, 5, 30), data.test_inputs, data.test_labels)
            for data in drawings
        ]
        assert_score(sum(scores) / 2, floor=0.80, target=0.93, what="the accuracy on new pictures")


@exercise("save_and_load")
class TestSaveAndLoad:
    def test_saved(self, student, rng):
        """The file that save_weights writes holds the state dict: every parameter and buffer, and nothing else."""
        net = network(rng)
        path = student.lab("scratch_file", "weights.pt")
        student.save_weights(copied(student, net), path)
        assert_close(student.checkpoint(path), dict(net.state_dict()), what="the content of the file")

    def test_loaded(self, student, rng):
        """load_weights returns the state dict that a file holds."""
        state = dict(network(rng).state_dict())
        stream = io.BytesIO()
        torch.save(state, stream)
        found = student.load_weights(student.lab("scratch_file", "weights.pt", stream.getvalue()))
        assert_close(found, state, what="what load_weights returned")


@exercise("load_matching")
class TestLoadMatching:
    def test_report(self, student, rng):
        """Where one entry is missing, one is unknown and the head has other classes, the report says so."""
        net = network(rng, 4)
        state = dict(network(rng, 6).state_dict())
        del state["bn1.bias"]
        state["classifier.bias"] = torch.zeros(3)
        found = student.load_matching(copied(student, net), state)
        assert_type(found, dict, what="what load_matching returned")
        expected = {
            "loaded": sorted(state.keys() - {"fc.weight", "fc.bias", "classifier.bias"}),
            "missing": ["bn1.bias"],
            "unexpected": ["classifier.bias"],
            "mismatched": ["fc.bias", "fc.weight"],
        }
        assert_equal(found, expected, what="the report")

    def test_values(self, student, rng):
        """What fits is loaded, and the rest of the model stays as it was."""
        net = network(rng, 4)
        state = dict(network(rng, 6).state_dict())
        del state["bn1.bias"]
        model = copied(student, net)
        student.load_matching(model, state)
        kept = ("fc.weight", "fc.bias", "bn1.bias")
        expected = {name: value if name in kept else state[name] for name, value in net.state_dict().items()}
        assert_close(state_of(model), expected, what="the state dict afterwards")


@exercise("unfreeze_gradually")
class TestUnfreezeGradually:
    def test_last_stages(self, student, rng):
        """unfreeze_last leaves exactly the last stages trainable, for any count from 0 to all five."""
        net = network(rng)
        model = copied(student, net, ("bn1", "fc"))
        for count in (2, 0, 5, 1):
            student.unfreeze_last(model, STAGES, count)
            chosen = tuple(f"{stage}." for stage in STAGES[len(STAGES) - count :])
            expected = [name for name, _ in net.named_parameters() if name.startswith(chosen)]
            found = [name for name, value in model.named_parameters() if value.requires_grad]
            assert_equal(found, expected, what=f"the trainable parameters of the last {count} stages")

    def test_every_stage_learns(self, student, rng):
        """unfreeze_gradually moves the parameters of every stage in the list, and of no other part."""
        net = network(rng)
        model = copied(student, net)
        inputs, truth = images(6, rng), labels(6, 4, rng)
        # A small step: a larger one may shut the last ReLU through which a gradient reached the stages below.
        student.unfreeze_gradually(model, ["layer1", "layer2", "fc"], inputs, truth, 1e-4, 1)
        assert_trained(net, model, [name for name in pulled(net, inputs, truth) if name.startswith(("layer", "fc"))])
        assert_frozen(net, model, ["conv1", "bn1"])
