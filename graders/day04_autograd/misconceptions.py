"""What students get wrong on day 4, each mistake with the hint that its author deserves."""

# ruff: noqa: F811  several wrong answers share the one name that they replace

from __future__ import annotations

import torch

from proctorch.grading.vocabulary import misconception

# 1. The slope of a parabola


@misconception(
    "slope_of_a_parabola",
    "gives the height where the slope was asked",
    hint="At 2 you return 11. Is that y, or how fast y rises? Where does backward leave its answer?",
)
def slope(x):
    point = torch.tensor(float(x), requires_grad=True)
    y = parabola(point)
    y.backward()
    return y.item()


@misconception(
    "slope_of_a_parabola",
    "starts from a whole number",
    hint="Try slope(2) as well as slope(2.0). Which dtype does torch.tensor(2) have, and can that require gradients?",
)
def slope(x):
    point = torch.tensor(x, requires_grad=True)
    parabola(point).backward()
    return point.grad.item()


@misconception(
    "slope_of_a_parabola",
    "hands back a tensor",
    hint="The number is right. Look at its type: the text asks for a Python float.",
)
def slope(x):
    point = torch.tensor(float(x), requires_grad=True)
    parabola(point).backward()
    return point.grad


@misconception(
    "slope_of_a_parabola",
    "asks the result for its gradient",
    hint="Only the leaf, where the diary begins, keeps a gradient. Whose .grad do you read?",
)
def slope(x):
    point = torch.tensor(float(x), requires_grad=True)
    y = parabola(point)
    y.backward()
    return y.grad


@misconception(
    "slope_of_a_parabola",
    "calculates with naked numbers",
    hint="The values are right. Print your result: has it a grad_fn? If not, which call dropped the diary?",
)
def parabola(x):
    values = x.detach().numpy()
    return torch.as_tensor(values**2 + 3 * values + 1)


@misconception(
    "slope_of_a_parabola",
    "adds everything up",
    hint="Compare the shape of your result with that of x. Who asked for one number?",
)
def parabola(x):
    return (x**2 + 3 * x + 1).sum()


@misconception(
    "slope_of_a_parabola",
    "asks a copy that is no leaf",
    hint="Try an x that requires gradients already. Is x.clone() then still a leaf? Ask it: is_leaf.",
)
def gradient(f, x):
    point = x.clone().requires_grad_()
    f(point).backward()
    return point.grad


@misconception(
    "slope_of_a_parabola",
    "never says which tensor to watch",
    hint="Does x require gradients when it comes? House rule 1 says how to get a tensor that does.",
)
def gradient(f, x):
    f(x).backward()
    return x.grad


@misconception(
    "slope_of_a_parabola",
    "hands back the whole tuple",
    hint="torch.autograd.grad gives a tuple with one gradient for each thing that you ask about. And you want?",
)
def gradient(f, x):
    point = x.detach().requires_grad_()
    return torch.autograd.grad(f(point), point)


@misconception(
    "slope_of_a_parabola",
    "makes a float32 of every point",
    hint="Hand in a float64 point and print the dtype of the gradient. Which call changed it? (House rule 2.)",
)
def gradient(f, x):
    point = torch.tensor(x.tolist(), requires_grad=True)
    f(point).backward()
    return point.grad


# 2. MySquare


@misconception(
    "my_square",
    "ignores what comes from behind",
    hint="Multiply the square by 5 afterwards: does your gradient notice? Where in backward would the 5 arrive?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return 2 * x


@misconception(
    "my_square",
    "remembers the result, not the input",
    hint="At 3 you get 18. Which of 3 and 9 stands in the derivative, and which one did you save?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = x**2
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 2 * x


@misconception(
    "my_square",
    "passes the gradient on as it came",
    hint="Your backward is that of y = x. How many times faster than x does its square grow, at 3?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


@misconception(
    "my_square",
    "adds where the chain rule multiplies",
    hint="With 1 from behind you get one too many. Does the chain rule add the two slopes?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output + 2 * x


@misconception(
    "my_square",
    "forgets to return the gradient",
    hint="What does a Python function give back when it has no return?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        grad_output * 2 * x


@misconception(
    "my_square",
    "remembers nothing",
    hint="backward finds ctx.saved_tensors empty. Who was to put something in, and when?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 2 * x


@misconception(
    "my_square",
    "multiplies with the square itself",
    hint="Your gradient at 3 is 9. That is x². What is the derivative of x²?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * x**2


@misconception(
    "my_square",
    "takes the saved tuple for the tensor",
    hint="saved_tensors is a tuple, even with a single tensor in it. How does the sine in the text unpack it?",
)
class MySquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad_output):
        x = ctx.saved_tensors
        return grad_output * (2 * x)


# 3. Two inputs


@misconception(
    "scale_rows",
    "does not collect what was spread",
    hint="One importance had a hand in a whole row. In how many places does its gradient arrive, and who adds them up?",
)
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return x * importance[:, None]

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        return grad_output * importance[:, None], grad_output * x


@misconception(
    "scale_rows",
    "takes the mean over the row",
    hint="In the example, the first importance should get 6, and you give 2. Where ways part, do gradients average?",
)
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return x * importance[:, None]

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        return grad_output * importance[:, None], (grad_output * x).mean(dim=1)


@misconception(
    "scale_rows",
    "returns the gradients in the wrong order",
    hint="In which order does forward take its inputs, and in which order do your gradients come back?",
)
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return x * importance[:, None]

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        return (grad_output * x).sum(dim=1), grad_output * importance[:, None]


@misconception(
    "scale_rows",
    "returns one gradient for two inputs",
    hint="Count the inputs of forward, and count what backward returns.",
)
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return x * importance[:, None]

    @staticmethod
    def backward(ctx, grad_output):
        _, importance = ctx.saved_tensors
        return grad_output * importance[:, None]


@misconception(
    "scale_rows",
    "forgets the gradient from behind for the importance",
    hint="Let different gradients arrive at every entry of the result. Does the importance get to know of them?",
)
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return x * importance[:, None]

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        return grad_output * importance[:, None], x.sum(dim=1)


@misconception(
    "scale_rows",
    "takes the importance for a constant",
    hint="You return None for the importance. That says: whatever it is, nothing would change. Is that so?",
)
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(importance)
        return x * importance[:, None]

    @staticmethod
    def backward(ctx, grad_output):
        (importance,) = ctx.saved_tensors
        return grad_output * importance[:, None], None


@misconception(
    "scale_rows",
    "scales the columns",
    hint="Try a square table and look which numbers were multiplied. Broadcasting aligns shapes from the right.",
)
class ScaleRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, importance):
        ctx.save_for_backward(x, importance)
        return x * importance

    @staticmethod
    def backward(ctx, grad_output):
        x, importance = ctx.saved_tensors
        return grad_output * importance, (grad_output * x).sum(dim=0)


# 4. The Jacobian


@misconception(
    "jacobian_of_a_vector",
    "cares for all outputs alike",
    hint="What does your function do with v? Try a v of 0, 1, 0: you should get one row only.",
)
def vector_jacobian_product(f, x, v):
    point = x.detach().clone().requires_grad_()
    f(point).sum().backward()
    return point.grad


@misconception(
    "jacobian_of_a_vector",
    "multiplies from the other side",
    hint="v has one entry an output. Does it meet the rows of the Jacobian or its columns? Try a square one.",
)
def vector_jacobian_product(f, x, v):
    return torch.autograd.functional.jacobian(f, x.detach()) @ v


@misconception(
    "jacobian_of_a_vector",
    "calls backward without weights",
    hint="PyTorch asks back: which output do you mean? You have the answer in your hand, it is called v.",
)
def vector_jacobian_product(f, x, v):
    point = x.detach().clone().requires_grad_()
    f(point).backward()
    return point.grad * v


@misconception(
    "jacobian_of_a_vector",
    "lays the table on its side",
    hint="Row i tells how output i feels about all the inputs. Along which axis do you stack?",
)
def jacobian(f, x):
    point = x.detach().clone().requires_grad_()
    rows = [torch.autograd.grad(output, point, retain_graph=True)[0] for output in f(point)]
    return torch.stack(rows, dim=1)


@misconception(
    "jacobian_of_a_vector",
    "adds all the rows up",
    hint="Your result has no axis for the outputs. The gradient of the sum is the sum of the rows; keep them apart.",
)
def jacobian(f, x):
    point = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(point).sum(), point)[0]


@misconception(
    "jacobian_of_a_vector",
    "reads a diary that was thrown away",
    hint="The first row works, the second raises. What happens to the diary after reading, and how can you keep it?",
)
def jacobian(f, x):
    point = x.detach().clone().requires_grad_()
    return torch.stack([torch.autograd.grad(output, point)[0] for output in f(point)])


@misconception(
    "jacobian_of_a_vector",
    "lets the rows pile up",
    hint="Row 0 is right, row 1 is row 0 plus something. What does backward do with a .grad that is already there?",
)
def jacobian(f, x):
    point = x.detach().clone().requires_grad_()
    rows = []
    for output in f(point):
        output.backward(retain_graph=True)
        rows.append(point.grad.clone())
    return torch.stack(rows)


@misconception(
    "jacobian_of_a_vector",
    "keeps the same row many times",
    hint="All your rows look alike. How many gradient tensors are there, and how many names for them?",
)
def jacobian(f, x):
    point = x.detach().clone().requires_grad_()
    point.grad = torch.zeros_like(point)
    rows = []
    for output in f(point):
        point.grad.zero_()
        output.backward(retain_graph=True)
        rows.append(point.grad)
    return torch.stack(rows)


# 5. The slope of the slope


@misconception(
    "slope_of_the_slope",
    "differentiates a slope without a diary",
    hint="Print your velocity: has it a grad_fn? Which argument writes the reading of the diary into a diary?",
)
def motion(t, amplitude, damping, frequency):
    t = t.detach().clone().requires_grad_()
    position = amplitude * torch.exp(-damping * t) * torch.cos(frequency * t)
    (velocity,) = torch.autograd.grad(position.sum(), t, retain_graph=True)
    (acceleration,) = torch.autograd.grad(velocity.sum(), t, retain_graph=True)
    (jerk,) = torch.autograd.grad(acceleration.sum(), t)
    return position, velocity, acceleration, jerk


@misconception(
    "slope_of_the_slope",
    "averages over the times",
    hint="With a single time it is right, with two it is half as much. What should the times be joined by?",
)
def motion(t, amplitude, damping, frequency):
    t = t.detach().clone().requires_grad_()
    position = amplitude * torch.exp(-damping * t) * torch.cos(frequency * t)
    (velocity,) = torch.autograd.grad(position.mean(), t, create_graph=True)
    (acceleration,) = torch.autograd.grad(velocity.mean(), t, create_graph=True)
    (jerk,) = torch.autograd.grad(acceleration.mean(), t)
    return position, velocity, acceleration, jerk


@misconception(
    "slope_of_the_slope",
    "calls backward on the position again and again",
    hint="Your derivatives are 1, 2 and 3 times the velocity. What do you differentiate, and what happens to .grad?",
)
def motion(t, amplitude, damping, frequency):
    t = t.detach().clone().requires_grad_()
    position = amplitude * torch.exp(-damping * t) * torch.cos(frequency * t)
    answers = [position]
    for _ in range(3):
        position.sum().backward(retain_graph=True)
        answers.append(t.grad.clone())
    return tuple(answers)


@misconception(
    "slope_of_the_slope",
    "multiplies slopes in the place of differentiating",
    hint="Your acceleration is the velocity times itself. Is the slope of the slope the same as its square?",
)
def motion(t, amplitude, damping, frequency):
    t = t.detach().clone().requires_grad_()
    position = amplitude * torch.exp(-damping * t) * torch.cos(frequency * t)
    (velocity,) = torch.autograd.grad(position.sum(), t)
    return position, velocity, velocity**2, velocity**3


@misconception(
    "slope_of_the_slope",
    "forgets a minus in the exponent",
    hint="Does your swing calm down with time, or does it go higher and higher? Read the formula once more.",
)
def motion(t, amplitude, damping, frequency):
    t = t.detach().clone().requires_grad_()
    position = amplitude * torch.exp(damping * t) * torch.cos(frequency * t)
    (velocity,) = torch.autograd.grad(position.sum(), t, create_graph=True)
    (acceleration,) = torch.autograd.grad(velocity.sum(), t, create_graph=True)
    (jerk,) = torch.autograd.grad(acceleration.sum(), t)
    return position, velocity, acceleration, jerk


@misconception(
    "slope_of_the_slope",
    "differentiates the slopes without a diary of them",
    hint="For a second derivative, the first one must have a grad_fn. How did you ask for it?",
)
def hessian(f, x):
    point = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(f(point), point)
    return torch.stack([torch.autograd.grad(entry, point, retain_graph=True)[0] for entry in slopes])


@misconception(
    "slope_of_the_slope",
    "adds the rows of the Hessian up",
    hint="Your result is a vector: the sum of all rows. Ask for the gradient of each slope by itself.",
)
def hessian(f, x):
    point = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(f(point), point, create_graph=True)
    return torch.autograd.grad(slopes.sum(), point)[0]


@misconception(
    "slope_of_the_slope",
    "writes row sums on a diagonal",
    hint="Zeros off the diagonal say that no slope depends on another input. Is that so for f = xy in the text?",
)
def hessian(f, x):
    point = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(f(point), point, create_graph=True)
    return torch.diag(torch.autograd.grad(slopes.sum(), point)[0])


@misconception(
    "slope_of_the_slope",
    "multiplies the slopes with each other",
    hint="At the bottom of a bowl all slopes are 0, and yet it is curved. What does your table say there?",
)
def hessian(f, x):
    point = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(f(point), point)
    return torch.outer(slopes, slopes)


# 6. Gradients pile up


@misconception(
    "gradients_pile_up",
    "clears where it should pile up",
    hint="You return the gradient of the last loss only. When exactly should you clear, if you want the sum?",
)
def total_gradient(losses, x):
    point = x.detach().clone().requires_grad_()
    for loss in losses:
        point.grad = None
        loss(point).backward()
    return point.grad


@misconception(
    "gradients_pile_up",
    "takes the mean of the gradients",
    hint="For one loss it is right, for two it is half of it. Sum or mean: what does the text ask for?",
)
def total_gradient(losses, x):
    point = x.detach().clone().requires_grad_()
    for loss in losses:
        loss(point).backward()
    return point.grad / len(losses)


@misconception(
    "gradients_pile_up",
    "lets separate gradients pile up",
    hint="The first is right, the second is the first plus something. What must happen between two backwards?",
)
def separate_gradients(losses, x):
    point = x.detach().clone().requires_grad_()
    found = []
    for loss in losses:
        loss(point).backward()
        found.append(point.grad.clone())
    return found


@misconception(
    "gradients_pile_up",
    "keeps a name where it wants a copy",
    hint="All entries of your list look alike. What did zero_() in the text do to the gradient that was kept?",
)
def separate_gradients(losses, x):
    point = x.detach().clone().requires_grad_()
    point.grad = torch.zeros_like(point)
    found = []
    for loss in losses:
        point.grad.zero_()
        loss(point).backward()
        found.append(point.grad)
    return found


@misconception(
    "gradients_pile_up",
    "never clears on the way down",
    hint="The first step is right, the second too long. Print the gradient in every round, and the slope by hand.",
)
def descend(f, start, learning_rate, steps):
    point = start.detach().clone().requires_grad_()
    path = [point.detach().clone()]
    for _ in range(steps):
        f(point).backward()
        with torch.no_grad():
            point -= learning_rate * point.grad
        path.append(point.detach().clone())
    return torch.stack(path)


@misconception(
    "gradients_pile_up",
    "clears between backward and step",
    hint="You never move. What is left in .grad at the moment of your step? Look at the order of the four in the text.",
)
def descend(f, start, learning_rate, steps):
    point = start.detach().clone().requires_grad_()
    path = [point.detach().clone()]
    for _ in range(steps):
        f(point).backward()
        point.grad.zero_()
        with torch.no_grad():
            point -= learning_rate * point.grad
        path.append(point.detach().clone())
    return torch.stack(path)


@misconception(
    "gradients_pile_up",
    "walks uphill",
    hint="The gradient points to where f grows. Is that where the village lies?",
)
def descend(f, start, learning_rate, steps):
    point = start.detach().clone().requires_grad_()
    path = [point.detach().clone()]
    for _ in range(steps):
        point.grad = None
        f(point).backward()
        with torch.no_grad():
            point += learning_rate * point.grad
        path.append(point.detach().clone())
    return torch.stack(path)


@misconception(
    "gradients_pile_up",
    "writes the same place down again and again",
    hint="All rows of your path are its end. Does detach() copy the numbers, or share them?",
)
def descend(f, start, learning_rate, steps):
    point = start.detach().clone().requires_grad_()
    path = [point.detach()]
    for _ in range(steps):
        point.grad = None
        f(point).backward()
        with torch.no_grad():
            point -= learning_rate * point.grad
        path.append(point.detach())
    return torch.stack(path)


@misconception(
    "gradients_pile_up",
    "loses the leaf with the first step",
    hint="After point = point - ..., is point still a leaf? Ask is_leaf, and see what its .grad is in the next round.",
)
def descend(f, start, learning_rate, steps):
    point = start.detach().clone().requires_grad_()
    path = [point.detach().clone()]
    for _ in range(steps):
        f(point).backward()
        point = point - learning_rate * point.grad
        path.append(point.detach().clone())
    return torch.stack(path)


@misconception(
    "gradients_pile_up",
    "leaves the start out of the path",
    hint="Count your rows. How many places do you see when you take two steps, the first one included?",
)
def descend(f, start, learning_rate, steps):
    point = start.detach().clone().requires_grad_()
    path = []
    for _ in range(steps):
        point.grad = None
        f(point).backward()
        with torch.no_grad():
            point -= learning_rate * point.grad
        path.append(point.detach().clone())
    return torch.stack(path) if path else torch.zeros(0, len(start), dtype=start.dtype)


# 7. Cutting the thread


@misconception(
    "cut_the_thread",
    "evaluates with an open diary",
    hint="Print your result: it has a grad_fn. Which of the two pairs of scissors would take that off?",
)
def evaluate(f, x):
    return f(x)


@misconception(
    "cut_the_thread",
    "gives a naked number",
    hint="A tensor was asked for, and f may give several numbers at once. What does .item() do then?",
)
def evaluate(f, x):
    return f(x).item()


@misconception(
    "cut_the_thread",
    "closes the diary too late",
    hint="The calculation was noted before no_grad began. What has to stand inside the with?",
)
def evaluate(f, x):
    value = f(x.detach().clone().requires_grad_())
    with torch.no_grad():
        return value


@misconception(
    "cut_the_thread",
    "pulls the target, too",
    hint="Let the target require gradients and look at its .grad after backward. Who should hold still?",
)
def error_to_fixed_target(prediction, target):
    return ((prediction - target) ** 2).mean()


@misconception(
    "cut_the_thread",
    "nails the arrow down",
    hint="The prediction gets no gradient. Which of the two did you cut off?",
)
def error_to_fixed_target(prediction, target):
    return ((prediction.detach() - target) ** 2).mean()


@misconception(
    "cut_the_thread",
    "closes the diary for the whole error",
    hint="Under no_grad nothing is noted, for the prediction neither. Can you cut more finely?",
)
def error_to_fixed_target(prediction, target):
    with torch.no_grad():
        return ((prediction - target) ** 2).mean()


@misconception(
    "cut_the_thread",
    "sums where a mean was asked",
    hint="Compare with the example of four entries in your head: is your error too large, and by which factor?",
)
def error_to_fixed_target(prediction, target):
    return ((prediction - target.detach()) ** 2).sum()


@misconception(
    "cut_the_thread",
    "climbs the staircase honestly",
    hint="The values are right, and the gradient is 0 everywhere: that is what rounding really has. Where is the lie?",
)
def round_straight_through(x):
    return torch.round(x)


@misconception(
    "cut_the_thread",
    "cuts the rounded value off and stops there",
    hint="Your result has no thread left at all. Which part of x plus a correction should keep its own?",
)
def round_straight_through(x):
    return torch.round(x).detach()


@misconception(
    "cut_the_thread",
    "cuts the wrong one of the two",
    hint="Your gradient has the wrong sign. In x + (rounded - x), follow both x backwards: which of them is cut?",
)
def round_straight_through(x):
    return x.detach() + (torch.round(x) - x)


# 8. The in-place pitfall


@misconception(
    "in_place_pitfall",
    "writes over what the sigmoid had kept",
    hint="backward raises. Which line changes a tensor that somebody still needs? One character makes a new one.",
)
def swish(x):
    y = torch.sigmoid(x)
    y *= x
    return y


@misconception(
    "in_place_pitfall",
    "silences the alarm with .data",
    hint="No error any more, but let gradcheck wiggle. What does .data hide from the diary?",
)
def swish(x):
    y = torch.sigmoid(x)
    y.data *= x.data
    return y


@misconception(
    "in_place_pitfall",
    "cuts the sigmoid off",
    hint="The values are right. But x goes two ways in x · sigmoid(x): do both send something back?",
)
def swish(x):
    return x * torch.sigmoid(x).detach()


@misconception(
    "in_place_pitfall",
    "fills a tensor that it still reads from",
    hint="backward raises when keep requires gradients: a product needs both its factors. Who wrote over one of them?",
)
def moving_average(x, keep):
    smooth = torch.zeros_like(x)
    smooth[0] = x[0]
    for t in range(1, len(x)):
        smooth[t] = keep * smooth[t - 1] + (1 - keep) * x[t]
    return smooth


@misconception(
    "in_place_pitfall",
    "cuts the past off",
    hint="No error any more, but the last entry should depend on the first. Does its gradient reach that?",
)
def moving_average(x, keep):
    smooth = torch.zeros_like(x)
    smooth[0] = x[0]
    for t in range(1, len(x)):
        smooth[t] = keep * smooth[t - 1].detach() + (1 - keep) * x[t]
    return smooth


@misconception(
    "in_place_pitfall",
    "turns keep into a naked number",
    hint="The series gets its gradient. And keep? Look for .item() and float().",
)
def moving_average(x, keep):
    k = float(keep)
    smooth = [x[0]]
    for value in x[1:]:
        smooth.append(k * smooth[-1] + (1 - k) * value)
    return torch.stack(smooth)


@misconception(
    "in_place_pitfall",
    "makes a new weight that nobody sees",
    hint="weight = weight - ... makes a new tensor with the old name. What does the caller still hold?",
)
def step_(weight, gradient, learning_rate):
    weight = weight - learning_rate * gradient


@misconception(
    "in_place_pitfall",
    "writes the step into the diary",
    hint="A leaf that requires gradients defends itself. How do you say that the step is not part of the calculation?",
)
def step_(weight, gradient, learning_rate):
    weight -= learning_rate * gradient


@misconception(
    "in_place_pitfall",
    "spoils the gradient on the way",
    hint="The weight is right. Compare the gradient before and after: which of your calls ends in _ ?",
)
def step_(weight, gradient, learning_rate):
    with torch.no_grad():
        weight.sub_(gradient.mul_(learning_rate))


# 9. Listening in


@misconception(
    "listen_in",
    "lists the gradients from front to back",
    hint="Backward starts at the end. Which tensor's gradient passes first, and which one stands first in your list?",
)
def record_gradients(layers, x):
    values = [x.detach().clone().requires_grad_()]
    for layer in layers:
        values.append(layer(values[-1]))
        values[-1].retain_grad()
    values[-1].backward()
    return [value.grad for value in values]


@misconception(
    "listen_in",
    "records values on the way forward",
    hint="Your list was full before backward began. What is handed to a hook, and when?",
)
def record_gradients(layers, x):
    values = [x.detach().clone().requires_grad_()]
    for layer in layers:
        values.append(layer(values[-1]))
    values[-1].backward()
    return [value.detach() for value in reversed(values)]


@misconception(
    "listen_in",
    "asks tensors in between for their .grad",
    hint="Only leaves keep their gradient. For the others you must listen while it passes.",
)
def record_gradients(layers, x):
    values = [x.detach().clone().requires_grad_()]
    for layer in layers:
        values.append(layer(values[-1]))
    values[-1].backward()
    return [value.grad for value in reversed(values)]


@misconception(
    "listen_in",
    "does not listen at x",
    hint="Count: k layers make k + 1 gradients. Which tensor in the picture has no hook in your code?",
)
def record_gradients(layers, x):
    passed = []
    value = x.detach().clone().requires_grad_()
    for layer in layers:
        value = layer(value)
        value.register_hook(passed.append)
    value.backward()
    return passed


@misconception(
    "listen_in",
    "hangs the hooks up after the train has passed",
    hint="Your list is empty. In which order do register_hook and backward stand in your code?",
)
def record_gradients(layers, x):
    passed = []
    values = [x.detach().clone().requires_grad_()]
    for layer in layers:
        values.append(layer(values[-1]))
    values[-1].backward()
    for value in values:
        value.register_hook(passed.append)
    return passed


@misconception(
    "listen_in",
    "clips the values",
    hint="On the way forward nothing should change. What comes out of your function for x = 10 and limit 1?",
)
def clip_gradient(x, limit):
    return x.clamp(-limit, limit)


@misconception(
    "listen_in",
    "calculates the clipped gradient and drops it",
    hint="A hook that returns nothing only listens. What does yours return?",
)
def clip_gradient(x, limit):
    result = x.clone()

    def hook(gradient):
        gradient.clamp(-limit, limit)

    result.register_hook(hook)
    return result


@misconception(
    "listen_in",
    "forgets that gradients can be negative",
    hint="Large gradients are pressed down. What becomes of a gradient of -7 with limit 1?",
)
def clip_gradient(x, limit):
    result = x.clone()
    result.register_hook(lambda gradient: gradient.clamp(max=limit))
    return result


@misconception(
    "listen_in",
    "shrinks the whole gradient by its length",
    hint="That is clipping by the norm: also small entries shrink. Here every entry stands for itself.",
)
def clip_gradient(x, limit):
    result = x.clone()
    result.register_hook(lambda gradient: gradient * (limit / gradient.norm().clamp(min=limit)))
    return result


@misconception(
    "listen_in",
    "throws large gradients away",
    hint="A gradient of 5 with limit 1 should come out as 1. What do you make of it?",
)
def clip_gradient(x, limit):
    result = x.clone()
    result.register_hook(lambda gradient: gradient * (gradient.abs() <= limit))
    return result
