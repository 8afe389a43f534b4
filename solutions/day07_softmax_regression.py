# %% [markdown]
# # Day 7: Softmax regression
#
# A machine in a post office reads postcodes. It photographs one digit at a time, 8 by 8 pixels, and this is what
# it has just seen:
#
# ```text
#         ▒▒████
#       ▒▒██░░██░░
#           ████
#           ██▓▓
#             ▓▓▓▓
#               ▓▓▒▒
#         ▒▒░░░░██▒▒
#         ▒▒████▒▒
# ```
#
# A 3, says every human. The machine has no opinion, it has **scores**, one for each digit that it knows. Say it
# knows only three of them:
#
# ```text
#     class     0      1      2
#     digit    "3"    "5"    "8"
#     score    3.0    1.0    2.0
# ```
#
# Such scores are called **logits**. They may be negative, they may be huge, they add up to nothing in particular.
# Yesterday there were two classes, one logit, and the sigmoid made a probability of it. With ten classes there are
# ten logits, and today's whole machine looks like this:
#
# ```text
#     64 pixels ──▶ linear layer ──▶ 10 logits ──softmax──▶ 10 probabilities ──argmax──▶ "it is a 3"
#                                         │
#                                         └── cross-entropy with the truth ──▶ loss ──▶ gradients
# ```
#
# It is called **softmax regression**, and the last layer of nearly every classifier that you will ever meet, a
# language model's included, is exactly this. You will build each box by hand, find out why it is built that way and
# not the obvious other way, and by the evening your machine will read 93 of 100 digits that it has never seen.
#
# There are eleven exercises of about 5 to 20 minutes each.
#
# ## House rules
#
# They hold in every exercise, unless its text says otherwise:
#
# 1. **Leave what you were given as it was.** Return new tensors, and do not write into the ones that came in.
# 2. **Keep the dtype.** float64 logits give float64 results.
# 3. **Stay with tensors**, so that gradients can flow back to the inputs of your function.
#
# `logits` always has one row a sample and one column a class, `labels` holds the number of the right class of each
# sample, and there is always at least one sample and one class. `Float[Tensor, ""]` is a tensor without axes: a
# single number, such as a loss.
#
# PyTorch has most of today ready-made, and from tomorrow on you will use that. The checks look only at results, so
# nobody stops you from calling `torch.softmax` in exercise 1. But what you have built once, you can mend when it
# breaks; try it by hand first, and compare with the ready-made one afterwards.

# %%
from collections.abc import Callable

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn

from proctorch.lab import digits

# %% [markdown]
# Three photographs, three classes, and what was really on the three letters. The examples below use them.

# %%
scores = torch.tensor(
    [
        [3.0, 1.0, 2.0],  # a clear "3"
        [0.0, 2.0, 0.0],  # a clear "5"
        [1.0, 1.0, 1.0],  # a coffee stain: no idea
    ]
)
truth = torch.tensor([0, 1, 2])

# %% [markdown]
# ## 1. Softmax: scores become probabilities
#
# Probabilities must be positive, and each row must sum to one. So make every score positive with `exp`, then
# divide by the sum:
#
# ```text
#                     exp(logit of class k)
#     p(class k) = ───────────────────────────────
#                   sum over all j of exp(logit j)
#
#     logits            3.0      1.0      2.0
#     exp             20.09     2.72     7.39         sum: 30.19
#     divide           0.67     0.09     0.24         sum:  1
# ```
#
# The order stays (the largest score gets the largest probability), and the loser keeps a little. A plain maximum
# would give 1, 0, 0; this one is *soft*.
#
# It is also, as written, broken:
#
# ```python
# >>> torch.tensor([88.0, 89.0]).exp()
# tensor([1.6516e+38,        inf])
# ```
#
# float32 ends at 3.4e38. One logit of 89 and you divide infinity by infinity, and the answer is `nan`. The way out
# is one of the nicest tricks of the trade. Subtract the same number c from *all* logits of a row:
#
# ```text
#      exp(a - c)                    exp(a) / exp(c)                       exp(a)
#     ─────────────────────────  =  ──────────────────────────────────  =  ─────────────────
#      exp(a - c) + exp(b - c)       exp(a) / exp(c) + exp(b) / exp(c)      exp(a) + exp(b)
# ```
#
# Nothing has changed! So you may choose c freely, and each row may have its own. Choose it so that the largest
# exponent becomes 0: then no `exp` is ever larger than 1, and the sum is never smaller than 1.
#
# **Your turn.** `softmax(logits)`: the probabilities of each row.
#
# It must be finite and right for logits anywhere between -10,000 and 10,000, also when one row lies near 10,000
# and the next one near -10,000. Gradients must be able to flow back to the logits.
#
# *Worth looking up:* `Tensor.amax`, `Tensor.sum`, each with `dim=` and `keepdim=`.


# %% exercise="softmax" points=3
def softmax(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]:
    """Return the probabilities exp(logits[i, k]) / sum over j of exp(logits[i, j]), without overflow."""
    ### BEGIN SOLUTION
    shifted = logits - logits.amax(dim=1, keepdim=True)
    weights = shifted.exp()
    return weights / weights.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% [markdown]
# ## 2. One-hot: labels become probabilities
#
# The truth is a probability, too, a very sure one. If the digit is of class 1, then class 1 has probability one and
# all others have zero:
#
# ```text
#     label        one-hot
#       0      →   1  0  0
#       1      →   0  1  0
#       2      →   0  0  1
# ```
#
# One place is hot, the rest are cold: a **one-hot** row. Now prediction and truth have the same shape and can be
# compared.
#
# Why not simply compare the *numbers* of the classes? Because 8 is not "more" than 3 when you sort letters. Class
# numbers are names, and there is no arithmetic on names; one-hot rows are all equally far from each other.
#
# Two traps. The batch at hand need not contain every class, so the number of columns must be told, not guessed from
# the labels. And a label that is no class at all should be refused, loudly. Python's negative indices make this
# one treacherous: row -1 of a table is simply its last row, and a label -1 would turn into the last class without
# a word.
#
# **Your turn.** `one_hot(labels, classes)`: a float32 tensor with one row a label and `classes` columns. Raise a
# `ValueError` when any label is negative, or `classes` or larger. The batch may, just here, be empty: it gives
# shape (0, classes).
#
# *Worth looking up:* `torch.eye` and indexing with a tensor, `Tensor.scatter`, or comparing with `torch.arange`.


# %% exercise="one_hot" points=2
def one_hot(labels: Int64[Tensor, "batch"], classes: int) -> Float32[Tensor, "batch classes"]:
    """Return a row for each label: one at the label's place, zero elsewhere; raise ValueError for no class."""
    ### BEGIN SOLUTION
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError(f"labels must be from 0 to {classes - 1}")
    return torch.eye(classes)[labels]
    ### END SOLUTION


# %% [markdown]
# ## 3. Log-softmax: probabilities on a log scale
#
# In a minute you will need *logarithms* of probabilities. The obvious way fails:
#
# ```python
# >>> torch.softmax(torch.tensor([[0.0, 200.0]]), dim=1).log()
# tensor([[-inf, 0.]])
# ```
#
# The first probability is about 1e-87. float32 knows nothing between 0 and 1e-45, so it becomes 0, and its
# logarithm is minus infinity. The true answer is perfectly harmless: -200. So never make the tiny number at all.
# Take the logarithm on paper first:
#
# ```text
#     log p(k)  =  log ( exp(logit k) / sum of exp )  =  logit k  -  log( sum over j of exp(logit j) )
#                                                                    └──────── log-sum-exp ────────┘
# ```
#
# The exponential of the own logit has gone. In the log-sum-exp it is still there, and there it can overflow; your
# trick from exercise 1 works again. With c the largest logit of the row,
#
# ```text
#     log-sum-exp  =  c  +  log( sum over j of exp(logit j - c) )
# ```
#
# For our three scores:
#
# ```text
#     logits                  3.0       1.0       2.0       log-sum-exp: 3.4076
#     log-probabilities     -0.4076   -2.4076   -1.4076
#     exp of these           0.6652    0.0900    0.2447     the softmax of exercise 1
# ```
#
# Look how the *differences* between the logits have survived. That is what logits are: log-probabilities that have
# not been told yet where their zero is.
#
# **Your turn.** `log_softmax(logits)`: the logarithm of the softmax of each row. It is finite and right for logits
# between -10,000 and 10,000, and gradients flow.


# %% exercise="log_softmax" points=3
def log_softmax(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]:
    """Return logits[i, k] - log(sum over j of exp(logits[i, j])), without overflow or underflow."""
    ### BEGIN SOLUTION
    shifted = logits - logits.amax(dim=1, keepdim=True)
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    ### END SOLUTION


# %% [markdown]
# ## 4. Cross-entropy, and where it comes from
#
# How good is a model? Here is an idea that needs no inspiration: **a model is good if it finds likely what really
# happened.** Ask it for the probability of the truth, sample by sample. Samples are independent, so the probability
# of *all of it* is the product:
#
# ```text
#                                 "3"      "5"      "8"     truth
#     a clear "3"               [0.6652]  0.0900   0.2447     0
#     a clear "5"                0.1065  [0.7870]  0.1065     1
#     a coffee stain             0.3333   0.3333  [0.3333]    2
#
#     likelihood of the batch  =  0.6652 · 0.7870 · 0.3333  =  0.1745
# ```
#
# Good weights are those that make this number large: **maximum likelihood**. Now four small steps to the loss that
# trains the world's classifiers:
#
# ```text
#     make the likelihood large          a product of 1,000 factors below one: 0 in float32
#     make its logarithm large           a sum instead of a product, and log only ever grows:
#                                        log-likelihood = -0.4076 - 0.2395 - 1.0986 = -1.7458
#     make minus that small              losses go downhill
#     divide by the number of samples    so that the loss of 10 samples and of 10,000 can be compared
#                                        cross-entropy = 1.7458 / 3 = 0.5819
# ```
#
# That is all that **cross-entropy** is: *minus the mean log-probability of the truth*. (The name comes from the
# other way to write it: minus the sum of `one-hot * log-probabilities`. The zeros of the one-hot row delete
# everything but the truth.) Two numbers for your pocket: a model that knows nothing, with k equal probabilities, has
# the loss log k, which is 2.30 for ten classes. If yours *starts* far above, something is wrong. And a loss of 0
# would mean: always right, and always absolutely sure.
#
# Picking one entry out of each row takes two index tensors, one for the rows and one for the columns:
#
# ```python
# >>> table = torch.tensor([[10, 11, 12], [20, 21, 22]])
# >>> table[torch.arange(2), torch.tensor([2, 0])]
# tensor([12, 20])
# ```
#
# **Your turn.** Both functions return a tensor without axes, and both must be finite and right for logits between
# -10,000 and 10,000, and for batches of many hundreds of samples. Gradients must flow back to the logits.
#
# - `log_likelihood(logits, labels)`: the logarithm of the probability that the model gives to all the labels
#   together.
# - `cross_entropy(logits, labels)`: minus the mean log-probability of the labels.
#
# *Worth looking up:* indexing with two tensors, or `Tensor.gather`.


# %% exercise="cross_entropy" points=4
def log_likelihood(
    logits: Float[Tensor, "batch classes"],
    labels: Int64[Tensor, "batch"],
) -> Float[Tensor, ""]:
    """Return the sum over the batch of the log-probability of the label."""
    ### BEGIN SOLUTION
    rows = torch.arange(len(labels))
    return log_softmax(logits)[rows, labels].sum()
    ### END SOLUTION


def cross_entropy(
    logits: Float[Tensor, "batch classes"],
    labels: Int64[Tensor, "batch"],
) -> Float[Tensor, ""]:
    """Return minus the mean over the batch of the log-probability of the label."""
    ### BEGIN SOLUTION
    return -log_likelihood(logits, labels) / len(labels)
    ### END SOLUTION


# %% [markdown]
# ## 5. Its gradient, by hand
#
# Softmax has a quotient, its gradient has cases. Cross-entropy has a logarithm on top. Put together, they collapse
# into something so simple that you will remember it for life. For one sample whose label is y:
#
# ```text
#     loss  =  - logit y  +  log( sum over j of exp(logit j) )
#
#                         ┌ -1 if k is y ┐        exp(logit k)
#     d loss / d logit k = ┤              ├  +  ──────────────────   =   p(k)  -  one-hot(k)
#                         └  0 if not    ┘       sum of all exp
# ```
#
# > **Prediction minus truth.**
#
# For the clear "3" of before, had its label been 2 (an "8"):
#
# ```text
#     prediction       0.6652    0.0900    0.2447
#     truth            0         0         1
#     gradient         0.6652    0.0900   -0.7553       sum: 0
# ```
#
# A step *against* the gradient lowers the logits of "3" and "5" and raises that of "8", each as much as it was
# wrong. If prediction and truth agree, nothing moves.
#
# The loss of a *batch* is a mean, so every row of the gradient also carries a factor; think about which one. And
# from the logits it is one step of the chain rule to the parameters of a linear layer, in which
#
# ```text
#     logits[i, k]  =  sum over f of weight[k, f] · inputs[i, f]   +   bias[k]
# ```
#
# How much does logit (i, k) change with `weight[k, f]`? With `bias[k]`? Then sum over all the samples i in which
# that weight was used.
#
# **Your turn**, without `backward` and without `torch.autograd`: the hidden checks also call your functions under
# `torch.no_grad()`, where autograd records nothing.
#
# - `logit_gradient(logits, labels)`: the gradient of `cross_entropy(logits, labels)`, the *mean* over the batch,
#   with respect to the logits. It is finite and right for logits between -10,000 and 10,000.
# - `parameter_gradients(inputs, weight, bias, labels)`: a pair, the gradients of the same loss with respect to the
#   weight, shape (classes, features), and to the bias, shape (classes,).
#
# Try your result against autograd's: that is what we do.


# %% exercise="cross_entropy_gradient" points=3
def logit_gradient(
    logits: Float[Tensor, "batch classes"],
    labels: Int64[Tensor, "batch"],
) -> Float[Tensor, "batch classes"]:
    """Return the gradient of the mean cross-entropy with respect to the logits."""
    ### BEGIN SOLUTION
    truth = one_hot(labels, logits.shape[1])
    return (softmax(logits) - truth) / len(labels)
    ### END SOLUTION


def parameter_gradients(
    inputs: Float[Tensor, "batch features"],
    weight: Float[Tensor, "classes features"],
    bias: Float[Tensor, "classes"],
    labels: Int64[Tensor, "batch"],
) -> tuple[Float[Tensor, "classes features"], Float[Tensor, "classes"]]:
    """Return the gradients of the mean cross-entropy of a linear layer with respect to its weight and its bias."""
    ### BEGIN SOLUTION
    gradient = logit_gradient(inputs @ weight.T + bias, labels)
    return gradient.T @ inputs, gradient.sum(dim=0)
    ### END SOLUTION


# %% [markdown]
# ## 6. Why not the squared error?
#
# Fair question. Prediction and truth are two rows of numbers, and since day 1 you know how to compare those: square
# the differences. It even works, when nothing goes badly wrong. Watch what happens when something does. The truth is
# class 1, and the model is ever surer that it is class 0:
#
# ```text
#                          p of the     squared     length of     cross-      length of
#          logits           truth        error     its gradient   entropy    its gradient
#     ────────────────    ──────────    ───────    ────────────   ───────    ────────────
#      0     0    0         0.333        0.667       0.544          1.10        0.816
#      5     0    0         0.0066       1.960       0.048          5.01        1.400
#     10     0    0         0.000045     2.000       0.00034       10.00        1.414
#     20     0    0         0.000000002  2.000       0.000000009   20.00        1.414
# ```
#
# Read the fourth column downwards. The *worse* the mistake, the *weaker* the squared error pulls. A confidently
# wrong model sits on a plateau: its softmax is saturated, and to the squared error the world looks flat. And its
# loss can never exceed 2, however outrageous the claim.
#
# ```text
#     loss
#      8 ┤                                               ●●
#        │                                            ●●●
#      6 ┤                                         ●●●        ● cross-entropy
#        │                                      ●●●
#      4 ┤                                   ●●●
#        │                                ●●●
#      2 ┤                          ●●●●●○○○○○○○○○○○○○○○○○    ○ squared error: flat, no way home
#        │                    ●●●●●●○○
#      0 ┼●●●●●●●●●●●●●●●●●●●●──────────────────────────────▶
#         surely right        unsure         surely wrong
# ```
#
# Cross-entropy never lets go: its gradient is prediction minus truth, and that is large exactly when the two
# disagree. No accident. The logarithm undoes the exponential.
#
# **Your turn.** Measure it yourself.
#
# - `squared_error(logits, labels)`: take the softmax, subtract the one-hot truth, square, **sum over the classes**
#   and take the **mean over the batch**: a tensor without axes, through which gradients flow. For
#   `[[0, 0, 0]]` and label 1 it is 1/9 + 4/9 + 1/9 = 0.667.
# - `gradient_strength(loss, logits, labels)`: `loss` is a function like `cross_entropy` or `squared_error`. Let
#   autograd find the gradient of `loss(logits, labels)` with respect to the logits, and return for each row its
#   length, the root of the sum of its squares: shape (batch,), detached from the graph. The logits that come in may
#   require gradients or not, and are left as they were.
#
# *Worth looking up:* `Tensor.detach`, `Tensor.requires_grad_`, `torch.autograd.grad`.


# %% exercise="squared_error" points=2
def squared_error(
    logits: Float[Tensor, "batch classes"],
    labels: Int64[Tensor, "batch"],
) -> Float[Tensor, ""]:
    """Return the squared distance of softmax and one-hot row, summed over classes, averaged over the batch."""
    ### BEGIN SOLUTION
    difference = softmax(logits) - one_hot(labels, logits.shape[1])
    return (difference**2).sum(dim=1).mean()
    ### END SOLUTION


def gradient_strength(
    loss: Callable[[Tensor, Tensor], Tensor],
    logits: Float[Tensor, "batch classes"],
    labels: Int64[Tensor, "batch"],
) -> Float[Tensor, "batch"]:
    """Return for each row of logits the length of the gradient of loss(logits, labels)."""
    ### BEGIN SOLUTION
    point = logits.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(point, labels), point)
    return (gradient**2).sum(dim=1).sqrt()
    ### END SOLUTION


# %% [markdown]
# ## 7. The model, as a module
#
# Functions are fine; but a model also *has* something: its weight and its bias. A PyTorch **module** keeps both,
# what it has and what it does:
#
# ```python
# >>> class Scale(nn.Module):
# ...     def __init__(self, size):
# ...         super().__init__()                              # first, always
# ...         self.factor = nn.Parameter(torch.ones(size))    # what it has
# ...
# ...     def forward(self, inputs):                          # what it does
# ...         return inputs * self.factor
# ...
# >>> scale = Scale(2)
# >>> scale(torch.tensor([[3.0, 4.0]]))
# tensor([[3., 4.]], grad_fn=<MulBackward0>)
# >>> [name for name, _ in scale.named_parameters()]
# ['factor']
# ```
#
# You call the module itself, and it calls `forward`. `super().__init__()` sets up the shelves; from then on, every
# parameter and every module (an `nn.Linear`, say) that you assign to `self` is registered by itself, which is how an
# optimizer will find it.
#
# A classic mistake is waiting here. The loss wants **logits**: `cross_entropy` has the softmax inside. A model whose
# `forward` ends with a softmax gets softmaxed *twice*. It will not crash. It trains, slowly and badly, and never
# gets sure of anything. So: `forward` gives logits, and probabilities are given to those who ask for them.
#
# **Your turn.** Write two modules.
#
# - `Softmax()`: a module without any parameters. Called on logits, it gives the softmax of each row, as in
#   exercise 1, also for logits of 10,000.
# - `SoftmaxRegression(features, classes)`: calling it on inputs of shape (batch, features) gives logits of shape
#   (batch, classes), `inputs @ weight.T + bias`. It has exactly two parameters, a weight of shape (classes, features)
#   and a bias of shape (classes,), with any names, in float32 and with finite numbers; an `nn.Linear` brings both. Its
#   method `probabilities(inputs)` gives the softmax of the logits.
#
# The checks put numbers of their own into your parameters, with `load_state_dict`, which every module has from
# `nn.Module`. Afterwards the parameters must be the ones that were loaded, and everything is computed from them. So
# leave that method as it is, and keep no copy of a parameter. (The same holds in the next exercise.)


# %% exercise="softmax_regression" points=3
class Softmax(nn.Module):
    """Softmax over the classes, as a module."""

    def forward(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]:
        """Return the probabilities of each row of logits."""
        ### BEGIN SOLUTION
        return softmax(logits)
        ### END SOLUTION


class SoftmaxRegression(nn.Module):
    """A linear layer that gives one logit for each class."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.linear = nn.Linear(features, classes)
        self.softmax = Softmax()
        ### END SOLUTION

    def forward(self, inputs: Float[Tensor, "batch features"]) -> Float[Tensor, "batch classes"]:
        """Return the logits."""
        ### BEGIN SOLUTION
        return self.linear(inputs)
        ### END SOLUTION

    def probabilities(self, inputs: Float[Tensor, "batch features"]) -> Float[Tensor, "batch classes"]:
        """Return the probability of each class."""
        ### BEGIN SOLUTION
        return self.softmax(self(inputs))
        ### END SOLUTION


# %% [markdown]
# ## 8. One scorer a class: `nn.ModuleList`
#
# Here is another way to think of the same model. For each class there is a small specialist, who looks at the
# picture and gives one number: how much it looks like a 3, how much like a 5...
#
# ```text
#                 ┌─▶ scorer 0 ("3") ─▶  3.0 ┐
#     64 pixels ──┼─▶ scorer 1 ("5") ─▶  1.0 ├─▶  logits  [3.0  1.0  2.0]
#                 └─▶ scorer 2 ("8") ─▶  2.0 ┘
# ```
#
# The number of specialists is known only when the model is made, so they belong in a list. But a plain Python list
# is a bag that a module does not look into:
#
# ```python
# >>> class Forgetful(nn.Module):
# ...     def __init__(self):
# ...         super().__init__()
# ...         self.layers = [nn.Linear(2, 1), nn.Linear(2, 1)]
# ...
# >>> list(Forgetful().parameters())
# []
# ```
#
# No parameters! An optimizer would find nothing to train, `.to("cuda")` nothing to move, and a saved file would be
# empty. `nn.ModuleList` is a list that registers what is in it. It can be indexed, iterated and appended to like any
# list. It is *only* a list, though: it has no `forward`, and you decide what happens with its modules.
#
# **Your turn.** `ScorePerClass(features, classes)`: in its attribute `scorers` it keeps an `nn.ModuleList` with one
# `nn.Linear(features, 1)` for each class. Called on inputs of shape (batch, features), it gives logits of shape
# (batch, classes), in whose column k stands what scorer k said. Every scorer has a weight and a bias of its own.
#
# *Worth looking up:* `nn.ModuleList`, `torch.cat`.


# %% exercise="module_list" points=2
class ScorePerClass(nn.Module):
    """Softmax regression with one small linear layer for each class."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.scorers = nn.ModuleList(nn.Linear(features, 1) for _ in range(classes))
        ### END SOLUTION

    def forward(self, inputs: Float[Tensor, "batch features"]) -> Float[Tensor, "batch classes"]:
        """Return the logits: column k is what scorer k gives."""
        ### BEGIN SOLUTION
        return torch.cat([scorer(inputs) for scorer in self.scorers], dim=1)
        ### END SOLUTION


# %% [markdown]
# ## 9. Argmax and accuracy
#
# At last the machine has to drop the letter into *one* box. It takes the class with the largest probability, and as
# softmax keeps the order, that is the class with the largest logit; you need not even compute the softmax. The
# largest *value* is `max`; *where* it stands is **argmax**:
#
# ```python
# >>> row = torch.tensor([3.0, 1.0, 2.0])
# >>> row.max(), row.argmax()
# (tensor(3.), tensor(0))
# ```
#
# **Accuracy** is the share of samples for which that was the right class. It is what the post office cares about.
# You cannot train on it: nudge a weight a little, and as a rule no argmax changes at all, so its gradient is zero
# nearly everywhere. That is why we train on cross-entropy and report accuracy.
#
# **Your turn.**
#
# - `predict(logits)`: for each row the number of the class with the largest logit, as int64 of shape (batch,).
#   (No two largest logits of a row are equal.)
# - `accuracy(logits, labels)`: the share of rows in which the prediction equals the label, as a Python `float` from
#   0.0 to 1.0, not as a tensor.
#
# *Worth looking up:* `Tensor.argmax`, `Tensor.item`.


# %% exercise="predict_and_accuracy" points=2
def predict(logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, "batch"]:
    """Return the class with the largest logit of each row."""
    ### BEGIN SOLUTION
    return logits.argmax(dim=1)
    ### END SOLUTION


def accuracy(logits: Float[Tensor, "batch classes"], labels: Int64[Tensor, "batch"]) -> float:
    """Return the share of right predictions, from 0.0 to 1.0."""
    ### BEGIN SOLUTION
    return (predict(logits) == labels).float().mean().item()
    ### END SOLUTION


# %% [markdown]
# ## 10. Decision boundaries
#
# What does the world look like to such a model? Give it two features instead of 64, so that every input is a point
# on a sheet of paper, and colour each point by the class that wins there:
#
# ```text
#      y
#      2   B B B B B B B B B B B B B A A A A A A
#          B B B B B B B B B B B B A A A A A A A
#      1   B B B B B B B B B B B A A A A A A A A        weight  A   1   0      bias   0
#          B B B B B B B B B B A A A A A A A A A                B  -1   1             0
#      0   B B B B B B B B C C C A A A A A A A A                C   0  -1            0.5
#          B B B B B C C C C C C C C A A A A A A
#     -1   B B C C C C C C C C C C C C A A A A A
#          C C C C C C C C C C C C C C C A A A A
#     -2   C C C C C C C C C C C C C C C C C A A
#         -3                  0                 3   x
# ```
#
# Straight borders, always. Here is why. On the border between A and B both logits are equal:
#
# ```text
#     weight[A] · point + bias[A]  =  weight[B] · point + bias[B]
# ```
#
# Bring everything to one side, and you have *one vector* times the point plus *one number* equals zero: a line in
# two dimensions, a plane in three, a hyperplane in 64. The vector stands at right angles to the border and points to
# the side on which A wins. The softmax does not bend anything, it only says how sure the model is at which distance
# from the border. If the classes cannot be parted by straight cuts, this model cannot part them; for that, you will
# stack layers (day 10).
#
# **Your turn.** `weight` has shape (classes, features), and `bias` has shape (classes,).
#
# - `boundary(weight, bias, first, second)`: a pair `normal`, shape (features,), and `offset`, a tensor without axes,
#   so that `normal · point + offset` is the logit of class `first` minus the logit of class `second`, for every point.
#   It is 0 on the border and positive where `first` beats `second`. (The scale matters: exactly this difference.)
# - `region_map(weight, bias, xs, ys)`: the map. There are two features, x and y. Entry (i, j) of the result is the
#   number of the class that wins at the point (`xs[j]`, `ys[i]`), as int64: one **row for each y**, one **column for
#   each x**, in the order in which they are given.
#
# For the picture above: `boundary(weight, bias, 0, 1)` is `tensor([ 2., -1.])` and `tensor(0.)`, the line y = 2x.
#
# *Worth looking up:* `torch.meshgrid` and its `indexing=`, or broadcasting as on day 2.


# %% exercise="decision_boundaries" points=2
def boundary(
    weight: Float[Tensor, "classes features"],
    bias: Float[Tensor, "classes"],
    first: int,
    second: int,
) -> tuple[Float[Tensor, "features"], Float[Tensor, ""]]:
    """Return normal and offset: normal · point + offset is logit `first` minus logit `second`."""
    ### BEGIN SOLUTION
    return weight[first] - weight[second], bias[first] - bias[second]
    ### END SOLUTION


def region_map(
    weight: Float[Tensor, "classes 2"],
    bias: Float[Tensor, "classes"],
    xs: Float[Tensor, "columns"],
    ys: Float[Tensor, "rows"],
) -> Int64[Tensor, "rows columns"]:
    """Return for every point of a grid, one row a y and one column an x, the class that wins there."""
    ### BEGIN SOLUTION
    grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
    points = torch.stack([grid_x, grid_y], dim=-1)
    return (points @ weight.T + bias).argmax(dim=-1)
    ### END SOLUTION


# %% [markdown]
# ## 11. Read the digits
#
# Everything is there. Put it together, and let the machine learn. These are the real things: 1,797 digits, written
# by 13 people, three quarters for training and one quarter that it never gets to see:
#
# ```python
# >>> data = digits(seed=0)
# >>> data.train_inputs.shape, data.train_labels.shape, data.test_inputs.shape
# (torch.Size([1348, 64]), torch.Size([1348]), torch.Size([449, 64]))
# >>> data.train_labels[:8]
# tensor([7, 1, 3, 5, 2, 1, 3, 3])
# ```
#
# Training is one small wheel that turns and turns:
#
# ```text
#        ┌──────────────────────────────────────────────────┐
#        ▼                                                  │
#     logits ──▶ loss ──▶ forget old gradients ──▶ backward ──▶ optimizer step
#                         (zero_grad)
# ```
#
# One turn, that is, one update of the parameters, is one **step**. You choose the optimizer, its learning rate, and
# whether a step looks at all samples or at a random mini-batch of them. 200 steps are enough, if they are not too
# timid: with `torch.optim.Adam` and learning rates like 0.001, 0.01, 0.1 you will see very different curves. Print
# the loss every 20 steps. It should start near log 10 = 2.30, and fall, and fall.
#
# And everything random (the first weights, the choice of mini-batches) must come from the `seed`, so that whoever
# repeats your experiment gets your result. Set it *before* anything random happens.
#
# **Your turn.** `fit(inputs, labels, classes, steps, seed)` makes a model, trains it with `steps` steps and returns
# it. What the checks ask for:
#
# - The result is an `nn.Module` (your `SoftmaxRegression` is what it is for) that maps float32 inputs of shape (batch,
#   features) to logits of shape (batch, classes).
# - **Accuracy.** A model that somebody trained yesterday could read digits, so the checks show yours what nobody has
#   seen: an alphabet of ten signs that is made up on the spot, in 64 pixels like the digits.
#   `signs(torch.Generator().manual_seed(1), train=1350, test=450, wobble=0.7)` from `proctorch.lab` makes one for you.
#   With 200 steps on 1,350 training inputs, the model gets at least **0.93** of 450 new ones right, as the mean over
#   three alphabets and seeds. Points begin above 0.70 and rise up to 0.93. (Adam reaches about 0.97, and 0.96 of the
#   digits.)
# - **Budget.** Exactly `steps` updates. With 0 steps the model is as it was made: its parameters do not depend on the
#   inputs and labels at all, and it gets less than half of its training inputs right. With 1 step they do depend on
#   them. With 200 steps the mean cross-entropy of its logits on the training inputs is below 0.5.
# - **Seed.** The first weights are random. The same seed gives the same model, a second time and whatever was drawn
#   before; another seed gives another model.
# - **Other data.** It works for other numbers of features, classes and samples as well, also for fewer than 100
#   samples, and leaves the inputs as they were.
#
# Each check has 10 seconds of computing time for its three fits (the reference needs less than one) and 1 GiB of
# memory.
#
# *Worth looking up:* `torch.manual_seed`, `torch.optim.Adam`.


# %% exercise="fit_digits" points=4
def fit(
    inputs: Float32[Tensor, "samples features"],
    labels: Int64[Tensor, "samples"],
    classes: int,
    steps: int,
    seed: int,
) -> nn.Module:
    """Train a softmax regression with the given number of updates, everything random from the seed; return it."""
    ### BEGIN SOLUTION
    torch.manual_seed(seed)
    model = SoftmaxRegression(inputs.shape[1], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        loss = cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model
    ### END SOLUTION


# %% [markdown]
# Now look what it gets wrong, in a cell of your own. This prints a digit as a picture; for many of the ones that
# your machine misreads, you will forgive it.


# %%
def picture(pixels: Float[Tensor, "64"]) -> str:
    """Return an 8 by 8 digit as text."""
    shades = " ░▒▓█"
    rows = (pixels.reshape(8, 8) * 4).round().long().tolist()
    return "\n".join("".join(2 * shades[shade] for shade in row) for row in rows)


# %% [markdown]
# ## Before you go
#
# If you keep five things from today, keep these:
#
# ```text
#     1.  Models give logits. Softmax is for those who ask for probabilities.
#     2.  exp overflows: subtract the row's maximum. log of a probability: log-softmax, never log(softmax).
#     3.  Cross-entropy is minus the mean log-probability of the truth: maximum likelihood in work clothes.
#     4.  Its gradient is prediction minus truth. The squared error's dies when it is needed most.
#     5.  Train on cross-entropy, report accuracy.
# ```
#
# Linear borders, ten classes, 93 of 100. Tomorrow you will learn how data get to the model, and on day 10 the
# borders begin to bend.
