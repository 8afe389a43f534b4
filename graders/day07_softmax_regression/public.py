"""The checks of day 7 that students run too."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from proctorch import (
    assert_close,
    assert_equal,
    assert_score,
    assert_type,
    exercise,
    fail,
    held_out_accuracy,
    limits,
    loss_on,
    require_weights,
    state_of,
    weight,
)
from proctorch.lab import Split, signs

SCORES = torch.tensor([[3.0, 1.0, 2.0], [0.0, 2.0, 0.0], [1.0, 1.0, 1.0]])
TRUTH = torch.tensor([0, 1, 2])


def draw_labels(batch: int, classes: int, rng: torch.Generator) -> torch.Tensor:
    """Return random labels of shape (batch,)."""
    return torch.randint(classes, (batch,), generator=rng)


def fitted(student: Any, inputs: torch.Tensor, labels: torch.Tensor, classes: int, steps: int, seed: int) -> nn.Module:
    """Return the student's model, trained; the check fails with a sentence when it is no module."""
    model = student.fit(inputs, labels, classes, steps, seed)
    assert_type(model, nn.Module, what="what fit returned")
    return model


def alphabet(rng: torch.Generator) -> Split:
    """Return as many signs as there are digits, of an alphabet that is made up here: nobody has weights for it."""
    return signs(rng, train=1350, test=450, wobble=0.7)


def parameters_of(model: nn.Module, features: int, classes: int) -> dict[int, torch.Tensor]:
    """Return a model's weight under 2 and its bias under 1, their numbers of axes; the check fails without them."""
    found = {parameter.dim(): parameter.detach().clone() for parameter in model.parameters()}
    if sorted(found) != [1, 2]:
        fail("the model has not a weight with two axes and a bias with one", safe="a parameter is missing")
    assert_equal(found[2].shape, (classes, features), what="the shape of the weight")
    assert_equal(found[1].shape, (classes,), what="the shape of the bias")
    if not all(bool(value.isfinite().all()) for value in found.values()):
        fail("a parameter of the model is nan or infinite", safe="a parameter is nan or infinite")
    return found


def load_drawn(model: nn.Module, features: int, classes: int, rng: torch.Generator) -> dict[int, torch.Tensor]:
    """Load numbers that are drawn here into a model; return its weight under 2 and its bias under 1."""
    parameters_of(model, features, classes)
    drawn = {2: 0.3 * torch.randn(classes, features, generator=rng), 1: 0.3 * torch.randn(classes, generator=rng)}
    buffers = dict(model.named_buffers())
    state = state_of(model)
    # A parameter may have two names in a state dict: they get the same numbers.
    ours = {name: drawn[old.dim()] for name, old in state.items() if name not in buffers and old.dim() in drawn}
    model.load_state_dict({**state, **ours})
    require_weights(model, ours)
    return drawn


@exercise("softmax")
class TestSoftmax:
    def test_example(self, student, rng):
        """softmax of the scores 3, 1, 2 is 0.67, 0.09 and 0.24, and of equal scores a third each."""
        weights = torch.tensor([[20.085537, 2.718282, 7.389056], [1.0, 7.389056, 1.0], [1.0, 1.0, 1.0]])
        assert_close(student.softmax(SCORES), weights / weights.sum(dim=1, keepdim=True))

    def test_rows_sum_to_one(self, student, rng):
        """Every row of the softmax sums to one, for 32 samples of 10 classes."""
        logits = 3 * torch.randn(32, 10, generator=rng)
        assert_close(student.softmax(logits).sum(dim=1), torch.ones(32), what="the sum of each row")

    def test_large_logits(self, student, rng):
        """softmax of three logits of 1000 is a third each, and of three of -1000, too."""
        logits = torch.tensor([[1000.0, 1000.0, 1000.0], [-1000.0, -1000.0, -1000.0]])
        # A float32 near 1000 is rounded by up to eps * 1000, and so is its distance from a log-sum-exp.
        assert_close(student.softmax(logits), torch.full((2, 3), 1 / 3), atol=1000 * torch.finfo(torch.float32).eps)


@exercise("one_hot")
class TestOneHot:
    def test_example(self, student, rng):
        """one_hot of the labels 0, 2, 1 has its ones in columns 0, 2 and 1, as float32."""
        expected = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        assert_close(student.one_hot(torch.tensor([0, 2, 1]), 3), expected, dtype=torch.float32)

    def test_no_such_class(self, student, rng):
        """Where there are three classes, one_hot takes the label 2 and raises ValueError for the label 3."""
        expected = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        assert_close(student.one_hot(torch.tensor([2, 0, 1]), 3), expected)
        with student.raises(ValueError):
            student.one_hot(torch.tensor([0, 3, 1]), 3)


@exercise("log_softmax")
class TestLogSoftmax:
    def test_example(self, student, rng):
        """log_softmax of the scores 3, 1, 2 is -0.4076, -2.4076 and -1.4076."""
        expected = torch.tensor([[-0.40760596, -2.40760596, -1.40760596]])
        assert_close(student.log_softmax(SCORES[:1]), expected)

    def test_hopeless_class(self, student, rng):
        """log_softmax of the logits 0 and 200 is -200 and 0, not minus infinity."""
        assert_close(student.log_softmax(torch.tensor([[0.0, 200.0]])), torch.tensor([[-200.0, 0.0]]))

    def test_matches_softmax(self, student, rng):
        """exp of log_softmax gives probabilities, each row with the sum one."""
        logits = 3 * torch.randn(6, 4, generator=rng)
        weights = logits.double().exp()
        expected = (weights / weights.sum(dim=1, keepdim=True)).float()
        assert_close(student.log_softmax(logits).exp(), expected, what="exp of log_softmax")


@exercise("cross_entropy")
class TestCrossEntropy:
    def test_example(self, student, rng):
        """For the three letters of the text the log-likelihood is -1.7458 and the cross-entropy 0.5819."""
        expected = torch.tensor([0.66524096 * 0.78698604 / 3]).log()[0]
        assert_close(student.log_likelihood(SCORES, TRUTH), expected, what="the log-likelihood")
        assert_close(student.cross_entropy(SCORES, TRUTH), -expected / 3, what="the cross-entropy")

    def test_knows_nothing(self, student, rng):
        """A model with ten equal logits has the cross-entropy log 10, whatever the labels are."""
        labels = draw_labels(7, 10, rng)
        assert_close(student.cross_entropy(torch.zeros(7, 10), labels), torch.tensor(10.0).log())

    def test_random_batch(self, student, rng):
        """cross_entropy gives what torch.nn.functional.cross_entropy gives for 16 samples of 5 classes."""
        logits, labels = 2 * torch.randn(16, 5, generator=rng), draw_labels(16, 5, rng)
        assert_close(student.cross_entropy(logits, labels), nn.functional.cross_entropy(logits, labels))


@exercise("cross_entropy_gradient")
class TestCrossEntropyGradient:
    def test_example(self, student, rng):
        """The gradient for the scores 3, 1, 2 and the label 2 is 0.6652, 0.0900 and -0.7553."""
        expected = torch.tensor([[0.66524096, 0.09003057, -0.75527153]])
        assert_close(student.logit_gradient(SCORES[:1], torch.tensor([2])), expected)

    def test_batch(self, student, rng):
        """logit_gradient is what autograd finds for the mean over 8 samples of 5 classes."""
        logits = torch.randn(8, 5, dtype=torch.float64, generator=rng).requires_grad_()
        labels = draw_labels(8, 5, rng)
        nn.functional.cross_entropy(logits, labels).backward()
        assert_close(student.logit_gradient(logits.detach(), labels), logits.grad)

    def test_parameters(self, student, rng):
        """parameter_gradients gives what autograd finds for the weight and the bias of a linear layer."""
        inputs, labels = torch.randn(8, 3, dtype=torch.float64, generator=rng), draw_labels(8, 5, rng)
        weight = torch.randn(5, 3, dtype=torch.float64, generator=rng).requires_grad_()
        bias = torch.randn(5, dtype=torch.float64, generator=rng).requires_grad_()
        nn.functional.cross_entropy(nn.functional.linear(inputs, weight, bias), labels).backward()
        found = student.parameter_gradients(inputs, weight.detach(), bias.detach(), labels)
        assert_close(found[0], weight.grad, what="the gradient of the weight")
        assert_close(found[1], bias.grad, what="the gradient of the bias")


@exercise("squared_error")
class TestSquaredError:
    def test_example(self, student, rng):
        """squared_error of three equal logits is 2/3."""
        assert_close(student.squared_error(torch.zeros(1, 3), torch.tensor([1])), torch.tensor(2 / 3))

    def test_batch(self, student, rng):
        """squared_error sums over the classes and averages over the batch."""
        logits, labels = torch.randn(6, 4, generator=rng), draw_labels(6, 4, rng)
        difference = torch.softmax(logits, dim=1) - nn.functional.one_hot(labels, 4)
        assert_close(student.squared_error(logits, labels), (difference**2).sum() / 6)

    def test_strength(self, student, rng):
        """gradient_strength measures the table's 0.544, 0.048 and 0.00034 for the squared error, one row at a time."""
        for score, expected in ((0.0, 0.54433105), (5.0, 0.04848498), (10.0, 0.00033978)):
            strength = student.gradient_strength(
                student.squared_error, torch.tensor([[score, 0.0, 0.0]]), torch.tensor([1])
            )
            # The expected numbers are written with 8 decimals, and 1 - p has lost as much for p near one.
            assert_close(strength, torch.tensor([expected]), atol=1e-6)


@exercise("softmax_regression")
class TestSoftmaxRegression:
    def test_softmax_module(self, student, rng):
        """Softmax() has no parameters and gives the softmax of each row."""
        module = student.Softmax()
        assert_type(module, nn.Module, what="Softmax()")
        assert_equal(len(list(module.parameters())), 0, what="the number of parameters of Softmax()")
        logits = torch.randn(5, 3, generator=rng)
        assert_close(module(logits), torch.softmax(logits, dim=1))

    def test_parameters(self, student, rng):
        """SoftmaxRegression(4, 3) has two parameters: a weight of shape (3, 4) and a bias of shape (3,)."""
        model = student.SoftmaxRegression(4, 3)
        assert_type(model, nn.Module, what="SoftmaxRegression(4, 3)")
        shapes = sorted((tuple(parameter.shape) for parameter in model.parameters()), key=len)
        assert_equal(shapes, [(3,), (3, 4)], what="the shapes of the parameters")

    def test_logits(self, student, rng):
        """With loaded parameters the logits are inputs @ weight.T + bias, and probabilities gives their softmax."""
        model = student.SoftmaxRegression(4, 3)
        drawn = load_drawn(model, 4, 3, rng)
        inputs = torch.randn(6, 4, generator=rng)
        logits = nn.functional.linear(inputs, drawn[2], drawn[1])
        assert_close(model(inputs), logits, what="the logits")
        assert_close(model.probabilities(inputs), torch.softmax(logits, dim=1), what="the probabilities")


@exercise("module_list")
class TestModuleList:
    def test_registered(self, student, rng):
        """ScorePerClass(4, 3) registers three scorers, each with a weight of shape (1, 4) and a bias of its own."""
        model = student.ScorePerClass(4, 3)
        assert_type(model, nn.Module, what="ScorePerClass(4, 3)")
        found = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
        shapes = {"weight": (1, 4), "bias": (1,)}
        expected = {f"scorers.{k}.{name}": shape for k in range(3) for name, shape in shapes.items()}
        assert_equal(found, expected, what="the names and shapes of the parameters")

    def test_shape(self, student, rng):
        """Its logits for 5 samples and 3 classes have the shape (5, 3)."""
        logits = student.ScorePerClass(4, 3)(torch.randn(5, 4, generator=rng))
        assert_type(logits, torch.Tensor, what="the logits")
        assert_equal(logits.shape, (5, 3), what="the shape of the logits")


@exercise("predict_and_accuracy")
class TestPredictAndAccuracy:
    def test_predict(self, student, rng):
        """predict finds the place of the largest logit in each row."""
        logits = torch.tensor([[3.0, 1.0, 2.0], [0.0, 2.0, 0.5], [-3.0, -2.0, -1.0], [0.2, 0.3, 0.1]])
        assert_close(student.predict(logits), torch.tensor([0, 1, 2, 1]), dtype=torch.int64)

    def test_accuracy(self, student, rng):
        """accuracy is 0.75, as a float, when three of four predictions are right."""
        logits = torch.tensor([[3.0, 1.0, 2.0], [0.0, 2.0, 0.5], [-3.0, -2.0, -1.0], [0.2, 0.3, 0.1]])
        found = student.accuracy(logits, torch.tensor([0, 1, 2, 0]))
        assert_type(found, float, what="what accuracy returned")
        assert_close(found, 0.75)


@exercise("decision_boundaries")
class TestDecisionBoundaries:
    def test_example(self, student, rng):
        """For the picture in the text, the border between A and B has the normal (2, -1) and the offset 0."""
        weight, bias = torch.tensor([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]]), torch.tensor([0.0, 0.0, 0.5])
        normal, offset = student.boundary(weight, bias, 0, 1)
        assert_close(normal, torch.tensor([2.0, -1.0]), what="the normal")
        assert_close(offset, torch.tensor(0.0), what="the offset")

    def test_map(self, student, rng):
        """The map of the text at x = -3, 0, 3 and y = 2, 1, -2 is B B A, B B A and C C A."""
        weight, bias = torch.tensor([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]]), torch.tensor([0.0, 0.0, 0.5])
        found = student.region_map(weight, bias, torch.tensor([-3.0, 0.0, 3.0]), torch.tensor([2.0, 1.0, -2.0]))
        assert_close(found, torch.tensor([[1, 1, 0], [1, 1, 0], [2, 2, 0]]), dtype=torch.int64)


@exercise("fit_digits")
class TestFitDigits:
    @limits(seconds=10, memory=1024)
    @weight(2)
    def test_accuracy(self, student, rng):
        """After 200 steps the model reads at least 0.93 of new signs right, the mean of three alphabets and seeds."""
        scores = []
        for seed in range(10, 13):
            data = alphabet(rng)
            model = fitted(student, data.train_inputs, data.train_labels, 10, 200, seed)
            scores.append(held_out_accuracy(model, data, rng, classes=10))
        assert_score(sum(scores) / 3, floor=0.70, target=0.93, what="the accuracy on new signs")

    @limits(seconds=10, memory=1024)
    def test_learns_step_by_step(self, student, rng):
        """With 0 steps the model gets less than half of its training signs right; after 200 its loss is below 0.5."""
        data = alphabet(rng)
        known = Split(data.train_inputs, data.train_labels, data.train_inputs, data.train_labels)
        raw = fitted(student, data.train_inputs, data.train_labels, 10, 0, 1)
        if held_out_accuracy(raw, known, rng, classes=10) >= 0.5:
            fail("with 0 steps the model already reads more than half of the signs", safe="0 steps, and it has learnt")
        trained = fitted(student, data.train_inputs, data.train_labels, 10, 200, 1)
        loss = loss_on(trained, [(data.train_inputs, data.train_labels)], nn.functional.cross_entropy)
        if not loss < 0.5:
            fail(f"the mean cross-entropy on the training signs is {loss:.3f} after 200 steps, not below 0.5")
