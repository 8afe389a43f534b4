"""The checks of day 16 that never leave: other networks, other dtypes, recipes compared step by step."""

from __future__ import annotations

import io
import math
from typing import Any

import torch
from torch import nn

from proctorch import (
    assert_close,
    assert_equal,
    assert_frozen,
    assert_same_seed_same_weights,
    assert_score,
    exercise,
    fail,
    limits,
    rebuilt,
    state_of,
    weight,
)
from proctorch.lab import DigitsNet, TableNet, digit_pictures, load_backbone, unknown_piles

STAGES = ["conv1", "bn1", "layer1", "layer2", "fc"]
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def number(low: int, high: int, rng: torch.Generator) -> int:
    """Draw a whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def drawn(net: Any, rng: torch.Generator, dtype: torch.dtype = torch.float64) -> Any:
    """Return the host's network in evaluation mode, with weights and statistics that have just been drawn."""
    net.to(dtype)
    for name, value in net.state_dict().items():
        if value.is_floating_point():
            noise = torch.randn(value.shape, generator=rng, dtype=dtype)
            one = name.endswith("running_var") or (value.dim() == 1 and name.endswith("weight"))
            value.copy_(1 + 0.2 * noise.tanh() if one else noise / max(1, value[0].numel()) ** 0.5)
    return net.eval()


def given(student: Any, net: Any, frozen: tuple[str, ...] = (), room: int | None = None) -> Any:
    """Return the student's copy of a network of the host's, in evaluation mode."""
    if isinstance(net, DigitsNet):
        model = student.lab("DigitsNet", net.fc.out_features, net.conv1.out_channels, frozen, room)
    else:
        sizes = (net.fc_in[0].in_features, net.fc.in_features, net.fc.out_features)
        model = student.lab("TableNet", *sizes, frozen)
    model.to(net.fc.weight.dtype)
    model.load_state_dict(net.state_dict())
    return model.eval()


def batch(count: int, net: Any, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Return random inputs for a network, and random labels."""
    shape = (count, 1, 8, 8) if isinstance(net, DigitsNet) else (count, net.fc_in[0].in_features)
    truth = torch.randint(net.fc.out_features, (count,), generator=rng)
    return torch.rand(shape, generator=rng, dtype=net.fc.weight.dtype), truth


def features_of(net: Any, inputs: torch.Tensor) -> torch.Tensor:
    """Return what goes into the head of a network of the host's, which is in evaluation mode."""
    with torch.no_grad():
        return net.features(inputs) if isinstance(net, DigitsNet) else net.layer2(net.fc_in(inputs))


def trainable_in(model: nn.Module) -> list[str]:
    """Return the names of the parameters that require a gradient."""
    return [name for name, value in model.named_parameters() if value.requires_grad]


def required(optimizer: Any) -> Any:
    """Return a student's optimizer; the check fails where it is none."""
    if isinstance(optimizer, nn.Module) or not hasattr(optimizer, "param_groups"):
        told = "fine_tuning_optimizer returned something that is no optimizer"
        fail(told, safe=told)
    return optimizer


def head_of(model: Any, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weight and the bias of a student's model's head; the check fails where there is none of the dtype."""
    state = state_of(model)
    names = sorted(name for name in state if name.startswith("fc."))
    if names != ["fc.bias", "fc.weight"]:
        told = "model.fc should hold a weight and a bias"
        found = ", ".join((names or sorted(state))[:4])
        held = f"it holds {found}" if names else f"there is no fc among {found}"
        fail(f"{told}, fc.weight and fc.bias; {held}", safe=told)
    for name in names:
        assert_equal(state[name].dtype, dtype, what=f"the dtype of {name}")
    return state["fc.weight"], state["fc.bias"]


def least_loss(inputs: torch.Tensor, truth: torch.Tensor, classes: int) -> float:
    """Return the smallest mean cross-entropy that a linear layer can have: the problem is convex."""
    head = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(head(inputs), truth)
        loss.backward()
        return loss

    optimizer.step(closure)
    return closure().item()


def step_by_hand(
    net: nn.Module, inputs: torch.Tensor, truth: torch.Tensor, rates: dict[str, float], speeds: dict[str, torch.Tensor]
) -> float:
    """Move a network of the host's by one step of gradient descent with momentum 0.9; return the loss before it.

    `rates` holds a learning rate for each parameter that moves.
    """
    chosen = {name: value for name, value in net.named_parameters() if name in rates}
    loss = nn.functional.cross_entropy(net(inputs), truth)
    found = torch.autograd.grad(loss, list(chosen.values()))
    for (name, value), gradient in zip(chosen.items(), found, strict=True):
        speeds[name] = 0.9 * speeds[name] + gradient if name in speeds else gradient
        value.detach().sub_(rates[name] * speeds[name])
    return loss.item()


@exercise("freeze")
class TestFreeze:
    def test_part_of_a_model(self, student, rng):
        """freeze(layer2) freezes all that is in it, however deep, and nothing else; freeze(bn1) only that."""
        net = drawn(DigitsNet(3, 2), rng).train()
        model = given(student, net).train()
        for part in ("bn1", "layer2"):
            student.freeze(model.remote(part))
        expected = [name for name, _ in net.named_parameters() if not name.startswith(("bn1", "layer2"))]
        assert_equal(trainable_in(model), expected, what="the names of the trainable parameters")
        inputs, truth = batch(4, net, rng)
        nn.functional.cross_entropy(model(inputs), truth).backward()
        nn.functional.cross_entropy(net(inputs), truth).backward()
        for name, value in net.named_parameters():
            found = dict(model.named_parameters())[name].grad
            if name in expected:
                assert_close(found, value.grad, what=f"the gradient of {name}")
            elif found is not None:
                fail(f"{name} still gets a gradient", safe="a frozen parameter still gets a gradient")

    def test_names(self, student, rng):
        """trainable is right where everything, nothing, or every second part is frozen."""
        for frozen in ((), ("fc_in", "layer2", "fc"), ("fc_in.0", "layer2.1"), ("fc_in.1", "fc")):
            net = TableNet(3, 4, 2, frozen)
            expected = trainable_in(net)
            assert_equal(student.trainable(given(student, net, frozen)), expected, what="the names")


@exercise("replace_head")
class TestReplaceHead:
    def test_logits(self, student, rng):
        """The logits are those of the new head on the old features: any network and size, even one class."""
        for net in (DigitsNet(5, 2), TableNet(3, 6, 4)):
            drawn(net, rng)
            model = given(student, net)
            classes = number(1, 3, rng)
            student.replace_head(model, classes, number(0, 99, rng))
            found, bias = head_of(model, torch.float64)
            assert_equal(found.shape, (classes, net.fc.in_features), what="the shape of fc.weight")
            assert_equal(bias.shape, (classes,), what="the shape of fc.bias")
            inputs = batch(4, net, rng)[0]
            expected = nn.functional.linear(features_of(net, inputs), found, bias)
            assert_close(model(inputs), expected, what="the logits")

    def test_frozen_model(self, student, rng):
        """In a frozen model the new head alone requires gradients; the rest stays frozen, and in its mode."""
        parts = ("fc_in", "layer2", "fc")
        net = drawn(TableNet(3, 6, 4), rng)
        model = given(student, net, parts).train()
        student.replace_head(model, 2, 5)
        assert_equal(trainable_in(model), ["fc.weight", "fc.bias"], what="the names of the trainable parameters")
        assert_frozen(net, model, parts[:2])
        assert_equal(model.training, True, what="model.training afterwards")

    def test_dtype_and_seed(self, student, rng):
        """The new head has the dtype of the old one, and other weights, random ones, for another seed."""
        for dtype in (torch.float32, torch.float64):
            net = drawn(TableNet(3, 20, 4), rng, dtype)
            found = {}
            for seed in (1, 2):
                found[seed] = head_of(student.replace_head(given(student, net), 4, seed), dtype)[0]
            if torch.equal(found[1], found[2]) or torch.equal(found[1], net.fc.weight.detach()):
                fail("another seed gives the same head, or the old one", safe="the new head is not drawn from the seed")
            if len(found[1].unique()) < 40:
                fail("the weights of the new head are not random", safe="the weights of the new head are not random")


@exercise("extract_features")
class TestExtractFeatures:
    # Mistake-proof, not forgery-proof: the model with little room is an object in the student's process.
    def test_batches(self, student, rng):
        """No more than batch_size images pass at once, and none is lost: 9 by 4, 8 by 4, 9 by 2, and 3 by 100."""
        for count, size in ((9, 4), (8, 4), (9, 2), (3, 100)):
            net = drawn(DigitsNet(3, 2), rng)
            inputs = batch(count, net, rng)[0]
            found = student.extract_features(given(student, net, room=size), inputs, size)
            assert_close(found, features_of(net, inputs), grad=False, what="the features")

    def test_other_network(self, student, rng):
        """It works for another kind of network, with dropout, in either mode, in float32."""
        for mode in (True, False):
            net = drawn(TableNet(5, 6, 2), rng, torch.float32)
            inputs = batch(5, net, rng)[0]
            found = student.extract_features(given(student, net).train(mode), inputs, 2)
            assert_close(found, features_of(net, inputs), grad=False, dtype=torch.float32, what="the features")

    def test_nothing_is_left_behind(self, student, rng):
        """Afterwards the model gives the same logits, in its old mode, with its old statistics, a second time, too."""
        for mode in (True, False):
            net = drawn(DigitsNet(3, 2, ("conv1",)), rng)
            inputs = batch(5, net, rng)[0]
            model = given(student, net, ("conv1",)).train(mode)
            first = student.extract_features(model, inputs, 2)
            assert_close(first, features_of(net, inputs), what="the features")
            assert_frozen(net, model)
            assert_equal(trainable_in(model), trainable_in(net), what="the names of the trainable parameters")
            modes = {part.training for part in model.modules()}
            assert_equal(modes, {mode}, what="the modes of all parts of the model")
            assert_close(student.extract_features(model, inputs, 5), first, what="the features, asked for again")
            assert_close(model.eval()(inputs), net(inputs).detach(), what="the logits afterwards")
            hooks = sum(len(model.remote(f"fc.{kind}")) for kind in ("_forward_pre_hooks", "_forward_hooks"))
            assert_equal(hooks, 0, what="the number of hooks that are left on model.fc")


@exercise("fit_head")
class TestFitHead:
    @limits(seconds=10, memory=1024)
    @weight(2)
    def test_unknown_rule(self, student, rng):
        """From 300 pictures the head learns a rule that nobody knows, and finds 0.82 of the others' piles."""
        body: Any = load_backbone().model
        data = digit_pictures(range(5, 10), per_class=60, seed=number(0, 99, rng))
        seen, unseen = features_of(body, data.train_inputs), features_of(body, data.test_inputs)
        scores = []
        for seed in (number(0, 99, rng), number(100, 199, rng)):
            digits = torch.cat([data.train_labels, data.test_labels])
            piles = unknown_piles(torch.cat([seen, unseen]), digits, rng)
            head = student.fit_head(seen, piles[:300], 3, 100, seed)
            with torch.no_grad():
                logits = rebuilt(head, nn.Linear(128, 3), "the head")(unseen)
            scores.append((logits.argmax(dim=1) == piles[300:]).double().mean().item())
        assert_score(sum(scores) / 2, floor=0.50, target=0.82, what="the accuracy on new pictures")

    @limits(seconds=10, memory=1024)
    def test_seed(self, student, rng):
        """The same seed gives the same head, whatever was drawn before; another seed another, even after 0 steps."""
        features, truth = torch.rand(40, 7, generator=rng), torch.randint(3, (40,), generator=rng)

        def trained(steps: int) -> Any:
            def train(seed: int) -> Any:
                student.reseed(number(0, 10_000, rng))
                return student.fit_head(features, truth, 3, steps, seed)

            return train

        for steps in (0, 3):
            assert_same_seed_same_weights(trained(steps), number(0, 99, rng), what="the head")

    @limits(seconds=10, memory=1024)
    def test_overlapping_groups(self, student, rng):
        """From 150 points of three groups that overlap, the loss after 100 steps is nearly the smallest possible."""
        truth = torch.arange(150) % 3
        centres = 1.2 * torch.linalg.qr(torch.randn(4, 3, generator=rng))[0].T  # equally far apart: they do overlap
        points = centres[truth] + torch.randn(150, 4, generator=rng)
        head = rebuilt(student.fit_head(points, truth, 3, 100, number(0, 99, rng)), nn.Linear(4, 3), "the head")
        with torch.no_grad():
            loss = nn.functional.cross_entropy(head(points), truth).item()
        least = least_loss(points, truth, 3)
        if not loss <= least + 0.1:
            told = f"the loss is {loss:.3f} after 100 steps, and {least:.3f} is possible"
            fail(told, safe="the loss after 100 steps is more than 0.1 above the smallest possible one")


@exercise("train_mode")
class TestTrainMode:
    def test_other_network(self, student, rng):
        """With nn.BatchNorm1d, too: frozen ones rest, the others follow the batch, whatever the mode was before."""
        for frozen, mode in ((("layer2.1",), True), (("fc_in",), False), ((), False), (("fc_in.1", "layer2"), True)):
            net = drawn(TableNet(4, 5, 3), rng)
            model = given(student, net, frozen).train(mode)
            student.train_mode(model)
            inputs = batch(7, net, rng)[0]
            model(inputs)
            for name in ("fc_in", "layer2"):
                net.get_submodule(name).train(not any(part in (name, f"{name}.1") for part in frozen))
            features_of(net, inputs)
            assert_close(model.state_dict(), net.state_dict(), what="the state dict after one batch")

    def test_dropout_works(self, student, rng):
        """All other layers are in training mode: dropout makes two passes differ, in a frozen model, too."""
        for frozen in ((), ("fc_in", "layer2", "fc")):
            net = drawn(TableNet(4, 12, 3), rng)
            model = given(student, net, frozen).train(not frozen)
            student.train_mode(model)
            inputs = batch(7, net, rng)[0]
            if torch.equal(model(inputs).detach(), model(inputs).detach()):
                fail("two passes give the same logits: dropout is off", safe="dropout is off after train_mode")
            assert_equal(trainable_in(model), [] if frozen else trainable_in(net), what="the trainable parameters")

    def test_called_again(self, student, rng):
        """Called for every epoch it comes to the same, also where a part has been unfrozen since."""
        net = drawn(DigitsNet(3, 2), rng)
        model = given(student, net, tuple(STAGES)).train()
        student.train_mode(model)
        student.train_mode(model)
        assert_equal(model.training, True, what="model.training afterwards")
        inputs = batch(5, net, rng)[0]
        model(inputs)
        assert_frozen(net, model)
        model.remote("layer2.0.bn1.requires_grad_")(True)
        student.train_mode(model)
        model(inputs)
        net.layer2[0].bn1.train()
        net(inputs)
        assert_close(model.state_dict(), net.state_dict(), what="the state dict after one more batch")


@exercise("fine_tuning_optimizer")
class TestFineTuningOptimizer:
    @weight(2)
    def test_momentum(self, student, rng):
        """Three steps in float64 leave every parameter where SGD with momentum 0.9 and two rates leaves it."""
        for net in (TableNet(4, 5, 3), DigitsNet(3, 2)):  # the first has namesakes of the head in its body
            drawn(net, rng)
            model = given(student, net)
            body_rate, head_rate = 0.02 + 0.02 * number(0, 3, rng), 0.2 + 0.1 * number(0, 3, rng)
            optimizer = required(student.fine_tuning_optimizer(model, body_rate, head_rate))
            rates = {name: head_rate if name in ("fc.weight", "fc.bias") else body_rate for name in trainable_in(net)}
            speeds: dict[str, torch.Tensor] = {}
            for _ in range(3):
                inputs, truth = batch(6, net, rng)
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(inputs), truth).backward()
                optimizer.step()
                step_by_hand(net, inputs, truth, rates, speeds)
            assert_close(state_of(model), state_of(net), what="the state dict after three steps")

    def test_frozen_head_or_body(self, student, rng):
        """Where only the head, or only the body, is trainable, the groups hold just that."""
        body, head = ("fc_in", "layer2"), ("fc",)
        for frozen in (body, head):
            net = drawn(TableNet(4, 5, 3, frozen), rng)
            optimizer = required(student.fine_tuning_optimizer(given(student, net, frozen), 0.1, 0.2))
            found = sorted(value.numel() for group in optimizer.param_groups for value in group["params"])
            expected = sorted(value.numel() for value in net.parameters() if value.requires_grad)
            assert_equal(found, expected, what="the sizes of the parameters in the groups")
            rates = {group["lr"] for group in optimizer.param_groups if group["params"]}
            assert_equal(rates, {0.1 if frozen == head else 0.2}, what="the learning rates of the groups")


@exercise("fine_tune")
class TestFineTune:
    @weight(2)
    @limits(seconds=15, memory=1024)
    def test_recipe(self, student, rng):
        """After four steps in float64 every parameter, every statistic and every loss is what the recipe gives."""
        for frozen in ((), ("layer2", "bn1", "fc")):
            net = drawn(DigitsNet(4, 2), rng)
            model = given(student, net, frozen).train(number(0, 1, rng) == 1)
            inputs, truth = batch(9, net, rng)
            norms = [name for name, part in net.named_modules() if isinstance(part, NORMS)]
            rates = {
                name: 0.2 if name.startswith("fc.") else 0.03
                for name, _ in net.named_parameters()
                if name.rpartition(".")[0] not in norms
            }
            losses = student.fine_tune(model, inputs, truth, 0.03, 0.2, 4)
            speeds: dict[str, torch.Tensor] = {}
            expected = [step_by_hand(net, inputs, truth, rates, speeds) for _ in range(4)]
            assert_close(state_of(model), state_of(net), what="the state dict after four steps")
            assert_close(losses, expected, what="the losses")
            assert_equal(trainable_in(model), list(rates), what="the names of the trainable parameters afterwards")

    def test_mode_afterwards(self, student, rng):
        """Afterwards dropout is on and batch norm rests; with 0 steps nothing moves, and there are no losses."""
        net = drawn(TableNet(4, 12, 3), rng)
        model = given(student, net, ("fc",))
        inputs, truth = batch(6, net, rng)
        assert_equal(student.fine_tune(model, inputs, truth, 0.1, 0.1, 0), [], what="the losses of 0 steps")
        if torch.equal(model(inputs).detach(), model(inputs).detach()):
            fail("two passes give the same logits: dropout is off", safe="dropout is off after fine_tune")
        assert_frozen(net, model)


class Dangerous:
    """A file of it asks whoever unpickles it to call a function; this one only takes a root."""

    def __reduce__(self) -> tuple[Any, tuple[float]]:
        return math.sqrt, (4.0,)


@exercise("save_and_load")
class TestSaveAndLoad:
    def test_other_network(self, student, rng):
        """Another network, in float32, partly frozen and in training mode, is saved, and stays as it is."""
        net = drawn(TableNet(3, 4, 2), rng, torch.float32)
        model = given(student, net, ("fc_in",)).train()
        path = student.lab("scratch_file", "other.pt")
        student.save_weights(model, path)
        assert_close(student.checkpoint(path), dict(net.state_dict()), what="the content of the file")
        assert_frozen(net, model)
        assert_equal(model.training, True, what="model.training afterwards")
        assert_close(student.load_weights(path), dict(net.state_dict()), what="what load_weights made of it")

    def test_other_device(self, student, rng):
        """Tensors that were saved on a device which is not there, an Apple GPU, come back on the CPU."""
        state = dict(drawn(TableNet(3, 4, 2), rng, torch.float32).state_dict())
        stream = io.BytesIO()
        torch.save(state, stream, _use_new_zipfile_serialization=False)
        content = stream.getvalue().replace(b"\x03\x00\x00\x00cpu", b"\x03\x00\x00\x00mps")
        found = student.load_weights(student.lab("scratch_file", "elsewhere.pt", content))
        assert_close(found, state, what="what load_weights returned")

    def test_refuses_code(self, student, rng):
        """load_weights reads a harmless file, and raises UnpicklingError for one that asks to call a function."""
        state = {"weight": torch.randn(2, generator=rng)}
        stream = io.BytesIO()
        torch.save(state, stream)
        found = student.load_weights(student.lab("scratch_file", "harmless.pt", stream.getvalue()))
        assert_close(found, state, what="what load_weights made of a harmless file")
        stream = io.BytesIO()
        torch.save({**state, "more": Dangerous()}, stream)
        path = student.lab("scratch_file", "dangerous.pt", stream.getvalue())
        with student.raises("UnpicklingError"):
            student.load_weights(path)


@exercise("load_matching")
class TestLoadMatching:
    def test_shapes(self, student, rng):
        """Shapes must be equal: neither as many elements nor a shape that could be broadcast is enough."""
        net = drawn(TableNet(4, 5, 3), rng)
        state = dict(drawn(TableNet(4, 5, 3), rng).state_dict())
        state["fc.weight"] = torch.randn(5, 3, generator=rng, dtype=torch.float64)
        state["fc_in.0.weight"] = torch.randn(5, 1, generator=rng, dtype=torch.float64)  # as many axes, and rows
        state["fc.bias"] = torch.randn(1, generator=rng, dtype=torch.float64)
        state["layer2.1.running_mean"] = torch.randn(5, 1, generator=rng, dtype=torch.float64)
        model = given(student, net)
        found = student.load_matching(model, state)
        wrong = ["fc.bias", "fc.weight", "fc_in.0.weight", "layer2.1.running_mean"]
        expected = {"loaded": sorted(state.keys() - set(wrong)), "missing": [], "unexpected": [], "mismatched": wrong}
        assert_equal(found, expected, what="the report")
        values = {name: value if name in wrong else state[name] for name, value in net.state_dict().items()}
        assert_close(state_of(model), values, what="the state dict afterwards")

    def test_nothing_fits(self, student, rng):
        """Where every name begins with `module.`, nothing is loaded, and the report says so."""
        net = drawn(DigitsNet(3, 2), rng)
        names = sorted(net.state_dict())
        state = {f"module.{name}": value + 1 for name, value in net.state_dict().items()}
        model = given(student, net)
        found = student.load_matching(model, state)
        expected = {"loaded": [], "missing": names, "unexpected": sorted(state), "mismatched": []}
        assert_equal(found, expected, what="the report")
        assert_frozen(net, model)

    def test_everything_fits(self, student, rng):
        """Where everything fits, everything is loaded, also from float32 into float64; what is frozen stays so."""
        net, other = drawn(DigitsNet(3, 2), rng), drawn(DigitsNet(3, 2), rng, torch.float32)
        state = dict(reversed(other.state_dict().items()))
        state["bn1.num_batches_tracked"] = torch.tensor(number(5, 99, rng))
        model = given(student, net, ("bn1",)).train()
        found = student.load_matching(model, state)
        assert_equal(found, {"loaded": sorted(state), "missing": [], "unexpected": [], "mismatched": []})
        expected = {name: state[name].to(value.dtype) for name, value in net.state_dict().items()}
        assert_equal(state_of(model), expected, what="the state dict")
        # A model that holds the state's own tensors, and not copies, is now in their dtype.
        dtypes = {name: value.dtype for name, value in state_of(model).items()}
        assert_equal(dtypes, {name: value.dtype for name, value in expected.items()}, what="the model's dtypes")
        assert_equal(trainable_in(model), trainable_in(DigitsNet(3, 2, ("bn1",))), what="the trainable parameters")
        assert_equal(model.training, True, what="model.training afterwards")


@exercise("unfreeze_gradually")
class TestUnfreezeGradually:
    @weight(2)
    def test_recipe(self, student, rng):
        """Two steps a phase leave every parameter where the recipe leaves it, in float64; statistics rest."""
        for net, stages in ((DigitsNet(3, 2), STAGES[2:]), (TableNet(4, 5, 3), ["fc_in.0", "layer2", "fc"])):
            drawn(net, rng)
            model = given(student, net, ("fc",)).train(number(0, 1, rng) == 1)
            inputs, truth = batch(8, net, rng)
            student.unfreeze_gradually(model, stages, inputs, truth, 0.1, 2)
            for phase in range(1, len(stages) + 1):
                parts = tuple(f"{stage}." for stage in stages[-phase:])
                chosen = [value for name, value in net.named_parameters() if name.startswith(parts)]
                for _ in range(2):
                    loss = nn.functional.cross_entropy(net(inputs), truth)
                    for value, gradient in zip(chosen, torch.autograd.grad(loss, chosen), strict=True):
                        value.detach().sub_(0.1 * gradient)
            assert_close(state_of(model), state_of(net), what="the state dict after all phases")

    def test_afterwards(self, student, rng):
        """Afterwards the model is in evaluation mode, and exactly the parameters of all stages are trainable."""
        net = drawn(TableNet(4, 5, 3), rng)
        model = given(student, net).train()
        inputs, truth = batch(6, net, rng)
        student.unfreeze_gradually(model, ["layer2", "fc"], inputs, truth, 0.1, 1)
        expected = [name for name in trainable_in(net) if name.startswith(("layer2", "fc."))]
        assert_equal(trainable_in(model), expected, what="the names of the trainable parameters")
        assert_equal({part.training for part in model.modules()}, {False}, what="the modes of all parts")

    def test_dotted_stages(self, student, rng):
        """unfreeze_last takes names with dots, and freezes what is in no stage, whatever was frozen before."""
        net = drawn(DigitsNet(3, 2), rng)
        model = given(student, net, ("layer1", "fc"))
        stages = ["layer1.0.conv1", "layer2.0.bn2", "fc"]
        for count in (3, 1, 2, 0):
            student.unfreeze_last(model, stages, count)
            parts = tuple(f"{stage}." for stage in stages[3 - count :])
            expected = [name for name, _ in net.named_parameters() if name.startswith(parts)]
            assert_equal(trainable_in(model), expected, what=f"the trainable parameters of the last {count} stages")
