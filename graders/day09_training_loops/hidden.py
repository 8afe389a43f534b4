"""The checks of day 9 that never leave: other optimizers, losses and sizes, gradients left behind, other epochs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from proctorch import (
    Recipe,
    assert_close,
    assert_equal,
    assert_eval_mode,
    assert_frozen,
    assert_gradients_zeroed,
    assert_loss_falls,
    assert_no_gradient_recorded,
    assert_overfits,
    assert_same_seed_same_weights,
    assert_same_step,
    assert_scheduler_order,
    assert_score,
    exercise,
    fail,
    held_out_accuracy,
    left_training,
    limits,
    loss_on,
    rebuilt,
    reference_run,
    weight,
)
from proctorch.lab import ModeProbe, RoomFor, classifier, clusters, linear, loader, signs

Batch = tuple[torch.Tensor, torch.Tensor]


def number(low: int, high: int, rng: torch.Generator) -> int:
    """Draw a whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def recipe(
    loss: Callable[..., torch.Tensor] = functional.cross_entropy, name: str = "SGD", **settings: Any
) -> Callable[..., Recipe]:
    """Return a maker of recipes with an optimizer of torch's; what it is called with are the recipe's other fields."""
    made = lambda parameters: getattr(torch.optim, name)(parameters, **settings)  # noqa: E731
    return lambda **others: Recipe(loss, made, **others)


def started(network: nn.Module, rng: torch.Generator) -> Any:
    """Return the network with random weights and with statistics that are not those of a fresh one."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                drawn = torch.rand(value.shape, generator=rng, dtype=value.dtype)
                value.copy_(drawn + 0.5 if name.endswith("running_var") else 2 * drawn - 1)
    return network


def started_small(network: nn.Module, rng: torch.Generator) -> Any:
    """Return the network with random weights of the size that PyTorch starts with."""
    with torch.no_grad():
        for value in network.parameters():
            fan_in = value.shape[1] if value.dim() > 1 else 64
            value.copy_((2 * torch.rand(value.shape, generator=rng) - 1) / fan_in**0.5)
    return network


def batches_of(sizes: tuple[int, ...], features: int, classes: int, rng: torch.Generator) -> list[Batch]:
    """Return batches of random inputs and labels."""
    return [
        (
            torch.randn(size, features, generator=rng, dtype=torch.float64),
            torch.randint(classes, (size,), generator=rng),
        )
        for size in sizes
    ]


def numbers_of(sizes: tuple[int, ...], features: int, outputs: int, rng: torch.Generator) -> list[Batch]:
    """Return batches of random inputs and targets of a regression."""
    return [
        tuple(torch.randn(size, width, generator=rng, dtype=torch.float64) for width in (features, outputs))  # type: ignore[misc]
        for size in sizes
    ]


def loader_of(student: Any, batches: list[Batch]) -> Any:
    """Return a loader of the batches where the student's code can use it; the last one may be smaller."""
    inputs, targets = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return student.lab("loader", inputs, targets, batch_size=len(batches[0][0]))


def placed(student: Any, network: nn.Module, name: str, *sizes: int, **options: Any) -> Any:
    """Return a model of the lab, where the student's code can train it, with the weights of ours."""
    model = student.lab(name, *sizes, **options)
    model.load_state_dict(network.state_dict())
    return model


def leave_gradients(model: nn.Module, rng: torch.Generator) -> None:
    """Leave gradients in a model of the guest, as a caller before may have done."""
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=rng, dtype=torch.float64)


def losses_of(network: nn.Module, batches: list[Batch], made: Recipe) -> list[float]:
    """Return the loss of each batch in training mode, with the weights that the steps before it leave."""
    found = []
    for place, (inputs, targets) in enumerate(batches):
        before = rebuilt(reference_run(network, batches[:place], made), network).train()
        found.append(float(made.loss(before(inputs), targets).detach()))
    return found


def mean_over_rows(losses: list[float], batches: list[Batch]) -> float:
    """Return the mean over all samples of the mean losses of batches."""
    rows = [len(inputs) for inputs, _ in batches]
    return sum(loss * count for loss, count in zip(losses, rows, strict=True)) / sum(rows)


def evaluated(network: nn.Module, batches: list[Batch]) -> tuple[float, float]:
    """Return the loss and the accuracy over all samples in evaluation mode, row by row."""
    model, losses, right = rebuilt(network, network).eval(), [], []
    with torch.no_grad():
        for inputs, labels in batches:
            for row, label in zip(inputs, labels.tolist(), strict=True):
                scores = model(row[None])[0].tolist()
                losses.append(math.log(sum(math.exp(score) for score in scores)) - scores[label])
                right.append(scores[label] == max(scores))
    return sum(losses) / len(losses), sum(right) / len(right)


@exercise("training_step")
class TestTrainingStep:
    def test_other_losses_and_optimizers(self, student, rng):
        """The step is right for other losses, optimizers and shapes, whatever gradients the caller left behind."""
        for name, settings in (("Adam", {"lr": 0.05}), ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1})):
            network, batches = started(linear(5, 2), rng), numbers_of((7, 3, 1), 5, 2, rng)
            model = placed(student, network, "linear", 5, 2)
            leave_gradients(model, rng)
            optimizer, loss = student.lab("optimizer", name, model, **settings), student.lab("loss", "L1Loss")
            for inputs, targets in batches:
                student.training_step(model, inputs, targets, loss, optimizer)
            assert_gradients_zeroed(model, network, batches, recipe(functional.l1_loss, name, **settings)())

    def test_loss(self, student, rng):
        """The loss that comes back is that of the batch in training mode, before the step."""
        network, batches = started(ModeProbe(3, 4), rng), batches_of((6,), 3, 4, rng)
        for lr in (0.2, 5.0):
            model = placed(student, network, "ModeProbe", 3, 4).eval()
            optimizer = student.lab("optimizer", "SGD", model, lr=lr)
            loss = student.training_step(model, *batches[0], student.lab("loss", "CrossEntropyLoss"), optimizer)
            expected = losses_of(network, batches, recipe(lr=lr)())[0]
            assert_close(loss, expected, what="the loss that training_step returned")
            assert_same_step(model, reference_run(network, batches, recipe(lr=lr)()), before=network)


@exercise("train_one_epoch")
class TestTrainOneEpoch:
    def test_one_strange_sample(self, student, rng):
        """The running loss counts a last batch of a single strange sample once, and each loss before its step."""
        network, batches = started(linear(2, 1), rng), numbers_of((5, 5, 1), 2, 1, rng)
        batches[-1] = (batches[-1][0], batches[-1][1] + 30)
        model = placed(student, network, "linear", 2, 1)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.05)
        found = student.train_one_epoch(model, loader_of(student, batches), student.lab("loss", "MSELoss"), optimizer)
        made = recipe(functional.mse_loss, lr=0.05)()
        expected = mean_over_rows(losses_of(network, batches, made), batches)
        assert_close(found, expected, what="the loss that train_one_epoch returned")
        assert_same_step(model, reference_run(network, batches, made), before=network)

    def test_loaders_order(self, student, rng):
        """The steps follow the order of a loader that shuffles, with Adam, and forget gradients left from before."""
        network, (inputs, labels) = started(ModeProbe(4, 3), rng), batches_of((17,), 4, 3, rng)[0]
        seed = number(0, 999, rng)
        model = placed(student, network, "ModeProbe", 4, 3).eval()
        leave_gradients(model, rng)
        optimizer = student.lab("optimizer", "Adam", model, lr=0.02)
        shuffled = student.lab("loader", inputs, labels, batch_size=5, shuffle_seed=seed)
        found = student.train_one_epoch(model, shuffled, student.lab("loss", "CrossEntropyLoss"), optimizer)
        batches = [tuple(batch) for batch in loader(inputs, labels, batch_size=5, shuffle_seed=seed)]
        made = recipe(name="Adam", lr=0.02)()
        assert_gradients_zeroed(model, network, batches, made)
        expected = mean_over_rows(losses_of(network, batches, made), batches)
        assert_close(found, expected, what="the loss that train_one_epoch returned")


@exercise("evaluate")
class TestEvaluate:
    def test_other_sizes(self, student, rng):
        """Loss and accuracy are right for other batches, the last with a single sample, and for all right or wrong."""
        for sizes in ((5, 5, 1), (1,), (7,)):
            network, batches = started(ModeProbe(3, 5), rng), batches_of(sizes, 3, 5, rng)
            model = placed(student, network, "ModeProbe", 3, 5).eval()
            found = student.evaluate(model, loader_of(student, batches), student.lab("loss", "CrossEntropyLoss"))
            assert_close(found, evaluated(network, batches), what="what evaluate returned")
        with torch.no_grad():
            best = [(inputs, rebuilt(network, network).eval()(inputs).argmax(dim=1)) for inputs, _ in batches]
        for labelled in (best, [(inputs, (labels + 1) % 5) for inputs, labels in best]):
            found = student.evaluate(model, loader_of(student, labelled), student.lab("loss", "CrossEntropyLoss"))
            assert_close(found, evaluated(network, labelled), what="what evaluate returned")

    def test_no_trace_in_either_mode(self, student, rng):
        """Weights and statistics stay, and a model that came in evaluation mode is still in it."""
        network, batches = started(ModeProbe(5, 3), rng), batches_of((4, 4, 3), 5, 3, rng)
        for training in (False, True):
            model = placed(student, network, "ModeProbe", 5, 3).train(training)
            found = student.evaluate(model, loader_of(student, batches), student.lab("loss", "CrossEntropyLoss"))
            assert_close(found, evaluated(network, batches), what="what evaluate returned")
            assert_frozen(network, model)
            told = "whether the model is in training mode after evaluate"
            assert_equal(left_training(model, batches[0][0]), training, what=told)

    # The guest itself counts what was recorded: mistake-proof, so it weighs little.
    @weight(0.5)
    def test_nothing_recorded(self, student, rng):
        """The model runs in evaluation mode, and autograd records nothing."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((4, 4), 4, 3, rng)
        model = placed(student, network, "ModeProbe", 4, 3)
        found = student.evaluate(model, loader_of(student, batches), student.lab("loss", "CrossEntropyLoss"))
        assert_close(found, evaluated(network, batches), what="what evaluate returned")
        assert_eval_mode(model)
        assert_no_gradient_recorded(model)


def running_losses(network: nn.Module, batches: list[Batch], made: Recipe, epochs: int) -> list[float]:
    """Return the running loss of each epoch, from one training of a copy."""
    model, found = rebuilt(network, network).train(), []
    optimizer = made.optimizer(list(model.parameters()))
    for _ in range(epochs):
        losses = []
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss = made.loss(model(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        found.append(mean_over_rows(losses, batches))
    return found


def validation_that_prefers(
    epoch: int, states: list[Any], network: nn.Module, rng: torch.Generator, *, never_worst: int, scale: float = 1.0
) -> list[Batch]:
    """Return two validation batches, of 4 and 3 rows, on which one epoch's weights have the smallest loss by far.

    Each row is either right in all epochs or wrong in all, so that the accuracy is the same everywhere; and the epoch
    `never_worst` has not the largest loss. With a `scale` above 1 the inputs are so much larger, and so is every loss.
    Returns nothing where too few rows prefer the epoch.
    """
    inputs, labels = batches_of((1000,), 4, 3, rng)[0]
    inputs = inputs * scale
    with torch.no_grad():
        outputs = [rebuilt(state, network).eval()(inputs) for state in states]
    losses = torch.stack([functional.cross_entropy(logits, labels, reduction="none") for logits in outputs])
    right = torch.stack([logits.argmax(dim=1) == labels for logits in outputs])
    others = torch.cat([losses[:epoch], losses[epoch + 1 :]])
    usable = (right == right[0]).all(dim=0) & (losses.argmax(dim=0) != never_worst)
    if scale > 1:
        usable &= losses.amin(dim=0) > scale
    # Losses in the thousands are told apart in float32, too, in which somebody may keep them.
    found, chosen = (others.amin(dim=0) - losses[epoch]).where(usable, -math.inf).topk(7)
    if float(found.min()) < 1e-5 * max(100.0, scale) or int(losses[:, chosen].mean(dim=1).argmax()) == never_worst:
        return []
    return [(inputs[rows], labels[rows]) for rows in chosen.split(4)]


def task_with_best_epochs(made: Recipe, scales: dict[int, float], rng: torch.Generator) -> Any:
    """Return a network, its training batches, its states after four epochs, and validation batches for each best.

    `scales` says for each epoch that shall be the best one how large the validation inputs are. The running loss is
    smallest in the second epoch, so that whoever goes by it ends with other weights than all others.
    """
    while True:
        network, batches = started(ModeProbe(4, 3), rng), batches_of((6, 4), 4, 3, rng)
        running = running_losses(network, batches, made, 4)
        if running.index(min(running)) != 1:
            continue
        states = [reference_run(network, batches, made, epochs) for epochs in (1, 2, 3, 4)]
        validations = [
            validation_that_prefers(epoch, states, network, rng, never_worst=1, scale=scale)
            for epoch, scale in scales.items()
        ]
        if all(validations):
            return network, batches, states, dict(zip(scales, validations, strict=True))


@exercise("fit")
class TestFit:
    @limits(seconds=10)
    @weight(2)
    def test_any_best_epoch(self, student, rng):
        """The model holds the state of the best of four epochs: the first, the third (losses above 1000), the last."""
        made = recipe(lr=1.0, momentum=0.9)()
        network, batches, states, validations = task_with_best_epochs(made, {0: 1.0, 2: 1000.0, 3: 1.0}, rng)
        for best, validation in validations.items():
            model = placed(student, network, "ModeProbe", 4, 3).eval()
            optimizer = student.lab("optimizer", "SGD", model, lr=1.0, momentum=0.9)
            loss = student.lab("loss", "CrossEntropyLoss")
            loaders = loader_of(student, batches), loader_of(student, validation)
            found = student.fit(model, *loaders, loss, optimizer, 4)
            assert_equal(len(found.get("val_loss", ())), 4, what="the number of validation losses")
            wrong = {"holds the weights of the last epoch, which was not the best": states[3]} if best < 3 else {}
            assert_same_step(model, states[best], before=network, unlike=wrong)

    @limits(seconds=10)
    def test_history_of_other_sizes(self, student, rng):
        """The history is right for other sizes: running losses, and validation losses and accuracies over samples."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((3, 3, 2), 4, 3, rng)
        made, validation = recipe(name="Adam", lr=0.05)(), batches_of((6, 6, 1), 4, 3, rng)
        states = [reference_run(network, batches, made, epochs) for epochs in (1, 2)]
        model = placed(student, network, "ModeProbe", 4, 3)
        optimizer, loss = student.lab("optimizer", "Adam", model, lr=0.05), student.lab("loss", "CrossEntropyLoss")
        found = student.fit(model, loader_of(student, batches), loader_of(student, validation), loss, optimizer, 2)
        assert_equal(sorted(found), ["train_loss", "val_accuracy", "val_loss"], what="the names in the history")
        losses = losses_of(network, batches * 2, made)
        running = [mean_over_rows(losses[first : first + 3], batches) for first in (0, 3)]
        assert_close(found["train_loss"], running, what="train_loss in the history")
        expected = [evaluated(rebuilt(state, network), validation) for state in states]
        assert_close(found["val_loss"], [value for value, _ in expected], what="val_loss in the history")
        assert_close(found["val_accuracy"], [share for _, share in expected], what="val_accuracy in the history")


def answers(student: Any, losses: list[float], *settings: float) -> list[bool]:
    """Return what a stopper says to each loss."""
    stopper = student.EarlyStopping(*settings)
    return [stopper.step(loss) for loss in losses]


def said(losses: list[float], patience: int, delta: float) -> list[bool]:
    """Return what a right stopper says: for each epoch, how long ago the last improvement was."""
    best, last, found = math.inf, -1, []
    for epoch, loss in enumerate(losses):
        if not math.isnan(loss) and loss < best - delta:
            best, last = loss, epoch
        found.append(epoch - last >= patience)
    return found


@exercise("early_stopping")
class TestEarlyStopping:
    def test_other_losses(self, student, rng):
        """The answers are right for small and huge losses, a patience from 1 to 4 and a min_delta, ties included."""
        for patience in (1, 2, 3, 4):
            for delta in (0.0, 0.25, 1.0):
                # Eighths of small numbers are exact in floating point, and so are their differences, and all of them
                # times a power of two. 2**70 is more than any number that somebody would start the best loss at.
                losses = (torch.randint(1, 24, (12,), generator=rng) / 8).tolist()
                losses += [min(losses)] * 3  # ties with the best
                for scale in (1.0, 2.0**70):
                    scaled = [loss * scale for loss in losses]
                    found = answers(student, scaled, patience, delta * scale)
                    expected = said(scaled, patience, delta * scale)
                    assert_equal(found, expected, what="what step returned for each loss")

    def test_slow_progress(self, student, rng):
        """Improvements smaller than min_delta add up, because the best loss stays what it was."""
        losses = [8.0, 7.75, 7.5, 7.25, 7.0, 6.75, 6.5, 6.25, 6.0, 5.75, 5.5]
        found = answers(student, losses, 3, 0.5)
        assert_equal(found, said(losses, 3, 0.5), what="what step returned for each loss")

    def test_nan(self, student, rng):
        """A loss that is nan is never better, neither at first nor later, and the best loss survives it."""
        nan = float("nan")
        for losses in ([nan, nan, 1.0, nan, nan], [1.0, nan, 0.5, nan, 0.75, 0.25], [nan, 2.0, 3.0, 1.0, nan]):
            found = answers(student, losses, 2)
            assert_equal(found, said(losses, 2, 0.0), what="what step returned for each loss")

    def test_two_stoppers(self, student, rng):
        """Two stoppers that are used in turns do not know of each other."""
        first, second = student.EarlyStopping(2), student.EarlyStopping(3)
        one, two = [1.0, 2.0, 3.0, 0.5], [5.0, 4.0, 6.0, 7.0]
        found = [(first.step(a), second.step(b)) for a, b in zip(one, two, strict=True)]
        assert_equal([a for a, _ in found], said(one, 2, 0.0), what="what the first stopper returned")
        assert_equal([b for _, b in found], said(two, 3, 0.0), what="what the second stopper returned")


@exercise("gradient_clipping")
class TestGradientClipping:
    def test_many_parameters(self, student, rng):
        """All gradients together get the norm max_norm and keep their direction; a parameter without one stays so."""
        for most in (0.125, 3.0, 1000.0):
            model = student.lab("ModeProbe", 4, 3)
            gradients = {name: torch.randn(value.shape, generator=rng).double() for name, value in named(model)}
            del gradients["skip.weight"]
            for name, value in named(model):
                value.grad = gradients.get(name)
            norm = math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients.values()))
            names = [name for name, _ in named(model)]
            assert_close(student.clip_gradients(model, most), norm, what="the norm that clip_gradients returned")
            assert_equal([name for name, _ in named(model)], names, what="the names of the parameters")
            for name, value in named(model):
                if name in gradients:
                    expected = gradients[name] * min(1.0, most / norm)
                    # PyTorch's own adds 1e-6 to the norm, which is a little more than 1 here.
                    assert_close(value.grad, expected, rtol=1e-5, what=f"the gradient of {name}")
                else:
                    assert_equal(value.grad is None, True, what="whether a parameter is still without a gradient")

    def test_clipped_steps(self, student, rng):
        """Two clipped steps in training mode leave the weights of a right loop, and return the losses before them."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((6, 5), 4, 3, rng)
        batches = [(200 * inputs, labels) for inputs, labels in batches]
        model = placed(student, network, "ModeProbe", 4, 3).eval()
        leave_gradients(model, rng)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.5, momentum=0.9)
        loss, most = student.lab("loss", "CrossEntropyLoss"), 1e-2
        found = [student.clipped_step(model, *batch, loss, optimizer, most) for batch in batches]
        made = recipe(lr=0.5, momentum=0.9)
        plain = {"took steps with gradients that were not clipped": reference_run(network, batches, made())}
        expected = reference_run(network, batches, made(clip=most))
        assert_same_step(model, expected, before=network, unlike=plain)
        assert_close(found, losses_of(network, batches, made(clip=most)), what="the losses")

    def test_short_gradients(self, student, rng):
        """A step whose gradients are shorter than max_norm is an ordinary step."""
        network, batches = started(ModeProbe(3, 3), rng), batches_of((6,), 3, 3, rng)
        model = placed(student, network, "ModeProbe", 3, 3)
        optimizer, loss = student.lab("optimizer", "SGD", model, lr=0.5), student.lab("loss", "CrossEntropyLoss")
        student.clipped_step(model, *batches[0], loss, optimizer, 1e6)
        assert_same_step(model, reference_run(network, batches, recipe(lr=0.5)()), before=network)


def named(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Return the parameters of a model with their names."""
    return list(model.named_parameters())


@exercise("gradient_accumulation")
class TestGradientAccumulation:
    # Mistake-proof, not forgery-proof: how much room there is, is counted in the student's process. What is compared
    # on the host, the step and the loss, is evidence.
    def test_other_bites(self, student, rng):
        """Two steps from bites of any sizes are those of the large batches, with momentum and old gradients."""
        network = started(RoomFor(1000, 4, 3), rng)
        groups = [batches_of(sizes, 4, 3, rng) for sizes in ((1, 5, 3), (2, 5))]
        model = placed(student, network, "RoomFor", 5, 4, 3)
        leave_gradients(model, rng)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.3, momentum=0.9)
        loss = student.lab("loss", "CrossEntropyLoss")
        found = [student.accumulated_step(model, group, loss, optimizer) for group in groups]
        large: Any = [tuple(torch.cat(parts) for parts in zip(*group, strict=True)) for group in groups]
        made = recipe(lr=0.3, momentum=0.9)()
        assert_gradients_zeroed(model, network, large, made)
        assert_close(found, losses_of(network, large, made), what="the losses that accumulated_step returned")

    def test_training_mode(self, student, rng):
        """The step is taken in training mode, for a single bite, too."""
        for sizes in ((3,), (2, 3)):
            network = started(classifier(4, 3, 5, dropout=1.0, dtype=torch.float64), rng)
            model = placed(student, network, "classifier", 4, 3, 5, dropout=1.0, dtype=torch.float64).eval()
            batches = batches_of(sizes, 4, 3, rng)
            optimizer, loss = student.lab("optimizer", "SGD", model, lr=0.3), student.lab("loss", "CrossEntropyLoss")
            student.accumulated_step(model, batches, loss, optimizer)
            expected = reference_run(network, batches, recipe(lr=0.3)(accumulate=len(sizes)))
            assert_same_step(model, expected, before=network)


@exercise("learning_rate_schedule")
class TestLearningRateSchedule:
    def test_other_factors(self, student, rng):
        """The factors are right for other ramps, for none, and 0 from the total on."""
        for warmup, total in ((0, 5), (1, 4), (4, 5), (10, 30)):
            for step in (0, 1, warmup, warmup + 1, total - 1, total, total + 7):
                expected = (step + 1) / warmup if step < warmup else 0.0
                if warmup <= step < total:
                    expected = math.cos(math.pi / 2 * (step - warmup) / (total - warmup)) ** 2
                assert_close(student.warmup_cosine(step, warmup, total), expected, what="the factor of a step")

    def test_two_epochs(self, student, rng):
        """Over two epochs of four batches, each step is in training mode, with the rate that comes back for it."""
        network, batches = started(ModeProbe(3, 3), rng), batches_of((4, 4, 4, 2), 3, 3, rng)
        model = placed(student, network, "ModeProbe", 3, 3).eval()
        optimizer = student.lab("optimizer", "SGD", model, lr=0.5, momentum=0.5)
        scheduler = student.lab("scheduler", "ExponentialLR", optimizer, gamma=0.75)
        loss = student.lab("loss", "CrossEntropyLoss")
        rates = student.train_with_schedule(model, loader_of(student, batches), loss, optimizer, scheduler, 2)
        schedule = lambda made: torch.optim.lr_scheduler.ExponentialLR(made, gamma=0.75)  # noqa: E731
        made = recipe(lr=0.5, momentum=0.5)(scheduler=schedule, every="batch")
        assert_scheduler_order(model, network, batches, made, epochs=2)
        expected = [0.5 * 0.75**step for step in range(8)]
        assert_close(rates, expected, what="the learning rates that train_with_schedule returned")


def trained(student: Any, network: nn.Module, sizes: tuple[int, ...], inputs: Any, labels: Any, *rest: int) -> Any:
    """Return our own copy of the model, in evaluation mode, with the weights that the student's training left."""
    model = placed(student, network, "classifier", *sizes)
    student.train_classifier(model, inputs, labels, *rest)
    return rebuilt(model, network).eval()


@exercise("train_classifier")
class TestTrainClassifier:
    @limits(seconds=10, memory=1024)
    @weight(2)
    def test_other_alphabets(self, student, rng):
        """After 250 steps, the mean accuracy over three other alphabets is at least 0.92."""
        scores = []
        for _ in range(3):
            data = signs(rng, train=1350, test=450, wobble=0.7)
            network = started_small(classifier(64, 10), rng)
            seed = number(0, 999, rng)
            model = trained(student, network, (64, 10), data.train_inputs, data.train_labels, 250, seed)
            scores.append(held_out_accuracy(model, data, rng))
        assert_score(sum(scores) / 3, floor=0.70, target=0.92, what="the accuracy on new signs")

    @limits(seconds=10, memory=1024)
    def test_seed(self, student, rng):
        """The same seed gives the same weights, whatever was drawn before, another seed others, and the loss falls."""
        data, network = clusters(rng, features=5, train=150), started_small(classifier(5, 3), rng)
        seeds = iter(range(number(0, 999, rng), 5000))

        def weights(seed: int, steps: int = 40) -> Any:
            student.reseed(next(seeds))
            return trained(student, network, (5, 3), data.train_inputs, data.train_labels, steps, seed)

        after = assert_same_seed_same_weights(weights, number(0, 999, rng))
        rows = [(data.train_inputs, data.train_labels)]
        losses = [loss_on(net, rows, functional.cross_entropy) for net in (network.eval(), rebuilt(after, network))]
        assert_loss_falls(*losses, ratio=0.75, steps=40, what="the loss on the training data")
        assert_frozen(network, weights(number(0, 999, rng), steps=0))

    @limits(seconds=10, memory=1024)
    def test_other_data(self, student, rng):
        """100 steps halve the loss on new points of three groups, and 200 steps learn 16 rows by heart."""
        data, network = clusters(rng, features=5, spread=0.4), started_small(classifier(5, 3), rng)
        model = trained(student, network, (5, 3), data.train_inputs, data.train_labels, 100, number(0, 999, rng))
        test = [(data.test_inputs, data.test_labels)]
        losses = [loss_on(net, test, functional.cross_entropy) for net in (network.eval(), model)]
        assert_loss_falls(*losses, ratio=0.5, steps=100, what="the loss on new points")
        few = data.train_inputs[:16], data.train_labels[:16]
        model = trained(student, network, (5, 3), *few, 200, number(0, 999, rng))
        assert_overfits(model, *few, functional.cross_entropy, below=0.1, steps=200)

    @limits(seconds=10, memory=1024)
    def test_budget(self, student, rng):
        """Two steps see some of 600 rows, and not more than two batches of 128."""
        # Each row has a feature of its own, whose weights begin at zero: they move when a step has seen the row. Weight
        # decay and momentum leave them at zero otherwise. The bias keeps the hidden units open.
        network = started_small(classifier(600, 3), rng)
        with torch.no_grad():
            network[0].weight.zero_()
            network[0].bias.fill_(1.0)
        labels = torch.randint(3, (600,), generator=rng)
        model = trained(student, network, (600, 3), torch.eye(600), labels, 2, number(0, 999, rng))
        seen = int(model[0].weight.detach().abs().amax(dim=0).gt(0).sum())
        if not 0 < seen <= 256:
            fail(f"two steps saw {seen} rows, expected 1 to 256", safe="two steps saw no row, or more than two batches")
