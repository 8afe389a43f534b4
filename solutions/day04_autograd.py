# %% [markdown]
# # Day 4: Autograd
#
# You stand on a hillside in thick fog. You see nothing but the ground under your boots, and you want to get
# down to the village. What do you do? You feel with your foot which way the ground falls, take a step that way,
# and feel again.
#
# That is how every neural network in the world is trained. The hillside is the **loss** (how wrong the network
# is), your position is its **weights**, and what your foot feels is the **gradient**: for each weight, how fast
# the loss rises when that weight grows a little. A network of today has billions of weights, and nobody works
# out billions of derivatives with a pencil.
#
# PyTorch does it for you, and the trick is almost too simple: *it keeps a diary*. While you calculate, it notes
# every step. When you ask for a gradient, it reads the diary backwards, from the last step to the first, and
# applies the chain rule from school at each. That is **autograd**, and it is the one part of PyTorch that
# everything else stands on.
#
# ```text
#     forward: you calculate, PyTorch takes notes
#
#         x = 2 ──┬──[ x² ]── 4 ───┐
#                 │                ├──[ + ]── 10 ──[ +1 ]── y = 11
#                 └──[ 3·x ]─ 6 ───┘
#
#     backward: PyTorch reads its notes from the end
#
#         x.grad ◄─┬──[ ·2x ]── 1 ◄─┐
#          4+3     │                ├──[ pass ]── 1 ◄──[ pass ]── 1
#          = 7     └──[ ·3 ]─── 1 ◄─┘
# ```
#
# Today you first let autograd work, then look under the bonnet, and at the end you steer it: write derivatives
# of your own, differentiate twice, cut the thread where you want it cut, and listen in while gradients flow by.
# There are nine exercises of about 5 to 20 minutes each.
#
# ## House rules
#
# They hold in every exercise of this day, unless its text says otherwise:
#
# 1. **Take a point as it comes.** Sometimes the tensor that you are given requires gradients already, sometimes
#    it does not; both must work. `x.detach().clone().requires_grad_()` makes a fresh starting point with the
#    same values, whatever `x` was.
# 2. **Leave what you were given as it was**, and keep its dtype: float64 goes in, float64 comes out.
# 3. **Gradients are numbers.** When you hand back a gradient, it does not matter whether that tensor is itself
#    attached to a graph. When you hand back a *result* through which somebody else's gradients are to flow, the
#    text says so.
# 4. **Any way is right that gives the right numbers**: `.backward()`, `torch.autograd.grad`, `torch.func`,
#    loops.
#
# In several exercises a function `f` is handed to you. You do not know its formula and you do not need to: call
# it with a tensor of floating-point numbers of shape (n,), and it gives you a tensor back, with its diary. You
# may call it as often as you like.

# %%
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

# %% [markdown]
# ## 1. The slope of a parabola
#
# Say *watch this one* to a tensor with `requires_grad=True`. Everything that is calculated from it remembers
# how it came about:
#
# ```python
# >>> x = torch.tensor(2.0, requires_grad=True)
# >>> y = x**2 + 3 * x + 1
# >>> y
# tensor(11., grad_fn=<AddBackward0>)
# ```
#
# `grad_fn` is the diary: *I came out of an addition.* Now read it backwards, and the answer lies in `x.grad`:
#
# ```python
# >>> y.backward()
# >>> x.grad
# tensor(7.)
# ```
#
# School agrees: the derivative of x² + 3x + 1 is 2x + 3, at 2 that is 7. The picture above says the same with a
# story: `x` went two ways, one sends back 2x = 4, the other 3, and **where ways part, gradients add up**.
#
# Three small print lines, which cause most of the tears on this subject:
#
# - Only floating-point tensors can require gradients. `torch.tensor(2)` is a whole number; `torch.tensor(2.0)`
#   is not.
# - Gradients are kept only for **leaves**, the tensors at which a diary begins. What was calculated from others
#   has no `.grad` of its own.
# - `.item()`, `.tolist()`, `.numpy()` and `torch.tensor(y)` give you naked numbers. The diary stays behind.
#
# If you do not like that the answer appears in an attribute, ask for it directly. You get a tuple, with one
# gradient for each thing that you asked about:
#
# ```python
# >>> x = torch.tensor(2.0, requires_grad=True)
# >>> torch.autograd.grad(x**2 + 3 * x + 1, x)
# (tensor(7.),)
# ```
#
# **Your turn.**
#
# - `parabola(x)`: x² + 3x + 1 for every entry of a tensor of any shape. Somebody else will send gradients back
#   through it, so the thread must hold.
# - `slope(x)`: the gradient of that parabola at one number, as a Python `float`. `slope(2.0)` is `7.0`, and so
#   is `slope(2)`: the number may be whole.
# - `gradient(f, x)`: the gradient of *any* `f` at the point `x` of shape (n,), as a tensor of shape (n,). Here
#   `f` gives back a tensor without axes. Mind house rule 1.
#
# *Worth looking up:* `Tensor.backward`, `Tensor.grad`, `Tensor.requires_grad_`, `torch.autograd.grad`.


# %% exercise="slope_of_a_parabola" points=3
def parabola(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return x² + 3x + 1 for every entry."""
    ### BEGIN SOLUTION
    return x**2 + 3 * x + 1
    ### END SOLUTION


def slope(x: float) -> float:
    """Return the derivative of the parabola at a number."""
    ### BEGIN SOLUTION
    point = torch.tensor(float(x), requires_grad=True)
    parabola(point).backward()
    return point.grad.item()
    ### END SOLUTION


def gradient(f: Callable, x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    """Return the gradient of f at x; f gives back a tensor without axes."""
    ### BEGIN SOLUTION
    point = x.detach().clone().requires_grad_()
    f(point).backward()
    return point.grad
    ### END SOLUTION


# %% [markdown]
# ## 2. A page of the diary: `MySquare`
#
# How does PyTorch know that the derivative of `x**2` is `2 * x`? Somebody wrote it down. For every operation
# there are two functions: **forward** calculates, **backward** says how a gradient passes through. You can add
# a page of your own: a class that inherits from `torch.autograd.Function` and has these two.
#
# The important thing is what `backward` is asked. It is *not* asked for the derivative. It is handed the
# gradient that has arrived at its output, and it must say what arrives at its input:
#
# ```text
#                    ┌──────────────────┐
#         x ───────► │  forward:  x²    │ ───────► y ─── ... ───► loss
#                    ├──────────────────┤
#     g · 2x ◄────── │  backward: g·2x  │ ◄─────── g    how fast the loss rises when y grows
#                    └──────────────────┘
# ```
#
# That is the chain rule, and it is all there is to it. The `g` has the shape of `y`, what you return has the
# shape of `x`.
#
# Between the two calls you may need to remember something. Not in `self` (there is none, both are static
# methods), but in the context `ctx`: in forward `ctx.save_for_backward(tensor, ...)`, in backward
# `ctx.saved_tensors`, which is a tuple, even if there is only one in it. Here is a page for the sine as an
# example:
#
# ```python
# >>> class MySine(torch.autograd.Function):
# ...     @staticmethod
# ...     def forward(ctx, x):
# ...         ctx.save_for_backward(x)
# ...         return torch.sin(x)
# ...     @staticmethod
# ...     def backward(ctx, grad_output):
# ...         (x,) = ctx.saved_tensors
# ...         return grad_output * torch.cos(x)
# >>> x = torch.tensor(0.0, requires_grad=True)
# >>> loss = 5 * MySine.apply(x)
# >>> loss.backward()
# >>> x.grad
# tensor(5.)
# ```
#
# You never call `forward` yourself: `apply` does, and writes the page into the diary. And look at the 5. It was
# not in the sine, it came from behind, through `grad_output`.
#
# When you have written a page, do not hope that it is right. `torch.autograd.gradcheck` wiggles every input a
# little, looks how the output moves, and compares that with your backward. Give it float64, wiggles are small:
#
# ```python
# >>> wiggle_me = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
# >>> torch.autograd.gradcheck(MySine.apply, (wiggle_me,))
# True
# ```
#
# **Your turn.** Write `MySquare`, so that `MySquare.apply(x)` is the square of every entry of a tensor of any
# shape, with the right gradient, whatever comes behind it. At 3 the gradient is 6.
#
# *Worth looking up:* "Extending PyTorch" in PyTorch's notes, `torch.autograd.gradcheck`.


# %% exercise="my_square" points=3
class MySquare(torch.autograd.Function):
    """The square of every entry, with a derivative written by hand."""

    @staticmethod
    def forward(ctx: Any, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return x², and remember what backward will need."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(x)
        return x**2
        ### END SOLUTION

    @staticmethod
    def backward(ctx: Any, grad_output: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the gradient that arrives at x, when grad_output has arrived at the result."""
        ### BEGIN SOLUTION
        (x,) = ctx.saved_tensors
        return grad_output * 2 * x
        ### END SOLUTION


# %% [markdown]
# ## 3. Two inputs, two gradients
#
# A table has one row a sample, and some samples matter more than others. So every row is multiplied by an
# importance of its own:
#
# ```text
#         x                 importance         result
#     ┌───────────┐           ┌───┐         ┌────────────┐
#     │ 1   2   3 │     ×     │ 2 │    =    │  2   4   6 │
#     │ 4   5   6 │           │ 0 │         │  0   0   0 │
#     └───────────┘           └───┘         └────────────┘
#      (rows, columns)        (rows,)        (rows, columns)
# ```
#
# A page with two inputs hands back two gradients, **in the order of the inputs of forward, each in the shape of
# its input**. For the table that is easy. For the importance, think about how many entries of the result each
# number of it had a hand in. You remember what happens to gradients where ways part: they add up. *Every time
# forward spreads a number over several places, backward collects from these places.*
#
# For the table above, when a 1 arrives at every entry of the result: the gradient of the table is 2 2 2 / 0 0
# 0, and that of the importance is 1 + 2 + 3 = 6 and 4 + 5 + 6 = 15. The second row counts for nothing at the
# moment, and yet the gradient knows that it would pay to change that.
#
# A warning, because it costs people whole days: where the shapes allow it, PyTorch quietly sums a gradient of a
# wrong shape until it fits, possibly along the wrong axis. So try your page with a square table, too;
# `gradcheck` will tell.
#
# **Your turn.** Write `ScaleRows`, so that `ScaleRows.apply(x, importance)` multiplies each row of `x` by its
# importance, with the right gradients for both. Sometimes only one of the two requires gradients, and sometimes
# the table has no rows at all (shape (0, columns)); neither needs any extra thought.
#
# *Worth looking up:* `torch.sum` with `dim=`, and day 2 if rows and columns have left you.


# %% exercise="scale_rows" points=3
class ScaleRows(torch.autograd.Function):
    """Each row of a table times its own importance, with derivatives written by hand."""

    @staticmethod
    def forward(
        ctx: Any, x: Float[Tensor, "rows columns"], importance: Float[Tensor, "rows"]
    ) -> Float[Tensor, "rows columns"]:
        """Return row i of x times importance[i], for every i."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(x, importance)
        return x * importance[:, None]
        ### END SOLUTION

    @staticmethod
    def backward(
        ctx: Any, grad_output: Float[Tensor, "rows columns"]
    ) -> tuple[Float[Tensor, "rows columns"], Float[Tensor, "rows"]]:
        """Return the gradient that arrives at x, and the one that arrives at the importance."""
        ### BEGIN SOLUTION
        x, importance = ctx.saved_tensors
        return grad_output * importance[:, None], (grad_output * x).sum(dim=1)
        ### END SOLUTION


# %% [markdown]
# ## 4. When the answer is not one number
#
# Up to now there was one number at the end, and each input had one slope. What if a function takes n numbers
# and gives m numbers back? Then there are m times n slopes, a table of them: the **Jacobian**. Row i tells how
# the i-th output feels about all the inputs.
#
# ```text
#                          x₀      x₁      x₂
#                      ┌                        ┐
#             y₀       │ ∂y₀/∂x₀ ∂y₀/∂x₁ ∂y₀/∂x₂ │     m rows, one an output
#             y₁       │ ∂y₁/∂x₀ ∂y₁/∂x₁ ∂y₁/∂x₂ │     n columns, one an input
#                      └                        ┘
# ```
#
# Take a ship's radar. It says *distance r and angle a*, and you want to know *x and y*: x = r·cos a and y =
# r·sin a.
#
# ```python
# >>> def on_the_map(echo):
# ...     r, a = echo
# ...     return torch.stack([r * torch.cos(a), r * torch.sin(a)])
# >>> echo = torch.tensor([10.0, 0.0], requires_grad=True)
# >>> position = on_the_map(echo)
# >>> position
# tensor([10.,  0.], grad_fn=<StackBackward0>)
# ```
#
# Ask this for a gradient, and PyTorch asks back which one you mean:
#
# ```python
# >>> position.backward()
# Traceback (most recent call last):
# RuntimeError: grad can be implicitly created only for scalar outputs
# ```
#
# For the diary can only be read backwards from *given* weights on the outputs. You say how much you care for
# each output (a vector v of length m), and get how much you therefore care for each input, a vector of length
# n:
#
# ```text
#         v    @        J          =    vJ            the vector-Jacobian product
#        (m,)        (m, n)            (n,)
# ```
#
# ```python
# >>> torch.autograd.grad(position, echo, torch.tensor([0.0, 1.0]))
# (tensor([ 0., 10.]),)
# ```
#
# *I care for y only*, said the v, and the answer is row 1 of the Jacobian: turning the angle by a little moves
# the ship in y ten times as much, because it is ten miles away. And that is the recipe for the whole table: ask
# once for each row.
#
# But mind: PyTorch throws the diary away after reading, to save memory. Who wants to read twice says
# `retain_graph=True`.
#
# **Your turn.** `f` takes a tensor of shape (n,) and gives one of shape (m,). Both sizes may be 1.
#
# - `vector_jacobian_product(f, x, v)`: for a `v` of shape (m,) the product of v with the Jacobian of `f` at
#   `x`, of shape (n,).
# - `jacobian(f, x)`: the whole table, of shape (m, n).
#
# *Worth looking up:* `torch.autograd.grad` with `grad_outputs=` and `retain_graph=`, `torch.stack`.


# %% exercise="jacobian_of_a_vector" points=4
def vector_jacobian_product(f: Callable, x: Float[Tensor, "n"], v: Float[Tensor, "m"]) -> Float[Tensor, "n"]:
    """Return v times the Jacobian of f at x, without making the Jacobian."""
    ### BEGIN SOLUTION
    point = x.detach().clone().requires_grad_()
    (product,) = torch.autograd.grad(f(point), point, v)
    return product
    ### END SOLUTION


def jacobian(f: Callable, x: Float[Tensor, "n"]) -> Float[Tensor, "m n"]:
    """Return the table of all slopes of f at x: entry (i, j) is the derivative of output i by input j."""
    ### BEGIN SOLUTION
    point = x.detach().clone().requires_grad_()
    rows = [torch.autograd.grad(output, point, retain_graph=True)[0] for output in f(point)]
    return torch.stack(rows)
    ### END SOLUTION


# %% [markdown]
# ## 5. The slope of the slope
#
# A child on a swing, let go at t = 0. Where it is, is a function of time. How fast that changes is its
# *velocity*. How fast the velocity changes is the *acceleration*, which you feel in your stomach. How fast the
# acceleration changes is called the *jerk*, and for good reason. (It goes on. The next ones are officially
# named snap, crackle and pop.)
#
# Each is the derivative of the one before. So you differentiate a derivative, and for that, the *reading* of
# the diary must itself be written into a diary: `create_graph=True`.
#
# ```python
# >>> x = torch.tensor(2.0, requires_grad=True)
# >>> y = x**3
# >>> (first,) = torch.autograd.grad(y, x, create_graph=True)
# >>> first
# tensor(12., grad_fn=<MulBackward0>)
# >>> (second,) = torch.autograd.grad(first, x)
# >>> second
# tensor(12.)
# ```
#
# School: 3x² = 12 and 6x = 12. The first one has a `grad_fn`, so it can be differentiated again; the second one
# was asked for without `create_graph` and is the end of the line.
#
# A handy trick for a whole row of times at once: if entry i of the result depends on entry i of the input
# *only*, the gradient of the **sum** is exactly the row of all the derivatives, for the other entries
# contribute nothing.
#
# ```python
# >>> t = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
# >>> torch.autograd.grad((t**2).sum(), t)
# (tensor([2., 4., 6.]),)
# ```
#
# With several inputs, the slopes of the slopes are again a table: entry (i, j) of the **Hessian** is how the
# i-th slope changes when the j-th input grows. It tells whether you stand in a bowl, on a top, or on a saddle:
#
# ```text
#     f = x² + 2y²                f = xy
#
#     ⎡ 2  0 ⎤  a bowl            ⎡ 0  1 ⎤  a saddle
#     ⎣ 0  4 ⎦                    ⎣ 1  0 ⎦
# ```
#
# You can read it off the last exercise: it is the Jacobian of the gradient.
#
# **Your turn.**
#
# - `motion(t, amplitude, damping, frequency)`: the swing is at amplitude · exp(−damping · t) · cos(frequency ·
#   t). For all the times in `t` give back four tensors of shape (times,): position, velocity, acceleration and
#   jerk. You could do it with a pencil, and by the jerk you would be sorry. Damping and frequency may be 0,
#   there may be a single time.
# - `hessian(f, x)`: the Hessian of an `f` that gives back a tensor without axes, as a table of shape (n, n).
#
# *Worth looking up:* `torch.autograd.grad` with `create_graph=`, `torch.exp`, `torch.cos`.


# %% exercise="slope_of_the_slope" points=4
def motion(
    t: Float[Tensor, "times"], amplitude: float, damping: float, frequency: float
) -> tuple[Float[Tensor, "times"], Float[Tensor, "times"], Float[Tensor, "times"], Float[Tensor, "times"]]:
    """Return position, velocity, acceleration and jerk of a damped swing at each of the times."""
    ### BEGIN SOLUTION
    t = t.detach().clone().requires_grad_()
    position = amplitude * torch.exp(-damping * t) * torch.cos(frequency * t)
    (velocity,) = torch.autograd.grad(position.sum(), t, create_graph=True)
    (acceleration,) = torch.autograd.grad(velocity.sum(), t, create_graph=True)
    (jerk,) = torch.autograd.grad(acceleration.sum(), t)
    return position, velocity, acceleration, jerk
    ### END SOLUTION


def hessian(f: Callable, x: Float[Tensor, "n"]) -> Float[Tensor, "n n"]:
    """Return the second derivatives of f at x: entry (i, j) is how slope i changes with input j."""
    ### BEGIN SOLUTION
    point = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(f(point), point, create_graph=True)
    rows = [torch.autograd.grad(entry, point, retain_graph=True)[0] for entry in slopes]
    return torch.stack(rows)
    ### END SOLUTION


# %% [markdown]
# ## 6. Gradients pile up
#
# Here is the one thing in PyTorch that catches everybody once. Call backward twice:
#
# ```python
# >>> x = torch.tensor(2.0, requires_grad=True)
# >>> for _ in range(3):
# ...     (x**2 + 3 * x + 1).backward()
# ...     print(x.grad)
# tensor(7.)
# tensor(14.)
# tensor(21.)
# ```
#
# The slope did not triple. `backward` **adds** to `.grad`, it never overwrites. That is on purpose: when a
# batch is too large for the memory, you cut it up, call backward for each piece, and the pieces add up to the
# gradient of the whole (day 9). But whoever does not want it must clear up before the next round:
#
# ```text
#     x.grad = None            forget it
#     x.grad.zero_()           keep the tensor, write zeros into it
#     optimizer.zero_grad()    forget it for all the weights of a model
# ```
#
# The difference between the first two matters when you have kept the gradient somewhere. A name is not a copy:
#
# ```python
# >>> x = torch.tensor(2.0, requires_grad=True)
# >>> (x**2).backward()
# >>> kept = x.grad
# >>> x.grad.zero_()
# tensor(0.)
# >>> kept
# tensor(0.)
# ```
#
# And now the loop in which all of this comes together, and that takes you down the hill in the fog. You will
# write it a hundred times from now on:
#
# ```text
#     ┌──► clear the gradient
#     │    calculate the loss
#     │    backward
#     └─── step:  x  ←  x − learning_rate · x.grad
# ```
#
# The step itself is not part of the calculation and must not be written into the diary. Either make a new leaf
# from the new values each time, or change the old one under `with torch.no_grad():`. (Under `no_grad` the diary
# lies closed; exercise 7 has more.)
#
# **Your turn.** Every `f` gives back a tensor without axes, and `x` has shape (n,).
#
# - `total_gradient(losses, x)`: `losses` is a list of one or more functions. The gradient at `x` of their
#   *sum*.
# - `separate_gradients(losses, x)`: a list with the gradient of each of them at `x`, in the order of the
#   functions.
# - `descend(f, start, learning_rate, steps)`: go down the hill from `start`, by as many steps as said, and
#   bring back the whole path as a tensor of shape (steps + 1, n): row 0 is the start, row 1 where you are after
#   one step, and so on. `steps` may be 0.
#
# For f(x) = x², start 4, learning rate 0.25 and 2 steps the path is 4, 2, 1. If all the rows of your path look
# the same, read the last example again.
#
# *Worth looking up:* `Tensor.zero_`, `torch.optim.SGD` and its `zero_grad` (if you like), `torch.stack`.


# %% exercise="gradients_pile_up" points=4
def total_gradient(losses: list[Callable], x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    """Return the gradient at x of the sum of all the losses."""
    ### BEGIN SOLUTION
    point = x.detach().clone().requires_grad_()
    for loss in losses:
        loss(point).backward()
    return point.grad
    ### END SOLUTION


def separate_gradients(losses: list[Callable], x: Float[Tensor, "n"]) -> list[Float[Tensor, "n"]]:
    """Return the gradient at x of each of the losses."""
    ### BEGIN SOLUTION
    point = x.detach().clone().requires_grad_()
    gradients = []
    for loss in losses:
        point.grad = None
        loss(point).backward()
        gradients.append(point.grad)
    return gradients
    ### END SOLUTION


def descend(f: Callable, start: Float[Tensor, "n"], learning_rate: float, steps: int) -> Float[Tensor, "points n"]:
    """Walk down from start by gradient descent; return the steps + 1 points of the path."""
    ### BEGIN SOLUTION
    point = start.detach().clone().requires_grad_()
    path = [point.detach().clone()]
    for _ in range(steps):
        point.grad = None
        f(point).backward()
        with torch.no_grad():
            point -= learning_rate * point.grad
        path.append(point.detach().clone())
    return torch.stack(path)
    ### END SOLUTION


# %% [markdown]
# ## 7. Cutting the thread
#
# Sometimes you want the *number*, but not the thread that hangs on it. There are two pairs of scissors:
#
# ```text
#     y.detach()                  this one tensor, from here on: the same values, without the diary
#
#     with torch.no_grad():       nothing that is calculated in here is noted at all:
#         ...                     saves time and memory
# ```
#
# ```python
# >>> x = torch.tensor(3.0, requires_grad=True)
# >>> with torch.no_grad():
# ...     quiet = x**2
# >>> quiet
# tensor(9.)
# >>> y = x * x.detach()
# >>> y.backward()
# >>> x.grad
# tensor(3.)
# ```
#
# The last one is worth a minute. `y` is 9, as before, but the gradient is 3, not 6: for the diary, the second
# factor is just a number that happens to be 3. You will meet three uses of this again and again:
#
# 1. **Evaluation.** You only want to know how good you are; nobody will call backward. No diary, please.
# 2. **A target that must hold still.** An archer should move the arrow, not the target. But when the target was
#    itself calculated by a network (you will see that in reinforcement learning), backward would happily pull
#    it towards the arrow.
# 3. **A gradient that tells a white lie.** Rounding is a staircase: flat everywhere, so its true gradient is 0,
#    and nothing in front of it could ever learn. The *straight-through* trick rounds on the way forward and, on
#    the way back, pretends that nothing happened:
#
# ```text
#                 forward                      backward
#
#         2 ┤         ┌────                      gradient 1 everywhere,
#         1 ┤    ┌────┘                          as if it had been y = x
#         0 ┼────┘
# ```
#
# How do you build it from a `detach`? Write y as *x plus a correction*, and ask yourself which of the two
# should have a thread.
#
# **Your turn.**
#
# - `evaluate(f, x)`: the value of `f` at `x`, as a tensor that has no diary and does not require gradients,
#   also when `x` does.
# - `error_to_fixed_target(prediction, target)`: the mean of the squared differences, as a tensor without axes.
#   Gradients flow to the prediction and never to the target, even when that requires them.
# - `round_straight_through(x)`: every entry rounded as `torch.round` does it, and with the gradient of y = x.
#
# *Worth looking up:* `Tensor.detach`, `torch.no_grad`, `torch.round`.


# %% exercise="cut_the_thread" points=3
def evaluate(f: Callable, x: Float[Tensor, "n"]) -> Float[Tensor, "..."]:
    """Return the value of f at x, without a diary."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        return f(x)
    ### END SOLUTION


def error_to_fixed_target(prediction: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
    """Return the mean squared difference; its gradient reaches the prediction only."""
    ### BEGIN SOLUTION
    return ((prediction - target.detach()) ** 2).mean()
    ### END SOLUTION


def round_straight_through(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return x rounded; its gradient is that of x itself."""
    ### BEGIN SOLUTION
    return x + (torch.round(x) - x).detach()
    ### END SOLUTION


# %% [markdown]
# ## 8. Rubbing out what the diary refers to
#
# A diary may say *see the table on page 12*. If somebody rubs that table out and writes another one over it,
# the diary becomes a lie. That is what an in-place operation (`+=`, `*=`, `x[i] = ...`, names ending in `_`)
# can do to autograd. Luckily, PyTorch notices:
#
# ```python
# >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
# >>> y = torch.sigmoid(x)
# >>> y *= x
# >>> y.sum().backward()
# Traceback (most recent call last):
# RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: ...
# ```
#
# Some operations need their *inputs* for going back (a product needs both factors), some their *result* (the
# sigmoid: its slope is s·(1 − s), so it keeps s), some neither (a sum). Here, `y *= x` wrote over the s that
# the sigmoid had kept. Note that the error comes at `backward`, far from the line that is to blame. The values
# going forward were perfectly right!
#
# The repair is nearly always a single character: *make a new tensor* in the place of overwriting the old one.
# What is no repair at all is `y.data *= x`. It silences the alarm, and the gradient comes out wrong.
#
# There are good in-place operations, too. One is the step of gradient descent: there the weight is *meant* to
# change. Only, a leaf that requires gradients defends itself:
#
# ```python
# >>> x -= 0.1
# Traceback (most recent call last):
# RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.
# ```
#
# until you say that this is not part of the calculation. You know how.
#
# **Your turn.** Two patients, and one healthy in-place operation.
#
# - `swish(x)` should be x · sigmoid(x), entry by entry. The values of this one are right, and backward raises.
#   Repair it:
#
#   ```text
#   def swish(x):
#       y = torch.sigmoid(x)
#       y *= x
#       return y
#   ```
#
# - `moving_average(x, keep)` smooths a series x of shape (steps,), of one step or more: the first entry is
#   x[0], and each of the following is keep · *the entry before* + (1 − keep) · x[t]. For x = 4, 0, 0 and keep =
#   0.5 it is 4, 2, 1. `keep` is a tensor without axes, and gradients must flow to `x` *and* to `keep`. Again,
#   only backward raises:
#
#   ```text
#   def moving_average(x, keep):
#       smooth = torch.zeros_like(x)
#       smooth[0] = x[0]
#       for t in range(1, len(x)):
#           smooth[t] = keep * smooth[t - 1] + (1 - keep) * x[t]
#       return smooth
#   ```
#
# - `step_(weight, gradient, learning_rate)` changes the caller's `weight` in place to weight − learning_rate ·
#   gradient, whether or not it requires gradients, leaves `gradient` alone, and returns nothing. (Here, and
#   only here, house rule 2 does not apply to `weight`.)
#
# *Worth looking up:* `torch.stack`, `torch.no_grad`, "In-place correctness checks" in PyTorch's notes on
# autograd.


# %% exercise="in_place_pitfall" points=3
def swish(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return x times the sigmoid of x; gradients flow."""
    ### BEGIN SOLUTION
    return x * torch.sigmoid(x)
    ### END SOLUTION


def moving_average(x: Float[Tensor, "steps"], keep: Float[Tensor, ""]) -> Float[Tensor, "steps"]:
    """Smooth a series: keep so much of the entry before, take the rest from x; gradients flow to both."""
    ### BEGIN SOLUTION
    smooth = [x[0]]
    for value in x[1:]:
        smooth.append(keep * smooth[-1] + (1 - keep) * value)
    return torch.stack(smooth)
    ### END SOLUTION


def step_(weight: Float[Tensor, "*shape"], gradient: Float[Tensor, "*shape"], learning_rate: float) -> None:
    """Subtract learning_rate times the gradient from the caller's weight, in place."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        weight -= learning_rate * gradient
    ### END SOLUTION


# %% [markdown]
# ## 9. Listening in
#
# Gradients run through the graph from back to front, and only the leaves keep theirs. What if you want to know
# what passed *in between*, because your network does not learn and you suspect that the gradient dies on its
# way? You tap the wire. A **hook** is a function that a tensor calls when its gradient passes:
#
# ```python
# >>> x = torch.tensor(2.0, requires_grad=True)
# >>> y = x**2
# >>> tap = y.register_hook(lambda gradient: print("passing y:", gradient))
# >>> z = 3 * y
# >>> z.backward()
# passing y: tensor(3.)
# >>> x.grad
# tensor(12.)
# ```
#
# A hook that returns nothing only listens. A hook that returns a tensor **replaces** the gradient, and
# everything further in front gets to see the new one:
#
# ```python
# >>> x = torch.tensor(2.0, requires_grad=True)
# >>> y = x**2
# >>> tap = y.register_hook(lambda gradient: -gradient)
# >>> (3 * y).backward()
# >>> x.grad
# tensor(-12.)
# ```
#
# A hook should never change *in place* what it is handed: others may hold the same tensor.
#
# **Your turn.**
#
# - `record_gradients(layers, x)`: `layers` is a list of one or more functions, each to be applied to the result
#   of the one before, the first to `x`. The last gives a tensor without axes. Call backward on that once, and
#   return a list of all the gradients that passed: at the last result (that is always a 1), at the result
#   before it, ..., and in the end at `x` itself, in this order. For k layers that makes k + 1 tensors, each of
#   the shape of the tensor at which it passed.
#
#   ```text
#       x ──[layer 0]── h ──[layer 1]── loss
#       ▲               ▲               ▲
#     last            second          first in your list
#   ```
#
# - `clip_gradient(x, limit)`: passes the values of `x` on, unchanged, but every entry of a gradient that comes
#   back through the result is pressed into the range from −limit to limit. So large gradients cannot do harm
#   any more. Here `x` always requires gradients.
#
# *Worth looking up:* `Tensor.register_hook`, `torch.clamp`, `Tensor.clone`.


# %% exercise="listen_in" points=3
def record_gradients(layers: list[Callable], x: Float[Tensor, "n"]) -> list[Float[Tensor, "..."]]:
    """Apply the layers one after another, call backward, and return the gradients in the order in which they pass."""
    ### BEGIN SOLUTION
    passed = []
    value = x.detach().clone().requires_grad_()
    value.register_hook(passed.append)
    for layer in layers:
        value = layer(value)
        value.register_hook(passed.append)
    value.backward()
    return passed
    ### END SOLUTION


def clip_gradient(x: Float[Tensor, "*shape"], limit: float) -> Float[Tensor, "*shape"]:
    """Return the values of x; gradients that come back are clamped to the range from -limit to limit."""
    ### BEGIN SOLUTION
    result = x.clone()
    result.register_hook(lambda gradient: gradient.clamp(-limit, limit))
    return result
    ### END SOLUTION


# %% [markdown]
# ## Before you go
#
# If you keep six things from today, keep these:
#
# ```text
#     1.  Autograd keeps a diary and reads it backwards. backward() reads it once, then it is gone.
#     2.  Where ways part, gradients add up; what was spread forward is collected backward.
#     3.  backward() adds to .grad. Clear it first: zero_grad, backward, step.
#     4.  Not a number but a vector at the end? Say how much you care for each entry: v times J.
#     5.  detach cuts one thread, no_grad closes the diary, and .data lies.
#     6.  A gradient looks strange? Hang a hook on it, or let gradcheck wiggle.
# ```
#
# Tomorrow the fog lifts a little: you will race different ways of going down the hill against each other.
