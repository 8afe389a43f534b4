"""What students get wrong on day 7, each mistake with the hint that its author deserves."""

# ruff: noqa: F811  several wrong answers share the one name that they replace

from __future__ import annotations

import torch
from torch import nn

from proctorch.grading.vocabulary import misconception

# 1. Softmax


@misconception(
    "softmax",
    "lets the exponential overflow",
    hint="Print the exp of your largest logit. What would a number subtracted from the whole row change?",
)
def softmax(logits):
    weights = logits.exp()
    return weights / weights.sum(dim=1, keepdim=True)


@misconception(
    "softmax",
    "normalises over the batch",
    hint="dim names the axis that disappears. Which sums come out as one: those of the rows or of the columns?",
)
def softmax(logits):
    shifted = logits - logits.amax(dim=0, keepdim=True)
    return shifted.exp() / shifted.exp().sum(dim=0, keepdim=True)


@misconception(
    "softmax",
    "shares one sum among all samples",
    hint="Sum your result over everything: is it one, or one for each sample? Does a sample know of the others?",
)
def softmax(logits):
    weights = (logits - logits.max()).exp()
    return weights / weights.sum()


@misconception(
    "softmax",
    "subtracts the largest logit of the whole batch",
    hint="Take one row near 10,000 and one near -10,000. What is left of the second row after your subtraction?",
)
def softmax(logits):
    weights = (logits - logits.max()).exp()
    return weights / weights.sum(dim=1, keepdim=True)


@misconception(
    "softmax",
    "subtracts the mean of the row",
    hint="After subtracting the mean, how large can the largest exponent still be? Try a row with one logit of 10,000.",
)
def softmax(logits):
    weights = (logits - logits.mean(dim=1, keepdim=True)).exp()
    return weights / weights.sum(dim=1, keepdim=True)


@misconception(
    "softmax",
    "clamps the logits",
    hint="Clamping keeps exp finite, but it also changes the logits. What becomes of 990 and 1000?",
)
def softmax(logits):
    weights = logits.clamp(-50, 50).exp()
    return weights / weights.sum(dim=1, keepdim=True)


@misconception(
    "softmax",
    "divides without an exponential",
    hint="Your rows sum to one, but are all entries positive for negative logits? Look at the formula again.",
)
def softmax(logits):
    shifted = logits - logits.amin(dim=1, keepdim=True) + 1e-9
    return shifted / shifted.sum(dim=1, keepdim=True)


@misconception(
    "softmax",
    "loses the axis before subtracting",
    hint="Print the shapes of logits and of its maximum. Which axes does broadcasting line up?",
)
def softmax(logits):
    weights = (logits - logits.amax(dim=1)).exp()
    return weights / weights.sum(dim=1, keepdim=True)


@misconception(
    "softmax",
    "writes into the logits",
    hint="-= writes into the tensor that came in. Whose tensor is that? (House rule 1.)",
)
def softmax(logits):
    logits -= logits.amax(dim=1, keepdim=True)
    return logits.exp() / logits.exp().sum(dim=1, keepdim=True)


@misconception(
    "softmax",
    "cuts the gradient off",
    hint="The values are right. Does your result still know how it was computed? (House rule 3.)",
)
def softmax(logits):
    return torch.softmax(logits.detach(), dim=1)


# 2. One-hot


@misconception(
    "one_hot",
    "keeps the built-in's dtype",
    hint="The places are right. Print the dtype of your result: which one does the signature promise?",
)
def one_hot(labels, classes):
    if labels.numel() and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError("no such class")
    return nn.functional.one_hot(labels, classes)


@misconception(
    "one_hot",
    "guesses the number of classes",
    hint="What if the last class does not occur in this batch? Compare your number of columns with `classes`.",
)
def one_hot(labels, classes):
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError("no such class")
    return nn.functional.one_hot(labels).float()


@misconception(
    "one_hot",
    "does not refuse a negative label",
    hint="What does eye[-1] give? An index below zero counts from the end; who tells the caller?",
)
def one_hot(labels, classes):
    if (labels >= classes).any():
        raise ValueError("no such class")
    return torch.eye(classes)[labels]


@misconception(
    "one_hot",
    "leaves the refusal to PyTorch",
    hint="Hand in a label that is no class, and read the type of the error. Which type does the text ask for?",
)
def one_hot(labels, classes):
    return nn.functional.one_hot(labels, classes).float()


@misconception(
    "one_hot",
    "heats whole columns",
    hint="rows[:, labels] = 1 reads: in every row, all these columns. How do you name one place in each row?",
)
def one_hot(labels, classes):
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError("no such class")
    rows = torch.zeros(len(labels), classes)
    rows[:, labels] = 1
    return rows


@misconception(
    "one_hot",
    "puts samples in columns",
    hint="Sum over the classes of each sample: is it one? Which axis of your result is the batch?",
)
def one_hot(labels, classes):
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError("no such class")
    return (torch.arange(classes)[:, None] == labels).float()


@misconception(
    "one_hot",
    "counts the classes from one",
    hint="Where is the one for label 0? The first class has the number 0.",
)
def one_hot(labels, classes):
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError("no such class")
    return torch.eye(classes)[(labels - 1) % classes]


# 3. Log-softmax


@misconception(
    "log_softmax",
    "takes the logarithm of the softmax",
    hint="What is softmax of [0, 200] in float32, and what is its log? Do the logarithm on paper first.",
)
def log_softmax(logits):
    return torch.softmax(logits, dim=1).log()


@misconception(
    "log_softmax",
    "adds a small number inside the logarithm",
    hint="A small number inside the log keeps it finite, but is it still right? Try [0, 200]: the answer is -200.",
)
def log_softmax(logits):
    return (torch.softmax(logits, dim=1) + 1e-10).log()


@misconception(
    "log_softmax",
    "lets the log-sum-exp overflow",
    hint="The own exponential has gone, but there is another one in the log-sum-exp. How large does it get?",
)
def log_softmax(logits):
    return logits - logits.exp().sum(dim=1, keepdim=True).log()


@misconception(
    "log_softmax",
    "forgets to give the maximum back",
    hint="If c is subtracted inside the log-sum-exp, where is it added again? Is the exp of your rows a softmax?",
)
def log_softmax(logits):
    shifted = logits - logits.amax(dim=1, keepdim=True)
    return logits - shifted.exp().sum(dim=1, keepdim=True).log()


@misconception(
    "log_softmax",
    "normalises over the batch",
    hint="dim names the axis that disappears. Take exp of your result: what sums to one, the rows or the columns?",
)
def log_softmax(logits):
    return torch.log_softmax(logits, dim=0)


@misconception(
    "log_softmax",
    "uses the logarithm to base two",
    hint="log2 undoes 2 to the power of x. Which logarithm undoes exp?",
)
def log_softmax(logits):
    shifted = logits - logits.amax(dim=1, keepdim=True)
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log2()


@misconception(
    "log_softmax",
    "shares one log-sum-exp among all samples",
    hint="How many numbers does your sum give for a batch of six? Each row has a log-sum-exp of its own.",
)
def log_softmax(logits):
    return logits - torch.logsumexp(logits.flatten(), dim=0)


# 4. Cross-entropy


@misconception(
    "cross_entropy",
    "multiplies first and takes the logarithm last",
    hint="What is a product of 900 probabilities in float32? Which operation turns products into sums?",
)
def log_likelihood(logits, labels):
    return torch.softmax(logits, dim=1)[torch.arange(len(labels)), labels].prod().log()


@misconception(
    "cross_entropy",
    "averages the log-likelihood",
    hint="The likelihood of the batch is a product over its samples. What does the logarithm make of a product?",
)
def log_likelihood(logits, labels):
    return torch.log_softmax(logits, dim=1)[torch.arange(len(labels)), labels].mean()


@misconception(
    "cross_entropy",
    "adds up all classes",
    hint="Only the probability of what really happened counts. Which entry of each row is that?",
)
def log_likelihood(logits, labels):
    return torch.log_softmax(logits, dim=1).sum()


@misconception(
    "cross_entropy",
    "forgets the minus sign",
    hint="Is your loss below zero? Log-probabilities are negative, and losses go downhill.",
)
def cross_entropy(logits, labels):
    return torch.log_softmax(logits, dim=1)[torch.arange(len(labels)), labels].mean()


@misconception(
    "cross_entropy",
    "adds up the batch",
    hint="Repeat a batch twice: your loss doubles. Should ten samples and ten thousand not be comparable?",
)
def cross_entropy(logits, labels):
    return -torch.log_softmax(logits, dim=1)[torch.arange(len(labels)), labels].sum()


@misconception(
    "cross_entropy",
    "averages over the zeros, too",
    hint="mean() of the whole table divides by batch times classes. How many samples are there?",
)
def cross_entropy(logits, labels):
    truth = nn.functional.one_hot(labels, logits.shape[1])
    return -(truth * torch.log_softmax(logits, dim=1)).mean()


@misconception(
    "cross_entropy",
    "takes every label in every row",
    hint="Print the shape of table[:, labels]. One entry from each row needs an index for the rows as well.",
)
def cross_entropy(logits, labels):
    return -torch.log_softmax(logits, dim=1)[:, labels].mean()


@misconception(
    "cross_entropy",
    "applies the softmax twice",
    hint="The ready-made loss has a softmax inside. What does it want to be given: probabilities or logits?",
)
def cross_entropy(logits, labels):
    return nn.functional.cross_entropy(torch.softmax(logits, dim=1), labels)


@misconception(
    "cross_entropy",
    "forgets the logarithm",
    hint="For ten equal logits your loss should be log 10 = 2.30. Is there a logarithm anywhere in your code?",
)
def cross_entropy(logits, labels):
    return nn.functional.nll_loss(torch.softmax(logits, dim=1), labels)


@misconception(
    "cross_entropy",
    "takes the logarithm of the softmax",
    hint="What is the loss when the right class has a probability of 1e-80? Which of your functions can do that?",
)
def cross_entropy(logits, labels):
    return -torch.softmax(logits, dim=1).log()[torch.arange(len(labels)), labels].mean()


@misconception(
    "cross_entropy",
    "returns a plain number",
    hint=".item() gives a Python number, and a number has forgotten where it came from. (House rule 3.)",
)
def cross_entropy(logits, labels):
    return nn.functional.cross_entropy(logits, labels).item()


# 5. The gradient of cross-entropy


@misconception(
    "cross_entropy_gradient",
    "forgets the mean over the batch",
    hint="Your gradient is that of the sum. The loss is a mean: which factor does every row carry?",
)
def logit_gradient(logits, labels):
    return torch.softmax(logits, dim=1) - nn.functional.one_hot(labels, logits.shape[1])


@misconception(
    "cross_entropy_gradient",
    "divides by the number of classes as well",
    hint="The loss is a mean over the batch. Over what else did you divide?",
)
def logit_gradient(logits, labels):
    return (torch.softmax(logits, dim=1) - nn.functional.one_hot(labels, logits.shape[1])) / logits.numel()


@misconception(
    "cross_entropy_gradient",
    "has truth minus prediction",
    hint="A step goes against the gradient. In your version, does such a step raise or lower the right logit?",
)
def logit_gradient(logits, labels):
    return (nn.functional.one_hot(labels, logits.shape[1]) - torch.softmax(logits, dim=1)) / len(labels)


@misconception(
    "cross_entropy_gradient",
    "subtracts the truth from the logits",
    hint="Each row of the gradient sums to zero. Do yours? Prediction means probabilities here.",
)
def logit_gradient(logits, labels):
    return (logits - nn.functional.one_hot(labels, logits.shape[1])) / len(labels)


@misconception(
    "cross_entropy_gradient",
    "subtracts one from whole columns",
    hint="gradient[:, labels] means these columns in every row. Each row of the gradient should sum to zero: do yours?",
)
def logit_gradient(logits, labels):
    gradient = torch.softmax(logits, dim=1)
    gradient[:, labels] -= 1
    return gradient / len(labels)


@misconception(
    "cross_entropy_gradient",
    "takes the sigmoid's derivative along",
    hint="p (1 - p) is the slope of the sigmoid alone. Which part of the loss cancels it? Redo the derivation.",
)
def logit_gradient(logits, labels):
    p = torch.softmax(logits, dim=1)
    return (p - nn.functional.one_hot(labels, logits.shape[1])) * p * (1 - p) / len(labels)


@misconception(
    "cross_entropy_gradient",
    "asks autograd",
    hint="Under torch.no_grad() there is no graph to go back along. The text asks for the formula.",
)
def logit_gradient(logits, labels):
    point = logits.detach().clone().requires_grad_()
    nn.functional.cross_entropy(point, labels).backward()
    return point.grad


@misconception(
    "cross_entropy_gradient",
    "lays the weight's gradient on its side",
    hint="A gradient has the shape of what it belongs to. Compare yours with weight.shape.",
)
def parameter_gradients(inputs, weight, bias, labels):
    logits = inputs @ weight.T + bias
    gradient = (torch.softmax(logits, dim=1) - nn.functional.one_hot(labels, len(bias))) / len(labels)
    return inputs.T @ gradient, gradient.sum(dim=0)


@misconception(
    "cross_entropy_gradient",
    "forgets the bias in the logits",
    hint="The prediction belongs to the whole layer: weight and bias. Which logits do you take the softmax of?",
)
def parameter_gradients(inputs, weight, bias, labels):
    gradient = (torch.softmax(inputs @ weight.T, dim=1) - nn.functional.one_hot(labels, len(bias))) / len(labels)
    return gradient.T @ inputs, gradient.sum(dim=0)


@misconception(
    "cross_entropy_gradient",
    "divides by the batch twice",
    hint="The rows of the logits' gradient carry the factor already. Are they summed or averaged after that?",
)
def parameter_gradients(inputs, weight, bias, labels):
    logits = inputs @ weight.T + bias
    gradient = (torch.softmax(logits, dim=1) - nn.functional.one_hot(labels, len(bias))) / len(labels)
    return gradient.T @ inputs / len(labels), gradient.mean(dim=0)


# 6. Why not the squared error


@misconception(
    "squared_error",
    "compares the logits with the truth",
    hint="Two rows of probabilities are to be compared. Are logits probabilities?",
)
def squared_error(logits, labels):
    return ((logits - nn.functional.one_hot(labels, logits.shape[1])) ** 2).sum(dim=1).mean()


@misconception(
    "squared_error",
    "averages over the classes, too",
    hint="Check the example: 1/9 + 4/9 + 1/9. Over which axis is summed, and over which is averaged?",
)
def squared_error(logits, labels):
    return ((torch.softmax(logits, dim=1) - nn.functional.one_hot(labels, logits.shape[1])) ** 2).mean()


@misconception(
    "squared_error",
    "adds up the batch",
    hint="Repeat a batch twice: should the loss double? Read the text for what is averaged.",
)
def squared_error(logits, labels):
    return ((torch.softmax(logits, dim=1) - nn.functional.one_hot(labels, logits.shape[1])) ** 2).sum()


@misconception(
    "squared_error",
    "looks at the right class only",
    hint="The wrong classes have probabilities, too, and the truth says zero for them. Do they count in yours?",
)
def squared_error(logits, labels):
    p = torch.softmax(logits, dim=1)[torch.arange(len(labels)), labels]
    return ((1 - p) ** 2).mean()


@misconception(
    "squared_error",
    "measures the whole batch at once",
    hint="How many rows are there, and how many numbers do you return? norm() without dim takes everything together.",
)
def gradient_strength(loss, logits, labels):
    point = logits.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(point, labels), point)
    return gradient.norm().reshape(1)


@misconception(
    "squared_error",
    "adds up absolute values",
    hint="A length is the root of the sum of the squares. What do you sum?",
)
def gradient_strength(loss, logits, labels):
    point = logits.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(point, labels), point)
    return gradient.abs().sum(dim=1)


@misconception(
    "squared_error",
    "forgets the root",
    hint="The sum of the squares is the length squared. What is missing?",
)
def gradient_strength(loss, logits, labels):
    point = logits.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(point, labels), point)
    return (gradient**2).sum(dim=1)


@misconception(
    "squared_error",
    "differentiates logits that nobody watches",
    hint="Autograd follows only tensors that require gradients. Did the logits that came in?",
)
def gradient_strength(loss, logits, labels):
    (gradient,) = torch.autograd.grad(loss(logits, labels), logits)
    return gradient.norm(dim=1)


# 7. The model, as a module


@misconception(
    "softmax_regression",
    "normalises over the batch in the module",
    hint="nn.Softmax(dim=0) walks down the batch. Which axis holds the classes?",
)
class Softmax(nn.Module):
    def forward(self, logits):
        return torch.softmax(logits, dim=0)


@misconception(
    "softmax_regression",
    "gives log-probabilities",
    hint="Your rows are negative. Which of softmax and log-softmax sums to one?",
)
class Softmax(nn.Module):
    def forward(self, logits):
        return torch.log_softmax(logits, dim=1)


@misconception(
    "softmax_regression",
    "ends the forward pass with a softmax",
    hint="What should calling the model give: logits or probabilities? Who else applies a softmax later?",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.linear = nn.Linear(features, classes)

    def forward(self, inputs):
        return torch.softmax(self.linear(inputs), dim=1)

    def probabilities(self, inputs):
        return self(inputs)


@misconception(
    "softmax_regression",
    "gives logits when asked for probabilities",
    hint="Sum the rows of probabilities(inputs). What is still missing behind the logits?",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.linear = nn.Linear(features, classes)

    def forward(self, inputs):
        return self.linear(inputs)

    def probabilities(self, inputs):
        return self(inputs)


@misconception(
    "softmax_regression",
    "swaps the sizes of the layer",
    hint="nn.Linear takes first what comes in, then what goes out. Print the shape of its weight.",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.linear = nn.Linear(classes, features)

    def forward(self, inputs):
        return self.linear(inputs)

    def probabilities(self, inputs):
        return torch.softmax(self(inputs), dim=1)


@misconception(
    "softmax_regression",
    "does not set up the module",
    hint="Which line comes first in every __init__ of a module, before anything is assigned to self?",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        self.linear = nn.Linear(features, classes)

    def forward(self, inputs):
        return self.linear(inputs)

    def probabilities(self, inputs):
        return torch.softmax(self(inputs), dim=1)


@misconception(
    "softmax_regression",
    "keeps plain tensors",
    hint="Print list(model.parameters()). What turns a tensor into something that the module registers?",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.weight = torch.randn(classes, features, requires_grad=True)
        self.bias = torch.zeros(classes, requires_grad=True)

    def forward(self, inputs):
        return inputs @ self.weight.T + self.bias

    def probabilities(self, inputs):
        return torch.softmax(self(inputs), dim=1)


@misconception(
    "softmax_regression",
    "leaves the bias out",
    hint="How many parameters does your model have? Without a bias, every border goes through the origin.",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.linear = nn.Linear(features, classes, bias=False)

    def forward(self, inputs):
        return self.linear(inputs)

    def probabilities(self, inputs):
        return torch.softmax(self(inputs), dim=1)


@misconception(
    "softmax_regression",
    "computes with an old copy of the weight",
    hint="Load other numbers into the model and call it. Does forward use the parameter, or a copy from __init__?",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.linear = nn.Linear(features, classes)
        self.columns = self.linear.weight.T.clone()

    def forward(self, inputs):
        return inputs @ self.columns + self.linear.bias

    def probabilities(self, inputs):
        return torch.softmax(self(inputs), dim=1)


@misconception(
    "softmax_regression",
    "cuts negative logits off",
    hint="Logits may be negative. What does your last step do to those?",
)
class SoftmaxRegression(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.linear = nn.Linear(features, classes)

    def forward(self, inputs):
        return torch.relu(self.linear(inputs))

    def probabilities(self, inputs):
        return torch.softmax(self(inputs), dim=1)


# 8. One scorer a class


@misconception(
    "module_list",
    "keeps the scorers in a plain list",
    hint="Print list(model.parameters()). Does a module look into a Python list?",
)
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = [nn.Linear(features, 1) for _ in range(classes)]

    def forward(self, inputs):
        return torch.cat([scorer(inputs) for scorer in self.scorers], dim=1)


@misconception(
    "module_list",
    "puts one scorer into the list many times",
    hint="[layer] * 3 holds the same layer three times. Compare the columns of your logits.",
)
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList([nn.Linear(features, 1)] * classes)

    def forward(self, inputs):
        return torch.cat([scorer(inputs) for scorer in self.scorers], dim=1)


@misconception(
    "module_list",
    "feeds each scorer with what the last one said",
    hint="The picture shows scorers side by side, not in a row. What does every one of them look at?",
)
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList(nn.Linear(features, 1) for _ in range(classes))

    def forward(self, inputs):
        for scorer in self.scorers:
            inputs = scorer(inputs)
        return inputs


@misconception(
    "module_list",
    "calls the list itself",
    hint="An nn.ModuleList is only a list: it has no forward. Who calls its modules one by one?",
)
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList(nn.Linear(features, 1) for _ in range(classes))

    def forward(self, inputs):
        return self.scorers(inputs)


@misconception(
    "module_list",
    "stacks the scores on a new axis",
    hint="Every scorer gives (batch, 1). Which of cat and stack makes a new axis, and do you need one?",
)
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList(nn.Linear(features, 1) for _ in range(classes))

    def forward(self, inputs):
        return torch.stack([scorer(inputs) for scorer in self.scorers], dim=1)


@misconception(
    "module_list",
    "joins the scores below each other",
    hint="cat without dim joins along axis 0. Which axis should become longer, batch or classes?",
)
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList(nn.Linear(features, 1) for _ in range(classes))

    def forward(self, inputs):
        return torch.cat([scorer(inputs) for scorer in self.scorers])


@misconception(
    "module_list",
    "puts one wide layer into the list",
    hint="How many scorers are in your list, and how many numbers does each of them give?",
)
class ScorePerClass(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.scorers = nn.ModuleList([nn.Linear(features, classes)])

    def forward(self, inputs):
        return self.scorers[0](inputs)


# 9. Argmax and accuracy


@misconception(
    "predict_and_accuracy",
    "walks down the batch",
    hint="How many predictions do you get for 4 rows of 3 classes? dim names the axis that disappears.",
)
def predict(logits):
    return logits.argmax(dim=0)


@misconception(
    "predict_and_accuracy",
    "returns how large, not where",
    hint="max and argmax answer two different questions. What is a class: a place or a value?",
)
def predict(logits):
    return logits.amax(dim=1)


@misconception(
    "predict_and_accuracy",
    "searches the whole batch for one maximum",
    hint="argmax without a dim flattens the tensor first. How many answers do you need?",
)
def predict(logits):
    return logits.argmax()


@misconception(
    "predict_and_accuracy",
    "asks for more than half",
    hint="Among many classes the winner may have a small probability, or a negative logit. Does it have to pass 0.5?",
)
def predict(logits):
    return (logits > 0.5).long().argmax(dim=1)


@misconception(
    "predict_and_accuracy",
    "compares a column with a row",
    hint="Print the shape of your comparison. A (batch, 1) meets a (batch,): what does broadcasting make of that?",
)
def accuracy(logits, labels):
    return (logits.argmax(dim=1, keepdim=True) == labels).float().mean().item()


@misconception(
    "predict_and_accuracy",
    "counts instead of taking the share",
    hint="Your number grows with the batch. Which number is to be between 0.0 and 1.0?",
)
def accuracy(logits, labels):
    return float((logits.argmax(dim=1) == labels).sum())


@misconception(
    "predict_and_accuracy",
    "gives percent",
    hint="Three of four right is 0.75 here. What did you multiply by?",
)
def accuracy(logits, labels):
    return 100 * (logits.argmax(dim=1) == labels).float().mean().item()


@misconception(
    "predict_and_accuracy",
    "divides whole numbers",
    hint="// drops everything behind the decimal point. What is 3 // 4?",
)
def accuracy(logits, labels):
    return float((logits.argmax(dim=1) == labels).sum() // len(labels))


@misconception(
    "predict_and_accuracy",
    "returns a tensor",
    hint="The value is right. What turns a tensor with one number into a Python float?",
)
def accuracy(logits, labels):
    return (logits.argmax(dim=1) == labels).float().mean()


# 10. Decision boundaries


@misconception(
    "decision_boundaries",
    "points to the other side",
    hint="Put in a point where `first` clearly wins. Is your number positive there?",
)
def boundary(weight, bias, first, second):
    return weight[second] - weight[first], bias[second] - bias[first]


@misconception(
    "decision_boundaries",
    "forgets the bias",
    hint="Without an offset, every border goes through the origin. What moves it away from there?",
)
def boundary(weight, bias, first, second):
    return weight[first] - weight[second], torch.zeros((), dtype=bias.dtype)


@misconception(
    "decision_boundaries",
    "takes columns for classes",
    hint="weight has shape (classes, features). What is weight[:, first]?",
)
def boundary(weight, bias, first, second):
    return weight[:, first] - weight[:, second], bias[first] - bias[second]


@misconception(
    "decision_boundaries",
    "scales the normal to length one",
    hint="A border stays where it is when you scale it, but the text asks for the difference of the logits itself.",
)
def boundary(weight, bias, first, second):
    normal, offset = weight[first] - weight[second], bias[first] - bias[second]
    return normal / normal.norm(), offset / normal.norm()


@misconception(
    "decision_boundaries",
    "turns the map on its side",
    hint="Compare the shape with (len(ys), len(xs)). Which of the two runs down, which runs across?",
)
def region_map(weight, bias, xs, ys):
    grid_x, grid_y = torch.meshgrid(xs, ys, indexing="ij")
    return (torch.stack([grid_x, grid_y], dim=-1) @ weight.T + bias).argmax(dim=-1)


@misconception(
    "decision_boundaries",
    "takes y for the first feature",
    hint="Which feature does the first column of weight belong to? Look at the order in which you stack x and y.",
)
def region_map(weight, bias, xs, ys):
    grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
    return (torch.stack([grid_y, grid_x], dim=-1) @ weight.T + bias).argmax(dim=-1)


@misconception(
    "decision_boundaries",
    "draws the map upside down",
    hint="Row 0 belongs to ys[0]. In which order are the ys given, and in which order do you draw them?",
)
def region_map(weight, bias, xs, ys):
    grid_y, grid_x = torch.meshgrid(ys.flip(0), xs, indexing="ij")
    return (torch.stack([grid_x, grid_y], dim=-1) @ weight.T + bias).argmax(dim=-1)


# 11. Read the digits


@misconception(
    "fit_digits",
    "never takes the optimizer's step",
    hint="Print the loss every 20 steps. backward() only finds gradients: who moves the parameters?",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
    return model


@misconception(
    "fit_digits",
    "lets the gradients pile up",
    hint="backward() adds to the gradients that are there already. What has to be forgotten before it?",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "is too timid",
    hint="Print the loss every 20 steps: it hardly moves. 200 steps are not many; how far does each one go?",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0001)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "ignores the seed",
    hint="Fit twice with the same seed and compare the weights. Where do you use the seed?",
)
def fit(inputs, labels, classes, steps, seed):
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "sets the seed too late",
    hint="When are the first weights drawn: before or after you set the seed?",
)
def fit(inputs, labels, classes, steps, seed):
    model = nn.Linear(inputs.shape[1], classes)
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        batch = torch.randint(len(inputs), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "always takes the same seed",
    hint="Fit with two different seeds and compare the weights. Which number do you give to manual_seed?",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(0)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "takes as many steps as it likes",
    hint="Call fit with steps=0: has the model learnt something? The caller decides how many updates there are.",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "puts a softmax before the loss",
    hint="Your model is never sure, and its loss stays above 1.4. What does the loss want to be given?",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(inputs.shape[1], classes), nn.Softmax(dim=1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "trains one model and returns another",
    hint="Is the model that you return the one whose parameters the optimizer was given?",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.SGD(nn.Linear(inputs.shape[1], classes).parameters(), lr=0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return model


@misconception(
    "fit_digits",
    "trains on the squared error",
    hint="The accuracy is passable, the cross-entropy of your logits is not. Which loss did exercise 6 warn of?",
)
def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    truth = nn.functional.one_hot(labels, classes).float()
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), truth).backward()
        optimizer.step()
    return model
