"""The checks of day 17 that students run, too.

Where a tensor says that it is, is a claim that the student's own process makes: the checks that run on several devices
are mistake-proof, not forgery-proof. What can be decided by effect is: values, weights and gradients are compared with
what the host computes, wherever they come from.
"""

from __future__ import annotations

from collections.abc import Callable
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
from proctorch.lab import RoomFor, linear

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


def singles(*shape: int, rng: torch.Generator) -> torch.Tensor:
    """Return random numbers in float32, on the CPU."""
    return torch.randn(*shape, generator=rng)


def classes_of(count: int, classes: int, rng: torch.Generator) -> torch.Tensor:
    """Return random labels, on the CPU."""
    return torch.randint(classes, (count,), generator=rng)


@exercise("pick_device")
class TestPickDevice:
    def test_nothing_wanted(self, student, rng):
        """The GPU is taken where there is one, and the CPU where there is none."""
        for gpus, expected in ((0, CPU), (1, CUDA), (4, CUDA)):
            assert_equal(student.pick_device(gpus), expected)

    def test_wanted(self, student, rng):
        """What is wanted is taken; a GPU that the machine has not is a ValueError."""
        assert_equal(student.pick_device(1, "cpu"), CPU)
        assert_equal(student.pick_device(2, "cuda:1"), torch.device("cuda:1"))
        with student.raises(ValueError):
            student.pick_device(2, "cuda:2")

    # Mistake-proof, not forgery-proof: the device is a claim of the student's process.
    @on_devices("cpu", "cuda")
    def test_device_of_a_layer(self, student, device, rng):
        """device_of says where a linear layer is."""
        assert_equal(student.device_of(student.lab("linear", 2, 3).to(device)), device)


@exercise("new_tensors")
@on_devices("cpu", "cuda")
class TestNewTensors:
    def test_positions(self, student, device, rng):
        """positions of four tokens are 0, 1, 2, 3 as int64, where the tokens are."""
        tokens = torch.zeros(2, 4, dtype=torch.int64, device=device)
        assert_close(student.positions(tokens), torch.arange(4, device=device), dtype=torch.int64)

    def test_hide_future(self, student, device, rng):
        """Above the diagonal is -inf, everything else is as it was, where the scores are."""
        scores = singles(2, 3, 3, rng=rng).to(device)
        expected = scores.clone()
        for row, column in ((0, 1), (0, 2), (1, 2)):
            expected[:, row, column] = float("-inf")
        assert_equal(student.hide_future(scores), expected)


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
    def test_a_tensor(self, student, device, rng):
        """A single tensor comes back on the device."""
        x = singles(2, 3, rng=rng)
        assert_batch(student.move_batch(x, device), x.to(device))

    def test_a_pair(self, student, device, rng):
        """A pair of inputs and labels, and a list of them, come back as what they were."""
        pair = singles(2, 3, rng=rng), classes_of(2, 5, rng)
        moved = tuple(tensor.to(device) for tensor in pair)
        assert_batch(student.move_batch(pair, device), moved)
        assert_batch(student.move_batch(list(pair), device), list(moved))

    def test_a_dict(self, student, device, rng):
        """A dict of tensors and of other things keeps its keys and its other things."""
        x = singles(3, rng=rng)
        batch = {"pixels": x, "file": "cat.png", "weight": 0.5, "note": None}
        assert_batch(student.move_batch(batch, device), {**batch, "pixels": x.to(device)})


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
    def test_logits(self, student, device, rng):
        """With weights that we load, the reader gives the logits of the laptop's model, where it and its tokens are."""
        sizes = (7, 4, 3, 6)
        net = student.Reader(*sizes).to(device)
        tokens = torch.randint(7, (2, 5), generator=rng).to(device)
        assert_logits(net, reader_weights(sizes, rng, torch.float32), tokens, sizes)

    def test_knows_its_parts(self, student, device, rng):
        """After a move all parameters and the table are on the device, and the table is not trained."""
        net = student.Reader(5, 3, 2, 4).to(device)
        names = dict(net.named_parameters())
        assert_equal("layers.1.weight" in names, True, what="whether the reader knows its layers")
        assert_equal({value.device for value in names.values()}, {device}, what="the devices of the parameters")
        table = net.remote("table")
        expected = torch.linspace(-1, 1, 4).unsqueeze(1).expand(4, 3).to(device)
        assert_close(table, expected, grad=False, what="the table after the move")


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


def evaluated(student: Any, device: torch.device, sizes: tuple[int, ...], rng: torch.Generator) -> Any:
    """Return the student's evaluation of a model on a device, ours, and the model that it was done with."""
    network = started(linear(4, 3), rng)
    model = placed(student, network, "linear", 4, 3).to(device)
    batches = [(doubles(size, 4, rng=rng), classes_of(size, 3, rng)) for size in sizes]
    weights = torch.rand(3, generator=rng, dtype=torch.float64) + 0.5
    rows, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    loader = student.lab("loader", rows, labels, batch_size=sizes[0])
    return student.evaluate(model, loader, weights), laptop(network, batches, weights), model


@exercise("mend_the_loop")
@on_devices("cpu", "cuda")
class TestEvaluate:
    def test_one_batch(self, student, device, rng):
        """Loss, right answers and predictions of one batch are those of the CPU, wherever the model is."""
        given, expected, _ = evaluated(student, device, (6,), rng)
        assert_type(given[0], float, what="the loss")
        assert_close(given[0], expected[0], what="the loss")
        assert_equal(given[1], expected[1], what="the right answers in each class")
        assert_equal(given[2], expected[2], what="the predictions")

    def test_two_batches(self, student, device, rng):
        """They are right for two batches, too, and the model stays where it is."""
        given, expected, model = evaluated(student, device, (5, 3), rng)
        assert_close(given[0], expected[0], what="the loss")
        assert_equal(given[1], expected[1], what="the right answers in each class")
        assert_equal(given[2], expected[2], what="the predictions")
        assert_equal(model.weight.device, device, what="the model's device afterwards")


def steps_taken(model: Any, optimizer: Any, inputs: torch.Tensor, targets: torch.Tensor, count: int) -> None:
    """Train a student's model with a student's optimizer, on the inputs' device."""
    for _ in range(count):
        model.zero_grad()
        functional.mse_loss(model(inputs), targets).backward()
        optimizer.step()


def assert_moves(student: Any, device: torch.device, rng: torch.Generator, name: str, **settings: Any) -> Any:
    """Check that two steps on the CPU, a move and two steps on the device end where four steps on the CPU do."""
    network = started(linear(3, 2), rng)
    model = placed(student, network, "linear", 3, 2)
    optimizer = student.lab("optimizer", name, model, **settings)
    inputs, targets = doubles(5, 3, rng=rng), doubles(5, 2, rng=rng)
    recipe = Recipe(functional.mse_loss, lambda parameters: getattr(torch.optim, name)(parameters, **settings))
    steps_taken(model, optimizer, inputs, targets, 2)
    student.move_training(model, optimizer, device)
    assert_equal(model.weight.device, device, what="the model's device after the move")
    steps_taken(model, optimizer, inputs.to(device), targets.to(device), 2)
    after = {key: value.cpu() for key, value in model.state_dict().items()}
    assert_same_step(after, reference_run(network, [(inputs, targets)], recipe, epochs=4), before=network)
    return optimizer


@exercise("move_training")
class TestMoveTraining:
    @on_devices("cpu", "cuda")
    def test_momentum(self, student, device, rng):
        """Training with momentum goes on after the move as if nothing had happened."""
        assert_moves(student, device, rng, "SGD", lr=0.1, momentum=0.9)

    @on_devices("cuda")
    def test_state(self, student, device, rng):
        """After the move the optimizer's momentum is on the device, with the values that it had."""
        network = started(linear(3, 2), rng)
        model = placed(student, network, "linear", 3, 2)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.1, momentum=0.9)
        inputs, targets = doubles(5, 3, rng=rng), doubles(5, 2, rng=rng)
        steps_taken(model, optimizer, inputs, targets, 1)
        before = optimizer.state_dict()["state"]
        student.move_training(model, optimizer, device)
        after = optimizer.state_dict()["state"]
        for place in (0, 1):
            assert_equal(place in after, True, what="whether the optimizer still has a state")
            given, expected = (state[place]["momentum_buffer"] for state in (after, before))
            assert_equal(given.dtype, expected.dtype, what="the dtype of the momentum after the move")
            assert_equal(given, expected.to(device), what="the momentum after the move")


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
    def test_dtypes(self, student, rng):
        """The five results are those of autocast with float16, each in its dtype."""
        x = singles(3, 3, rng=rng).to("cuda")
        assert_results(student.five_results(x, torch.float16), five_results(x, torch.float16))

    def test_large_features(self, student, rng):
        """The features are float16, and their Gram matrix is float32 and finite where float16 overflows."""
        network = started(linear(3, 2, dtype=torch.float32), rng)
        model = placed(student, network, "linear", 3, 2, dtype=torch.float32).to("cuda")
        x = 300 * (1 + torch.rand(4, 3, generator=rng)).to("cuda")
        features, gram = student.features_and_gram(model, x, torch.float16)
        assert_equal(features.dtype, torch.float16, what="the dtype of the features")
        wide = features.detach().float()
        assert_close(gram, wide @ wide.T, dtype=torch.float32, what="the Gram matrix")


def clipped(norm: float, lr: float) -> Recipe:
    """Return the recipe of an exact step: SGD with gradients clipped to a norm."""
    return Recipe(functional.mse_loss, lambda parameters: torch.optim.SGD(parameters, lr=lr), clip=norm)


def stepped(student: Any, network: nn.Module, batches: Any, norm: float, **settings: Any) -> tuple[Any, Any, list[Any]]:
    """Take the student's steps on the GPU with a copy of a float64 model; return its state, the scaler, the losses."""
    features, outputs = network.in_features, network.out_features
    model = placed(student, network, "linear", features, outputs).to("cuda")
    optimizer = student.lab("optimizer", "SGD", model, lr=0.5)
    scaler = student.lab("scaler", **settings)
    losses = [
        student.amp_step(model, inputs.to("cuda"), targets.to("cuda"), optimizer, scaler, norm)
        for inputs, targets in batches
    ]
    return {key: value.cpu() for key, value in model.state_dict().items()}, scaler, losses


@exercise("amp_step")
class TestAmpStep:
    @weight(2)
    def test_clipped_step(self, student, rng):
        """A step in float64 is the exact one: its gradient is clipped at its true norm, not at the scaled one."""
        network, norm = started(linear(3, 2), rng), 0.25
        batches = [(doubles(5, 3, rng=rng), 5 + doubles(5, 2, rng=rng))]
        after, _, losses = stepped(student, network, batches, norm, init_scale=1024.0)
        # 1e-6 in the norm is torch's own safeguard against a division by zero; it is smaller than the tolerance here.
        small = reference_run(network, batches, clipped(norm / 1024, 0.5))
        unlike = {"moved as if its gradient, once clipped, had been divided by the scale": small}
        assert_near(after, reference_run(network, batches, clipped(norm, 0.5)), network, unlike)
        assert_type(losses[0], float, what="the loss")
        assert_close(losses[0], functional.mse_loss(network(batches[0][0]), batches[0][1]).item(), what="the loss")

    def test_overflow(self, student, rng):
        """A step whose gradients are infinite is skipped, and halves the scale."""
        network = started(linear(3, 2), rng)
        inputs, targets = doubles(5, 3, rng=rng), doubles(5, 2, rng=rng)
        inputs[2, 1] = float("inf")
        after, scaler, _ = stepped(student, network, [(inputs, targets)], 1.0, init_scale=1024.0)
        assert_equal(after, network.state_dict(), what="the weights after a step that had to be skipped")
        assert_equal(scaler.get_scale(), 512.0, what="the scale after an overflow")


def assert_near(after: Any, expected: Any, before: nn.Module, unlike: dict[str, Any]) -> None:
    """Check a clipped step: to 1e-5 of its length, as clip_grad_norm_ adds 1e-6 to the norm that it divides by."""
    longest = max(float((value - before.state_dict()[key]).abs().max()) for key, value in expected.items())
    for told, other in unlike.items():
        if all(torch.allclose(after[key], other[key], rtol=0, atol=1e-5 * longest) for key in expected):
            fail(f"The model {told}", safe=f"The model {told}")
    for key, value in expected.items():
        assert_close(after[key], value, rtol=0, atol=1e-5 * longest, what=f"{key} of the model after the step")


def assert_replicas(student: Any, network: Any, model: Any, rows: int, processes: int, lr: float, steps: int) -> None:
    """Check that all replicas hold what one process gets from the whole batch; `network` is the host's own model."""
    rng = torch.Generator().manual_seed(rows)
    inputs, labels = doubles(rows, 3, rng=rng), classes_of(rows, 4, rng)
    found = student.launch(student.replica, processes, model, inputs, labels, lr, steps)
    assert_type(found, list, what="what launch returned")
    assert_equal(len(found), processes, what="how many state dicts launch returned, one a replica,")
    recipe = Recipe(functional.cross_entropy, lambda parameters: torch.optim.SGD(parameters, lr=lr))
    expected = reference_run(network, [(inputs, labels)], recipe, epochs=steps)
    for rank, state in enumerate(found):
        if set(state) != set(expected):
            fail(f"replica {rank} returned the names {sorted(state)}", safe="the names are not those of the model")
        assert_same_step(rebuilt(state, network), expected, before=network, what=f"replica {rank}")


# Mistake-proof, not forgery-proof: the weights are compared with our own, but that several processes did the work, each
# with little memory, is a claim of the student's process.
@exercise("data_parallel")
@limits(seconds=20, loopback=True)
class TestDataParallel:
    @weight(2)
    def test_double_batch(self, student, rng):
        """Two replicas with four rows each take the step that one process takes with eight."""
        network = started(RoomFor(1000, 3, 4), rng)
        assert_replicas(student, network, placed(student, network, "RoomFor", 4, 3, 4), 8, 2, 0.5, 1)

    def test_stay_equal(self, student, rng):
        """After three steps the two replicas are still equal, and are where one process would be."""
        network = started(RoomFor(1000, 3, 4), rng)
        assert_replicas(student, network, placed(student, network, "RoomFor", 3, 3, 4), 6, 2, 0.25, 3)


class SlowGPU:
    """A GPU with a queue, seen from outside: orders take no time, work does, and the first calls take longer."""

    def __init__(self, cost: float, first: tuple[float, ...] = (), queued: float = 0.0) -> None:
        self.now, self.done, self.calls = 100.0, 100.0 + queued, 0
        self._cost, self._first = cost, first

    def work(self) -> None:
        """Put an order into the queue."""
        cost = self._first[self.calls] if self.calls < len(self._first) else self._cost
        self.done = max(self.done, self.now) + cost
        self.calls += 1

    def synchronize(self) -> None:
        """Wait until the queue is empty."""
        self.now = max(self.now, self.done)

    def clock(self) -> float:
        """Return the present moment."""
        return self.now


def measured(student: Any, gpu: SlowGPU, *counts: int) -> Any:
    """Return what the student's stopwatch says."""
    work: Callable[[], None] = gpu.work
    return student.seconds_per_call(work, gpu.synchronize, gpu.clock, *counts)


@exercise("timing")
class TestTiming:
    def test_waits(self, student, rng):
        """Calls that take two seconds each are measured as two seconds, by waiting for the GPU."""
        assert_close(measured(student, SlowGPU(2.0), 1, 4), 2.0, what="the seconds of one call")

    def test_warm_up(self, student, rng):
        """The first three calls, which are slow, do not count."""
        gpu = SlowGPU(0.5, first=(40.0, 8.0, 4.0))
        assert_close(measured(student, gpu, 3, 8), 0.5, what="the seconds of one call")
        assert_equal(gpu.calls, 11, what="how often work was called")


@exercise("feed_the_gpu")
class TestFeed:
    # Mistake-proof, not forgery-proof: whether a loader pins its batches is a claim of the student's process.
    @on_devices("cpu", "cuda")
    def test_loader(self, student, device, rng):
        """The loader gives pairs in order, the last batch smaller, and pins them for a GPU only."""
        inputs, labels = singles(5, 2, rng=rng), classes_of(5, 3, rng)
        loader = student.make_loader(inputs, labels, 2, device)
        assert_equal([len(batch[0]) for batch in loader], [2, 2, 1], what="the sizes of the batches")
        assert_equal(torch.cat([batch[0] for batch in loader]), inputs, what="the inputs of all batches")
        assert_equal(torch.cat([batch[1] for batch in loader]), labels, what="the labels of all batches")
        assert_equal(loader.pin_memory, device.type == "cuda", what="whether the loader pins its batches")

    @on_devices("cpu", "cuda")
    def test_on_device(self, student, device, rng):
        """on_device yields the batches in order, as tuples on the device."""
        inputs, labels = singles(5, 2, rng=rng), classes_of(5, 3, rng)
        found = list(student.on_device(student.lab("loader", inputs, labels, batch_size=3), device))
        expected = [(inputs[:3].to(device), labels[:3].to(device)), (inputs[3:].to(device), labels[3:].to(device))]
        assert_equal(found, expected, what="the batches")
