# %% [markdown]
# # Day 17: The GPU
#
# Everything that you have trained so far would run dozens of times faster on the right machine, and from now on the
# models will be too large to wait for. The right machine has a **GPU**: a second computer on a card, with thousands
# of small arithmetic units and a memory of its own.
#
# ```text
#      ┌──────────── host ────────────┐               ┌─────────── device ────────────┐
#      │  CPU: a few clever cores     │    the bus    │  GPU: thousands of simple ones │
#      │  Python, files, DataLoader   │ ◀───────────▶ │  matmul, conv, softmax         │
#      │  its memory: "cpu"           │ (the narrow   │  its memory: "cuda:0"          │
#      └──────────────────────────────┘     part)     └────────────────────────────────┘
# ```
#
# Two memories: that is the whole difficulty. A tensor lives in one of them. An operation runs where its tensors are,
# and *all* of them must be in the same place. PyTorch never moves a tensor behind your back, because the bus between
# the two is slow; it stops, and says so:
#
# ```text
#     RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!
# ```
#
# It may well be the best-known sentence of PyTorch. Today you will meet it in all its ten disguises, and mend every
# one.
#
# ## No GPU? No problem
#
# The next cell asks whether this machine has a GPU that PyTorch can use. Where it has none, it starts a **simulated**
# one: tensors say that they live on `cuda:0`, and mixing devices is refused in CUDA's own words. The numbers are
# computed by your CPU, so nothing becomes faster. Everything that you write will run unchanged on a real GPU.
#
# There are eleven exercises of about 5 to 25 minutes each.
#
# ## House rules
#
# 1. **Ask, don't assume.** No function of today writes `"cuda"` or `.cuda()` where a tensor, a model or an argument
#    says where things are. All exercises but 7 and 8 are also tried with everything on the CPU.
# 2. Unless the text says that something is moved or trained, **leave what you were given as it was**, and where it
#    was.
# 3. **Keep the dtype**: on a GPU, too, a float64 model stays one.

# %%
import multiprocessing
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from proctorch.lab import simulated_gpu

if not torch.cuda.is_available():
    simulated_gpu().start()

# %% [markdown]
# ## 1. Which device?
#
# A device is written as a string or, better, as a `torch.device`:
#
# ```python
# >>> torch.device("cpu"), torch.device("cuda"), torch.device("cuda:1")
# (device(type='cpu'), device(type='cuda'), device(type='cuda', index=1))
# >>> torch.device("cuda:1").type, torch.device("cuda:1").index, torch.device("cuda").index
# ('cuda', 1, None)
# ```
#
# GPUs are counted from 0, and `"cuda"` without a number is the current one, as a rule number 0. Every tensor says
# where it is:
#
# ```python
# >>> x = torch.ones(2)
# >>> x.device, x.to("cuda").device
# (device(type='cpu'), device(type='cuda', index=0))
# ```
#
# A *module* does not: `model.device` is an AttributeError, because its parts may live in different places. You look
# at one of its parameters. Or, as batch norm's statistics are no parameters, at one of its **buffers** (section 4).
#
# Device-agnostic code decides **once**, at the top, and hands the decision down:
#
# ```text
#     device = pick_device(torch.cuda.device_count())       here, and nowhere else
#     model.to(device)
# ```
#
# **Your turn.**
#
# - `pick_device(gpus, wanted)`: the `torch.device` to use on a machine with so many GPUs. Where nothing is wanted
#   (`None`), that is `torch.device("cuda")` if there is a GPU at all, and the CPU otherwise. Else it is what is
#   wanted: `"cpu"`, `"cuda"` or a numbered GPU such as `"cuda:1"`. A GPU that the machine has not is a `ValueError`.
#   Do not quietly take the CPU: somebody would wait for a week. (How many GPUs there are, only `gpus` says: a grader
#   must be able to play every machine.)
# - `device_of(module)`: the device of the module's first parameter; of its first buffer, where it has no parameter;
#   and `torch.device("cpu")` where it has neither.
#
# *Worth looking up:* `torch.device.type`, `torch.device.index`, `nn.Module.buffers`, `next` with two arguments.


# %% exercise="pick_device" points=2
def pick_device(gpus: int, wanted: str | None = None) -> torch.device:
    """Return the device to use on a machine with so many GPUs; raise ValueError for a GPU that it has not."""
    ### BEGIN SOLUTION
    if wanted is None:
        return torch.device("cuda" if gpus > 0 else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= gpus:
        raise ValueError(f"{wanted}: this machine has {gpus} GPUs")
    return device
    ### END SOLUTION


def device_of(module: nn.Module) -> torch.device:
    """Return where a module's first parameter is, or else its first buffer, or else the CPU."""
    ### BEGIN SOLUTION
    for tensor in (*module.parameters(), *module.buffers()):
        return tensor.device
    return torch.device("cpu")
    ### END SOLUTION


# %% [markdown]
# ## 2. New tensors, in the right place
#
# The mistake of all mistakes: a function makes a tensor, and the new tensor is on the CPU, because that is where new
# tensors go unless somebody says otherwise. On a laptop nobody notices for months.
#
# ```python
# >>> x = torch.rand(2, 3, device="cuda")
# >>> x + torch.zeros(2, 3)
# Traceback (most recent call last):
#     ...
# RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!
# ```
#
# The cure is not `device="cuda"`: then it fails on every laptop. The new tensor belongs *where the input is*:
#
# ```python
# >>> (x + torch.zeros(2, 3, device=x.device)).device          # told
# device(type='cuda', index=0)
# >>> (x + torch.zeros_like(x)).device                         # shape, dtype and device of x
# device(type='cuda', index=0)
# >>> (x + x.new_zeros(3)).device                              # dtype and device of x, a shape of its own
# device(type='cuda', index=0)
# ```
#
# One exception saves a lot of typing: plain Python numbers, and even CPU tensors *without axes*, mix with everything.
#
# Two classic places where it happens are **positions** (which place in the sequence is this?) and **masks**. In a
# language model, place `i` may look at the places `0 ... i` and not into the future. The scores of what is forbidden
# become minus infinity, so that softmax gives it no weight at all:
#
# ```text
#                      place looked at
#                        0     1     2
#     looking    0     0.4  -inf  -inf
#     place      1     0.1   0.7  -inf
#                2     0.3   0.2   0.9
# ```
#
# **Your turn.**
#
# - `positions(tokens)`: the numbers 0, 1, 2, ... as int64, one for each place of a batch of token sequences, on the
#   tokens' device.
# - `hide_future(scores)`: a copy of the scores with `-inf` in the places above the diagonal, of the same dtype and on
#   the same device. Gradients flow to the scores that are left.
#
# *Worth looking up:* `torch.arange`, `torch.triu`, `Tensor.masked_fill`.


# %% exercise="new_tensors" points=2
def positions(tokens: Int64[Tensor, "batch places"]) -> Int64[Tensor, "places"]:
    """Return 0, 1, 2, ..., one number for each place, where the tokens are."""
    ### BEGIN SOLUTION
    return torch.arange(tokens.shape[1], device=tokens.device)
    ### END SOLUTION


def hide_future(scores: Float[Tensor, "batch places places"]) -> Float[Tensor, "batch places places"]:
    """Return the scores with -inf above the diagonal of each matrix."""
    ### BEGIN SOLUTION
    places = scores.shape[-1]
    future = torch.ones(places, places, dtype=torch.bool, device=scores.device).triu(diagonal=1)
    return scores.masked_fill(future, float("-inf"))
    ### END SOLUTION


# %% [markdown]
# ## 3. Move a batch
#
# `.to(device)` moves a tensor, or so it is said. In truth it *copies*, and the original stays where it is:
#
# ```python
# >>> batch = torch.ones(2)
# >>> batch.to("cuda")
# tensor([1., 1.], device='cuda:0')
# >>> batch.device                       # the result was dropped
# device(type='cpu')
# >>> batch = batch.to("cuda")           # this is the way
# ```
#
# For a *module* it is the other way round: `model.to("cuda")` moves the module itself, and `model = model.to("cuda")`
# is the same. (Where a tensor is on the device already, nothing is copied: `x.to(x.device) is x`.)
#
# Real batches are seldom single tensors. They are nested:
#
# ```text
#     {
#         "pixels": tensor,
#         "words": (tensor, tensor),
#         "boxes": [tensor, tensor, tensor],
#         "file": "cat_017.png",              no tensor: stays what it is
#         "weight": 0.5,
#     }
# ```
#
# **Your turn.** `move_batch(batch, device)`: the same batch with every tensor on the device. Dicts, lists and tuples
# come back as new dicts (with the same keys in the same order), lists and tuples, nested as deep as they were, empty
# ones too; everything else (text, bytes, numbers, None) comes back unchanged. The batch that came in stays as it was.
#
# *Worth looking up:* `isinstance`, and functions that call themselves.


# %% exercise="move_batch" points=3
def move_batch(batch: Any, device: torch.device) -> Any:
    """Return the batch with every tensor in it on the device."""
    ### BEGIN SOLUTION
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch
    ### END SOLUTION


# %% [markdown]
# ## 4. Find and mend: the model
#
# A colleague's model has worked for a year, on her laptop. It reads a text token by token and gives logits at each
# place, and it holds **four** of the ten classic mistakes. Here it is:


# %%
class LaptopReader(nn.Module):
    """Reads tokens and gives logits at each place. Works on the CPU only."""

    def __init__(self, tokens: int, width: int, classes: int, longest: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.table = torch.linspace(-1, 1, longest).unsqueeze(1).repeat(1, width)
        self.layers = [nn.Linear(width, width) for _ in range(2)]
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens: Int64[Tensor, "batch places"]) -> Float[Tensor, "batch places classes"]:
        """Add a position to each token, pass two layers, average over the past, read with a GRU that starts at one."""
        rows, places = tokens.shape
        x = self.embedding(tokens) + self.table[:places]
        for layer in self.layers:
            x = torch.tanh(layer(x))
        seen = torch.arange(1, places + 1).unsqueeze(1)
        x = x.cumsum(dim=1) / seen
        x, _ = self.recurrent(x, torch.ones(1, rows, x.shape[-1]))
        return self.head(x)


# %% [markdown]
# What `model.to(device)` moves is what the module *knows*: its parameters, its buffers, and those of its submodules.
# Look what this one knows:
#
# ```python
# >>> model = LaptopReader(tokens=9, width=4, classes=2, longest=6)
# >>> [name for name, _ in model.named_parameters()]
# ['embedding.weight', 'recurrent.weight_ih_l0', 'recurrent.weight_hh_l0', 'recurrent.bias_ih_l0', ...
# >>> [name for name, _ in model.named_buffers()]
# []
# ```
#
# No layers, no table. You met the first on day 7: a plain list hides its modules, and the cure is `nn.ModuleList`.
# The table is new. It is a tensor that *belongs* to the model but is not to be trained: that is what a **buffer** is
# for. After `self.register_buffer("table", tensor)` there is `self.table` as before, and now it moves with the model,
# changes its dtype with the model, is saved with the model, and no optimizer touches it.
#
# Then there are tensors that are made in `forward`, new ones for every call. They have no home, and must be made
# where the input is (section 2), in a dtype that fits.
#
# ```python
# >>> broken = model.to("cuda")(torch.zeros(1, 3, dtype=torch.int64, device="cuda"))
# Traceback (most recent call last):
#     ...
# RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!
# ```
#
# An error shows the *first* misplaced tensor only. Mend it, and the next one comes, often in other words. Do not be
# discouraged: four times, and you are through.
#
# **Your turn.** `Reader`, the same model mended. It computes the same as `LaptopReader` would, on any device, and
# also in float64 (after `model.double()`).
#
# - The attributes keep their names: `embedding`, `table`, `layers`, `recurrent`, `head`. (The checks load weights of
#   their own into your model, with `load_state_dict`, and compute from them what the logits should be.)
# - After `model.to(device)` everything is there: `table` and the layers, too. Nothing is left to move in `forward`.
# - Training changes the table not. (Whether it is saved with the model is your choice.)
#
# *Worth looking up:* `nn.Module.register_buffer`, `nn.ModuleList`, `Tensor.new_ones`.


# %% exercise="mend_the_model" points=3
class Reader(nn.Module):
    """Reads tokens and gives logits at each place, on any device."""

    def __init__(self, tokens: int, width: int, classes: int, longest: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding(tokens, width)
        self.register_buffer("table", torch.linspace(-1, 1, longest).unsqueeze(1).repeat(1, width))
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)
        ### END SOLUTION

    def forward(self, tokens: Int64[Tensor, "batch places"]) -> Float[Tensor, "batch places classes"]:
        """Add a position to each token, pass two layers, average over the past, read with a GRU that starts at one."""
        ### BEGIN SOLUTION
        rows, places = tokens.shape
        x = self.embedding(tokens) + self.table[:places]
        for layer in self.layers:
            x = torch.tanh(layer(x))
        seen = torch.arange(1, places + 1, device=x.device).unsqueeze(1)
        x = x.cumsum(dim=1) / seen
        x, _ = self.recurrent(x, x.new_ones(1, rows, x.shape[-1]))
        return self.head(x)
        ### END SOLUTION


# %% [markdown]
# ## 5. Find and mend: the loop
#
# The colleague has an evaluation loop, too. The model may be anywhere; the batches come from a `DataLoader`, and so
# from the CPU. Four more of the ten:


# %%
def laptop_evaluate(
    model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], class_weights: Float[Tensor, "classes"]
) -> tuple[float, list[int], np.ndarray]:
    """Return the weighted loss, the right answers in each class, and all predictions. Works on the CPU only."""
    loss, right, predictions = 0.0, torch.zeros_like(class_weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs.to(next(model.parameters()).device)
            labels.to(next(model.parameters()).device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=class_weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(class_weights)).sum(dim=0)
            predictions.append(found.numpy())
    return float(loss), right.tolist(), np.concatenate(predictions)


# %% [markdown]
# - The result of `.to` is **dropped** (section 3). With `.cuda()` it is the same.
# - The **weights of a loss** are tensors like any others. A loss that is a module has them as a buffer, and so
#   `nn.CrossEntropyLoss(weight)` must be moved like a model.
# - A **metric accumulator** that begins with `torch.zeros` is a new tensor on the CPU.
# - NumPy knows the CPU's memory only:
#
# ```python
# >>> torch.ones(2, device="cuda").numpy()
# Traceback (most recent call last):
#     ...
# TypeError: can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.
# ```
#
# And one thing that is not wrong, only slow. Every `.item()`, `float(loss)`, `.cpu()`, `print(loss)` makes the CPU
# *wait* until the GPU has caught up (section 10). Add up on the GPU, and ask once, at the end. (`if loss > best:` is
# also such a question.)
#
# **Your turn.** `evaluate(model, batches, class_weights)`: what `laptop_evaluate` promises, wherever the model is.
# No gradient is recorded. Afterwards the model is where it was and in the mode in which it came, training or
# evaluation. (During it either mode will do: the models here have no dropout and no batch norm.)
#
# - the sum over all samples of the class's weight times the cross-entropy, as a `float`,
# - how many samples of each class were recognised, as a list of `int`,
# - the predictions in the order of the samples, as a NumPy array of int64.
#
# There is at least one batch, and the model has parameters.


# %% exercise="mend_the_loop" points=3
def evaluate(
    model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], class_weights: Float[Tensor, "classes"]
) -> tuple[float, list[int], np.ndarray]:
    """Return the weighted loss, the right answers in each class, and all predictions."""
    ### BEGIN SOLUTION
    device = next(model.parameters()).device
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros_like(weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()
    ### END SOLUTION


# %% [markdown]
# ## 6. Move a training: the optimizer has luggage
#
# You have trained for an hour on the CPU, the GPU becomes free, and you move the model. The optimizer still holds
# the right parameters, for `model.to` changes them *in place*. And yet:
#
# ```python
# >>> model = nn.Linear(2, 1)
# >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)     # made before the move
# >>> model(torch.ones(1, 2)).sum().backward()
# >>> optimizer.step()
# >>> model = model.to("cuda")
# >>> model(torch.ones(1, 2, device="cuda")).sum().backward()
# >>> optimizer.step()
# Traceback (most recent call last):
#     ...
# RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!
# ```
#
# Momentum, Adam's two averages: from its first step on an optimizer has **state**, tensors as large as the
# parameters, and nobody moved them. There is no `optimizer.to(device)`. The state is a dict of dicts:
#
# ```python
# >>> {name: tuple(value.shape) for name, value in optimizer.state[model.weight].items()}
# {'momentum_buffer': (1, 2)}
# ```
#
# A new optimizer would run, but would have forgotten everything: it starts with a jerk. The rule for every script of
# your own is the simple one: **move the model first, then make the optimizer.** This exercise is for when it is too
# late.
#
# **Your turn.** `move_training(model, optimizer, device)` moves the model *and* the optimizer's state to the device,
# in place, and returns nothing. Training goes on there as if nothing had happened. The optimizer may also be one that
# has taken no step, and it keeps its settings. What is no tensor in the state (a number, None) stays as it is. (Adam
# also keeps a step counter without axes, `step`; it may live on either device.)
#
# *Worth looking up:* `Optimizer.state`, and what `Optimizer.load_state_dict` does with devices.


# %% exercise="move_training" points=3
def move_training(model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Move a model and its optimizer's state to the device."""
    ### BEGIN SOLUTION
    model.to(device)
    for state in optimizer.state.values():
        for name, value in state.items():
            if isinstance(value, Tensor):
                state[name] = value.to(device)
    ### END SOLUTION


# %% [markdown]
# ## 7. Mixed precision: autocast
#
# A float16 number has half the bytes, so half the traffic, and GPUs multiply matrices of them many times faster. But
# it is a small world:
#
# ```text
#                     bytes    largest     smallest      1 and the next number
#     float32           4      3.4e38      1.4e-45       1.00000012
#     float16           2      65504       6.0e-8        1.001               small range
#     bfloat16          2      3.4e38      9.2e-41       1.008               few digits
# ```
#
# Not everything is safe there, so nobody converts a model as a whole. **Autocast** chooses for each operation:
#
# ```text
#     half precision      matmul, @, linear, conv, attention       many products, the fast part
#     float32             exp, log, pow, sum, softmax, norms,      large range or many terms
#                         all losses
#     as they come        relu, +, *, max, mean, reshape           the widest dtype among the inputs
# ```
#
# The *parameters* stay float32 (small updates would be lost in float16), and so do their gradients. Forward pass and
# loss go into the block, `backward` does not:
#
# ```python
# >>> x = torch.full((2, 2), 300.0, device="cuda")
# >>> with torch.autocast("cuda", dtype=torch.float16):
# ...     product = x @ x
# ...
# >>> product
# tensor([[inf, inf],
#         [inf, inf]], device='cuda:0', dtype=torch.float16)
# ```
#
# 180,000 is no float16. Where a part of your model needs the range, switch autocast **off** for it, and convert its
# inputs yourself: `enabled=False` stops the casting, but what is float16 already stays so.
#
# **Your turn.** Here the inputs are float32 and on the GPU, `"cuda"`; `dtype` is `torch.float16` or `torch.bfloat16`.
#
# - `five_results(x, dtype)`: the results of five operations *under autocast with that dtype*, as a dict from name to
#   tensor. x is a square matrix. `"product"` is `x @ x`, and with p for this product, `"softmax"` is
#   `p.softmax(dim=1)`, `"relu"` is `p.relu()`, `"square"` is `p ** 2`, `"sum"` is `p + x`. Look at their dtypes, but
#   guess first.
# - `features_and_gram(model, x, dtype)`: a pair. The features are `model(x)` under autocast with that dtype. The Gram
#   matrix is `features @ features.T`, computed **in float32 with autocast off**, from these features: it must be
#   finite where float16 would overflow. It works the same inside somebody else's autocast block. Gradients flow
#   through both.
#
# *Worth looking up:* `torch.autocast` and its `enabled`.


# %% exercise="autocast" points=2
def five_results(x: Float32[Tensor, "size size"], dtype: torch.dtype) -> dict[str, Tensor]:
    """Return five results that are computed under autocast on the GPU."""
    ### BEGIN SOLUTION
    with torch.autocast("cuda", dtype=dtype):
        product = x @ x
        return {
            "product": product,
            "softmax": product.softmax(dim=1),
            "relu": product.relu(),
            "square": product**2,
            "sum": product + x,
        }
    ### END SOLUTION


def features_and_gram(
    model: nn.Module, x: Float32[Tensor, "batch inputs"], dtype: torch.dtype
) -> tuple[Float[Tensor, "batch width"], Float32[Tensor, "batch batch"]]:
    """Return the model's features under autocast, and their Gram matrix in float32."""
    ### BEGIN SOLUTION
    with torch.autocast("cuda", dtype=dtype):
        features = model(x)
    with torch.autocast("cuda", enabled=False):
        wide = features.float()
        return features, wide @ wide.T
    ### END SOLUTION


# %% [markdown]
# ## 8. Mixed precision: scale, unscale, clip, step, update
#
# Gradients are small, often below 6e-8, and in float16 that is **zero**:
#
# ```python
# >>> torch.tensor(1e-8).half(), (torch.tensor(1e-8) * 65536).half()
# (tensor(0., dtype=torch.float16), tensor(0.0007, dtype=torch.float16))
# ```
#
# So multiply the *loss* by a large number, the **scale**. By the chain rule all gradients are multiplied by it, and
# survive. Before the step they are divided by it again, in float32. How large? As large as possible, which nobody
# knows beforehand; so `torch.amp.GradScaler` tries. When a gradient has become inf or nan, the scale was too large:
# that step is **skipped**, and the scale is halved. After 2,000 good steps in a row it is doubled.
#
# ```text
#     optimizer.zero_grad()
#     with torch.autocast(...):                forward pass and loss, nothing else
#         loss = ...
#     scaler.scale(loss).backward()            gradients × scale
#     scaler.unscale_(optimizer)               gradients ÷ scale, and a look whether they are finite
#     clip the gradients                       now their norm is what it should be
#     scaler.step(optimizer)                   optimizer.step(), unless a gradient was inf or nan
#     scaler.update()                          a smaller or larger scale for the next step
# ```
#
# Every line has its place. Clip *before* unscaling, and a gradient of norm 0.5 is, at a scale of 65,536, one of norm
# 32,768: it is cut to `max_norm`, then divided by 65,536, and your model stands still. Without clipping you may leave
# out `unscale_`, as `scaler.step` does it then. Old code says `torch.cuda.amp.GradScaler()` and
# `torch.cuda.amp.autocast()`: the same things. And with bfloat16, which has float32's range, no scaler is needed at
# all.
#
# **Your turn.** `amp_step(model, inputs, targets, optimizer, scaler, max_norm)`: one training step with the mean
# squared error. Forward pass and loss run under autocast with float16 on the GPU; the gradients are clipped to the
# norm `max_norm` (`nn.utils.clip_grad_norm_`). Old gradients do not count. The scaler comes ready-made. It returns
# the loss (before the step, not scaled) as a `float`. When a gradient is not finite, the step is skipped and the next
# one has a smaller scale. The checks compare weights and scales with a recipe of their own; float64 models, which
# autocast leaves alone, to the last digits.


# %% exercise="amp_step" points=4
def amp_step(
    model: nn.Module,
    inputs: Float[Tensor, "batch features"],
    targets: Float[Tensor, "batch outputs"],
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    max_norm: float,
) -> float:
    """Take one step in mixed precision, with scaled loss and clipped gradients; return the loss."""
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()
    ### END SOLUTION


# %% [markdown]
# ## 9. Many GPUs: data parallel
#
# Two GPUs, one model. The simplest way to use both: each has a **replica** of the model and takes half of the batch.
# Each computes its own gradients. Then they **average** them, and take the same step, so the replicas stay equal:
#
# ```text
#     batch of 8 ─┬─▶ 4 rows ─▶ replica 0 ─▶ gradient ─┐              ┌─▶ step ─▶ replica 0
#                 │                                    ├─▶ average ─▶─┤                 =
#                 └─▶ 4 rows ─▶ replica 1 ─▶ gradient ─┘              └─▶ step ─▶ replica 1
# ```
#
# Is that the gradient of the whole batch? The mean over 8 rows is the mean of the means of 4 and 4. So yes, exactly,
# *as long as the parts are equally large*: two processes with four rows each are one process with eight.
#
# PyTorch has two implementations. **`nn.DataParallel(model)`** is one line and one process with a thread for each
# GPU. In every step it copies the model to all of them, scatters the batch, and gathers the outputs on the first. The
# threads wait for each other (Python's global lock), the first GPU has more work and less memory than the others, and
# the submodule names get a `module.` in front. Its own documentation advises against it. You will still meet it in
# old code.
#
# **`DistributedDataParallel`**, DDP, has *one process for each GPU*. The model is copied once, at the start. Each
# process reads its own data, and while `backward` is still running, the gradients that are ready are already being
# averaged. It also works across machines, and everybody uses it. What is different for you:
#
# - Each process has a number, its **rank**, and they find each other through `init_process_group`. GPUs talk by
#   *nccl*, CPUs by *gloo*. `launch` below does that for you.
# - `nn.parallel.DistributedDataParallel(model)` wraps the model. Call the *wrapper*: it is the wrapper's forward and
#   the backward after it that do the averaging.
# - Its state dict has `module.` in front of each name. Save `wrapper.module.state_dict()`, or the model that you
#   wrapped, which is the same object.
#
# As gloo runs on CPUs, two processes on one laptop are enough to try it out. (The CPU is asked here, for once:
# `launch` gives each process a CPU model and CPU data.)


# %%
def launch(worker: Callable[..., dict[str, Tensor]], processes: int, *arguments: Any) -> list[dict[str, Tensor]]:
    """Run worker(rank, processes, *arguments) in so many processes that can reach each other; return their answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    # Forked, so that each process has the model, the data and everything that this notebook has defined.
    context = multiprocessing.get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in range(processes)]
    running = []
    for rank, (_, pipe) in enumerate(pipes):
        job = (pipe, worker, rank, processes, address, arguments)
        running.append(context.Process(target=_run_replica, args=job, daemon=True))
    try:
        for process, (_, pipe) in zip(running, pipes, strict=True):
            process.start()
            pipe.close()
        return _answers([pipe for pipe, _ in pipes])
    finally:
        for process in running:
            process.terminate()
            process.join()


def _run_replica(
    pipe: Connection, worker: Callable[..., Any], rank: int, processes: int, address: str, arguments: Any
) -> None:
    """Join the others, do the work, and send the answer, or what went wrong."""
    torch.set_num_threads(1)
    limit = timedelta(seconds=20)
    try:
        dist.init_process_group("gloo", init_method=address, rank=rank, world_size=processes, timeout=limit)
        answer = worker(rank, processes, *arguments)
        pipe.send({name: value.detach().numpy() for name, value in answer.items()})
    except Exception as error:
        pipe.send(error)


def _answers(pipes: list[Connection]) -> list[dict[str, Tensor]]:
    """Return what each process answers; raises what the first one that fails raised."""
    found: dict[int, dict[str, Tensor]] = {}
    while len(found) < len(pipes):
        for pipe in wait([pipe for rank, pipe in enumerate(pipes) if rank not in found]):
            assert isinstance(pipe, Connection)
            try:
                answer = pipe.recv()
            except EOFError:
                raise RuntimeError("a process has ended without an answer") from None
            if isinstance(answer, Exception):
                raise answer
            found[pipes.index(pipe)] = {name: torch.from_numpy(value) for name, value in answer.items()}
    return [found[rank] for rank in range(len(pipes))]


# %% [markdown]
# Two catches, neither of which touches your grade. On a machine with a *real* GPU, PyTorch refuses to differentiate
# in a process that was forked after autograd had started its GPU threads ("fork-based multiprocessing"): for this
# section, start the notebook or `proctorch check` with the environment variable `CUDA_VISIBLE_DEVICES` set to
# nothing. Then the GPU is a simulated one, and all is well. And Windows cannot fork: there this section needs WSL.
#
# Every process adds what the others have: `all_reduce` is the heart of it all.
#
# ```python
# >>> def add_up(rank: int, processes: int, start: float) -> dict[str, Tensor]:
# ...     mine = torch.tensor([start + rank])
# ...     dist.all_reduce(mine)                  # the sum over all processes, in place
# ...     return {"sum": mine}
# ...
# >>> launch(add_up, 2, 10.0)
# [{'sum': tensor([21.])}, {'sum': tensor([21.])}]
# ```
#
# **Your turn.** `replica(rank, processes, model, inputs, labels, lr, steps)`: what one process does. The process
# group is there already. It trains with cross-entropy (the mean over its rows) and plain SGD with the learning rate
# `lr`, for `steps` steps, together with the others, and returns the state dict of the model, whose names are those of
# the `model` that came in.
#
# - All processes get the same inputs and labels: the *whole* batch, whose size is a multiple of `processes`. In each
#   step a replica looks at its own share, the same number of rows for everyone, and every row belongs to just one
#   replica. The model of the checks has memory for one share and no more.
# - Afterwards all replicas hold the same weights: those that one process gets from the whole batch.
#
# Each check has 20 seconds of computing time.
#
# *Worth looking up:* slices with a step, `nn.parallel.DistributedDataParallel`.


# %% exercise="data_parallel" points=4
def replica(
    rank: int,
    processes: int,
    model: nn.Module,
    inputs: Float[Tensor, "batch features"],
    labels: Int64[Tensor, "batch"],
    lr: float,
    steps: int,
) -> dict[str, Tensor]:
    """Train one replica on its share of the batch, together with the others; return the model's state dict."""
    ### BEGIN SOLUTION
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = functional.cross_entropy(parallel(inputs[rank::processes]), labels[rank::processes])
        loss.backward()
        optimizer.step()
    return model.state_dict()
    ### END SOLUTION


# %% [markdown]
# ## 10. How fast is it? Timing
#
# The GPU works **asynchronously**. `a @ b` puts an order into a queue and returns at once, long before there is a
# result. That is good (Python prepares the next order meanwhile), and it makes nonsense of the obvious stopwatch:
#
# ```text
#     CPU    order order order ▏stop the clock: "3 microseconds!"
#     GPU         ├──────── matmul ────────┤├──────── matmul ────────┤├──── ...
# ```
#
# `torch.cuda.synchronize()` waits until the queue is empty. So: **synchronise before you start the clock** (or you
# measure what somebody ordered before) **and before you stop it** (or you measure how fast orders are written).
#
# And leave out the first calls. They load libraries, choose algorithms, ask for memory, and may take a thousand times
# as long. These are the **warm-up**: they run, and do not count. One call is no measurement either; take many, and
# divide.
#
# **Your turn.** `seconds_per_call(work, synchronize, clock, warmup, repeats)`: call `work()` `warmup` times
# unmeasured, then `repeats` times measured, and return how many seconds one measured call takes on average, as a
# `float`. `clock()` says the present moment in seconds; writing orders costs no time worth mentioning. In the checks
# all three are played by a GPU in slow motion, which knows exactly what the right answer is. `work` is called exactly
# `warmup + repeats` times, and whatever was in the queue before does not count. `warmup` may be 0, `repeats` is at
# least 1.
#
# In real life: `seconds_per_call(work, torch.cuda.synchronize, time.perf_counter)`.


# %% exercise="timing" points=2
def seconds_per_call(
    work: Callable[[], object],
    synchronize: Callable[[], object],
    clock: Callable[[], float],
    warmup: int = 3,
    repeats: int = 10,
) -> float:
    """Return the seconds that one call of `work` takes, the mean over `repeats` calls after a warm-up."""
    ### BEGIN SOLUTION
    for _ in range(warmup):
        work()
    synchronize()
    start = clock()
    for _ in range(repeats):
        work()
    synchronize()
    return (clock() - start) / repeats
    ### END SOLUTION


# %% [markdown]
# Here is the race that everybody wants to see: the same training script on the CPU and on the GPU. Run `race()` in a
# cell of your own. (It is not graded, and takes a few seconds.)


# %%
def race(width: int = 512, rows: int = 1024) -> dict[str, float]:
    """Return the seconds of one training step on the CPU and on the GPU, and say what they are worth."""
    found = {}
    for device in ("cpu", "cuda"):
        net = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)).to(device)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
        x = torch.rand(rows, width, device=device)

        def step(net: nn.Module = net, x: Tensor = x, optimizer: torch.optim.SGD = optimizer) -> None:
            optimizer.zero_grad()
            functional.mse_loss(net(x), x).backward()
            optimizer.step()

        found[device] = seconds_per_call(step, torch.cuda.synchronize, time.perf_counter)
        print(f"{device:>5}: {1000 * found[device]:8.2f} ms a step")
    if torch.cuda.get_device_name().startswith("Simulated"):
        print("This GPU is simulated: your CPU did both, and the simulation made the second one slower.")
    else:
        print(f"{torch.cuda.get_device_name()}: {found['cpu'] / found['cuda']:.1f} times as fast")
    return found


# %% [markdown]
# On a real GPU also try `race(width=16, rows=8)`. For tiny models the CPU wins, because writing the orders takes
# longer than carrying them out.
#
# ## 11. Feed it: pinned memory
#
# A GPU that waits for data is an expensive heater. The copy from the CPU's memory takes time, and by default
# everybody waits for it, twice: ordinary memory can be moved by the operating system at any moment, so the driver
# first copies the batch into a safe place, and from there to the GPU. **Pinned** memory is in a safe place from the
# start, and then a copy can run *while* CPU and GPU do other things:
#
# ```text
#     ordinary        copy batch 1 ▏ compute 1 ▏ copy batch 2 ▏ compute 2 ▏ ...
#
#     pinned and      copy batch 1 ▏ compute 1 ▏ compute 2 ▏ compute 3 ▏ ...
#     non-blocking                 ▏ copy 2    ▏ copy 3    ▏ copy 4    ▏
# ```
#
# It takes two: the `DataLoader` pins the batches (`pin_memory=True`), and the copy is told not to wait
# (`.to(device, non_blocking=True)`). From the pageable kind `non_blocking` is of no use. It is safe towards the GPU,
# whose queue keeps the order. The other way it is a trap: `found = x.to("cpu", non_blocking=True)` may show *garbage*
# until you synchronise.
#
# ```python
# >>> batch = torch.ones(2).pin_memory()
# >>> batch.is_pinned(), batch.to("cuda", non_blocking=True)
# (True, tensor([1., 1.], device='cuda:0'))
# ```
#
# Pinned memory is scarce, and without a GPU it is pointless, so it is asked for only where it helps.
#
# **Your turn.**
#
# - `make_loader(inputs, labels, batch_size, device)`: a `DataLoader` of pairs in the order given, whose last batch
#   may be smaller. Its batches are pinned where `device` is a GPU, and not where it is the CPU.
# - `on_device(batches, device)`: a **generator** that yields the batches one by one as tuples `(inputs, labels)` on
#   the device, both copied without blocking: the CPU waits for no copy. It takes a batch from `batches` only when it
#   is asked for one: a data set may be endless.
#
# *Worth looking up:* `yield`, `torch.utils.data.TensorDataset`.


# %% exercise="feed_the_gpu" points=2
def make_loader(
    inputs: Float[Tensor, "samples features"],
    labels: Int64[Tensor, "samples"],
    batch_size: int,
    device: torch.device,
) -> DataLoader:
    """Return a loader of pairs, pinned where they will go to a GPU."""
    ### BEGIN SOLUTION
    return DataLoader(TensorDataset(inputs, labels), batch_size=batch_size, pin_memory=device.type == "cuda")
    ### END SOLUTION


def on_device(batches: Iterable[tuple[Tensor, Tensor]], device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the batches on the device, one by one."""
    ### BEGIN SOLUTION
    for inputs, labels in batches:
        yield inputs.to(device, non_blocking=True), labels.to(device, non_blocking=True)
    ### END SOLUTION


# %% [markdown]
# ## Before you go
#
# The ten classics, and where you met them. Keep the list beside the next traceback:
#
# ```text
#     1.  a new tensor in forward                make it where the input is            2, 4
#     2.  a mask                                 likewise                              2
#     3.  a hidden state                         likewise: x.new_ones, x.new_zeros     4
#     4.  a table that is not a buffer           register_buffer                       4
#     5.  modules in a plain list                nn.ModuleList                         4
#     6.  the result of .cuda() dropped          batch = batch.to(device)              3, 5
#     7.  the weights of the loss                move them like a model                5
#     8.  a metric accumulator                   torch.zeros(..., device=...)          5
#     9.  .numpy() before .cpu()                 .cpu() first; and once, at the end    5
#     10. the optimizer made before the move     move the model, then make it          6
# ```
#
# And the order of mixed precision: *scale, backward, unscale, clip, step, update*. Tomorrow come sequences:
# the home of masks, positions and hidden states.
