"""The checks of day 7 that never leave: other shapes, other dtypes, extreme logits, gradients, other alphabets."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from proctorch import (
    assert_close,
    assert_equal,
    assert_score,
    assert_type,
    depends,
    exercise,
    fail,
    held_out_accuracy,
    limits,
    require_weights,
    state_of,
    weight,
)
from proctorch.lab import Split, signs

# In float32 a logit of 1e4 is stored to within eps * 1e4, and so is its distance from the log-sum-exp of its row;
# whoever adds up to eight of them one after another rounds by half of that each time.
LARGE = 1e4
ROUNDING = (1 + 8 / 2) * LARGE * torch.finfo(torch.float32).eps


def number(low: int, high: int, rng: torch.Generator) -> int:
    """Draw a whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def draw(batch: int, classes: int, rng: torch.Generator, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return random logits of shape (batch, classes)."""
    return 2 * torch.randn(batch, classes, generator=rng, dtype=dtype)


def draw_labels(batch: int, classes: int, rng: torch.Generator) -> torch.Tensor:
    """Return random labels of shape (batch,)."""
    return torch.randint(classes, (batch,), generator=rng)


def extreme(classes: int, rng: torch.Generator) -> torch.Tensor:
    """Return four rows of float32 logits: all near 1e4, all near -1e4, one far above, one far below the others."""
    logits = 2 * torch.randn(4, classes, generator=rng)
    logits[0] += LARGE - 20
    logits[1] -= LARGE - 20
    logits[2, number(0, classes - 1, rng)] = LARGE
    logits[3, number(0, classes - 1, rng)] = -LARGE
    return logits


def log_probabilities(logits: torch.Tensor) -> torch.Tensor:
    """Return the log-softmax of each row, computed row by row in float64, in the logits' dtype."""
    rows = []
    for row in logits.detach().double():
        shifted = row - max(row.tolist())
        rows.append(shifted - torch.stack([value.exp() for value in shifted]).sum().log())
    return torch.stack(rows).to(logits.dtype)


def truth_of(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """Return the one-hot rows of labels, in float64."""
    return (labels[:, None] == torch.arange(classes)).double()


def fitted(student: Any, inputs: torch.Tensor, labels: torch.Tensor, classes: int, steps: int, seed: int) -> nn.Module:
    """Return the student's model, trained; the check fails with a sentence when it is no module."""
    model = student.fit(inputs, labels, classes, steps, seed)
    assert_type(model, nn.Module, what="what fit returned")
    return model


def parameters_of(model: nn.Module, features: int, classes: int) -> dict[int, torch.Tensor]:
    """Return a model's weight under 2 and its bias under 1, their numbers of axes; the check fails without them."""
    found = {parameter.dim(): parameter for parameter in model.parameters()}
    if sorted(found) != [1, 2]:
        fail("the model has not a weight with two axes and a bias with one", safe="a parameter is missing")
    assert_equal(found[2].shape, (classes, features), what="the shape of the weight")
    assert_equal(found[1].shape, (classes,), what="the shape of the bias")
    if not all(bool(value.detach().isfinite().all()) for value in found.values()):
        fail("a parameter of the model is nan or infinite", safe="a parameter is nan or infinite")
    return found


def load_drawn(
    model: nn.Module, features: int, classes: int, rng: torch.Generator, scale: float = 0.3
) -> dict[int, torch.Tensor]:
    """Load numbers that are drawn here into a model; return its weight under 2 and its bias under 1.

    What is expected is computed from these, because what the model says of its own parameters is no evidence.
    """
    parameters_of(model, features, classes)
    drawn = {
        2: scale * torch.randn(classes, features, generator=rng),
        1: scale * torch.randn(classes, generator=rng),
    }
    buffers = dict(model.named_buffers())
    state = state_of(model)
    # A parameter may have two names in a state dict: they get the same numbers.
    ours = {name: drawn[old.dim()] for name, old in state.items() if name not in buffers and old.dim() in drawn}
    model.load_state_dict({**state, **ours})
    require_weights(model, ours)
    return drawn


def load_scorers(model: nn.Module, features: int, classes: int, rng: torch.Generator) -> dict[str, torch.Tensor]:
    """Load numbers that are drawn here into the scorers of a model; return them under the names of the parameters."""
    assert_equal(len(list(model.parameters())), 2 * classes, what="the number of parameters")
    drawn = {}
    for k in range(classes):
        drawn[f"scorers.{k}.weight"] = torch.randn(1, features, generator=rng)
        drawn[f"scorers.{k}.bias"] = torch.randn(1, generator=rng)
    model.load_state_dict({**state_of(model), **drawn})
    require_weights(model, drawn)
    return drawn


def said_by_scorers(drawn: dict[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """Return the logits of scorers with these parameters: one column each."""
    columns = [
        (inputs * drawn[f"scorers.{k}.weight"]).sum(dim=1) + drawn[f"scorers.{k}.bias"] for k in range(len(drawn) // 2)
    ]
    return torch.stack(columns, dim=1)


@exercise("softmax")
class TestSoftmax:
    def test_extreme_logits(self, student, rng):
        """softmax is right when one row lies near 10,000, the next near -10,000, and one logit far from its row."""
        logits = extreme(number(3, 8, rng), rng)
        assert_close(student.softmax(logits), log_probabilities(logits).exp(), atol=ROUNDING)

    def test_other_shapes(self, student, rng):
        """softmax is right for square batches, single samples and single classes, and float64 stays float64."""
        for batch, classes in ((4, 4), (1, 6), (5, 1)):
            logits = draw(batch, classes, rng)
            assert_close(student.softmax(logits), log_probabilities(logits).exp(), dtype=torch.float64)

    def test_gradients(self, student, rng):
        """Gradients flow back through softmax, and are right."""
        logits = draw(3, 4, rng).requires_grad_()
        probabilities = student.softmax(logits)
        assert_close(probabilities, log_probabilities(logits).exp(), grad=True)
        weights = torch.randn(3, 4, generator=rng, dtype=torch.float64)
        (probabilities * weights).sum().backward()
        p = log_probabilities(logits).exp()
        expected = p * (weights - (p * weights).sum(dim=1, keepdim=True))
        assert_close(logits.grad, expected, what="the gradient of softmax")


@exercise("one_hot")
class TestOneHot:
    def test_missing_classes(self, student, rng):
        """one_hot has as many columns as there are classes, also when the last ones do not occur."""
        for batch, classes in ((6, 9), (5, 5), (1, 3)):
            labels = draw_labels(batch, classes - 1, rng)
            expected = torch.tensor([[float(k == label) for k in range(classes)] for label in labels.tolist()])
            assert_close(student.one_hot(labels, classes), expected, dtype=torch.float32)

    def test_empty_batch(self, student, rng):
        """one_hot of the last label alone is its row, and of no labels at all it has the shape (0, classes)."""
        assert_close(student.one_hot(torch.tensor([3]), 4), torch.tensor([[0.0, 0.0, 0.0, 1.0]]))
        none = torch.zeros(0, dtype=torch.int64)
        assert_close(student.one_hot(none, 4), torch.zeros(0, 4), dtype=torch.float32)

    def test_negative_label(self, student, rng):
        """one_hot takes the label 0, and raises ValueError for a negative label in its place, wherever it stands."""
        for negative in (-1, -number(2, 4, rng)):
            labels, place = draw_labels(6, 4, rng), number(0, 5, rng)
            labels[place] = 0
            # Whoever raises always has refused nothing.
            assert_close(student.one_hot(labels, 4), truth_of(labels, 4).float())
            labels[place] = negative
            with student.raises(ValueError):
                student.one_hot(labels, 4)


@exercise("log_softmax")
class TestLogSoftmax:
    def test_extreme_logits(self, student, rng):
        """log_softmax is finite and right when rows, or single logits, lie near 10,000 and -10,000."""
        logits = extreme(number(3, 8, rng), rng)
        assert_close(student.log_softmax(logits), log_probabilities(logits), atol=ROUNDING)

    def test_other_shapes(self, student, rng):
        """log_softmax is right for square batches, single samples and single classes, and float64 stays float64."""
        for batch, classes in ((4, 4), (1, 6), (5, 1)):
            logits = draw(batch, classes, rng)
            assert_close(student.log_softmax(logits), log_probabilities(logits), dtype=torch.float64)

    def test_gradients(self, student, rng):
        """Gradients flow back through log_softmax, and are right."""
        logits = draw(3, 4, rng).requires_grad_()
        found = student.log_softmax(logits)
        assert_close(found, log_probabilities(logits), grad=True)
        weights = torch.randn(3, 4, generator=rng, dtype=torch.float64)
        (found * weights).sum().backward()
        expected = weights - log_probabilities(logits).exp() * weights.sum(dim=1, keepdim=True)
        assert_close(logits.grad, expected, what="the gradient of log_softmax")


@exercise("cross_entropy")
class TestCrossEntropy:
    def test_other_batches(self, student, rng):
        """Both are right for square batches, single samples and single classes, and float64 stays float64."""
        for batch, classes in ((5, 5), (1, 4), (6, 2), (3, 1)):
            logits, labels = draw(batch, classes, rng), draw_labels(batch, classes, rng)
            rows = log_probabilities(logits)
            total = sum((rows[i, label] for i, label in enumerate(labels.tolist())), torch.zeros((), dtype=rows.dtype))
            assert_close(student.log_likelihood(logits, labels), total, dtype=torch.float64)
            assert_close(student.cross_entropy(logits, labels), -total / batch, dtype=torch.float64)

    def test_many_samples(self, student, rng):
        """The log-likelihood of many hundreds of samples is finite and right."""
        batch = number(500, 900, rng)
        logits, labels = draw(batch, 10, rng, torch.float32), draw_labels(batch, 10, rng)
        expected = log_probabilities(logits).double()[torch.arange(batch), labels].sum().float()
        assert_close(student.log_likelihood(logits, labels), expected)

    def test_surely_wrong(self, student, rng):
        """The cross-entropy of a model that is surely wrong, by logits of thousands, is finite and right."""
        logits, labels = draw(4, 3, rng, torch.float32), torch.tensor([0, 1, 2, 0])
        logits[0, 1], logits[2, 0] = LARGE, LARGE / 2
        expected = -log_probabilities(logits).double()[torch.arange(4), labels].mean().float()
        assert_close(student.cross_entropy(logits, labels), expected, atol=ROUNDING)
        assert_close(student.log_likelihood(logits, labels), -4 * expected, atol=4 * ROUNDING)

    def test_gradients(self, student, rng):
        """Gradients flow back from both to the logits, and are right."""
        labels = draw_labels(4, 3, rng)
        for name, share in (("log_likelihood", -1.0), ("cross_entropy", 0.25)):
            logits = draw(4, 3, rng).requires_grad_()
            rows = log_probabilities(logits)
            total = rows[torch.arange(4), labels].sum()
            found = getattr(student, name)(logits, labels)
            assert_close(found, -share * total, grad=True)
            found.backward()
            expected = share * (rows.exp() - truth_of(labels, 3))
            assert_close(logits.grad, expected, what=f"the gradient of {name}")


@exercise("cross_entropy_gradient")
class TestCrossEntropyGradient:
    def test_without_autograd(self, student, rng):
        """Both functions work where autograd records nothing, under torch.no_grad()."""
        inputs, labels = draw(6, 4, rng), draw_labels(6, 3, rng)
        weight, bias = draw(3, 4, rng), draw(1, 3, rng)[0]
        logits = torch.einsum("bf,kf->bk", inputs, weight) + bias
        gradient = (log_probabilities(logits).exp() - truth_of(labels, 3)) / 6
        with torch.no_grad():
            assert_close(student.logit_gradient(logits, labels), gradient, dtype=torch.float64)
            found = student.parameter_gradients(inputs, weight, bias, labels)
        assert_close(found[0], torch.einsum("bk,bf->kf", gradient, inputs), what="the gradient of the weight")
        assert_close(found[1], gradient.sum(dim=0), what="the gradient of the bias")

    def test_square(self, student, rng):
        """Both are right when there are as many samples as features as classes, and for a single sample."""
        for batch, n in ((4, 4), (1, 3)):
            inputs, labels = draw(batch, n, rng), draw_labels(batch, n, rng)
            weight, bias = draw(n, n, rng), draw(1, n, rng)[0]
            logits = torch.einsum("bf,kf->bk", inputs, weight) + bias
            gradient = (log_probabilities(logits).exp() - truth_of(labels, n)) / batch
            assert_close(student.logit_gradient(logits, labels), gradient)
            found = student.parameter_gradients(inputs, weight, bias, labels)
            assert_close(found[0], torch.einsum("bk,bf->kf", gradient, inputs), what="the gradient of the weight")
            assert_close(found[1], gradient.sum(dim=0), what="the gradient of the bias")

    def test_extreme_logits(self, student, rng):
        """logit_gradient is finite and right for logits near 10,000 and -10,000, in float32."""
        logits, labels = extreme(5, rng), draw_labels(4, 5, rng)
        expected = (log_probabilities(logits.double()).exp() - truth_of(labels, 5)) / 4
        assert_close(student.logit_gradient(logits, labels), expected.float(), dtype=torch.float32, atol=ROUNDING)


@exercise("squared_error")
class TestSquaredError:
    def test_other_batches(self, student, rng):
        """squared_error is right for square batches and single samples, and its gradient flows."""
        for batch, classes in ((4, 4), (1, 5), (6, 2)):
            logits, labels = draw(batch, classes, rng).requires_grad_(), draw_labels(batch, classes, rng)
            p, truth = log_probabilities(logits).exp(), truth_of(labels, classes)
            found = student.squared_error(logits, labels)
            assert_close(found, ((p - truth) ** 2).sum() / batch, dtype=torch.float64, grad=True)
            found.backward()
            slope = 2 * (p - truth) / batch
            expected = p * (slope - (p * slope).sum(dim=1, keepdim=True))
            assert_close(logits.grad, expected, what="the gradient of squared_error")

    def test_strength_of_squared_error(self, student, rng):
        """gradient_strength has one length a row, for logits that require gradients and for others, detached."""
        for needed in (False, True):
            logits, labels = draw(5, 3, rng).requires_grad_(needed), draw_labels(5, 3, rng)
            p = log_probabilities(logits).exp()
            slope = 2 * (p - truth_of(labels, 3)) / 5
            gradient = p * (slope - (p * slope).sum(dim=1, keepdim=True))
            expected = torch.stack([sum(value**2 for value in row).sqrt() for row in gradient])
            assert_close(student.gradient_strength(student.squared_error, logits, labels), expected, grad=False)

    @depends("cross_entropy")
    def test_strength_of_cross_entropy(self, student, rng):
        """gradient_strength works for cross_entropy, and is large where the model is surely wrong."""
        logits = torch.tensor([[20.0, 0.0, 0.0, 0.0], [0.0, 20.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
        labels = draw_labels(3, 4, rng)
        gradient = (log_probabilities(logits).exp() - truth_of(labels, 4)) / 3
        expected = (gradient**2).sum(dim=1).sqrt().float()
        # A right and sure row has the length 1 - p, in which float32 has a rounding of p, eps, left.
        assert_close(student.gradient_strength(student.cross_entropy, logits, labels), expected, atol=4 * 1.2e-7)


@exercise("softmax_regression")
class TestSoftmaxRegression:
    def test_other_sizes(self, student, rng):
        """The model works for other numbers of features and classes, and for a single sample."""
        for batch, features, classes in ((3, 3, 3), (1, 5, 2), (4, 1, 6)):
            model = student.SoftmaxRegression(features, classes)
            drawn = load_drawn(model, features, classes, rng)
            inputs = torch.randn(batch, features, generator=rng)
            logits = torch.einsum("bf,kf->bk", inputs, drawn[2]) + drawn[1]
            assert_close(model(inputs), logits, what="the logits")
            expected = log_probabilities(logits).exp()
            assert_close(model.probabilities(inputs), expected, what="the probabilities")

    def test_loaded_parameters(self, student, rng):
        """The logits follow the parameters when other ones are loaded, and probabilities stay finite."""
        model = student.SoftmaxRegression(2, 3)
        load_drawn(model, 2, 3, rng)
        drawn = load_drawn(model, 2, 3, rng, scale=1000)
        inputs = torch.randn(4, 2, generator=rng)
        logits = nn.functional.linear(inputs, drawn[2], drawn[1])
        # Logits of some thousands: what is left of them in float32 is their largest magnitude times eps.
        rounding = 4 * float(logits.abs().max()) * torch.finfo(torch.float32).eps
        assert_close(model(inputs), logits, what="the logits")
        assert_close(model.probabilities(inputs), log_probabilities(logits).exp(), atol=rounding)

    def test_gradients(self, student, rng):
        """Gradients flow from the cross-entropy to both parameters, and from the probabilities to the inputs."""
        model = student.SoftmaxRegression(4, 3)
        inputs, labels = torch.randn(6, 4, generator=rng), draw_labels(6, 3, rng)
        drawn = load_drawn(model, 4, 3, rng)
        found = parameters_of(model, 4, 3)
        logits = nn.functional.linear(inputs, drawn[2], drawn[1])
        nn.functional.cross_entropy(model(inputs), labels).backward()
        gradient = ((log_probabilities(logits).exp() - truth_of(labels, 3)) / 6).float()
        assert_close(found[2].grad, gradient.T @ inputs, what="the gradient of the weight")
        assert_close(found[1].grad, gradient.sum(dim=0), what="the gradient of the bias")
        p, shares = log_probabilities(logits).exp(), torch.randn(6, 3, generator=rng)
        inputs.requires_grad_()
        probabilities = model.probabilities(inputs)
        assert_close(probabilities, p, grad=True, what="the probabilities")
        (probabilities * shares).sum().backward()
        expected = (p * (shares - (p * shares).sum(dim=1, keepdim=True))) @ drawn[2]
        # Terms of size one cancel in it: a dozen roundings of them are left.
        assert_close(inputs.grad, expected, atol=2e-6, what="the gradient of the inputs")

    def test_softmax_of_any_logits(self, student, rng):
        """Softmax() works on square batches and on logits near 10,000, and lets gradients through."""
        module = student.Softmax()
        logits = extreme(4, rng)
        assert_close(module(logits), log_probabilities(logits).exp(), atol=ROUNDING)
        square, shares = draw(4, 4, rng).requires_grad_(), draw(4, 4, rng)
        p = log_probabilities(square).exp()
        found = module(square)
        assert_close(found, p, grad=True)
        (found * shares).sum().backward()
        assert_close(square.grad, p * (shares - (p * shares).sum(dim=1, keepdim=True)), what="the gradient")


@exercise("module_list")
class TestModuleList:
    def test_columns(self, student, rng):
        """Column k of the logits is what scorer k gives, for other sizes and for a single class, too."""
        for batch, features, classes in ((4, 4, 4), (1, 3, 5), (5, 2, 1)):
            model = student.ScorePerClass(features, classes)
            drawn = load_scorers(model, features, classes, rng)
            inputs = torch.randn(batch, features, generator=rng)
            assert_close(model(inputs), said_by_scorers(drawn, inputs), what="the logits")

    def test_one_scorer_changed(self, student, rng):
        """Other values in one scorer change its own column of the logits, and no other."""
        model = student.ScorePerClass(3, 4)
        inputs, k = torch.randn(6, 3, generator=rng), number(0, 3, rng)
        before = model(inputs).detach()
        state = model.state_dict()
        if f"scorers.{k}.bias" not in state:
            fail("the scorers are not in the model's state dict", safe="the scorers are not registered")
        state[f"scorers.{k}.bias"] = state[f"scorers.{k}.bias"] + 5
        model.load_state_dict(state)
        expected = before + 5 * (torch.arange(4) == k)
        assert_close(model(inputs), expected, what="the logits after the change")

    def test_gradients(self, student, rng):
        """Every scorer gets its own gradient from the logits."""
        model = student.ScorePerClass(3, 4)
        drawn = load_scorers(model, 3, 4, rng)
        inputs, shares = torch.randn(5, 3, generator=rng), torch.randn(5, 4, generator=rng)
        logits = model(inputs)
        assert_close(logits, said_by_scorers(drawn, inputs), grad=True, what="the logits")
        (logits * shares).sum().backward()
        found = dict(model.named_parameters())
        for k in range(4):
            expected = shares[:, k] @ inputs
            assert_close(found[f"scorers.{k}.weight"].grad, expected[None], what="the gradient of a scorer's weight")
            # Its bias gets a sum that may cancel: shares of size one, five of them.
            expected = shares[:, k].sum(dim=0, keepdim=True)
            assert_close(found[f"scorers.{k}.bias"].grad, expected, atol=1e-5, what="the gradient of a scorer's bias")


@exercise("predict_and_accuracy")
class TestPredictAndAccuracy:
    def test_predict_other_batches(self, student, rng):
        """predict is right for square batches, single samples, single classes, and where all logits are negative."""
        for batch, classes in ((5, 5), (1, 4), (3, 1), (4, 7)):
            logits = torch.stack([torch.randperm(classes, generator=rng) for _ in range(batch)]).double() - 50
            expected = torch.tensor([row.index(max(row)) for row in logits.tolist()])
            assert_close(student.predict(logits), expected, dtype=torch.int64)

    def test_accuracy_other_batches(self, student, rng):
        """accuracy is the share of right rows, from 0.0 to 1.0, for any number of them."""
        for batch, classes in ((6, 6), (7, 3), (1, 2)):
            for right in (0, number(0, batch, rng), batch):
                winners = draw_labels(batch, classes, rng)
                logits = torch.rand(batch, classes, generator=rng) - 3 + truth_of(winners, classes).float() * 2
                labels = torch.where(torch.arange(batch) < right, winners, (winners + 1) % classes)
                found = student.accuracy(logits, labels)
                assert_type(found, float, what="what accuracy returned")
                assert_close(found, right / batch)


@exercise("decision_boundaries")
class TestDecisionBoundaries:
    def test_difference_of_logits(self, student, rng):
        """normal · point + offset is the difference of the two logits, for any number of features and two classes."""
        for classes, features in ((3, 2), (5, 4), (2, 1), (4, 4)):
            weight, bias = draw(classes, features, rng), draw(1, classes, rng)[0]
            points = draw(6, features, rng)
            first, second = torch.randperm(classes, generator=rng)[:2].tolist()
            normal, offset = student.boundary(weight, bias, first, second)
            logits = torch.einsum("pf,kf->pk", points, weight) + bias
            found = torch.einsum("pf,f->p", points, normal) + offset
            assert_close(found, logits[:, first] - logits[:, second], what="normal times point plus offset")

    def test_gradients(self, student, rng):
        """Gradients flow back from normal and offset to weight and bias."""
        weight, bias = draw(3, 2, rng).requires_grad_(), draw(1, 3, rng)[0].requires_grad_()
        normal, offset = student.boundary(weight, bias, 2, 0)
        assert_close(normal, torch.stack([weight[2, f] - weight[0, f] for f in range(2)]).detach(), grad=True)
        assert_close(offset, (bias[2] - bias[0]).detach(), grad=True)
        (normal.sum() + offset).backward()
        sign = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
        assert_close(weight.grad, sign[:, None].expand(3, 2), what="the gradient of the weight")
        assert_close(bias.grad, sign, what="the gradient of the bias")

    def test_other_maps(self, student, rng):
        """The map has one row for each y and one column for each x, also when there are as many of both."""
        for rows, columns in ((5, 5), (4, 7), (1, 3)):
            weight, bias = draw(4, 2, rng), draw(1, 4, rng)[0]
            xs, ys = draw(1, columns, rng)[0], draw(1, rows, rng)[0]
            expected = torch.zeros(rows, columns, dtype=torch.int64)
            for i in range(rows):
                for j in range(columns):
                    expected[i, j] = (weight[:, 0] * xs[j] + weight[:, 1] * ys[i] + bias).argmax()
            assert_close(student.region_map(weight, bias, xs, ys), expected, dtype=torch.int64)


@exercise("fit_digits")
class TestFitDigits:
    @limits(seconds=10, memory=1024)
    @weight(2)
    def test_other_alphabets(self, student, rng):
        """After 200 steps, the mean accuracy over three other alphabets and seeds is at least 0.93."""
        scores = []
        for _ in range(3):
            data, seed = signs(rng, train=1350, test=450, wobble=0.7), number(0, 999, rng)
            model = fitted(student, data.train_inputs, data.train_labels, 10, 200, seed)
            scores.append(held_out_accuracy(model, data, rng, classes=10))
        assert_score(sum(scores) / 3, floor=0.70, target=0.93, what="the accuracy on new signs")

    @limits(seconds=10, memory=1024)
    def test_seed(self, student, rng):
        """The same seed gives the same model a second time, and another seed gives another model."""
        inputs, labels = torch.rand(150, 12, generator=rng), draw_labels(150, 3, rng)
        seed = number(1, 999, rng)
        runs = [fitted(student, inputs, labels, 3, 5, chosen) for chosen in (seed, seed, seed + 1)]
        first, again, other = [[value.detach().clone() for value in run.parameters()] for run in runs]
        assert_equal(len(again), len(first), what="the number of parameters")
        for one, two in zip(first, again, strict=True):
            assert_close(two, one, what="a parameter after a second run with the same seed")
        if len(first) == len(other) and all(map(torch.equal, first, other)):
            fail("two different seeds gave the very same model", safe="two different seeds gave the very same model")

    @limits(seconds=10, memory=1024)
    def test_budget(self, student, rng):
        """With 0 steps the parameters do not depend on inputs and labels; with 1 step they do."""
        data = [(torch.rand(90, 6, generator=rng), draw_labels(90, 3, rng)) for _ in range(2)]
        seed = number(1, 999, rng)
        for steps in (0, 1):
            runs = [fitted(student, inputs, labels, 3, steps, seed) for inputs, labels in data]
            first, second = [[value.detach().clone() for value in run.parameters()] for run in runs]
            assert_equal(len(second), len(first), what="the number of parameters")
            same = all(map(torch.equal, first, second))
            if steps == 0 and not same:
                fail("after 0 steps the parameters depend on the data", safe="0 steps, and the data left a trace")
            if steps == 1 and same:
                fail("after 1 step the parameters do not depend on the data", safe="1 step, and no trace of the data")

    @limits(seconds=10, memory=1024)
    def test_other_data(self, student, rng):
        """fit works for fewer samples, other features and other classes: four groups of points in five dimensions."""
        centres = 4 * torch.eye(4, 5)[:, torch.randperm(5, generator=rng)]
        labels = torch.arange(280) % 4
        points = centres[labels] + torch.randn(280, 5, generator=rng)
        model = fitted(student, points[:80], labels[:80], 4, 200, number(0, 999, rng))
        score = held_out_accuracy(model, Split(points[:80], labels[:80], points[80:], labels[80:]), rng, classes=4)
        assert_score(score, floor=0.50, target=0.90, what="the accuracy on new points")
