"""Right answers to day 4 in other styles: every one of them deserves full marks."""

# ruff: noqa: F811  several right answers share the one name that they replace

from __future__ import annotations

import torch

from proctorch.grading.vocabulary import alternative

# 1. The slope of a parabola


@alternative("slope_of_a_parabola", "Horner's scheme")
def parabola(x):
    return (x + 3) * x + 1


@alternative("slope_of_a_parabola", "built-ins for power and sum")
def parabola(x):
    return torch.square(x).add(x, alpha=3).add(1)


@alternative("slope_of_a_parabola", "asked for directly, in float64")
def slope(x):
    point = torch.tensor(x, dtype=torch.float64).requires_grad_()
    return float(torch.autograd.grad(parabola(point), point)[0])


@alternative("slope_of_a_parabola", "with a pencil")
def slope(x):
    return 2.0 * x + 3.0


@alternative("slope_of_a_parabola", "asked for directly")
def gradient(f, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(f(x), x)[0]


@alternative("slope_of_a_parabola", "torch.func")
def gradient(f, x):
    return torch.func.grad(f)(x)


@alternative("slope_of_a_parabola", "a leaf from a new Parameter, and a graph kept for more")
def gradient(f, x):
    point = torch.nn.Parameter(x.detach().clone())
    return torch.autograd.grad(f(point), [point], create_graph=True)[0]


# 2. MySquare


@alternative("my_square", "multiplied by itself, kept on the context")
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x * x

    @staticmethod
    def backward(ctx, grad_output):
        return (ctx.x + ctx.x) * grad_output


@alternative("my_square", "a derivative prepared on the way forward")
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(2 * x)
        return torch.pow(x, 2)

    @staticmethod
    def backward(ctx, *gradients):
        return torch.mul(*gradients, *ctx.saved_tensors)


@alternative("my_square", "the newer style with setup_context")
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x.square()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad_output):
        return 2 * ctx.saved_tensors[0] * grad_output


@alternative("my_square", "class methods, and a tuple of one gradient")
class MySquare(torch.autograd.Function):
    @classmethod
    def forward(cls, ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @classmethod
    def backward(cls, ctx, grad_output):
        return (grad_output.clone().mul_(ctx.saved_tensors[0]).mul_(2),)


# 3. Two inputs


@alternative("scale_rows", "einsum")
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return torch.einsum("rc,r->rc", x, importance)

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        return (
            torch.einsum("rc,r->rc", grad_output, importance),
            torch.einsum("rc,rc->r", grad_output, x),
        )


@alternative("scale_rows", "only what is asked for")
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return (x.T * importance).T

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        for_x = for_importance = None
        if ctx.needs_input_grad[0]:
            for_x = (grad_output.T * importance).T
        if ctx.needs_input_grad[1]:
            for_importance = (grad_output * x).T.sum(0)
        return for_x, for_importance


@alternative("scale_rows", "row by row")
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        result = torch.empty_like(x)
        for i in range(len(x)):
            result[i] = x[i] * importance[i]
        return result

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        for_x, for_importance = torch.zeros_like(x), torch.zeros_like(importance)
        for i in range(len(x)):
            for_x[i] = grad_output[i] * importance[i]
            for_importance[i] = torch.dot(grad_output[i], x[i])
        return for_x, for_importance


@alternative("scale_rows", "a diagonal matrix")
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return torch.diag(importance) @ x

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        return torch.diag(importance) @ grad_output, torch.diagonal(grad_output @ x.T)


# 4. The Jacobian


@alternative("jacobian_of_a_vector", "backward with weights")
def vector_jacobian_product(f, x, v):
    x = x.clone().detach().requires_grad_()
    f(x).backward(v)
    return x.grad


@alternative("jacobian_of_a_vector", "the gradient of the weighted sum")
def vector_jacobian_product(f, x, v):
    point = x.detach().requires_grad_()
    return torch.autograd.grad((v * f(point)).sum(), point)[0]


@alternative("jacobian_of_a_vector", "torch.func.vjp")
def vector_jacobian_product(f, x, v):
    _, pull_back = torch.func.vjp(f, x)
    return pull_back(v)[0]


@alternative("jacobian_of_a_vector", "the whole table first")
def vector_jacobian_product(f, x, v):
    return v @ torch.autograd.functional.jacobian(f, x.detach())


@alternative("jacobian_of_a_vector", "torch.autograd.functional")
def jacobian(f, x):
    return torch.autograd.functional.jacobian(f, x)


@alternative("jacobian_of_a_vector", "torch.func.jacrev")
def jacobian(f, x):
    return torch.func.jacrev(f)(x.detach())


@alternative("jacobian_of_a_vector", "forward mode, column by column")
def jacobian(f, x):
    x = x.detach()
    columns = [torch.func.jvp(f, (x,), (direction,))[1] for direction in torch.eye(len(x), dtype=x.dtype)]
    return torch.stack(columns, dim=1)


@alternative("jacobian_of_a_vector", "f called anew for every row")
def jacobian(f, x):
    outputs = f(x.detach())
    table = outputs.new_zeros(len(outputs), len(x))
    for i in range(len(outputs)):
        point = x.detach().clone().requires_grad_()
        f(point)[i].backward()
        table[i] = point.grad
    return table


@alternative("jacobian_of_a_vector", "one-hot weights, all at once")
def jacobian(f, x):
    point = x.detach().requires_grad_()
    outputs = f(point)
    questions = torch.eye(len(outputs), dtype=outputs.dtype)
    return torch.autograd.grad(outputs, point, questions, is_grads_batched=True)[0]


# 5. The slope of the slope


@alternative("slope_of_the_slope", "a loop over the orders, weights of one in the place of the sum")
def motion(t, amplitude, damping, frequency):
    t = t.detach().clone().requires_grad_()
    derivatives = [amplitude * (-damping * t).exp() * (frequency * t).cos()]
    for _ in range(3):
        last = derivatives[-1]
        derivatives += torch.autograd.grad(last, t, torch.ones_like(last), create_graph=True)
    return tuple(derivatives)


@alternative("slope_of_the_slope", "torch.func, one time after another")
def motion(t, amplitude, damping, frequency):
    def position(moment):
        return amplitude * torch.exp(-damping * moment) * torch.cos(frequency * moment)

    functions = [position]
    for _ in range(3):
        functions.append(torch.func.grad(functions[-1]))
    return [torch.stack([function(moment) for moment in t.detach()]) for function in functions]


@alternative("slope_of_the_slope", "backward with create_graph, cleared in between")
def motion(t, amplitude, damping, frequency):
    t = t.detach().clone().requires_grad_()
    position = amplitude * torch.exp(-damping * t) * torch.cos(frequency * t)
    answers, current = [position.detach()], position
    for _ in range(3):
        (current,) = torch.autograd.grad(current.sum(), t, create_graph=True, retain_graph=True)
        answers.append(current.detach())
    return answers[0], answers[1], answers[2], answers[3]


@alternative("slope_of_the_slope", "with a pencil and complex numbers")
def motion(t, amplitude, damping, frequency):
    rate = complex(-damping, frequency)
    spiral = amplitude * torch.exp(rate * t.detach())
    return tuple((rate**order * spiral).real for order in range(4))


@alternative("slope_of_the_slope", "torch.autograd.functional")
def hessian(f, x):
    return torch.autograd.functional.hessian(f, x)


@alternative("slope_of_the_slope", "torch.func")
def hessian(f, x):
    return torch.func.hessian(f)(x.detach())


@alternative("slope_of_the_slope", "Hessian times unit vectors")
def hessian(f, x):
    point = x.detach().requires_grad_()
    slopes = torch.autograd.grad(f(point), point, create_graph=True)[0]
    columns = []
    for direction in torch.eye(len(x), dtype=x.dtype):
        columns.append(torch.autograd.grad(slopes @ direction, point, retain_graph=True)[0])
    return torch.stack(columns, dim=1)


# 6. Gradients pile up


@alternative("gradients_pile_up", "one backward for the sum")
def total_gradient(losses, x):
    x = x.detach().requires_grad_()
    sum(loss(x) for loss in losses).backward()
    return x.grad


@alternative("gradients_pile_up", "added up by hand")
def total_gradient(losses, x):
    total = torch.zeros_like(x)
    for loss in losses:
        point = x.detach().clone().requires_grad_()
        total += torch.autograd.grad(loss(point), point)[0]
    return total


@alternative("gradients_pile_up", "copies, then zeros")
def separate_gradients(losses, x):
    point = x.detach().clone().requires_grad_()
    found = []
    for loss in losses:
        loss(point).backward()
        found.append(point.grad.clone())
        point.grad.zero_()
    return found


@alternative("gradients_pile_up", "asked for directly, as a tuple")
def separate_gradients(losses, x):
    point = x.detach().requires_grad_()
    return tuple(torch.autograd.grad(loss(point), point)[0] for loss in losses)


@alternative("gradients_pile_up", "an optimizer and its zero_grad")
def descend(f, start, learning_rate, steps):
    point = torch.nn.Parameter(start.detach().clone())
    optimizer = torch.optim.SGD([point], lr=learning_rate)
    path = [point.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        f(point).backward()
        optimizer.step()
        path.append(point.detach().clone())
    return torch.stack(path)


@alternative("gradients_pile_up", "a new leaf after every step")
def descend(f, start, learning_rate, steps):
    path = [start.detach()]
    for _ in range(steps):
        here = path[-1].clone().requires_grad_()
        (slope_here,) = torch.autograd.grad(f(here), here)
        path.append((here - learning_rate * slope_here).detach())
    return torch.stack(path)


@alternative("gradients_pile_up", "rows written into a table")
def descend(f, start, learning_rate, steps):
    path = torch.empty(steps + 1, len(start), dtype=start.dtype)
    path[0] = start.detach()
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * torch.func.grad(f)(path[i].clone())
    return path


# 7. Cutting the thread


@alternative("cut_the_thread", "detached afterwards")
def evaluate(f, x):
    return f(x).detach()


@alternative("cut_the_thread", "detached before")
def evaluate(f, x):
    return f(x.detach())


@alternative("cut_the_thread", "a decorator")
@torch.no_grad()
def evaluate(f, x):
    return f(x)


@alternative("cut_the_thread", "inference mode")
def evaluate(f, x):
    with torch.inference_mode():
        return f(x)


@alternative("cut_the_thread", "the built-in loss")
def error_to_fixed_target(prediction, target):
    return torch.nn.functional.mse_loss(prediction, target.detach())


@alternative("cut_the_thread", "a target copied while the diary is closed")
def error_to_fixed_target(prediction, target):
    with torch.no_grad():
        still = target.clone()
    difference = (prediction - still).reshape(-1)
    return difference @ difference / difference.numel()


@alternative("cut_the_thread", "rounded minus nothing")
def round_straight_through(x):
    return torch.round(x).detach() + (x - x.detach())


@alternative("cut_the_thread", "a page of its own")
def round_straight_through(x):
    class Round(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return torch.round(x)

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output

    return Round.apply(x)


@alternative("cut_the_thread", "values overwritten on purpose")
def round_straight_through(x):
    y = x.clone()
    with torch.no_grad():
        y.round_()
    return y


# 8. The in-place pitfall


@alternative("in_place_pitfall", "the built-in")
def swish(x):
    return torch.nn.functional.silu(x)


@alternative("in_place_pitfall", "a fraction")
def swish(x):
    return x / (1 + torch.exp(-x))


@alternative("in_place_pitfall", "in place on a copy")
def swish(x):
    y = torch.sigmoid(x).clone()
    y *= x
    return y


@alternative("in_place_pitfall", "a running value, joined at the end")
def moving_average(x, keep):
    current, entries = x[:1], [x[:1]]
    for t in range(1, x.shape[0]):
        current = torch.lerp(x[t : t + 1], current, keep)
        entries.append(current)
    return torch.cat(entries)


@alternative("in_place_pitfall", "a table of weights")
def moving_average(x, keep):
    rows = []
    for t in range(len(x)):
        weights = [keep**t] + [(1 - keep) * keep ** (t - s) for s in range(1, t + 1)]
        rows.append(sum(weight * x[s] for s, weight in enumerate(weights)))
    return torch.stack(rows)


@alternative("in_place_pitfall", "written into a prepared tensor, from copies")
def moving_average(x, keep):
    smooth = torch.zeros_like(x)
    last = x[0]
    smooth[0] = last
    for t in range(1, len(x)):
        last = keep * last + (1 - keep) * x[t]
        smooth[t] = last
    return smooth


@alternative("in_place_pitfall", "detached, sharing the memory")
def step_(weight, gradient, learning_rate):
    weight.detach().sub_(gradient, alpha=learning_rate)


@alternative("in_place_pitfall", "copied over")
def step_(weight, gradient, learning_rate):
    with torch.no_grad():
        weight.copy_(weight - learning_rate * gradient)


@alternative("in_place_pitfall", "the data, which is meant here")
def step_(weight, gradient, learning_rate):
    weight.data -= learning_rate * gradient
    return weight


# 9. Listening in


@alternative("listen_in", "retain_grad, read backwards")
def record_gradients(layers, x):
    values = [x.detach().clone().requires_grad_()]
    for layer in layers:
        values.append(layer(values[-1]))
        values[-1].retain_grad()
    values[-1].backward()
    return [value.grad for value in reversed(values)]


@alternative("listen_in", "one question for all")
def record_gradients(layers, x):
    values = [x.detach().requires_grad_()]
    for layer in layers:
        values.append(layer(values[-1]))
    return torch.autograd.grad(values[-1], values[::-1])


@alternative("listen_in", "copies put in front of a list")
def record_gradients(layers, x):
    record = {}

    def tap(place):
        def hook(grad):
            record[place] = grad.clone()

        return hook

    value = x.detach().clone().requires_grad_()
    value.register_hook(tap(0))
    for place, layer in enumerate(layers, start=1):
        value = layer(value)
        value.register_hook(tap(place))
    value.backward()
    return [record[place] for place in range(len(layers), -1, -1)]


@alternative("listen_in", "a page of its own")
def clip_gradient(x, limit):
    class Clip(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad_output):
            return torch.clamp(grad_output, min=-limit, max=limit)

    return Clip.apply(x)


@alternative("listen_in", "a view with a hook of minimum and maximum")
def clip_gradient(x, limit):
    y = x.view_as(x)

    def press(grad):
        bound = torch.full_like(grad, limit)
        return torch.minimum(torch.maximum(grad, -bound), bound)

    y.register_hook(press)
    return y


@alternative("listen_in", "times one, with where")
def clip_gradient(x, limit):
    y = x * 1
    y.register_hook(lambda g: torch.where(g.abs() > limit, limit * g.sign(), g))
    return y
