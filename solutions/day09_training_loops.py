# %% [markdown]
# # Day 9: Training loops
#
# Five lines train every network in the world:
#
# ```text
#     for inputs, labels in loader:
#         optimizer.zero_grad()                        forget
#         loss = loss_function(model(inputs), labels)  how wrong?
#         loss.backward()                              who is to blame?
#         optimizer.step()                             do better
# ```
#
# They look harmless. But swap two of them, leave one out, average the wrong way, and *nothing crashes*. The loss goes
# down, a little slower; the accuracy is fine, a little lower; and three weeks later somebody finds out that dropout was
# on during the evaluation. A wrong function gives an error. **A wrong loop gives a mediocre model.**
#
# Today you build the loop once, properly, piece by piece, and each piece comes with the mistake that everybody makes
# with it:
#
# ```text
#     training_step ──▶ train_one_epoch ──┐                         ┌── clipping
#                                         ├──▶ fit ──▶ the real ────┼── accumulation
#     evaluate ───────────────────────────┘   (+ early   thing      └── a schedule
#                                               stopping)
# ```
#
# There are nine exercises of about 5 to 25 minutes each.
#
# ## House rules
#
# They hold in every exercise, unless its text says otherwise:
#
# 1. **Train in training mode, evaluate in evaluation mode.** The caller may hand you a model in either mode.
# 2. **Train the model that you are given**, in place, with the optimizer that you are given. Change no learning rate
#    by hand.
# 3. **Call the model once for each batch.** Batch norm counts.
# 4. **Numbers that you report are plain Python floats**: `loss.item()`. A tensor would drag its graph along.
#
# `loss_function(outputs, targets)` returns the *mean* over the rows of the batch, a tensor without axes, as
# `nn.CrossEntropyLoss()` and `nn.MSELoss()` do. A `loader` is a `DataLoader` of pairs, inputs and targets; its last
# batch may be smaller than the others. There is always at least one batch.
#
# How we check loops: the models that we hand you show *by their values* in which mode they ran, and your weights must
# be those of a right loop, to many digits. What your code prints or says about itself is not looked at.

# %%
import copy
import math
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, TensorDataset

from proctorch.lab import classifier, digits

LossFunction = Callable[[Tensor, Tensor], Tensor]

# %% [markdown]
# The examples use the smallest network there is: one weight, one bias, `y = 1 · x + 0`.


# %%
def tiny() -> nn.Linear:
    """Return a linear layer from one number to one number, with weight 1 and bias 0."""
    model = nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(0.0)
    return model


# %% [markdown]
# ## 1. One training step
#
# The tiny network sees x = 2 and should have said 5. It says 2. Follow one step with pencil and paper, with the squared
# error and a learning rate of 0.1:
#
# ```text
#     forward      output = 1 · 2 + 0 = 2            loss = (2 - 5)² = 9
#     backward     d loss / d output = 2 · (2 - 5) = -6
#                  d loss / d weight = -6 · x = -12  d loss / d bias = -6
#     step         weight = 1 - 0.1 · (-12) = 2.2    bias = 0 - 0.1 · (-6) = 0.6
#
#     again        output = 2.2 · 2 + 0.6 = 5.0      loss = 0.  Bull's-eye.
# ```
#
# Two things in the five lines are not obvious. First: `backward()` **adds** to `.grad`, it does not replace. Gradients
# that are not forgotten pile up like unread mail, and every step walks in the direction of all the steps before it:
#
# ```python
# >>> weight = torch.tensor(3.0, requires_grad=True)
# >>> for _ in range(3):
# ...     (2 * weight).backward()
# >>> weight.grad
# tensor(6.)
# ```
#
# Second: some layers behave differently in training and in evaluation. Dropout drops only in training; batch norm
# normalises by the batch in training and by what it remembers in evaluation. `model.train()` and `model.eval()` switch
# them, and neither trains or evaluates anything: they are switches, no more. Who called you, and what they did with the
# switch before, you do not know. So set it.
#
# **Your turn.** `training_step(model, inputs, targets, loss_function, optimizer)`: in training mode, take exactly one
# step of the optimizer on this batch, with the gradients of this batch *alone*, whatever the caller left in `.grad`.
# Return the loss that the batch had *before* the step, as a plain float.


# %% exercise="training_step" points=3
def training_step(
    model: nn.Module,
    inputs: Float[Tensor, "batch ..."],
    targets: Tensor,
    loss_function: LossFunction,
    optimizer: Optimizer,
) -> float:
    """Take one step on one batch in training mode; return the loss before the step."""
    ### BEGIN SOLUTION
    model.train()
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% [markdown]
# ## 2. One epoch, and what its loss is
#
# An **epoch** is one walk through the training data, batch by batch, a step for each. Afterwards everybody wants one
# number: the loss of the epoch. Ten samples came in batches of four:
#
# ```text
#     batch      rows     mean loss     rows · loss
#       1          4         1.0            4
#       2          4         1.0            4
#       3          2         4.0            8
#                 ──                       ──
#                 10                       16         mean over samples = 16 / 10 = 1.6
#
#     mean of the three means = (1 + 1 + 4) / 3 = 2.0     wrong: the last two rows count twice as much as the others
# ```
#
# The last batch is smaller, so its mean must count for less. Weigh each loss by the rows behind it, and divide by all
# rows at the end. On most days the error is small. On the day when the last batch is a single strange sample, your
# curve has a spike that nobody can explain.
#
# And keep floats, not tensors, in the sum. `total += loss` keeps *every* batch's graph alive until the epoch ends.
#
# One more thing about this number: each batch was measured with the weights of its own moment, early ones with early
# weights. It is a **running loss**: cheap, since you need the losses anyway, and a bit too pessimistic.
#
# **Your turn.** `train_one_epoch(model, loader, loss_function, optimizer)`: one training step for each batch of the
# loader, in its order. Return the running loss: the mean over all *samples* of the losses before the steps.


# %% exercise="train_one_epoch" points=3
def train_one_epoch(
    model: nn.Module,
    loader: DataLoader,
    loss_function: LossFunction,
    optimizer: Optimizer,
) -> float:
    """Take one step for each batch; return the mean loss over all samples."""
    ### BEGIN SOLUTION
    total, rows = 0.0, 0
    for inputs, targets in loader:
        total += training_step(model, inputs, targets, loss_function, optimizer) * len(inputs)
        rows += len(inputs)
    return total / rows
    ### END SOLUTION


# %% [markdown]
# ## 3. Evaluation: look, do not touch
#
# How good is the model on data that it was not trained on? Evaluation is the same walk without the backward half, and
# it has three rules of its own:
#
# ```text
#     evaluation mode      dropout off, batch norm uses its memory, and does not write to it
#     no gradients         nothing will be differentiated, so no graph is recorded: half the memory, less time
#     leave no trace       the model is as it was: weights, statistics, and the mode in which it came
# ```
#
# The first two are different things, and you need both: `model.eval()` does not stop autograd, and `torch.no_grad()`
# does not stop dropout.
#
# ```python
# >>> layer = nn.Dropout(p=0.9).eval()
# >>> layer(torch.ones(1, requires_grad=True)).requires_grad
# True
# >>> with torch.no_grad():
# ...     nn.Dropout(p=1.0)(torch.ones(3))
# tensor([0., 0., 0.])
# ```
#
# **Your turn.** `evaluate(model, loader, loss_function)`: a pair of floats, the mean loss over all *samples* and the
# accuracy, the share of samples whose largest logit is that of their label. In evaluation mode, without recording, and
# at the end the model is in the mode in which it came. The labels are class numbers, the outputs logits of shape
# (batch, classes). A batch may consist of a single sample.
#
# *Worth looking up:* `model.training`, `torch.no_grad`, `torch.inference_mode`.


# %% exercise="evaluate" points=4
def evaluate(model: nn.Module, loader: DataLoader, loss_function: LossFunction) -> tuple[float, float]:
    """Return the mean loss and the accuracy over all samples; leave the model as it was."""
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    model.train(was_training)
    return total / rows, right / rows
    ### END SOLUTION


# %% [markdown]
# ## 4. Fit: many epochs, and the best of them
#
# Train too long and a network learns its training data by heart. The training loss goes on falling while the loss on
# *other* data, the **validation** loss, turns round and climbs:
#
# ```text
#     loss
#      │ ╲
#      │  ╲ ╲              ___---   validation
#      │   ╲  ╲___ ___---
#      │    ╲     *                 * the model that you want
#      │      ╲____
#      │           ----_____        training
#      └──────────────────────────▶ epoch
# ```
#
# So remember the weights of the best epoch, and put them back at the end. There is a famous trap here. It fails
# silently, and half of the internet's training scripts have it:
#
# ```python
# >>> model = tiny()
# >>> best = model.state_dict()
# >>> with torch.no_grad():
# ...     model.weight += 1
# >>> best["weight"]
# tensor([[2.]])
# ```
#
# `state_dict()` hands out the tensors *themselves*, not copies. Your "memory" of the best epoch goes on training with
# the model, `dict(...)` and `.copy()` do not help (they copy the drawer and not what is in it), and what you restore at
# the end is the last epoch.
#
# **Your turn.** `fit(model, train_loader, val_loader, loss_function, optimizer, epochs)`: in each epoch train on the
# train loader, then evaluate on the validation loader, each in its own mode. Return a dict of three lists with one
# float for each epoch: `"train_loss"` (the running loss), `"val_loss"` and `"val_accuracy"`. At the end, the model
# holds everything that its state dict held after the epoch with the smallest validation loss, batch norm's statistics
# included. `epochs` is at least 1.
#
# Use your functions from above, or write the loops anew.
#
# *Worth looking up:* `copy.deepcopy`, `load_state_dict`.


# %% exercise="fit" points=5
def fit(
    model: nn.Module,
    train_loader: DataLoader,
    val_loader: DataLoader,
    loss_function: LossFunction,
    optimizer: Optimizer,
    epochs: int,
) -> dict[str, list[float]]:
    """Train for some epochs, restore the one with the smallest validation loss, and return the history."""
    ### BEGIN SOLUTION
    history: dict[str, list[float]] = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best_loss, best_state = math.inf, copy.deepcopy(model.state_dict())
    for _ in range(epochs):
        history["train_loss"].append(train_one_epoch(model, train_loader, loss_function, optimizer))
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best_loss:
            best_loss, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history
    ### END SOLUTION


# %% [markdown]
# ## 5. Early stopping
#
# When the validation loss has turned round, further epochs are wasted electricity. But one bad epoch is no trend:
# losses wobble. So be **patient**, and stop only when several epochs *in a row* were no better than the best so far:
#
# ```text
#     patience = 2
#
#     epoch              1      2      3      4      5      6
#     validation loss  0.90   0.70   0.75   0.65   0.66   0.68
#     best so far      0.90   0.70   0.70   0.65   0.65   0.65
#     bad in a row       0      0      1      0      1      2   ──▶ stop
# ```
#
# Epoch 3 was bad, epoch 4 made good for it: the count starts again. And compare with the **best** loss, not with the
# previous one, or a loss that climbs and wobbles never stops you.
#
# Some improvements are not worth an epoch. With `min_delta`, a loss is better only if it is lower than the best by
# *more than* `min_delta`; otherwise the epoch counts as bad, and the best loss stays what it was, so that many tiny
# improvements can add up to a real one.
#
# **Your turn.** The class `EarlyStopping(patience, min_delta=0.0)` with one method, `step(loss)`, to be called after
# each epoch. It returns `True` when the last `patience` losses in a row were not better than the best loss, and
# `False` otherwise. `patience` is at least 1. The first loss is always better than nothing, however large it is, unless
# it is `nan`. A loss that is `nan` is never better, and never the best; most comparisons with `nan` are `False`, so try
# which way round yours falls. Two stoppers do not know of each other.


# %% exercise="early_stopping" points=3
class EarlyStopping:
    """Says when the last `patience` losses in a row were not better, by more than `min_delta`, than the best."""

    def __init__(self, patience: int, min_delta: float = 0.0) -> None:
        ### BEGIN SOLUTION
        self.patience = patience
        self.min_delta = min_delta
        self.best = math.inf
        self.bad = 0
        ### END SOLUTION

    def step(self, loss: float) -> bool:
        """Take the loss of one epoch; return whether to stop."""
        ### BEGIN SOLUTION
        if loss < self.best - self.min_delta:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience
        ### END SOLUTION


# %% [markdown]
# ## 6. Gradient clipping
#
# Loss surfaces have cliffs. One batch near an edge gives a gradient a thousand times as long as usual, and one step
# along it throws away an afternoon of training. **Clipping** puts a limit on the length of the step and keeps its
# direction. The length is that of *all* gradients together, as if they stood in one long vector:
#
# ```text
#     gradients        weight: [3, 0]     bias: [4]
#     total norm       √(3² + 0² + 4²) = 5
#     max_norm 1       5 > 1, so everything is multiplied by 1/5:
#                      weight: [0.6, 0]   bias: [0.8]       the norm is 1, the direction is the same
# ```
#
# Clipping every parameter *for itself* would give [1, 0] and [1]: another direction. Clamping every entry would, too.
# And a gradient that is short enough stays exactly as it is: clipping shortens, it never stretches.
#
# *When* to clip? There is just one moment at which the gradients are complete and not used yet.
#
# **Your turn**, and do the first one by hand; PyTorch's own is in `torch.nn.utils` for later.
#
# - `clip_gradients(model, max_norm)`: where the norm of all gradients together is above `max_norm`, multiply every
#   gradient by the one factor that brings it down to `max_norm`. Return the norm *before* clipping as a float.
#   Parameters without a gradient (`.grad is None`) stay without one. There is always at least one gradient, and
#   `max_norm` is positive.
# - `clipped_step(model, inputs, targets, loss_function, optimizer, max_norm)`: a training step as in exercise 1, with
#   clipped gradients. Return the loss before the step.


# %% exercise="gradient_clipping" points=3
def clip_gradients(model: nn.Module, max_norm: float) -> float:
    """Scale all gradients of the model down to a common norm of at most max_norm; return the norm before."""
    ### BEGIN SOLUTION
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = math.sqrt(sum(gradient.pow(2).sum().item() for gradient in gradients))
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm
    ### END SOLUTION


def clipped_step(
    model: nn.Module,
    inputs: Float[Tensor, "batch ..."],
    targets: Tensor,
    loss_function: LossFunction,
    optimizer: Optimizer,
    max_norm: float,
) -> float:
    """Take one step on one batch in training mode, with clipped gradients; return the loss before the step."""
    ### BEGIN SOLUTION
    model.train()
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    clip_gradients(model, max_norm)
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% [markdown]
# ## 7. Gradient accumulation: a large batch in small bites
#
# The recipe says batch size 64, and your GPU has room for 16. Remember unread mail from exercise 1? Today it is a
# feature. Gradients *add up* if you let them, and the gradient of a sum is the sum of the gradients:
#
# ```text
#     the large batch, 10 rows           loss = (sum over all 10 rows) / 10
#
#     the same in bites of 4, 4, 2       bite 1: mean of 4 rows  ·  4/10  ──backward──┐
#                                        bite 2: mean of 4 rows  ·  4/10  ──backward──┼──▶ .grad ──▶ one step
#                                        bite 3: mean of 2 rows  ·  2/10  ──backward──┘
# ```
#
# Your loss function gives the mean of a *bite*, so each must be weighed by its share of the rows; dividing by the
# number of bites is only right where all bites are equal. Done properly the step is the same, digit by digit. (With one
# exception: batch norm still sees bites. The models here have none.)
#
# It only saves memory if the graph of each bite is gone before the next one is computed. When is a graph let go? When
# `backward()` has run over it, and was not told to retain it.
#
# **Your turn.** `accumulated_step(model, batches, loss_function, optimizer)`: `batches` is a list of pairs, inputs and
# targets, not all equally long. In training mode, take *one* step of the optimizer, the one that all rows together as
# one batch would give. Return the mean loss over all rows, before the step. The models have room for the graph of the
# largest batch of the list and no more: a forward pass that does not fit raises a `RuntimeError`.


# %% exercise="gradient_accumulation" points=3
def accumulated_step(
    model: nn.Module,
    batches: list[tuple[Tensor, Tensor]],
    loss_function: LossFunction,
    optimizer: Optimizer,
) -> float:
    """Take the one step that all batches together would give; return the mean loss over all rows."""
    ### BEGIN SOLUTION
    rows = sum(len(inputs) for inputs, _ in batches)
    total = 0.0
    model.train()
    optimizer.zero_grad()
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets) * (len(inputs) / rows)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
    ### END SOLUTION


# %% [markdown]
# ## 8. A learning-rate schedule in the loop
#
# Large steps find the valley, small steps find its floor. So start large and end small. And since the first gradients
# of a fresh network are wild, warm up before that. The schedule behind most of today's large models is a ramp and half
# a cosine:
#
# ```text
#     factor
#     1 │     ╱‾‾‾╲
#       │   ╱       ╲                  step < warmup:   (step + 1) / warmup
#       │ ╱           ╲                after that:      (1 + cos(π · progress)) / 2,
#     0 │╱              ╲___                            progress = (step - warmup) / (total - warmup)
#       └──────────────────────▶ step
#        ◀ warmup ▶      total
#
#     warmup = 2, total = 6      step     0     1     2     3      4     5      6
#                                factor  0.5   1.0   1.0  0.854   0.5  0.146   0.0
# ```
#
# In PyTorch a **scheduler** holds such a factor and changes the optimizer's learning rate whenever you call its
# `step()`. When you call it is up to you, once an epoch or once a batch, and it makes a difference. So does the order:
# the optimizer steps first, with the rate that is set, and *then* the scheduler sets the next one. The other way round,
# the first rate is never used. PyTorch warns about it, once, in a line that scrolls by.
#
# ```python
# >>> optimizer = torch.optim.SGD(tiny().parameters(), lr=0.8)
# >>> scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
# >>> for _ in range(3):
# ...     print(optimizer.param_groups[0]["lr"])
# ...     optimizer.step()
# ...     scheduler.step()
# 0.8
# 0.4
# 0.2
# ```
#
# **Your turn.**
#
# - `warmup_cosine(step, warmup, total)`: the factor as a float. From `total` on it is 0.0. `warmup` may be 0, which
#   means no ramp; `total` is larger than `warmup`.
# - `train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs)`: train for some epochs. The
#   scheduler steps after *every batch*. Return the list of the learning rates with which the steps were really taken,
#   one float a step, those of the optimizer's first parameter group.


# %% exercise="learning_rate_schedule" points=3
def warmup_cosine(step: int, warmup: int, total: int) -> float:
    """Return the factor of the learning rate at a step: a ramp up to one, then half a cosine down to zero."""
    ### BEGIN SOLUTION
    if step < warmup:
        return (step + 1) / warmup
    if step >= total:
        return 0.0
    return (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2
    ### END SOLUTION


def train_with_schedule(
    model: nn.Module,
    loader: DataLoader,
    loss_function: LossFunction,
    optimizer: Optimizer,
    scheduler: LRScheduler,
    epochs: int,
) -> list[float]:
    """Train with a scheduler that steps after every batch; return the learning rate of each step."""
    ### BEGIN SOLUTION
    rates = []
    for _ in range(epochs):
        for inputs, targets in loader:
            rates.append(optimizer.param_groups[0]["lr"])
            training_step(model, inputs, targets, loss_function, optimizer)
            scheduler.step()
    return rates
    ### END SOLUTION


# %% [markdown]
# ## 9. The real thing
#
# Enough of tiny networks. Here are 1,348 handwritten digits of 8 by 8 pixels, and a network that has a hidden layer and
# dropout. Batch size, optimizer, learning rate, schedule, clipping: all of it is up to you.
#
# **Your turn.** `train_classifier(model, inputs, labels, steps, seed)` trains the given model *in place*, with
# cross-entropy, with at most `steps` optimizer steps on batches of at most 128 rows, and returns nothing.
#
# - Everything random (order, dropout) comes from `seed`: the same seed and the same starting weights give the same
#   weights, another seed gives others. `torch.manual_seed(seed)` at the start does it for everything. With `steps=0`
#   nothing changes.
# - How we score: we hand you a `classifier` from `proctorch.lab` with *our* starting weights, and 200 to 300 steps. We
#   take the trained *weights*, put them into our own copy of the model in evaluation mode, and let it read what your
#   training has not seen. Not digits, because weights for those could come from anywhere: each run makes up an alphabet
#   of ten signs, with 1,350 rows of handwriting for you and 450 for us. You can make one, too: `proctorch.lab` has
#   `signs(torch.Generator().manual_seed(1), train=1350, test=450, wobble=0.7)`.
#   The mean accuracy over the runs earns nothing at 0.70, everything from 0.92 on, and in proportion in between.
# - There are other data, too: three groups of points, on which 40 steps should lower the training loss by a quarter and
#   100 steps halve the loss on new points, and 16 rows to learn by heart in 200 steps, to a loss below 0.1. And in one
#   data set each row has a feature of its own, so that the weights tell how many rows your steps have seen.
# - So train on the rows as they are: no noise, no scaling, no mixing of rows. And train in training mode (house rule
#   1): where dropout takes everything (p = 1), the weights before it learn nothing. One check lets them start at zero,
#   where they must stay.
# - 10 seconds of processor time and 1024 MiB of memory are plenty: a plain loop needs half a second.


# %% exercise="train_classifier" points=3
def train_classifier(
    model: nn.Module,
    inputs: Float32[Tensor, "samples features"],
    labels: Int64[Tensor, "samples"],
    steps: int,
    seed: int,
) -> None:
    """Train a classifier in place with at most `steps` steps, everything random from the seed."""
    ### BEGIN SOLUTION
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_function = nn.CrossEntropyLoss()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            training_step(model, batch_inputs, batch_labels, loss_function, optimizer)
            taken += 1
    ### END SOLUTION


# %% [markdown]
# Try it on data that you can look at:
#
# ```python
# data = digits(seed=1)
# model = classifier(64, 10)
# train_classifier(model, data.train_inputs, data.train_labels, steps=300, seed=0)
# test_loader = DataLoader(TensorDataset(data.test_inputs, data.test_labels), batch_size=100)
# print(evaluate(model, test_loader, nn.CrossEntropyLoss()))
# ```
#
# Then break it on purpose. Leave out `zero_grad`, evaluate in training mode, set the learning rate to 10, and look at
# what you get. You will meet all of these again, and it is good to know their faces.
#
# ## Before you go
#
# ```text
#     1.  Forget, forward, loss, backward, step. Gradients add up unless they are forgotten.
#     2.  train() and eval() are switches, no_grad() is another one. Evaluation needs both, and puts them back.
#     3.  Means over batches are not means over samples.
#     4.  state_dict() is not a copy.
#     5.  Clip between backward and step. The scheduler steps after the optimizer.
# ```
#
# Nothing on this list crashes when you get it wrong. That is why it is a list.
