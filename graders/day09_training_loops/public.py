"""The checks of day 9 that students run, too: the examples of the text, and models that show how they were used."""

from __future__ import annotations

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
    assert_same_step,
    assert_scheduler_order,
    assert_score,
    assert_train_mode,
    exercise,
    fail,
    held_out_accuracy,
    left_training,
    limits,
    loss_on,
    rebuilt,
    reference_run,
    state_of,
    weight,
)
from proctorch.lab import ModeProbe, RoomFor, Split, classifier, linear, signs

Batch = tuple[torch.Tensor, torch.Tensor]


def sgd(loss: Callable[..., torch.Tensor] = functional.cross_entropy, lr: float = 0.1, **others: Any) -> Recipe:
    """Return a recipe with plain gradient descent and no momentum."""
    return Recipe(loss, lambda parameters: torch.optim.SGD(parameters, lr=lr), **others)


def started(network: nn.Module, rng: torch.Generator) -> Any:
    """Return the network with random weights and with statistics that are not those of a fresh one."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                drawn = torch.rand(value.shape, generator=rng, dtype=value.dtype)
                value.copy_(drawn + 0.5 if name.endswith("running_var") else 2 * drawn - 1)
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


def numbers_of(sizes: tuple[int, ...], features: int, rng: torch.Generator) -> list[Batch]:
    """Return batches of random inputs and targets of a regression."""
    return [
        tuple(torch.randn(size, width, generator=rng, dtype=torch.float64) for width in (features, 1))  # type: ignore[misc]
        for size in sizes
    ]


def loader_of(student: Any, batches: list[Batch]) -> Any:
    """Return a loader of the batches where the student's code can use it; the last one may be smaller."""
    inputs, targets = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return student.lab("loader", inputs, targets, batch_size=len(batches[0][0]))


def placed(student: Any, network: nn.Module, name: str, *sizes: int) -> Any:
    """Return a model of the lab, where the student's code can train it, with the weights of ours."""
    model = student.lab(name, *sizes)
    model.load_state_dict(network.state_dict())
    return model


def losses_of(network: nn.Module, batches: list[Batch], recipe: Recipe) -> list[float]:
    """Return the loss of each batch in training mode, with the weights that the steps before it leave."""
    found = []
    for place, (inputs, targets) in enumerate(batches):
        before = rebuilt(reference_run(network, batches[:place], recipe), network).train()
        found.append(float(recipe.loss(before(inputs), targets).detach()))
    return found


def mean_over_rows(losses: list[float], batches: list[Batch]) -> float:
    """Return the mean over all samples of the mean losses of batches."""
    rows = [len(inputs) for inputs, _ in batches]
    return sum(loss * count for loss, count in zip(losses, rows, strict=True)) / sum(rows)


@exercise("training_step")
class TestTrainingStep:
    def test_example(self, student, rng):
        """One step on x = 2, y = 5 has the loss 9, and takes weight 1 to 2.2 and bias 0 to 0.6."""
        model = student.lab("linear", 1, 1)
        start = {"weight": torch.ones(1, 1).double(), "bias": torch.zeros(1).double()}
        model.load_state_dict(start)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.1)
        inputs, targets = torch.tensor([[2.0]]).double(), torch.tensor([[5.0]]).double()
        loss = student.training_step(model, inputs, targets, student.lab("loss", "MSELoss"), optimizer)
        expected = {
            "weight": torch.tensor([[2.2]], dtype=torch.float64),
            "bias": torch.tensor([0.6], dtype=torch.float64),
        }
        assert_same_step(model, expected, before=start)
        assert_close(loss, 9.0, what="the loss that training_step returned")

    def test_gradients_are_forgotten(self, student, rng):
        """After three steps the weights are those of three steps, each with the gradients of its own batch alone."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((6, 6, 6), 4, 3, rng)
        model = placed(student, network, "ModeProbe", 4, 3)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.1)
        for inputs, labels in batches:
            student.training_step(model, inputs, labels, student.lab("loss", "CrossEntropyLoss"), optimizer)
        assert_gradients_zeroed(model, network, batches, sgd())

    def test_training_mode(self, student, rng):
        """A model that comes in evaluation mode is trained in training mode: dropout and batch norm do their part."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((6,), 4, 3, rng)
        model = placed(student, network, "ModeProbe", 4, 3).eval()
        optimizer = student.lab("optimizer", "SGD", model, lr=0.1)
        student.training_step(model, *batches[0], student.lab("loss", "CrossEntropyLoss"), optimizer)
        assert_train_mode(model)
        assert_same_step(model, reference_run(network, batches, sgd()), before=network)


@exercise("train_one_epoch")
class TestTrainOneEpoch:
    def test_running_loss(self, student, rng):
        """The loss of an epoch of 10 rows in batches of 4, 4 and 2 is the mean over the rows, not over the batches."""
        network, batches = started(linear(3, 1), rng), numbers_of((4, 4, 2), 3, rng)
        model = placed(student, network, "linear", 3, 1)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.1)
        found = student.train_one_epoch(model, loader_of(student, batches), student.lab("loss", "MSELoss"), optimizer)
        expected = mean_over_rows(losses_of(network, batches, sgd(functional.mse_loss)), batches)
        assert_close(found, expected, what="the loss that train_one_epoch returned")

    def test_steps(self, student, rng):
        """After an epoch the weights are those of one step for each batch, in training mode."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((5, 5, 3), 4, 3, rng)
        model = placed(student, network, "ModeProbe", 4, 3).eval()
        optimizer = student.lab("optimizer", "SGD", model, lr=0.1)
        loss = student.lab("loss", "CrossEntropyLoss")
        student.train_one_epoch(model, loader_of(student, batches), loss, optimizer)
        assert_train_mode(model)
        assert_gradients_zeroed(model, network, batches, sgd())


def evaluated(network: nn.Module, batches: list[Batch]) -> tuple[float, float]:
    """Return the loss and the accuracy over all samples in evaluation mode, all rows at once."""
    inputs, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    with torch.no_grad():
        logits = rebuilt(network, network).eval()(inputs)
    return float(functional.cross_entropy(logits, labels)), float((logits.argmax(dim=1) == labels).double().mean())


@exercise("evaluate")
class TestEvaluate:
    def test_loss_and_accuracy(self, student, rng):
        """Loss and accuracy of a model in evaluation mode are means over all 14 samples of batches of 4, 4, 4 and 2."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((4, 4, 4, 2), 4, 3, rng)
        model = placed(student, network, "ModeProbe", 4, 3)
        found = student.evaluate(model, loader_of(student, batches), student.lab("loss", "CrossEntropyLoss"))
        assert_eval_mode(model)
        assert_close(found, evaluated(network, batches), what="what evaluate returned")

    def test_no_trace(self, student, rng):
        """A model that came in training mode is evaluated, and has the same weights, statistics and mode as before."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((4, 4), 4, 3, rng)
        model = placed(student, network, "ModeProbe", 4, 3).train()
        found = student.evaluate(model, loader_of(student, batches), student.lab("loss", "CrossEntropyLoss"))
        assert_close(found, evaluated(network, batches), what="what evaluate returned")
        assert_frozen(network, model)
        assert_equal(left_training(model, batches[0][0]), True, what="whether the model is in training mode again")


def task_with_a_best_epoch(rng: torch.Generator) -> tuple[Any, list[Batch], list[Any], list[float], list[Batch]]:
    """Return a network, training batches, states and running losses of four epochs, and two validation batches.

    The second epoch has the smallest validation loss, the first one the smallest running loss and the third one the
    largest validation loss, so that whoever goes by another number ends with other weights. Another task is drawn
    until it is so.
    """
    while True:
        network, batches = started(ModeProbe(4, 3), rng), batches_of((5, 3), 4, 3, rng)
        losses = losses_of(network, batches * 4, sgd(lr=3.0))
        running = [mean_over_rows(losses[first : first + 2], batches) for first in (0, 2, 4, 6)]
        if running.index(min(running)) != 0:
            continue
        states = [reference_run(network, batches, sgd(lr=3.0), epochs) for epochs in (1, 2, 3, 4)]
        inputs, labels = batches_of((1000,), 4, 3, rng)[0]
        with torch.no_grad():
            outputs = [rebuilt(state, network).eval()(inputs) for state in states]
        found = torch.stack([functional.cross_entropy(logits, labels, reduction="none") for logits in outputs])
        gains = (found[[0, 2, 3]].amin(dim=0) - found[1]).where(found.argmax(dim=0) == 2, -1.0)
        least, chosen = gains.topk(8)
        if float(least.min()) > 1e-3 and int(found[:, chosen].mean(dim=1).argmax()) == 2:
            return network, batches, states, running, [(inputs[rows], labels[rows]) for rows in chosen.split(5)]


@exercise("fit")
class TestFit:
    @limits(seconds=10)
    def test_history(self, student, rng):
        """The history holds the running loss, the validation loss and the validation accuracy of four epochs."""
        network, batches, states, running, validation = task_with_a_best_epoch(rng)
        found = fitted(student, network, batches, validation, 4)
        assert_equal(sorted(found), ["train_loss", "val_accuracy", "val_loss"], what="the names in the history")
        expected = [evaluated(rebuilt(state, network), validation) for state in states]
        assert_close(found["val_loss"], [loss for loss, _ in expected], what="val_loss in the history")
        assert_close(found["val_accuracy"], [share for _, share in expected], what="val_accuracy in the history")
        assert_close(found["train_loss"], running, what="train_loss in the history")

    @limits(seconds=10)
    def test_best_epoch(self, student, rng):
        """At the end the model holds the weights and statistics of the second epoch of four, which was the best."""
        network, batches, states, _, validation = task_with_a_best_epoch(rng)
        model = placed(student, network, "ModeProbe", 4, 3)
        fitted(student, network, batches, validation, 4, model)
        wrong = {"holds the weights of the last epoch, which was not the best": states[3]}
        assert_same_step(model, states[1], before=network, unlike=wrong)


def fitted(student: Any, network: Any, batches: Any, validation: Any, epochs: int, model: Any = None) -> Any:
    """Return the history that fit gives for a model with a learning rate of 3, with which losses go up and down."""
    model = placed(student, network, "ModeProbe", 4, 3) if model is None else model
    optimizer = student.lab("optimizer", "SGD", model, lr=3.0)
    loss = student.lab("loss", "CrossEntropyLoss")
    return student.fit(model, loader_of(student, batches), loader_of(student, validation), loss, optimizer, epochs)


def answers(student: Any, losses: list[float], *settings: float) -> list[bool]:
    """Return what a stopper says to each loss."""
    stopper = student.EarlyStopping(*settings)
    return [stopper.step(loss) for loss in losses]


@exercise("early_stopping")
class TestEarlyStopping:
    def test_example(self, student, rng):
        """With a patience of 2, the losses 0.90, 0.70, 0.75, 0.65, 0.66, 0.68 stop at the sixth."""
        found = answers(student, [0.90, 0.70, 0.75, 0.65, 0.66, 0.68], 2)
        assert_equal(found, [False] * 5 + [True], what="what step returned for the six losses")

    def test_best_and_not_previous(self, student, rng):
        """A loss that climbs and wobbles (1.0, 1.3, 1.2, 1.4, 1.3) stops a patience of 3 at the fourth."""
        found = answers(student, [1.0, 1.3, 1.2, 1.4, 1.3], 3)
        assert_equal(found, [False, False, False, True, True], what="what step returned for the five losses")

    def test_min_delta(self, student, rng):
        """With min_delta = 0.5, the loss 7.75 after 8.0 is not better, and 7.25 is."""
        found = answers(student, [8.0, 7.75, 7.25, 7.0, 7.25, 6.0], 1, 0.5)
        assert_equal(found, [False, True, False, True, True, False], what="what step returned for the six losses")


def with_gradients(student: Any, features: int, outputs: int, gradients: list[torch.Tensor]) -> Any:
    """Return a linear layer of the lab whose weight and bias have these gradients."""
    model = student.lab("linear", features, outputs)
    for parameter, gradient in zip((model.weight, model.bias), gradients, strict=True):
        parameter.grad = gradient.clone()
    return model


@exercise("gradient_clipping")
class TestGradientClipping:
    def test_example(self, student, rng):
        """The gradients [3, 0] and [4] have the norm 5; clipped to 1 they are [0.6, 0] and [0.8]."""
        model = with_gradients(student, 2, 1, [torch.tensor([[3.0, 0.0]]).double(), torch.tensor([4.0]).double()])
        assert_close(student.clip_gradients(model, 1.0), 5.0, what="the norm that clip_gradients returned")
        # PyTorch's own clipping adds 1e-6 to the norm.
        weight, bias = torch.tensor([[0.6, 0.0]]), torch.tensor([0.8])
        assert_close(model.weight.grad, weight, rtol=1e-5, what="the gradient of the weight")
        assert_close(model.bias.grad, bias, rtol=1e-5, what="the gradient of the bias")

    def test_short_gradients_stay(self, student, rng):
        """Gradients with the norm 5 stay as they are when max_norm is 7."""
        model = with_gradients(student, 2, 1, [torch.tensor([[3.0, 0.0]]).double(), torch.tensor([4.0]).double()])
        assert_close(student.clip_gradients(model, 7.0), 5.0, what="the norm that clip_gradients returned")
        assert_close(model.weight.grad, torch.tensor([[3.0, 0.0]]).double(), what="the gradient of the weight")
        assert_close(model.bias.grad, torch.tensor([4.0]).double(), what="the gradient of the bias")

    def test_clipped_step(self, student, rng):
        """clipped_step clips the gradients after they are computed and before the optimizer uses them."""
        network, batches = started(linear(3, 1), rng), numbers_of((5,), 3, rng)
        batches = [(inputs, targets + 100) for inputs, targets in batches]
        model = placed(student, network, "linear", 3, 1)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.1)
        student.clipped_step(model, *batches[0], student.lab("loss", "MSELoss"), optimizer, 0.5)
        plain = reference_run(network, batches, sgd(functional.mse_loss))
        wrong = {"took the step with gradients that were not clipped": plain}
        expected = reference_run(network, batches, sgd(functional.mse_loss, clip=0.5))
        assert_same_step(model, expected, before=network, unlike=wrong)


@exercise("gradient_accumulation")
class TestGradientAccumulation:
    # Mistake-proof, not forgery-proof: how much room there is, is counted in the student's process. What is compared
    # on the host, the step and the loss, is evidence.
    def test_equals_the_large_batch(self, student, rng):
        """Bites of 4, 4 and 2 rows, with room for 4, give the step and the loss of one batch of 10 rows."""
        network, batches = started(RoomFor(1000, 3, 3), rng), batches_of((4, 4, 2), 3, 3, rng)
        model = placed(student, network, "RoomFor", 4, 3, 3)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.5)
        loss = student.accumulated_step(model, batches, student.lab("loss", "CrossEntropyLoss"), optimizer)
        large = [tuple(torch.cat(parts) for parts in zip(*batches, strict=True))]
        assert_same_step(model, reference_run(network, large, sgd(lr=0.5)), before=network)
        assert_close(loss, losses_of(network, large, sgd())[0], what="the loss that accumulated_step returned")

    def test_one_step(self, student, rng):
        """Two equal bites give one step and not two, and the gradients from before do not count."""
        network, batches = started(RoomFor(1000, 4, 2), rng), batches_of((3, 3), 4, 2, rng)
        model = placed(student, network, "RoomFor", 3, 4, 2)
        for parameter in model.parameters():
            parameter.grad = torch.ones(parameter.shape, dtype=torch.float64)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.5)
        student.accumulated_step(model, batches, student.lab("loss", "CrossEntropyLoss"), optimizer)
        expected = reference_run(network, batches, sgd(lr=0.5, accumulate=2))
        two = reference_run(network, batches, sgd(lr=0.5))
        assert_same_step(model, expected, before=network, unlike={"took a step for every bite": two})


@exercise("learning_rate_schedule")
class TestLearningRateSchedule:
    def test_example(self, student, rng):
        """With warmup 2 and total 6, the factors are 0.5, 1, 1, 0.854, 0.5, 0.146 and 0."""
        found = [student.warmup_cosine(step, 2, 6) for step in range(7)]
        expected = [0.5, 1.0, 1.0, 0.8535533906, 0.5, 0.1464466094, 0.0]
        assert_close(found, expected, what="the factors of steps 0 to 6")

    def test_order(self, student, rng):
        """The scheduler steps after the optimizer, once for each of three batches."""
        network, batches = started(ModeProbe(4, 3), rng), batches_of((5, 5, 5), 4, 3, rng)
        model = placed(student, network, "ModeProbe", 4, 3)
        optimizer = student.lab("optimizer", "SGD", model, lr=0.4)
        scheduler = student.lab("scheduler", "StepLR", optimizer, step_size=1, gamma=0.5)
        loss = student.lab("loss", "CrossEntropyLoss")
        rates = student.train_with_schedule(model, loader_of(student, batches), loss, optimizer, scheduler, 1)
        schedule = lambda made: torch.optim.lr_scheduler.StepLR(made, step_size=1, gamma=0.5)  # noqa: E731
        assert_scheduler_order(model, network, batches, sgd(lr=0.4, scheduler=schedule, every="batch"))
        assert_close(rates, [0.4, 0.2, 0.1], what="the learning rates that train_with_schedule returned")


def alphabet(rng: torch.Generator) -> Split:
    """Return handwriting in an alphabet that is made up here: weights that were trained elsewhere do not know it."""
    return signs(rng, train=1350, test=450, wobble=0.7)


def trained(
    student: Any, network: nn.Module, sizes: tuple[int, ...], inputs: Any, labels: Any, *rest: int, **options: Any
) -> Any:
    """Return our own copy of the model, in evaluation mode, with the weights that the student's training left."""
    model = student.lab("classifier", *sizes, **options)
    model.load_state_dict(network.state_dict())
    student.train_classifier(model, inputs, labels, *rest)
    return rebuilt(model, network).eval()


@exercise("train_classifier")
class TestTrainClassifier:
    @limits(seconds=10, memory=1024)
    @weight(2)
    def test_accuracy(self, student, rng):
        """After 300 steps on the handwriting of an unknown alphabet, the accuracy on new signs is at least 0.92."""
        data, network = alphabet(rng), started_small(classifier(64, 10), rng)
        model = trained(student, network, (64, 10), data.train_inputs, data.train_labels, 300, 0)
        score = held_out_accuracy(model, data, rng)
        assert_score(score, floor=0.70, target=0.92, what="the accuracy on new signs")

    @limits(seconds=10, memory=1024)
    def test_no_steps(self, student, rng):
        """0 steps leave the weights as they are, 40 lower the loss by a quarter, and the same seed gives the same."""
        data, network = alphabet(rng), started_small(classifier(64, 10), rng)
        inputs, labels = data.train_inputs[:200], data.train_labels[:200]
        runs = [state_of(trained(student, network, (64, 10), inputs, labels, steps, 3)) for steps in (0, 40, 40)]
        assert_frozen(network, runs[0])
        assert_close(runs[2], runs[1], what="the weights after a second run with the same seed")
        losses = [loss_on(rebuilt(run, network).eval(), [(inputs, labels)], functional.cross_entropy) for run in runs]
        assert_loss_falls(losses[0], losses[1], ratio=0.75, steps=40, what="the loss on the training data")

    @limits(seconds=10, memory=1024)
    def test_training_mode(self, student, rng):
        """Where dropout takes everything (p = 1), 5 steps teach the last bias, and weights before it stay at zero."""
        network = started_small(classifier(6, 3, dropout=1.0), rng)
        # Nearly all rows are of one class, which the last bias can learn alone, in batches of any size.
        label = int(torch.randint(0, 3, (), generator=rng))
        labels = torch.tensor([label] * 14 + [(label + 1) % 3] + [label] * 14 + [(label + 2) % 3]).repeat(2)
        with torch.no_grad():
            # Weights of zero without a gradient stay at zero, whatever the optimizer and its weight decay.
            network[0].weight.zero_()
            network[0].bias.fill_(1.0)
            network[3].bias.zero_()
        inputs = torch.randn(60, 6, generator=rng)
        model = trained(student, network, (6, 3), inputs, labels, 5, 3, dropout=1.0)
        bias = model[3].bias.detach()
        if int(bias.argmax()) != label or float(bias[label]) <= 0.0:
            fail(
                f"56 of 60 rows are of class {label}, but after 5 steps the last bias is not largest there",
                safe="after 5 steps the bias of the last layer has not learned which class most rows have",
            )
        if bool(model[0].weight.detach().any()):
            fail("the weights before the dropout have moved, though it takes everything (p = 1) in training mode")


def started_small(network: nn.Module, rng: torch.Generator) -> nn.Module:
    """Return the network with random weights of the size that PyTorch starts with."""
    with torch.no_grad():
        for value in network.parameters():
            fan_in = value.shape[1] if value.dim() > 1 else 64
            value.copy_((2 * torch.rand(value.shape, generator=rng) - 1) / fan_in**0.5)
    return network
