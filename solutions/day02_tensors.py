# %% [markdown]
# # Day 2: Tensors
#
# On the roof of a school stands a small weather station. Three times a day, in the **morning**, at **noon** and
# in the **evening**, it writes down the temperature. After five days its notebook holds a grid of numbers:
#
# ```text
#                morning   noon   evening
#     Monday        12       19       15
#     Tuesday       11       21       16
#     Wednesday     13       18       14
#     Thursday       9       17       13
#     Friday        10       20       15
# ```
#
# That grid is a **tensor**: numbers of one kind, arranged along axes. Here there are two axes, one row a day
# and one column a time. Everything that you will ever feed to a neural network arrives like this, and
# everything that comes out of it does too. Only the number of axes changes:
#
# ```text
#     axes   what it holds                                shape
#     ────   ──────────────────────────────────────────   ─────────────────────────
#      0     a number        19.0                         ()
#      1     a vector        one day: 12 19 15            (3,)
#      2     a matrix        five days                    (5, 3)
#      3     a colour image  three matrices: red,         (3, height, width)
#                            green, blue
#      4     a video         images, one after another    (frames, 3, height, width)
#     +1     a batch         many of any of these         (batch, ...)
# ```
#
# Read the last line twice. A network never looks at one image, it looks at a batch of them, and a batch has one
# axis *more* than what is in it, always in front: a batch of images has four axes, a batch of videos has five.
#
# Today you make tensors, ask them what they are, calculate with them, and carry them to NumPy and back. There
# are eleven exercises of about 5 to 15 minutes each. By the evening, shapes will have stopped being scary.
#
# ## How to read the exercises
#
# Every stub says in its first line what goes in and what comes out:
#
# ```python
# def adjust(temperatures: Float[Tensor, "days times"], ...) -> Float[Tensor, "days times"]:
# ```
#
# `Float[Tensor, "days times"]` reads: *a tensor of floating-point numbers with two axes, which we call days and
# times*. A name that appears twice stands for the same size twice. `Float` takes any floating-point dtype,
# `Float32` only that one, `Int64` and `UInt8` are kinds of whole numbers, `Shaped` is any dtype at all, and
# `"..."` is any number of axes.
#
# ## Three house rules
#
# They hold in every exercise of this day, unless its text says otherwise:
#
# 1. **Leave what you were given as it was.** Return a new tensor, do not write into the one that came in.
# 2. **Keep the dtype.** A float64 tensor that goes in comes out as float64.
# 3. **Stay with tensors.** As long as you calculate with tensors, PyTorch can follow every step and send
#    gradients back along it, which is how networks learn (day 4). Going through `.item()`, `.tolist()` or
#    `.numpy()` cuts that thread.
#
# Delete the two lines `# YOUR CODE HERE` and `raise NotImplementedError()`, write your answer in their place,
# and run the check under the exercise as often as you like (for the `.py` file, `proctorch check` in a terminal
# does the same). Loops are allowed everywhere; they are only slower.

# %%
import numpy as np
import torch
from jaxtyping import Float, Float32, Int64, Shaped, UInt8
from torch import Tensor

# %% [markdown]
# This is the week from above. The examples use it; play with it in a cell of your own whenever something is
# unclear.

# %%
week = torch.tensor(
    [
        [12.0, 19.0, 15.0],
        [11.0, 21.0, 16.0],
        [13.0, 18.0, 14.0],
        [9.0, 17.0, 13.0],
        [10.0, 20.0, 15.0],
    ]
)

# %% [markdown]
# ## 1. Tensors from data
#
# Data come as Python lists, as NumPy arrays, or as a tensor that already exists and whose form you want to
# copy.
#
# `torch.tensor(...)`, with a small t, looks at the numbers and picks a dtype to match, and that choice is worth
# a look:
#
# ```python
# >>> torch.tensor([12.5, 19.0]).dtype
# torch.float32
# >>> torch.tensor([12, 19]).dtype
# torch.int64
# >>> torch.tensor([12, 19], dtype=torch.float32).dtype
# torch.float32
# ```
#
# One missing decimal point, and your temperatures are whole numbers: you could not even take their mean. When
# the kind of number matters, say it: `dtype=...`.
#
# NumPy has its own habit. Its floats have 64 bits, and tensors made from them keep all 64:
#
# ```python
# >>> torch.from_numpy(np.array([12.5, 19.0])).dtype
# torch.float64
# ```
#
# And often you want *a tensor just like that one, but filled with something else*. The functions whose names
# end in `_like` copy shape, dtype and device in one go:
#
# ```python
# >>> torch.zeros_like(torch.tensor([[1, 2, 3]]))
# tensor([[0, 0, 0]])
# ```
#
# **Your turn.** Write three functions.
#
# - `tensor_from_rows(rows)`: a list with one list per day becomes a tensor of shape (days, times). It is always
#   float32, also when every number in the list is whole.
# - `tensor_from_array(array)`: a NumPy array of any shape becomes a tensor with the same shape, values and
#   dtype.
# - `filled_like(grid, value)`: a new tensor with the shape, the dtype and the device of `grid`, in which every
#   entry is `value`, a whole number.
#
# *Worth looking up:* `torch.tensor`, `torch.from_numpy`, `torch.full_like`.


# %% exercise="tensors_from_data" points=2
def tensor_from_rows(rows: list[list[float]]) -> Float32[Tensor, "days times"]:
    """Turn a list of rows into a float32 tensor with one row a day."""
    ### BEGIN SOLUTION
    return torch.tensor(rows, dtype=torch.float32)
    ### END SOLUTION


def tensor_from_array(array: np.ndarray) -> Shaped[Tensor, "..."]:
    """Turn a NumPy array into a tensor of the same shape, values and dtype."""
    ### BEGIN SOLUTION
    return torch.tensor(array)
    ### END SOLUTION


def filled_like(grid: Shaped[Tensor, "..."], value: int) -> Shaped[Tensor, "..."]:
    """Return a new tensor like `grid` (shape, dtype, device) with `value` everywhere."""
    ### BEGIN SOLUTION
    return torch.full_like(grid, value)
    ### END SOLUTION


# %% [markdown]
# ## 2. Tensors from a pattern
#
# Many tensors need no data at all, only a plan: all zeros, all ones, counting up, evenly spaced, ones on the
# diagonal.
#
# ```python
# >>> torch.zeros(2, 3)
# tensor([[0., 0., 0.],
#         [0., 0., 0.]])
# >>> torch.ones(3)
# tensor([1., 1., 1.])
# >>> torch.eye(3)
# tensor([[1., 0., 0.],
#         [0., 1., 0.],
#         [0., 0., 1.]])
# ```
#
# Two of them look alike and are not. `arange` takes a **step** and, like Python's `range`, stops *before* its
# end. `linspace` takes a **number of points**, and both ends are among them:
#
# ```text
#     torch.arange(0, 10, 5)        0 ──── 5 ──── )10          the end is left out
#     torch.linspace(0, 10, 5)      0 ─ 2.5 ─ 5 ─ 7.5 ─ 10     five points, both ends are in
# ```
#
# ```python
# >>> torch.arange(0, 10, 5)
# tensor([0, 5])
# >>> torch.linspace(0, 10, 5)
# tensor([ 0.0000,  2.5000,  5.0000,  7.5000, 10.0000])
# ```
#
# **Your turn.** Five small functions; none needs more than a line.
#
# - `black_video(frames, height, width)`: a video in which every pixel is 0. Its shape is (frames, 3, height,
#   width), and its dtype is uint8, the whole numbers from 0 to 255 in which pictures are stored.
# - `equal_weights(n)`: n equal float32 weights that sum to one. For n = 4:
#   `tensor([0.2500, 0.2500, 0.2500, 0.2500])`.
# - `hours(first, last, step)`: the hours at which the station measures, as int64, *with* the last one.
#   `hours(6, 18, 6)` is `tensor([ 6, 12, 18])`. All three are whole numbers, `step` is positive, and `last` is
#   always `first` plus a whole number of steps. The first hour may be negative (six hours before midnight is
#   -6), and it may also be the last.
# - `marks(low, high, count)`: the marks on a thermometer, `count` (two or more) evenly spaced float32 numbers
#   from `low` to `high`, both included. `marks(-10, 30, 5)` is `tensor([-10.,   0.,  10.,  20.,  30.])`.
# - `identity(n)`: the float32 matrix with n rows and n columns that has ones on the diagonal and zeros
#   elsewhere.
#
# *Worth looking up:* `torch.zeros`, `torch.ones`, `torch.arange`, `torch.linspace`, `torch.eye`, and their
# `dtype=`.


# %% exercise="tensors_from_patterns" points=2
def black_video(frames: int, height: int, width: int) -> UInt8[Tensor, "frames 3 height width"]:
    """Return a video of black frames, as uint8."""
    ### BEGIN SOLUTION
    return torch.zeros(frames, 3, height, width, dtype=torch.uint8)
    ### END SOLUTION


def equal_weights(n: int) -> Float32[Tensor, "n"]:
    """Return n equal weights that sum to one."""
    ### BEGIN SOLUTION
    return torch.ones(n) / n
    ### END SOLUTION


def hours(first: int, last: int, step: int) -> Int64[Tensor, "count"]:
    """Return first, first + step, first + 2 * step, and so on up to last, which is included."""
    ### BEGIN SOLUTION
    return torch.arange(first, last + 1, step)
    ### END SOLUTION


def marks(low: float, high: float, count: int) -> Float32[Tensor, "count"]:
    """Return `count` evenly spaced numbers from low to high, both included."""
    ### BEGIN SOLUTION
    return torch.linspace(low, high, count)
    ### END SOLUTION


def identity(n: int) -> Float32[Tensor, "n n"]:
    """Return the n-by-n matrix with ones on the diagonal."""
    ### BEGIN SOLUTION
    return torch.eye(n)
    ### END SOLUTION


# %% [markdown]
# ## 3. A tensor's passport
#
# When something goes wrong with tensors, and it will, it is nearly always one of three things: the **shape**,
# the **dtype** or the **device**. So the first question to a tensor that misbehaves is: *your passport,
# please*.
#
# ```text
#     ┌─ PASSPORT ────────────────────────────────────────────────┐
#     │  axes      2              how many indices it takes       │
#     │  shape     (5, 3)         how long each axis is           │
#     │  entries   15             how many numbers: 5 × 3         │
#     │  dtype     torch.float32  what kind of number             │
#     │  device    cpu            where they live (cpu, cuda, …)  │
#     │  bytes     60             how much room: 15 × 4 bytes     │
#     └───────────────────────────────────────────────────────────┘
# ```
#
# A float32 takes 4 bytes, a float64 takes 8, a uint8 takes 1; a tensor knows its own by `x.element_size()`.
#
# ```python
# >>> week.ndim, week.shape, week.numel(), week.dtype, week.device
# (2, torch.Size([5, 3]), 15, torch.float32, device(type='cpu'))
# >>> len(week)
# 5
# ```
#
# Beware of `len`: it is the length of the *first* axis, not the number of entries.
#
# A trick for planning ahead: a tensor on the device `"meta"` has a passport but no numbers, and so it takes no
# room at all. You can find out that a batch would need 300 gigabytes without owning them.
#
# ```python
# >>> torch.empty(1_000_000, 300, 250, device="meta").numel()
# 75000000000
# ```
#
# **Your turn.**
#
# - `passport(x)` returns a dictionary with these six keys: `"axes"`, `"entries"` and `"bytes"` are ints,
#   `"shape"` is a tuple of ints (a `torch.Size` is one, too), `"dtype"` is the `torch.dtype` and `"device"` the
#   `torch.device` themselves, not their names as strings. It works for any tensor: for a single number, whose
#   shape is `()` and which has one entry, and for an empty batch, which has none.
# - `planned_passport(shape, dtype, device)` makes a tensor of that shape, of that dtype, on that device
#   (`"meta"` may be asked for), filled with whatever you like, and returns its passport.


# %% exercise="tensor_passport" points=2
def passport(x: Shaped[Tensor, "..."]) -> dict[str, object]:
    """Tell what a tensor is: axes, shape, entries, dtype, device, bytes."""
    ### BEGIN SOLUTION
    return {
        "axes": x.ndim,
        "shape": x.shape,
        "entries": x.numel(),
        "dtype": x.dtype,
        "device": x.device,
        "bytes": x.numel() * x.element_size(),
    }
    ### END SOLUTION


def planned_passport(
    shape: tuple[int, ...],
    dtype: torch.dtype,
    device: torch.device,
) -> dict[str, object]:
    """Return the passport of a new tensor of the given shape and dtype on the given device."""
    ### BEGIN SOLUTION
    return passport(torch.empty(shape, dtype=dtype, device=device))
    ### END SOLUTION


# %% [markdown]
# ## 4. Converting
#
# `x.to(...)` gives you the tensor in another dtype, on another device, or both. It returns a *new* tensor,
# which is easy to forget: `x.to(torch.float64)` on a line of its own does nothing.
#
# Two conversions have a catch.
#
# **From floats to whole numbers**, `.to` cuts off what is behind the decimal point. It does not round, and
# below zero it cuts *upwards*:
#
# ```python
# >>> torch.tensor([19.8, -3.6]).to(torch.int64)
# tensor([19, -3])
# ```
#
# **Pictures** are stored as uint8, whole numbers from 0 to 255. There is nothing beyond 255, so sums start
# again from 0:
#
# ```python
# >>> torch.tensor([250], dtype=torch.uint8) + 10
# tensor([4], dtype=torch.uint8)
# ```
#
# That is why the first thing that happens to a picture is that it becomes floats between 0 (black) and 1
# (white):
#
# ```text
#     uint8      0 ─────────── 51 ────────────────────────────────────── 255
#                │              │                                          │  ÷ 255
#     float32   0.0 ────────── 0.2 ───────────────────────────────────── 1.0
# ```
#
# **Your turn.**
#
# - `pixels_to_unit(image)`: a uint8 image becomes a float32 image in which 0 is 0.0 and 255 is 1.0.
# - `whole_degrees(temperatures)`: every temperature *rounded* to the nearest whole degree, as int64. So 19.8
#   becomes 20, and -3.6 becomes -4. (No reading lies exactly between two degrees.)
# - `match(x, other)`: the values of `x`, in the dtype and on the device of `other`. The shapes may differ;
#   `match` keeps the shape of `x`.
#
# *Worth looking up:* `Tensor.to`, `torch.round`.


# %% exercise="convert_tensors" points=2
def pixels_to_unit(image: UInt8[Tensor, "3 height width"]) -> Float32[Tensor, "3 height width"]:
    """Map the pixel values 0 to 255 to the numbers 0 to 1."""
    ### BEGIN SOLUTION
    return image.to(torch.float32) / 255
    ### END SOLUTION


def whole_degrees(temperatures: Float[Tensor, "days times"]) -> Int64[Tensor, "days times"]:
    """Round every temperature to the nearest whole degree."""
    ### BEGIN SOLUTION
    return temperatures.round().to(torch.int64)
    ### END SOLUTION


def match(x: Shaped[Tensor, "..."], other: Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """Convert x to the dtype and the device of other."""
    ### BEGIN SOLUTION
    return x.to(device=other.device, dtype=other.dtype)
    ### END SOLUTION


# %% [markdown]
# ## 5. The temperature adjustment
#
# The station hangs in the sun at noon and near a warm wall in the evening, so its readings are off, and not
# always by the same amount. Someone compared it with a good thermometer and wrote an adjustment for every
# single reading: a second grid of the same shape. Mending the readings means adding the two grids
# **elementwise**: each entry meets the entry in the same place, and no other.
#
# ```text
#     temperatures        adjustment           result
#     ┌────┬────┐        ┌─────┬─────┐        ┌─────┬─────┐
#     │ 12 │ 19 │        │ 0.5 │ -2  │        │12.5 │ 17  │
#     ├────┼────┤   +    ├─────┼─────┤   =    ├─────┼─────┤
#     │ 11 │ 21 │        │  0  │ -3  │        │ 11  │ 18  │
#     └────┴────┘        └─────┴─────┘        └─────┴─────┘
# ```
#
# All of `+ - * /` and `**` work like that, and so do numbers: `x * 2` doubles every entry.
#
# ```python
# >>> readings = torch.tensor([[12.0, 19.0], [11.0, 21.0]])
# >>> readings + torch.tensor([[0.5, -2.0], [0.0, -3.0]])
# tensor([[12.5000, 17.0000],
#         [11.0000, 18.0000]])
# >>> readings * 2
# tensor([[24., 38.],
#         [22., 42.]])
# ```
#
# One thing needs care. `a += b` looks like a short `a = a + b`, but it writes into the tensor that `a` already
# is, and whoever gave you that tensor finds it changed. House rule 1 says: do not.
#
# **Your turn.**
#
# - `adjust(temperatures, adjustment)`: the sum, elementwise. If the two shapes are not the same, raise a
#   `ValueError` (with any message you like). PyTorch itself would often not complain but quietly stretch the
#   smaller one; that is the next exercise, and here it would hide a mistake.
# - `to_fahrenheit(celsius)`: nine fifths of each temperature, plus 32. Check: 100 °C is 212 °F, and -40 is -40
#   in both.
# - `squared_error(forecast, measured)`: for each place the square of the difference of the two. The result has
#   the same shape as they have; nothing is summed up.


# %% exercise="adjust_temperatures" points=3
def adjust(
    temperatures: Float[Tensor, "days times"],
    adjustment: Float[Tensor, "days times"],
) -> Float[Tensor, "days times"]:
    """Add the adjustment to the temperatures, elementwise; raise ValueError when the shapes differ."""
    ### BEGIN SOLUTION
    if temperatures.shape != adjustment.shape:
        raise ValueError(f"cannot adjust {tuple(temperatures.shape)} by {tuple(adjustment.shape)}")
    return temperatures + adjustment
    ### END SOLUTION


def to_fahrenheit(celsius: Float[Tensor, "days times"]) -> Float[Tensor, "days times"]:
    """Convert degrees Celsius to degrees Fahrenheit."""
    ### BEGIN SOLUTION
    return celsius * 9 / 5 + 32
    ### END SOLUTION


def squared_error(
    forecast: Float[Tensor, "days times"],
    measured: Float[Tensor, "days times"],
) -> Float[Tensor, "days times"]:
    """Return (forecast - measured) squared, place by place."""
    ### BEGIN SOLUTION
    return (forecast - measured) ** 2
    ### END SOLUTION


# %% [markdown]
# ## 6. Broadcasting: a row and a column
#
# Often the adjustment is simpler than a whole grid. The noon sun adds two degrees *every* day: one number per
# time, a **row**, which should be used again for each day. Or the whole of Tuesday was measured too low: one
# number per day, a **column**, which should be used again for each time.
#
# You do not have to copy anything. When two shapes differ, PyTorch stretches the one that is short, as if it
# were copied, and this is called **broadcasting**:
#
# ```text
#     a row, shape (3,)                   a column, shape (5, 1)
#
#     ┌────┬────┬────┐                    ┌───┐
#     │  1 │ -2 │  0 │                    │ 0 │  →    0   0   0
#     └────┴────┴────┘                    │ 2 │  →    2   2   2
#        ↓    ↓    ↓                      │ 0 │  →    0   0   0
#        1   -2    0      Monday          │ 0 │  →    0   0   0
#        1   -2    0      Tuesday         │ 0 │  →    0   0   0
#       ...  ...  ...     ...             └───┘
# ```
#
# The rule is short, and worth learning by heart:
#
# > **Write the shapes under each other, right-aligned. In each place the sizes must be equal, or one of them
# > must be 1 or missing. The 1, or the gap, is stretched.**
#
# ```text
#     week       5  3          week       5  3          week       5  3
#     per time      3          per day       5          per day    5  1
#                ────          ───────────────          ───────────────
#                5  3  ✓       3 meets 5:  ✗            5  3  ✓
# ```
#
# So a row works as it is. Five numbers for five days do *not*: right-aligned, they meet the times. First make
# them a column, that is, give them a second axis of size 1:
#
# ```python
# >>> per_day = torch.tensor([0.0, 2.0, 0.0, 0.0, 0.0])
# >>> per_day.unsqueeze(1).shape
# torch.Size([5, 1])
# >>> per_day[:, None].shape
# torch.Size([5, 1])
# ```
#
# And now the trap that has cost everybody an evening once: if the grid happens to be *square*, the missing axis
# is no error. The numbers are simply added along the wrong axis, and no one tells you. Our hidden checks use
# square grids, too.
#
# **Your turn.**
#
# - `add_per_time(temperatures, per_time)`: `per_time` has one number for each column; add it on every day.
# - `add_per_day(temperatures, per_day)`: `per_day` has one number for each row; add it at every time.
# - `sum_table(per_day, per_time)`: no grid at all this time. Make the table whose entry in row i and column j
#   is `per_day[i] + per_time[j]`. For `[10, 20]` and `[1, 2, 3]` it is
#
# ```text
#              1    2    3
#         ┌───────────────
#      10 │   11   12   13
#      20 │   21   22   23
# ```
#
# *Worth looking up:* `Tensor.unsqueeze`, indexing with `None`.


# %% exercise="broadcast_row_and_column" points=4
def add_per_time(
    temperatures: Float[Tensor, "days times"],
    per_time: Float[Tensor, "times"],
) -> Float[Tensor, "days times"]:
    """Add per_time[j] to column j of the temperatures."""
    ### BEGIN SOLUTION
    return temperatures + per_time
    ### END SOLUTION


def add_per_day(
    temperatures: Float[Tensor, "days times"],
    per_day: Float[Tensor, "days"],
) -> Float[Tensor, "days times"]:
    """Add per_day[i] to row i of the temperatures."""
    ### BEGIN SOLUTION
    return temperatures + per_day.unsqueeze(1)
    ### END SOLUTION


def sum_table(
    per_day: Float[Tensor, "days"],
    per_time: Float[Tensor, "times"],
) -> Float[Tensor, "days times"]:
    """Return the table of all sums: entry (i, j) is per_day[i] + per_time[j]."""
    ### BEGIN SOLUTION
    return per_day.unsqueeze(1) + per_time
    ### END SOLUTION


# %% [markdown]
# ## 7. The matrix product
#
# Elementwise, entries meet the entry in the same place. In the **matrix product** every *row* of the first
# matrix meets every *column* of the second: multiply pairwise, add up, and write the sum where that row and
# that column cross.
#
# ```text
#                            ┌──────┬────┐
#                            │ 0.25 │ -1 │
#                            │ 0.25 │  1 │        (3, 2)
#                            │ 0.5  │  0 │
#                            └──────┴────┘
#                               ↓
#     ┌────┬────┬────┐       ┌──────┬────┐
#     │ 12 │ 19 │ 15 │  →    │15.25 │  7 │        15.25 = 12·0.25 + 19·0.25 + 15·0.5
#     │ 11 │ 21 │ 16 │       │16.00 │ 10 │
#     └────┴────┴────┘       └──────┴────┘
#         (2, 3)                (2, 2)
# ```
#
# This one is real: for two centuries German weather stations took a quarter of the morning, a quarter of the
# afternoon and half of the evening as the mean of a day. The second column says how much warmer noon was than
# morning. One product, two answers for every day:
#
# ```python
# >>> recipes = torch.tensor([[0.25, -1.0], [0.25, 1.0], [0.5, 0.0]])
# >>> week @ recipes
# tensor([[15.2500,  7.0000],
#         [16.0000, 10.0000],
#         [14.7500,  5.0000],
#         [13.0000,  8.0000],
#         [15.0000, 10.0000]])
# ```
#
# The shapes tell the story: (5, **3**) @ (**3**, 2) gives (5, 2). The inner sizes must agree, and they vanish.
# The sign is `@`, never `*`, and the order matters: `a @ b` and `b @ a` are different things.
#
# A layer of a neural network is exactly this. It takes a batch of inputs, one row a sample, and for each of its
# outputs has a row of weights and one extra number, the bias. PyTorch keeps the weights as (outputs, inputs),
# one row an *output*, so before the product they must be laid on their side: `.T` swaps the two axes of a
# matrix.
#
# ```text
#     outputs   =   inputs   @   weight.T   +   bias
#
#    (batch, out)  (batch, in)  (in, out)     (out,)     one row for all (see 6)
# ```
#
# **Your turn.**
#
# - `matrix_product(a, b)`: the matrix product of two matrices.
# - `linear(inputs, weight, bias)`: what is written above. For example, for one sample `[[1, 2]]`, three outputs
#   with the weights `[[1, 0], [0, 1], [1, 1]]` and the bias `[0, 0, 10]`, the result is `[[1, 2, 13]]`. The
#   batch may be empty: then the result has shape (0, outputs).
#
# In both, gradients must be able to flow back to every input, which they do by themselves if you keep house
# rule 3.
#
# *Worth looking up:* `torch.matmul` (that is `@`), `Tensor.T`.


# %% exercise="matrix_product" points=3
def matrix_product(a: Float[Tensor, "n k"], b: Float[Tensor, "k m"]) -> Float[Tensor, "n m"]:
    """Return the matrix product: entry (i, j) is the sum over k of a[i, k] * b[k, j]."""
    ### BEGIN SOLUTION
    return a @ b
    ### END SOLUTION


def linear(
    inputs: Float[Tensor, "batch inputs"],
    weight: Float[Tensor, "outputs inputs"],
    bias: Float[Tensor, "outputs"],
) -> Float[Tensor, "batch outputs"]:
    """Apply a linear layer: the inputs times the transposed weight, plus the bias."""
    ### BEGIN SOLUTION
    return inputs @ weight.T + bias
    ### END SOLUTION


# %% [markdown]
# ## 8. A whole batch of matrix products
#
# Now there are many stations, and each has its own week and its own recipes. That is one more axis, in front:
#
# ```text
#         ╔═ week 2 ══╗           ╔═ recipes 2 ╗            ╔═ answers 2 ╗
#       ╔═ week 1 ══╗ ║         ╔═ recipes 1 ╗ ║          ╔═ answers 1 ╗ ║
#     ╔═ week 0 ══╗ ║═╝   @   ╔═ recipes 0 ╗ ║═╝   =    ╔═ answers 0 ╗ ║═╝
#     ║           ║═╝         ║            ║═╝          ║            ║═╝
#     ╚═══════════╝           ╚════════════╝            ╚════════════╝
#     (3, days, times)        (3, times, recipes)       (3, days, recipes)
# ```
#
# `@` knows this game: with three axes, the *first* only says which sheet, and the *last two* are the matrices.
# The same holds for transposing. For a batch, `.T` is not what you want: lay every sheet on its side by
# swapping the last two axes.
#
# ```python
# >>> sheets = torch.ones(4, 5, 3)
# >>> sheets.transpose(1, 2).shape
# torch.Size([4, 3, 5])
# >>> (sheets @ sheets.transpose(1, 2)).shape
# torch.Size([4, 5, 5])
# ```
#
# The last line is worth a second look. A sheet times itself laid on its side multiplies *every row with every
# row*: a table of how alike the days are. (When you meet attention on day 18, you will find this very line at
# its heart.)
#
# ```python
# >>> pair = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
# >>> pair @ pair.transpose(1, 2)
# tensor([[[ 5., 11.],
#          [11., 25.]]])
# ```
#
# Here 5 is row 0 with itself (1·1 + 2·2), 11 is row 0 with row 1 (1·3 + 2·4), and 25 is row 1 with itself.
#
# **Your turn.**
#
# - `product_per_sample(a, b)`: the matrix product of the first sheet of `a` with the first of `b`, of the
#   second with the second, and so on.
# - `similarities(x)`: for each sheet the table of all its rows with all its rows: entry (b, i, j) is the sum
#   over k of `x[b, i, k] * x[b, j, k]`.
#
# The batch may be of size 1, and it may be empty: shape (0, n, k) gives (0, n, m) or (0, n, n). Gradients must
# flow, as before.
#
# *Worth looking up:* `torch.bmm`, `Tensor.transpose`, `Tensor.mT`.


# %% exercise="batched_matrix_product" points=3
def product_per_sample(
    a: Float[Tensor, "batch n k"],
    b: Float[Tensor, "batch k m"],
) -> Float[Tensor, "batch n m"]:
    """Multiply each matrix of a with the matrix of b at the same place in the batch."""
    ### BEGIN SOLUTION
    return a @ b
    ### END SOLUTION


def similarities(x: Float[Tensor, "batch n k"]) -> Float[Tensor, "batch n n"]:
    """For each sample, multiply every row with every row and sum."""
    ### BEGIN SOLUTION
    return x @ x.transpose(1, 2)
    ### END SOLUTION


# %% [markdown]
# ## 9. Reductions: which axis disappears?
#
# `week.mean()` squeezes fifteen numbers into one. More often you want a mean *per day* or *per time*: squeeze
# along one axis, keep the other. You say which one by `dim=`, and this is where everybody mixes something up,
# so here is the one sentence that helps:
#
# > **`dim` names the axis that disappears.**
#
# ```text
#                      dim=1 →
#              ┌────────────────┐
#              │ 12    19    15 │ → 15.33          week.mean(dim=1)   (5, 3) → (5,)
#      dim=0   │ 11    21    16 │ → 16.00
#        ↓     │ 13    18    14 │ → 15.00
#              │  9    17    13 │ → 13.00
#              │ 10    20    15 │ → 15.00
#              └────────────────┘
#                 ↓     ↓     ↓
#                11.0  19.0  14.6                  week.mean(dim=0)   (5, 3) → (3,)
# ```
#
# `max` along an axis gives two answers at once, how large and where:
#
# ```python
# >>> values, indices = week.max(dim=1)
# >>> values
# tensor([19., 21., 18., 17., 20.])
# >>> indices
# tensor([1, 1, 1, 1, 1])
# ```
#
# No surprise: every day, noon (column 1) is the warmest.
#
# And a comparison makes a tensor of `True` and `False`, which can be counted, because in a sum `True` is 1:
#
# ```python
# >>> (week > 15).sum(dim=0)
# tensor([0, 5, 1])
# ```
#
# **Your turn.**
#
# - `mean_per_day(temperatures)`: the mean of each day, shape (days,).
# - `warmest_day(temperatures)`: a pair of two tensors of shape (times,). The first holds, for each time, the
#   highest temperature of all days, the second the number of the day (counted from 0, as int64) on which that
#   was. For `week` it is `tensor([13., 21., 16.])` and `tensor([2, 1, 1])`. (No two readings of one time are
#   equal.)
# - `frost_per_day(temperatures)`: for each day, how many of its readings lie below zero, as int64 of shape
#   (days,). A reading of exactly zero is not frost.
#
# *Worth looking up:* `torch.mean`, `torch.max`, `torch.sum`.


# %% exercise="reduce_one_axis" points=3
def mean_per_day(temperatures: Float[Tensor, "days times"]) -> Float[Tensor, "days"]:
    """Return the mean of every row."""
    ### BEGIN SOLUTION
    return temperatures.mean(dim=1)
    ### END SOLUTION


def warmest_day(
    temperatures: Float[Tensor, "days times"],
) -> tuple[Float[Tensor, "times"], Int64[Tensor, "times"]]:
    """Return, for each column, its largest value and the row in which that stands."""
    ### BEGIN SOLUTION
    values, days = temperatures.max(dim=0)
    return values, days
    ### END SOLUTION


def frost_per_day(temperatures: Float[Tensor, "days times"]) -> Int64[Tensor, "days"]:
    """Count the readings below zero in every row."""
    ### BEGIN SOLUTION
    return (temperatures < 0).sum(dim=1)
    ### END SOLUTION


# %% [markdown]
# ## 10. Keep the axis
#
# How much warmer than the mean of its own day was each noon? Subtract that mean from every reading. You know
# all the pieces:
#
# ```text
#     week                    5  3
#     week.mean(dim=1)           5        right-aligned, 3 meets 5: ✗
# ```
#
# The mean has lost the axis that we now need for broadcasting. Exercise 6 tells you how to put it back. But it
# is nicer not to lose it at all: with `keepdim=True` the axis does not disappear, it shrinks to size 1.
#
# ```python
# >>> week.mean(dim=1).shape
# torch.Size([5])
# >>> week.mean(dim=1, keepdim=True).shape
# torch.Size([5, 1])
# ```
#
# ```text
#     week                              5  3
#     week.mean(dim=1, keepdim=True)    5  1        ✓
# ```
#
# Several axes can go at once: `dim` takes a tuple. For a batch of pictures of shape (batch, 3, height, width),
# the brightness of each *picture* is a mean over channels, rows and columns:
#
# ```python
# >>> pictures = torch.rand(8, 3, 32, 32)
# >>> pictures.mean(dim=(1, 2, 3)).shape
# torch.Size([8])
# >>> pictures.mean(dim=(1, 2, 3), keepdim=True).shape
# torch.Size([8, 1, 1, 1])
# ```
#
# Ask again which axes should disappear, and which one you want to keep apart. `max` along a dim cannot do
# several axes, because it also wants to say where; its sisters `amax` and `amin` can.
#
# **Your turn.**
#
# - `centre_days(temperatures)`: each reading minus the mean of its own day. The shape stays (days, times), and
#   afterwards every day has the mean 0.
# - `channel_means(images)`: for each channel (say, all the red) one mean over the whole batch and all pixels,
#   in the shape (1, channels, 1, 1), ready to be subtracted from the images.
# - `contrast(images)`: for each image its largest value minus its smallest, over all channels and pixels, in
#   the shape (batch, 1, 1, 1).
#
# Here, too, gradients must be able to flow back from every result.
#
# *Worth looking up:* `torch.mean`, `torch.amax`, `torch.amin`, each with `dim=` and `keepdim=`.


# %% exercise="keep_the_axis" points=3
def centre_days(temperatures: Float[Tensor, "days times"]) -> Float[Tensor, "days times"]:
    """Subtract from every row its own mean."""
    ### BEGIN SOLUTION
    return temperatures - temperatures.mean(dim=1, keepdim=True)
    ### END SOLUTION


def channel_means(
    images: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "1 channels 1 1"]:
    """Return the mean of every channel over the batch and all pixels, ready for broadcasting."""
    ### BEGIN SOLUTION
    return images.mean(dim=(0, 2, 3), keepdim=True)
    ### END SOLUTION


def contrast(images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch 1 1 1"]:
    """Return the largest minus the smallest value of every image, ready for broadcasting."""
    ### BEGIN SOLUTION
    return images.amax(dim=(1, 2, 3), keepdim=True) - images.amin(dim=(1, 2, 3), keepdim=True)
    ### END SOLUTION


# %% [markdown]
# ## 11. The bridge to NumPy
#
# Data are often loaded with NumPy, and plots are drawn from NumPy, so tensors cross that bridge all the time.
# Crossing it costs nothing, because nothing is copied. `torch.from_numpy(array)` and `tensor.numpy()` give you
# **two names for the same memory**:
#
# ```text
#     array  ──────┐
#                  ▼
#               ┌──────┬──────┬──────┐
#               │ 12.0 │ 19.0 │ 15.0 │      one piece of memory
#               └──────┴──────┴──────┘
#                  ▲
#     tensor ──────┘
# ```
#
# ```python
# >>> array = np.array([12.0, 19.0, 15.0])
# >>> tensor = torch.from_numpy(array)
# >>> tensor[0] = 99
# >>> array
# array([99., 19., 15.])
# ```
#
# Whether that is a gift or a trap depends on which of these you write next:
#
# ```text
#     tensor += 1              writes into the shared memory:  array sees it
#     tensor.add_(1)           the same (a method whose name ends in _ works in place)
#     tensor = tensor + 1      makes a new tensor:  array does not see it
#     torch.tensor(array)      a copy from the start:  array never sees anything
#     .clone()   .copy()       copies, for tensors and for arrays, when you want one
# ```
#
# A tensor that takes part in training (`requires_grad=True`) refuses to become an array, because NumPy could
# not keep track of the gradients. Say that you do not mean to: `.detach()` gives you the same values without
# the thread.
#
# **Your turn.** Here house rule 1 is lifted, once, and house rule 3 does not apply.
#
# - `calibrate_(array, offset)` adds the number `offset` to every entry of the *caller's* float array, and does
#   it through a tensor that shares the array's memory. It works for float32 and for float64 arrays, and it
#   returns nothing. (The _ at the end of its name is PyTorch's way to say: careful, I change what you give me.)
# - `record(start, change, steps)` plays a week of warming. Take `start`, then add `change` to it `steps` times,
#   and return a list of `steps + 1` NumPy arrays: the values at the start, after one step, after two, and so
#   on. `start` itself stays as it was, and `steps` may be 0. For `[10, 20]`, `[1, 2]` and 2 steps: `[10, 20]`,
#   `[11, 22]`, `[12, 24]`. If all your arrays look the same, think about what they share.
# - `to_array(x)`: a NumPy array with the values, the shape and the dtype of `x`, whether or not `x` requires
#   gradients.
#
# *Worth looking up:* `torch.from_numpy`, `Tensor.add_`, `Tensor.numpy`, `Tensor.detach`, `Tensor.clone`.


# %% exercise="numpy_bridge" points=3
def calibrate_(array: np.ndarray, offset: float) -> None:
    """Add the offset to every entry of the caller's array, through a tensor that shares its memory."""
    ### BEGIN SOLUTION
    torch.from_numpy(array).add_(offset)
    ### END SOLUTION


def record(
    start: Float[Tensor, "places"],
    change: Float[Tensor, "places"],
    steps: int,
) -> list[np.ndarray]:
    """Return steps + 1 arrays: start, start + change, start + 2 * change, and so on."""
    ### BEGIN SOLUTION
    now = start.clone()
    arrays = [now.numpy().copy()]
    for _ in range(steps):
        now += change
        arrays.append(now.numpy().copy())
    return arrays
    ### END SOLUTION


def to_array(x: Float[Tensor, "..."]) -> np.ndarray:
    """Return the values of a tensor as a NumPy array, also when the tensor requires gradients."""
    ### BEGIN SOLUTION
    return x.detach().numpy()
    ### END SOLUTION


# %% [markdown]
# ## Before you go
#
# You can now read a shape like a sentence. If you keep five things from today, keep these:
#
# ```text
#     1.  In trouble?  Print shape, dtype and device first.
#     2.  *  meets the same place;   @  meets rows with columns.
#     3.  Broadcasting aligns shapes from the right and stretches the 1s.
#     4.  dim names the axis that disappears;   keepdim=True lets it stay, with size 1.
#     5.  A name that ends in _ and a += write into memory that others may see.
# ```
#
# Tomorrow you will turn, slice and fold tensors into any shape you like.
