"""Right answers to day 7 in other styles: every one of them deserves full marks."""

# ruff: noqa: F811  several right answers share the one name that they replace

from __future__ import annotations

import torch
from torch import nn

from proctorch.grading.vocabulary import alternative

# 1. Softmax


@alternative("softmax", "the built-in, by its method")
def softmax(logits):
    return logits.softmax(-1)


@alternative("softmax", "row by row in a loop")
def softmax(logits):
    rows = []
    for row in logits:
        weights = torch.exp(row - row.max())
        rows.append(weights / weights.sum())
    return torch.stack(rows)


@alternative("softmax", "the exponential of the log-softmax")
def softmax(logits):
    return torch.exp(logits - torch.logsumexp(logits, dim=1, keepdim=True))


@alternative("softmax", "float64 inside, the axis put back by hand")
def softmax(logits):
    wide = logits.double()
    weights = (wide - wide.max(dim=1).values[:, None]).exp()
    return (weights / weights.sum(1).unsqueeze(1)).to(logits.dtype)


@alternative("softmax", "samples in columns, then in place on its own tensor")
def softmax(logits):
    columns = logits.T
    weights = (columns - columns.amax(dim=0)).exp_()
    return (weights / weights.sum(dim=0)).T


# 2. One-hot


@alternative("one_hot", "labels compared with the numbers of the classes")
def one_hot(labels, classes):
    for label in labels.tolist():
        if not 0 <= label < classes:
            raise ValueError(f"{label} is no class")
    return (labels[:, None] == torch.arange(classes)).float()


@alternative("one_hot", "ones scattered into zeros")
def one_hot(labels, classes):
    if torch.any(labels < 0) or torch.any(labels >= classes):
        raise ValueError("no such class")
    return torch.zeros(len(labels), classes).scatter_(1, labels.unsqueeze(1), 1.0)


@alternative("one_hot", "two index tensors")
def one_hot(labels, classes):
    if not all(label in range(classes) for label in labels.tolist()):
        raise ValueError
    rows = torch.zeros(labels.shape[0], classes)
    rows[torch.arange(labels.shape[0]), labels] = 1
    return rows


@alternative("one_hot", "the built-in, its error translated")
def one_hot(labels, classes):
    try:
        return nn.functional.one_hot(labels, num_classes=classes).to(torch.float32)
    except RuntimeError as error:
        raise ValueError("no such class") from error


@alternative("one_hot", "lists in a loop")
def one_hot(labels, classes):
    table = torch.zeros(len(labels), classes)
    for i, label in enumerate(labels):
        if label < 0 or label >= classes:
            raise ValueError(f"{int(label)} is not a class")
        table[i, label] = 1.0
    return table


# 3. Log-softmax


@alternative("log_softmax", "the built-in")
def log_softmax(logits):
    return nn.functional.log_softmax(logits, dim=1)


@alternative("log_softmax", "the built-in log-sum-exp")
def log_softmax(logits):
    return logits - torch.logsumexp(logits, 1, keepdim=True)


@alternative("log_softmax", "the maximum added back to the log-sum-exp")
def log_softmax(logits):
    largest, _ = logits.max(dim=1, keepdim=True)
    total = (logits - largest).exp().sum(dim=1, keepdim=True)
    return logits - (largest + total.log())


@alternative("log_softmax", "row by row, float64 inside")
def log_softmax(logits):
    rows = []
    for row in logits.double().unbind():
        shifted = row - row.max()
        rows.append(shifted - torch.log(torch.sum(torch.exp(shifted))))
    return torch.stack(rows).to(logits.dtype)


@alternative("log_softmax", "pairs added one by one")
def log_softmax(logits):
    total = logits[:, 0]
    for k in range(1, logits.shape[1]):
        total = torch.logaddexp(total, logits[:, k])
    return logits - total[:, None]


# 4. Cross-entropy


@alternative("cross_entropy", "gathered")
def log_likelihood(logits, labels):
    return torch.log_softmax(logits, dim=1).gather(1, labels[:, None]).sum()


@alternative("cross_entropy", "sample by sample in a loop")
def log_likelihood(logits, labels):
    total = torch.zeros((), dtype=logits.dtype)
    for row, label in zip(logits, labels, strict=True):
        total = total + row[label] - torch.logsumexp(row, dim=0)
    return total


@alternative("cross_entropy", "the built-in's sum, float64 inside")
def log_likelihood(logits, labels):
    return -nn.functional.cross_entropy(logits.double(), labels, reduction="sum").to(logits.dtype)


@alternative("cross_entropy", "the built-in")
def cross_entropy(logits, labels):
    return nn.functional.cross_entropy(logits, labels)


@alternative("cross_entropy", "one-hot times log-probabilities")
def cross_entropy(logits, labels):
    truth = torch.eye(logits.shape[1], dtype=logits.dtype)[labels]
    return -(truth * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()


@alternative("cross_entropy", "a matrix product summed up by einsum")
def cross_entropy(logits, labels):
    truth = nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return -torch.einsum("bk,bk->", truth, torch.log_softmax(logits, dim=1)) / logits.shape[0]


@alternative("cross_entropy", "log-sum-exp minus the logit of the truth")
def cross_entropy(logits, labels):
    return (torch.logsumexp(logits, dim=1) - logits[torch.arange(len(logits)), labels]).mean()


# 5. The gradient of cross-entropy


@alternative("cross_entropy_gradient", "one subtracted in the place of the truth")
def logit_gradient(logits, labels):
    gradient = torch.softmax(logits, dim=1).clone()
    gradient[torch.arange(len(labels)), labels] -= 1
    return gradient / len(labels)


@alternative("cross_entropy_gradient", "sample by sample in a loop")
def logit_gradient(logits, labels):
    rows = []
    for i in range(logits.shape[0]):
        row = torch.exp(torch.log_softmax(logits[i], dim=0))
        rows.append((row - (torch.arange(len(row)) == labels[i]).to(row.dtype)) / len(labels))
    return torch.stack(rows)


@alternative("cross_entropy_gradient", "each term divided on its own, scattered")
def logit_gradient(logits, labels):
    batch = logits.shape[0]
    minus = torch.full((batch, 1), -1 / batch, dtype=logits.dtype)
    return (torch.softmax(logits, dim=1) / batch).scatter_add(1, labels[:, None], minus)


@alternative("cross_entropy_gradient", "sums written as einsum")
def parameter_gradients(inputs, weight, bias, labels):
    p = torch.softmax(torch.einsum("bf,kf->bk", inputs, weight) + bias, dim=1)
    gradient = (p - nn.functional.one_hot(labels, len(bias))) / len(labels)
    return torch.einsum("bk,bf->kf", gradient, inputs), torch.einsum("bk->k", gradient)


@alternative("cross_entropy_gradient", "outer products of the samples, averaged")
def parameter_gradients(inputs, weight, bias, labels):
    p = torch.softmax(nn.functional.linear(inputs, weight, bias), dim=1)
    difference = p - torch.eye(len(bias), dtype=p.dtype)[labels]
    return (difference[:, :, None] * inputs[:, None, :]).mean(dim=0), difference.mean(dim=0)


@alternative("cross_entropy_gradient", "the bias as one more weight")
def parameter_gradients(inputs, weight, bias, labels):
    ones = torch.ones(len(inputs), 1, dtype=inputs.dtype)
    extended = torch.cat([inputs, ones], dim=1)
    p = torch.softmax(extended @ torch.cat([weight, bias[:, None]], dim=1).T, dim=1)
    gradient = extended.T @ (p - nn.functional.one_hot(labels, len(bias)).to(p.dtype)) / len(labels)
    return gradient[:-1].T, gradient[-1]


# 6. Why not the squared error


@alternative("squared_error", "the built-in's sum, divided by the batch")
def squared_error(logits, labels):
    truth = nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return nn.functional.mse_loss(torch.softmax(logits, dim=1), truth, reduction="sum") / len(labels)


@alternative("squared_error", "sample by sample in a loop")
def squared_error(logits, labels):
    total = 0
    for row, label in zip(torch.softmax(logits, dim=1), labels.tolist(), strict=True):
        total = total + sum((value - float(k == label)) ** 2 for k, value in enumerate(row))
    return total / len(labels)


@alternative("squared_error", "the square multiplied out")
def squared_error(logits, labels):
    p = torch.softmax(logits, dim=1)
    right = p.gather(1, labels[:, None])[:, 0]
    return ((p * p).sum(dim=1) - 2 * right + 1).mean()


@alternative("squared_error", "backward, and the gradient of a leaf")
def gradient_strength(loss, logits, labels):
    leaf = torch.tensor(logits.tolist(), dtype=logits.dtype, requires_grad=True)
    loss(leaf, labels).backward()
    return leaf.grad.norm(dim=1)


@alternative("squared_error", "the functional gradient")
def gradient_strength(loss, logits, labels):
    gradient = torch.func.grad(loss)(logits.detach(), labels)
    return torch.linalg.vector_norm(gradient, dim=1)


@alternative("squared_error", "row after row, hypotenuse by hypotenuse")
def gradient_strength(loss, logits, labels):
    point = logits.detach().requires_grad_(True)
    gradient = torch.autograd.grad(loss(point, labels), [point])[0]
    length = torch.zeros(len(gradient), dtype=gradient.dtype)
    for column in gradient.T:
        length = torch.hypot(length, column)
    return length


# 7. The model, as a module


@alternative("softmax_regression", "a module around the built-in module")
class Softmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Softmax(dim=1)

    def forward(self, logits):
        return self.inner(logits)


@alternative("softmax_regression", "inherits from the built-in module")
class Softmax(nn.Softmax):
    def __init__(self):
        super().__init__(dim=-1)


@alternative("softmax_regression", "parameters made by hand")
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.w = nn.Parameter(0.01 * torch.randn(classes, features))
        self.b = nn.Parameter(torch.zeros(classes))

    def forward(self, inputs):
        return torch.einsum("bf,kf->bk", inputs, self.w) + self.b

    def probabilities(self, inputs):
        return torch.exp(torch.log_softmax(self.forward(inputs), dim=1))


@alternative("softmax_regression", "inherits from the linear layer")
class SoftmaxRegression(nn.Linear):
    def probabilities(self, inputs):
        return torch.softmax(self(inputs), dim=1)


@alternative("softmax_regression", "a sequence of one layer")
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(in_features=features, out_features=classes, bias=True))

    def forward(self, inputs):
        return self.body(inputs)

    def probabilities(self, inputs):
        logits = self.body(inputs)
        weights = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
        return weights / weights.sum(dim=1, keepdim=True)


@alternative("softmax_regression", "a layer whose parameters have second names")
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.layer = nn.Linear(features, classes)
        self.weight, self.bias = self.layer.weight, self.layer.bias

    def forward(self, inputs):
        return torch.addmm(self.bias, inputs, self.weight.T)

    def probabilities(self, inputs):
        return self(inputs).softmax(dim=-1)


# 8. One scorer a class


@alternative("module_list", "appended in a loop, columns written one by one")
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList()
        for _ in range(classes):
            self.scorers.append(nn.Linear(features, 1))

    def forward(self, inputs):
        logits = torch.zeros(len(inputs), len(self.scorers))
        for k, scorer in enumerate(self.scorers):
            logits[:, k] = scorer(inputs).squeeze(1)
        return logits


@alternative("module_list", "stacked and squeezed")
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList([nn.Linear(features, 1) for _ in range(classes)])

    def forward(self, inputs):
        return torch.stack([scorer(inputs)[:, 0] for scorer in self.scorers], dim=1)


@alternative("module_list", "the scorers' weights put together into one layer")
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList([])
        self.scorers.extend(nn.Linear(features, 1) for _ in range(classes))

    def forward(self, inputs):
        weight = torch.cat([scorer.weight for scorer in self.scorers])
        bias = torch.cat([scorer.bias for scorer in self.scorers])
        return nn.functional.linear(inputs, weight, bias)


# 9. Argmax and accuracy


@alternative("predict_and_accuracy", "the second half of max")
def predict(logits):
    _, places = logits.max(dim=1)
    return places


@alternative("predict_and_accuracy", "sorted, last column taken")
def predict(logits):
    return logits.argsort(dim=1)[:, -1]


@alternative("predict_and_accuracy", "by the softmax")
def predict(logits):
    return torch.argmax(torch.softmax(logits, dim=-1), dim=-1)


@alternative("predict_and_accuracy", "right ones counted, then divided")
def accuracy(logits, labels):
    return (logits.argmax(dim=1) == labels).sum().item() / len(labels)


@alternative("predict_and_accuracy", "counted in Python")
def accuracy(logits, labels):
    right = 0
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        right += row.index(max(row)) == label
    return right / len(labels)


@alternative("predict_and_accuracy", "one minus the share of mistakes")
def accuracy(logits, labels):
    wrong = torch.count_nonzero(logits.max(1).indices - labels)
    return float(1 - wrong / labels.numel())


# 10. Decision boundaries


@alternative("decision_boundaries", "a product with plus and minus one")
def boundary(weight, bias, first, second):
    sign = torch.zeros(len(bias), dtype=bias.dtype)
    sign[first], sign[second] = 1, -1
    return sign @ weight, sign @ bias


@alternative("decision_boundaries", "the logits differentiated")
def boundary(weight, bias, first, second):
    def difference(point):
        logits = weight @ point + bias
        return logits[first] - logits[second]

    origin = torch.zeros(weight.shape[1], dtype=weight.dtype)
    return torch.func.grad(difference)(origin), difference(origin)


@alternative("decision_boundaries", "bias and weight in one table")
def boundary(weight, bias, first, second):
    table = torch.cat([weight, bias.unsqueeze(1)], dim=1)
    row = torch.sub(table[first], table[second])
    return row[:-1], row[-1]


@alternative("decision_boundaries", "point by point in a loop")
def region_map(weight, bias, xs, ys):
    rows = [[int((weight @ torch.stack([x, y]) + bias).argmax()) for x in xs] for y in ys]
    return torch.tensor(rows)


@alternative("decision_boundaries", "broadcasting a row and a column")
def region_map(weight, bias, xs, ys):
    across = weight[:, 0, None, None] * xs[None, None, :]
    down = weight[:, 1, None, None] * ys[None, :, None]
    return (across + down + bias[:, None, None]).argmax(dim=0)


@alternative("decision_boundaries", "all points in one long table")
def region_map(weight, bias, xs, ys):
    points = torch.cartesian_prod(ys, xs).reshape(-1, 2).flip(1)
    return nn.functional.linear(points, weight, bias).argmax(1).reshape(len(ys), len(xs))


@alternative("decision_boundaries", "x and y in the picture's own order")
def region_map(weight, bias, xs, ys):
    grid_x, grid_y = torch.meshgrid(xs, ys, indexing="xy")
    return torch.einsum("ijf,kf->ijk", torch.dstack([grid_x, grid_y]), weight).add(bias).argmax(-1)


# 11. Read the digits


@alternative("fit_digits", "mini-batches with Adam")
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        batch = torch.randint(len(inputs), (128,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@alternative("fit_digits", "gradient descent with momentum")
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(inputs.shape[1], classes))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(steps):
        loss = loss_function(model(inputs), labels)
        model.zero_grad()
        loss.backward()
        optimizer.step()
    return model


@alternative("fit_digits", "gradients by hand, a generator of its own")
def fit(inputs, labels, classes, steps, seed):
    generator = torch.Generator().manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    truth = torch.eye(classes)[labels]
    with torch.no_grad():
        model.weight.copy_(0.1 * torch.randn(model.weight.shape, generator=generator))
        model.bias.zero_()
        speed = torch.zeros_like(model.weight)
        for _ in range(steps):
            gradient = (torch.softmax(model(inputs), dim=1) - truth) / len(labels)
            speed = 0.9 * speed + gradient.T @ inputs
            model.weight -= 0.5 * speed
            model.bias -= 0.5 * gradient.sum(dim=0)
    return model


@alternative("fit_digits", "an epoch's order, batch after batch")
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.03)
    order = []
    for _ in range(steps):
        if not order:
            order = list(torch.randperm(len(inputs)).split(100))
        batch = order.pop()
        loss = -torch.log_softmax(model(inputs[batch]), dim=1).gather(1, labels[batch, None]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model
