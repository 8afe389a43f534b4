"""The checks of day 17 that never leave: other shapes, dtypes and machines.

As in the public ones: what runs on several devices is mistake-proof, not forgery-proof; values and weights are compared
with the host's own.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from proctorch import (
    Recipe,
    assert_close,
    assert_equal,
    assert_same_step,
    assert_type,
    exercise,
    fail,
    limits,
    on_devices,
    rebuilt,
    reference_run,
    require_weights,
    state_of,
    weight,
)
from proctorch.lab import RoomFor, classifier, linear

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def started(network: nn.Module, rng: torch.Generator) -> Any:
    """Return the network with weights that have just been drawn."""
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(torch.rand(value.shape, generator=rng, dtype=value.dtype) * 2 - 1)
    return network


def placed(student: Any, network: nn.Module, name: str, *sizes: int, **settings: Any) -> Any:
    """Return a model of the lab, where the student's code can use it, with the weights of ours."""
    model = student.lab(name, *sizes, **settings)
    model.load_state_dict(network.state_dict())
    return model


def doubles(*shape: int, rng: torch.Generator) -> torch.Tensor:
    """Return random numbers in float64, on the CPU."""
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def classes_of(count: int, classes: int, rng: torch.Generator) -> torch.Tensor:
    """Return random labels, on the CPU."""
    return torch.randint(classes, (count,), generator=rng)


def number(low: int, high: int, rng: torch.Generator) -> int:
    """Return a random whole number from low to high."""
    return int(torch.randint(low, high + 1, (), generator=rng))


@exercise("pick_device")
class TestPickDevice:
    def test_missing_gpus(self, student, rng):
        """A GPU that is not there is a ValueError, on any machine; with one GPU more it is there, and is taken."""
        count = number(2, 6, rng)
        for gpus, wanted in ((0, "cuda"), (0, "cuda:0"), (1, "cuda:1"), (count, f"cuda:{count}"), (7, "cuda:7")):
            assert_equal(student.pick_device(gpus + 1, wanted), torch.device(wanted))
            with student.raises(ValueError):
                student.pick_device(gpus, wanted)

    def test_gpus_that_are_there(self, student, rng):
        """The CPU may be wanted on any machine, and every GPU that is there."""
        count = number(2, 6, rng)
        for gpus, wanted in ((0, "cpu"), (3, "cpu"), (1, "cuda"), (1, "cuda:0"), (count, f"cuda:{count - 1}")):
            assert_equal(student.pick_device(gpus, wanted), torch.device(wanted))
        assert_equal(student.pick_device(count, None), CUDA)

    # Mistake-proof, not forgery-proof: the device is a claim of the student's process.
    @on_devices("cpu", "cuda")
    def test_device_of_other_modules(self, student, device, rng):
        """device_of knows modules with buffers only, deep inside, and modules with neither, which are on the CPU."""
        pair = student.lab("classifier", 2, 3, 4).to(device)
        assert_equal(student.device_of(pair), device)
        statistics = student.lab("TableNet", 3, 4, 2).to(device).remote("fc_in.1")
        assert_equal(student.device_of(statistics), device)
        weighted = student.lab("loss", "CrossEntropyLoss", weight=torch.ones(3)).to(device)
        assert_equal(student.device_of(weighted), device, what="what device_of says of a module with a buffer only")
        assert_equal(student.device_of(student.lab("loss", "MSELoss").to(device)), CPU)


@exercise("new_tensors")
@on_devices("cpu", "cuda")
class TestNewTensors:
    def test_other_lengths(self, student, device, rng):
        """The positions are right for one place, and for many."""
        for rows, places in ((1, 1), (3, number(5, 40, rng))):
            tokens = torch.ones(rows, places, dtype=torch.int64, device=device)
            assert_close(student.positions(tokens), torch.arange(places, device=device), dtype=torch.int64)

    def test_other_scores(self, student, device, rng):
        """Scores in other dtypes and sizes keep their dtype, and a single place keeps its score."""
        for dtype in (torch.float64, torch.float16):
            for rows, places in ((1, 1), (3, 5)):
                scores = torch.randn(rows, places, places, generator=rng).to(device, dtype)
                rank = torch.arange(places, device=device)
                expected = torch.where(rank[:, None] >= rank, scores, torch.full_like(scores, -math.inf))
                assert_close(student.hide_future(scores), expected, dtype=dtype)

    def test_gradient(self, student, device, rng):
        """Gradients flow through softmax to the scores that are left, and are zero for the future."""
        scores = doubles(2, 4, 4, rng=rng).to(device).requires_grad_()
        pull = doubles(2, 4, 4, rng=rng).to(device)
        (student.hide_future(scores).softmax(dim=-1) * pull).sum().backward()
        weights = torch.where(torch.ones(4, 4).tril().bool(), scores.detach().cpu(), -math.inf).softmax(dim=-1)
        there = pull.cpu()
        expected = weights * (there - (weights * there).sum(dim=-1, keepdim=True))
        assert_close(scores.grad, expected.to(device), what="the gradient of the scores")


def kinds(tree: Any) -> str:
    """Return of what a nested batch is made: dict[x: tuple[Tensor, Tensor]]."""
    if isinstance(tree, dict):
        return f"dict[{', '.join(f'{key}: {kinds(value)}' for key, value in tree.items())}]"
    if isinstance(tree, (list, tuple)):
        return f"{type(tree).__name__}[{', '.join(map(kinds, tree))}]"
    return type(tree).__name__


def assert_batch(given: Any, expected: Any) -> None:
    """Check values, devices and kinds of a nested batch."""
    assert_equal(given, expected)
    assert_equal(kinds(given), kinds(expected), what="what the batch is made of")


@exercise("move_batch")
@on_devices("cpu", "cuda")
class TestMoveBatch:
    def test_deep(self, student, device, rng):
        """Tensors deep inside dicts, lists and tuples are moved, and keep dtype, shape and place."""
        x, y, z = doubles(2, 1, rng=rng), classes_of(3, 9, rng), torch.ones(1, dtype=torch.bool)
        batch = {"b": [x, {"c": (y, [z, ()])}], 3: ((x,),), "a": [[[]], {}]}
        moved = {"b": [x.to(device), {"c": (y.to(device), [z.to(device), ()])}], 3: ((x.to(device),),), "a": [[[]], {}]}
        given = student.move_batch(batch, device)
        assert_batch(given, moved)
        assert_equal(list(given), ["b", 3, "a"], what="the order of the keys")

    def test_other_things(self, student, device, rng):
        """Text, bytes, numbers, booleans and None come back as they are, alone or beside a tensor that moves."""
        things = ["cat.png", b"raw", "", 3, 2.5, True, None]
        for thing in things:
            assert_batch(student.move_batch(thing, device), thing)
        x = doubles(2, rng=rng)
        batch, moved = ({"all": things, "pair": ("x", 1), "x": tensor} for tensor in (x, x.to(device)))
        assert_batch(student.move_batch(batch, device), moved)

    def test_there_and_back(self, student, device, rng):
        """A batch on the device comes home, and one that is home already stays."""
        x = doubles(2, 2, rng=rng)
        assert_batch(student.move_batch([x.to(device), (x,)], CPU), [x, (x,)])


class HostReader(nn.Module):
    """What a mended Reader of some sizes computes, for weights that are put into it."""

    def __init__(self, sizes: tuple[int, ...], device: torch.device, dtype: torch.dtype) -> None:
        super().__init__()
        _, width, _, longest = sizes
        # The table is made in float32, and only then converted with the model.
        self.table = torch.linspace(-1, 1, longest).unsqueeze(1).expand(longest, width).to(device, dtype)
        self.recurrent = nn.GRU(width, width, batch_first=True, dtype=dtype, device=device)

    def forward(self, tokens: torch.Tensor, state: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the logits from the weights of a reader's state dict."""
        x = state["embedding.weight"][tokens] + self.table[: tokens.shape[1]]
        for layer in ("layers.0", "layers.1"):
            x = torch.tanh(x @ state[f"{layer}.weight"].T + state[f"{layer}.bias"])
        x = torch.stack([x[:, : place + 1].mean(dim=1) for place in range(x.shape[1])], dim=1)
        recurrent = {key.removeprefix("recurrent."): state[key] for key in state if key.startswith("recurrent.")}
        self.recurrent.load_state_dict(recurrent)
        start = torch.ones(1, len(x), x.shape[2], dtype=x.dtype, device=x.device)
        return self.recurrent(x, start)[0] @ state["head.weight"].T + state["head.bias"]


def reader_weights(
    sizes: tuple[int, int, int, int], rng: torch.Generator, dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """Return weights for a reader, drawn here, under the names that they should have in its state dict."""
    tokens, width, classes, _ = sizes
    parts = {
        "embedding": nn.Embedding(tokens, width),
        "layers.0": nn.Linear(width, width),
        "layers.1": nn.Linear(width, width),
        "recurrent": nn.GRU(width, width),
        "head": nn.Linear(width, classes),
    }
    states = {part: started(module.to(dtype), rng).state_dict() for part, module in parts.items()}
    return {f"{part}.{name}": value for part, state in states.items() for name, value in state.items()}


def load_weights(net: Any, weights: dict[str, torch.Tensor]) -> None:
    """Load our weights into a student's reader, and leave whatever else it holds as it is."""
    own = {name: value.cpu() for name, value in state_of(net, "the reader").items()}
    # A layer that the reader knows by two names has our weights under both.
    names = {other: name for name in weights if name in own for other in own if torch.equal(own[other], own[name])}
    names |= {name: name for name in weights if name in own}
    net.load_state_dict({name: weights[names[name]] if name in names else value for name, value in own.items()})


def assert_logits(net: Any, weights: dict[str, torch.Tensor], tokens: torch.Tensor, sizes: tuple[int, ...]) -> None:
    """Load our weights into a student's reader, and compare its logits with those that we compute from them."""
    load_weights(net, weights)
    logits = net(tokens)
    # Not before: of a layer that is not known, and stayed on the CPU, the error of the call says more.
    require_weights(net, weights, "the reader")
    dtype = weights["head.bias"].dtype
    moved = {name: value.to(tokens.device) for name, value in weights.items()}
    with torch.no_grad():
        expected = HostReader(sizes, tokens.device, dtype)(tokens, moved)
    assert_close(logits, expected, dtype=dtype, what="the logits")


@exercise("mend_the_model")
@on_devices("cuda", "cpu")  # the GPU first: what it says is what the text promises
class TestReader:
    def test_float64(self, student, device, rng):
        """A reader in float64 computes in float64, for other sizes and a sequence of full length, too."""
        for sizes, places in (((5, 3, 2, 4), 4), ((9, 5, 4, number(6, 20, rng)), 1)):
            net = student.Reader(*sizes).to(device, torch.float64)
            tokens = torch.randint(sizes[0], (3, places), generator=rng).to(device)
            assert_logits(net, reader_weights(sizes, rng, torch.float64), tokens, sizes)

    def test_trains(self, student, device, rng):
        """The right gradients reach embedding, layers, GRU and head, on the device, and nothing else gets one."""
        sizes = (6, 3, 2, 5)
        net = student.Reader(*sizes).to(device, torch.float64)
        weights = reader_weights(sizes, rng, torch.float64)
        load_weights(net, weights)
        tokens = torch.randint(6, (2, 4), generator=rng).to(device)
        net(tokens).square().sum().backward()
        trained = {name for name, value in net.named_parameters() if value.grad is not None}
        assert_equal(trained, set(weights), what="the parameters with gradients")
        assert_equal({net.get_parameter(name).grad.device for name in trained}, {device}, what="their devices")
        require_weights(net, weights, "the reader")
        ours = HostReader(sizes, device, torch.float64)
        leaves = {name: value.to(device).requires_grad_() for name, value in weights.items()}
        ours(tokens, leaves).square().sum().backward()
        # The GRU is a module, which has taken a copy of its weights.
        leaves |= {f"recurrent.{name}": value for name, value in ours.recurrent.named_parameters()}
        for name, value in leaves.items():
            assert_close(net.get_parameter(name).grad, value.grad, what=f"the gradient of {name}")


def laptop(network: nn.Module, batches: Any, weights: torch.Tensor) -> tuple[float, list[int], np.ndarray]:
    """Return what evaluate returns, computed on the CPU, sample by sample."""
    loss, right, found = 0.0, [0] * len(weights), []
    with torch.no_grad():
        for inputs, labels in batches:
            for row, label in zip(network(inputs), labels.tolist(), strict=True):
                loss += float(weights[label] * (row.logsumexp(dim=0) - row[label]))
                found.append(int(row.argmax()))
                right[label] += found[-1] == label
    return loss, right, np.array(found)


@exercise("mend_the_loop")
@on_devices("cpu", "cuda")
class TestEvaluate:
    def test_many_batches(self, student, device, rng):
        """Everything is right for three batches, the last one smaller, and for a class that never comes."""
        network, classes = started(linear(3, 5), rng), 5
        model = placed(student, network, "linear", 3, classes).to(device)
        weights = torch.rand(classes, generator=rng, dtype=torch.float64) * 3
        rows, labels = doubles(10, 3, rng=rng), classes_of(10, classes - 1, rng)
        loader = student.lab("loader", rows, labels, batch_size=4)
        given = student.evaluate(model, loader, weights)
        expected = laptop(network, [(rows, labels)], weights)
        assert_type(given[0], float, what="the loss")
        assert_close(given[0], expected[0], what="the loss")
        assert_equal(given[1], expected[1], what="the right answers in each class")
        assert_equal(given[2], expected[2], what="the predictions")
        assert_equal(str(given[2].dtype), "int64", what="the dtype of the predictions")

    def test_leaves_the_model(self, student, device, rng):
        """The model stays on its device and in its mode, keeps its weights, and no gradient is recorded."""
        network = started(RoomFor(0, 3, 4), rng)
        # A model with room for the graphs of no rows: it refuses to be recorded.
        model = placed(student, network, "RoomFor", 0, 3, 4).to(device)
        rows, labels = doubles(4, 3, rng=rng), classes_of(4, 4, rng)
        weights = torch.ones(4, dtype=torch.float64)
        moved = {key: value.to(device) for key, value in network.state_dict().items()}
        for mode in (True, False):
            model.train(mode)
            given = student.evaluate(model, student.lab("loader", rows, labels, batch_size=3), weights)
            assert_equal(given[2], laptop(network, [(rows, labels)], weights)[2], what="the predictions")
            assert_equal(model.state_dict(), moved, what="the model's weights afterwards")
            bare = all(value.grad is None for value in model.parameters())
            assert_equal(bare, True, what="whether the parameters are still without gradients")
            assert_equal(model.training, mode, what="model.training afterwards")


def steps_taken(model: Any, optimizer: Any, inputs: torch.Tensor, targets: torch.Tensor, count: int) -> None:
    """Train a student's model with a student's optimizer, on the inputs' device."""
    for _ in range(count):
        model.zero_grad()
        functional.mse_loss(model(inputs), targets).backward()
        optimizer.step()


@exercise("move_training")
@on_devices("cpu", "cuda")
class TestMoveTraining:
    def test_adam(self, student, device, rng):
        """Adam goes on after the move with both of its averages, its counter and its settings, and comes home again."""
        network = started(linear(4, 2), rng)
        model = placed(student, network, "linear", 4, 2)
        settings = {"lr": 0.05, "betas": (0.8, 0.9), "amsgrad": True}
        optimizer = student.lab("optimizer", "Adam", model, **settings)
        inputs, targets = doubles(6, 4, rng=rng), doubles(6, 2, rng=rng)
        for place in (CPU, device, CPU):
            student.move_training(model, optimizer, place)
            assert_equal(model.weight.device, place, what="the model's device after the move")
            steps_taken(model, optimizer, inputs.to(place), targets.to(place), 2)
        recipe = Recipe(functional.mse_loss, lambda parameters: torch.optim.Adam(parameters, **settings))
        assert_same_step(model, reference_run(network, [(inputs, targets)], recipe, epochs=6), before=network)

    def test_other_state(self, student, device, rng):
        """What is no tensor in an optimizer's state stays as it is."""
        model = student.lab("linear", 2, 1)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.5, momentum=0.5)
        momentum = doubles(1, 2, rng=rng)
        known = {"momentum_buffer": momentum, "steps": 7, "nothing": None}
        optimizer.load_state_dict({**optimizer.state_dict(), "state": {0: known}})
        student.move_training(model, optimizer, device)
        moved = {**known, "momentum_buffer": momentum.to(device)}
        state = optimizer.state_dict()["state"]
        assert_equal(0 in state, True, what="whether the optimizer still has a state")
        found = state[0].get("momentum_buffer")
        if isinstance(found, torch.Tensor):
            assert_equal(found.dtype, momentum.dtype, what="the dtype of the momentum after the move")
        assert_equal(state[0], moved, what="the optimizer's state")

    def test_fresh_optimizer(self, student, device, rng):
        """An optimizer that has taken no step is moved, too, and buffers move with the model."""
        model = student.lab("TableNet", 3, 4, 2)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.5, momentum=0.5)
        student.move_training(model, optimizer, device)
        assert_equal({value.device for value in model.state_dict().values()}, {device}, what="where the model is")
        network = started(linear(3, 2), rng)
        model = placed(student, network, "linear", 3, 2)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.5, momentum=0.5)
        student.move_training(model, optimizer, device)
        inputs, targets = doubles(5, 3, rng=rng), doubles(5, 2, rng=rng)
        steps_taken(model, optimizer, inputs.to(device), targets.to(device), 3)
        recipe = Recipe(functional.mse_loss, lambda made: torch.optim.SGD(made, lr=0.5, momentum=0.5))
        after = {key: value.cpu() for key, value in model.state_dict().items()}
        assert_same_step(after, reference_run(network, [(inputs, targets)], recipe, epochs=3), before=network)


def five_results(x: torch.Tensor, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Return what autocast does to the five operations, with every conversion written out."""
    half = x.to(dtype)
    product = half @ half
    wide = product.float()
    exponentials = (wide - wide.amax(dim=1, keepdim=True)).exp()
    softmax = exponentials / exponentials.sum(dim=1, keepdim=True)
    return {
        "product": product,
        "softmax": softmax,
        "relu": product.clamp(min=0),
        "square": wide * wide,
        "sum": wide + x,
    }


def assert_results(given: Any, expected: dict[str, torch.Tensor]) -> None:
    """Check the names, dtypes and values of results."""
    assert_type(given, dict)
    assert_equal(sorted(map(str, given)), sorted(expected), what="the names of the results")
    for name, value in expected.items():
        assert_close(given[name], value, dtype=value.dtype, what=f"the result called {name}")


@exercise("autocast")
class TestAutocast:
    def test_bfloat16(self, student, rng):
        """The five results are those of autocast with bfloat16, for another matrix."""
        x = torch.randn(5, 5, generator=rng).to("cuda")
        assert_results(student.five_results(x, torch.bfloat16), five_results(x, torch.bfloat16))

    def test_values(self, student, rng):
        """The features are those of half precision, also in bfloat16 and from two layers, and so is the Gram matrix."""
        for dtype in (torch.bfloat16, torch.float16):
            network = started(classifier(4, 3, 6, dropout=0.0), rng)
            model = placed(student, network, "classifier", 4, 3, 6, dropout=0.0).to("cuda")
            x = torch.randn(5, 4, generator=rng).to("cuda")
            features, gram = student.features_and_gram(model, x, dtype)
            with torch.no_grad(), torch.autocast("cuda", dtype=dtype):
                expected = network.to("cuda")(x)
            assert_close(features, expected, dtype=dtype, what="the features")
            wide = features.detach().double()
            assert_close(gram, (wide @ wide.T).float(), dtype=torch.float32, what="the Gram matrix")

    def test_gradients(self, student, rng):
        """Gradients flow from both results to the weights."""
        network = started(linear(3, 2, dtype=torch.float32), rng)
        for part in (0, 1):
            model = placed(student, network, "linear", 3, 2, dtype=torch.float32).to("cuda")
            x = torch.randn(4, 3, generator=rng).to("cuda")
            student.features_and_gram(model, x, torch.float16)[part].float().sum().backward()
            weight = network.weight.detach().to("cuda").requires_grad_()
            features = x @ weight.T + network.bias.detach().to("cuda")
            (features, features @ features.T)[part].sum().backward()
            # The gradients pass through a few halves, each right to 5e-4; their sums are of this size.
            atol = 5e-3 * float(weight.grad.abs().max())
            given = model.weight.grad
            assert_equal(given is None, False, what="whether the weight is without a gradient")
            assert_close(given, weight.grad, rtol=0, atol=atol, what="the gradient of the weight")


def stepped(student: Any, network: nn.Module, batches: Any, norm: float, **settings: Any) -> tuple[Any, Any, list[Any]]:
    """Take the student's steps on the GPU with a copy of a float64 model; return its state, the scaler, the losses."""
    features, outputs = network.in_features, network.out_features
    model = placed(student, network, "linear", features, outputs).to("cuda")
    optimizer = student.lab("optimizer", "SGD", model, lr=0.5, momentum=0.5)
    scaler = student.lab("scaler", **settings)
    losses = [
        student.amp_step(model, inputs.to("cuda"), targets.to("cuda"), optimizer, scaler, norm)
        for inputs, targets in batches
    ]
    return {key: value.cpu() for key, value in model.state_dict().items()}, scaler, losses


def assert_near(after: Any, expected: Any, before: nn.Module) -> None:
    """Check clipped steps: to 1e-5 of their length, as clip_grad_norm_ adds 1e-6 to the norm that it divides by."""
    longest = max(float((value - before.state_dict()[key]).abs().max()) for key, value in expected.items())
    for key, value in expected.items():
        assert_close(after[key], value, rtol=0, atol=1e-5 * longest, what=f"{key} of the model after the steps")


def momentum(norm: float) -> Recipe:
    """Return the recipe of exact steps with momentum, whose gradients are clipped to a norm."""
    return Recipe(functional.mse_loss, lambda made: torch.optim.SGD(made, lr=0.5, momentum=0.5), clip=norm)


@exercise("amp_step")
class TestAmpStep:
    @weight(2)
    def test_steps(self, student, rng):
        """Three steps, some clipped and some not, leave the exact weights; the scale grows in time."""
        network, norm = started(linear(4, 2), rng), 7.0
        batches = [(doubles(6, 4, rng=rng), size + doubles(6, 2, rng=rng)) for size in (9.0, 0.0, 0.5)]
        after, scaler, losses = stepped(student, network, batches, norm, init_scale=4096.0, growth_interval=3)
        assert_near(after, reference_run(network, batches, momentum(norm)), network)
        starts = [rebuilt(reference_run(network, batches[:place], momentum(norm)), network) for place in range(3)]
        expected = [functional.mse_loss(net(x), y).item() for net, (x, y) in zip(starts, batches, strict=True)]
        assert_close(losses, expected, rtol=1e-5, what="the losses")
        assert_equal(scaler.get_scale(), 8192.0, what="the scale after three good steps, when it grows after three")

    def test_goes_on_after_an_overflow(self, student, rng):
        """A skipped step leaves weights and momentum alone, and the steps after it are those of a right loop."""
        network, norm = started(linear(3, 2), rng), 0.5
        good = [(doubles(4, 3, rng=rng), 4 + doubles(4, 2, rng=rng)) for _ in range(2)]
        bad = doubles(4, 3, rng=rng), torch.full((4, 2), math.nan, dtype=torch.float64)
        after, scaler, _ = stepped(student, network, [good[0], bad, good[1]], norm, init_scale=256.0)
        assert_near(after, reference_run(network, good, momentum(norm)), network)
        assert_equal(scaler.get_scale(), 128.0, what="the scale after one overflow")

    def test_half_precision(self, student, rng):
        """In float32 the model runs in float16, and the loss in float32, finite where a square overflows float16."""
        network = started(linear(4, 2, dtype=torch.float32), rng)
        inputs = torch.randn(5, 4, generator=rng)
        with torch.no_grad(), torch.autocast("cuda", dtype=torch.float16):
            outputs = copy.deepcopy(network).to("cuda")(inputs.to("cuda")).float().cpu()
        # 1e-4 is less than the distance of two halves near 1: only the very halves have the loss of the first targets.
        for size in (1e-4, 1000.0):
            model = placed(student, network, "linear", 4, 2, dtype=torch.float32).to("cuda")
            optimizer, scaler = student.lab("optimizer", "SGD", model, lr=0.5), student.lab("scaler", init_scale=1.0)
            targets = outputs + size * (1 + torch.rand(5, 2, generator=rng))
            given = student.amp_step(model, inputs.to("cuda"), targets.to("cuda"), optimizer, scaler, 1.0)
            assert_close(given, float(functional.mse_loss(outputs, targets)), rtol=1e-3, atol=0, what="the loss")
        # The second step: its gradients pass through halves, each right to 5e-4, and are clipped to a norm of 1.
        recipe = Recipe(functional.mse_loss, lambda made: torch.optim.SGD(made, lr=0.5), clip=1.0)
        data = [(inputs.double(), targets.double())]
        for name, value in reference_run(copy.deepcopy(network).double(), data, recipe).items():
            found = state_of(model)[name].cpu()
            assert_close(found, value.float(), rtol=0, atol=5e-3, what=f"{name} of the model after a step")


def assert_replicas(
    student: Any, network: Any, model: Any, data: tuple[Any, Any], processes: int, lr: float, steps: int
) -> None:
    """Check that all replicas hold what one process gets from the whole batch; `network` is the host's own model."""
    found = student.launch(student.replica, processes, model, *data, lr, steps)
    assert_type(found, list, what="what launch returned")
    assert_equal(len(found), processes, what="how many state dicts launch returned, one a replica,")
    recipe = Recipe(functional.cross_entropy, lambda parameters: torch.optim.SGD(parameters, lr=lr))
    expected = reference_run(network, [data], recipe, epochs=steps)
    for rank, state in enumerate(found):
        if set(state) != set(expected):
            fail(f"replica {rank} returned the names {sorted(state)}", safe="the names are not those of the model")
        assert_same_step(rebuilt(state, network), expected, before=network, what="a replica")


# Mistake-proof, not forgery-proof: the weights are compared with our own, but that several processes did the work, each
# with little memory, is a claim of the student's process.
@exercise("data_parallel")
@limits(seconds=20, loopback=True)
class TestDataParallel:
    def test_three_replicas(self, student, rng):
        """Three replicas of another model take the steps of one process, and are equal afterwards."""
        network = started(classifier(4, 3, 5, dropout=0.0, dtype=torch.float64), rng)
        model = placed(student, network, "classifier", 4, 3, 5, dropout=0.0, dtype=torch.float64)
        data = doubles(9, 4, rng=rng), classes_of(9, 3, rng)
        assert_replicas(student, network, model, data, 3, 0.5, 2)

    def test_one_row_each(self, student, rng):
        """Two replicas with one row each take four steps together."""
        network = started(RoomFor(1000, 5, 2), rng)
        model = placed(student, network, "RoomFor", 1, 5, 2)
        assert_replicas(student, network, model, (doubles(2, 5, rng=rng), classes_of(2, 2, rng)), 2, 0.5, 4)


class SlowGPU:
    """A GPU with a queue, seen from outside: orders take no time, work does, and the first calls take longer."""

    def __init__(self, costs: list[float], queued: float = 0.0) -> None:
        self.now, self.done, self.calls = 50.0, 50.0 + queued, 0
        self._costs = costs

    def work(self) -> None:
        """Put an order into the queue."""
        self.done = max(self.done, self.now) + self._costs[min(self.calls, len(self._costs) - 1)]
        self.calls += 1

    def synchronize(self) -> None:
        """Wait until the queue is empty."""
        self.now = max(self.now, self.done)

    def clock(self) -> float:
        """Return the present moment."""
        return self.now


@exercise("timing")
class TestTiming:
    def test_queue_before(self, student, rng):
        """Work that was in the queue before does not count, with a warm-up and without."""
        for warmup in (0, 2):
            gpu = SlowGPU([4.0], queued=64.0)
            given = student.seconds_per_call(gpu.work, gpu.synchronize, gpu.clock, warmup, 2)
            assert_close(given, 4.0, what="the seconds of one call")

    def test_mean(self, student, rng):
        """Calls of different length are averaged, over exactly the measured ones."""
        for warmup, repeats in ((1, 1), (0, 3), (number(2, 5, rng), number(4, 9, rng))):
            # Eighths are exact in floating point.
            costs = (torch.randint(1, 80, (warmup + repeats,), generator=rng) / 8).tolist()
            gpu = SlowGPU([*costs, 1000.0])
            given = student.seconds_per_call(gpu.work, gpu.synchronize, gpu.clock, warmup, repeats)
            assert_type(given, float, what="what seconds_per_call returned")
            assert_close(given, sum(costs[warmup:]) / repeats, what="the seconds of one call")
            assert_equal(gpu.calls, warmup + repeats, what="how often work was called")

    def test_defaults(self, student, rng):
        """Without numbers there are 3 calls to warm up and 10 that count."""
        gpu = SlowGPU([100.0] * 3 + [0.25])
        given = student.seconds_per_call(gpu.work, gpu.synchronize, gpu.clock)
        assert_close(given, 0.25, what="the seconds of one call")
        assert_equal(gpu.calls, 13, what="how often work was called")


@exercise("feed_the_gpu")
class TestFeed:
    # Mistake-proof, not forgery-proof: whether a loader pins its batches is a claim of the student's process.
    @on_devices("cpu", "cuda")
    def test_other_data(self, student, device, rng):
        """Loader and generator work together for other sizes and dtypes, and a second time."""
        count, size = number(5, 9, rng), number(2, 4, rng)
        inputs, labels = doubles(count, 3, rng=rng), classes_of(count, 4, rng)
        loader = student.make_loader(inputs, labels, size, device)
        expected = [
            (inputs[first : first + size].to(device), labels[first : first + size].to(device))
            for first in range(0, count, size)
        ]
        for _ in range(2):
            assert_equal(list(student.on_device(loader, device)), expected, what="the batches")
        assert_equal(loader.pin_memory, device.type == "cuda", what="whether the loader pins its batches")

    # Mistake-proof, not forgery-proof, like the pinning: who waits, is counted in the student's process. Only a
    # simulated GPU counts; on a real one the number stays 0, and nothing but the batches is asked.
    @on_devices("cuda")
    @weight(0.5)
    def test_nobody_waits(self, student, device, rng):
        """The CPU waits neither for the copies of the inputs nor for those of the labels."""
        inputs, labels = doubles(5, 2, rng=rng), classes_of(5, 3, rng)
        loader = student.lab("loader", inputs, labels, batch_size=2)
        expected = [(inputs[first : first + 2].to(device), labels[first : first + 2].to(device)) for first in (0, 2, 4)]
        before = student.lab("copies_waited_for")
        assert_equal(list(student.on_device(loader, device)), expected, what="the batches")
        waits = student.lab("copies_waited_for") - before
        assert_equal(waits, 0, what="how many copies to the GPU the CPU waited for")

    @on_devices("cpu", "cuda")
    def test_one_by_one(self, student, device, rng):
        """The generator takes a batch only when it is asked for one, so that an endless data set has a first batch."""
        inputs, labels = doubles(4, 2, rng=rng), classes_of(4, 3, rng)
        source = student.lab("CountedBatches", inputs, labels, batch_size=1)
        feed = iter(student.on_device(source, device))
        for place in range(3):
            expected = inputs[place : place + 1].to(device), labels[place : place + 1].to(device)
            assert_equal(next(feed), expected, what="a batch")
            assert_equal(source.taken, place + 1, what="how many batches were taken for those asked for so far")
