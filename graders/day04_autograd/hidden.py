"""The checks of day 4 that never leave: other shapes, float64, points that require gradients, edges."""

from __future__ import annotations

from typing import Any

import torch

from proctorch import assert_close, assert_equal, assert_type, exercise, fail, limits

F64 = torch.float64


def number(low: int, high: int, rng: torch.Generator) -> int:
    """Draw a whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def drawn(*shape: int, rng: torch.Generator) -> torch.Tensor:
    """Draw float64 numbers around zero."""
    return torch.randn(shape, generator=rng, dtype=F64)


def symmetric(n: int, rng: torch.Generator) -> torch.Tensor:
    """Draw a symmetric float64 matrix."""
    half = drawn(n, n, rng=rng)
    return half + half.T


def vector_function(
    student: Any, outputs: int, inputs: int, rng: torch.Generator, dtype: torch.dtype = F64
) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """Make a function whose output i is 1/2 xᵀAᵢx - bᵢx; return it, the matrices Aᵢ and the rows bᵢ."""
    matrices = torch.stack([symmetric(inputs, rng) for _ in range(outputs)]).to(dtype)
    vectors = drawn(outputs, inputs, rng=rng).to(dtype)
    return student.lab("Quadratic", matrices, vectors), matrices, vectors


def value_of(matrices: torch.Tensor, vectors: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return what such a function gives at x."""
    return 0.5 * torch.einsum("i,...ij,j->...", x, matrices, x) - torch.einsum("...i,i->...", vectors, x)


def jacobian_of(matrices: torch.Tensor, vectors: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return the Jacobian of such a function at x."""
    return torch.einsum("...ij,j->...i", matrices, x) - vectors


def assert_derivative(function: Any, *inputs: torch.Tensor) -> None:
    """Compare what the function sends back with finite differences of what it gives."""
    if not torch.autograd.gradcheck(function, inputs, raise_exception=False):
        fail("the gradient is not the derivative", safe="The gradient is not the derivative.", rung="gradient")


@exercise("slope_of_a_parabola")
class TestSlopeOfAParabola:
    def test_other_numbers(self, student, rng):
        """slope is a float and right at other numbers, whole ones (of type int) and negative ones among them."""
        for x in (number(3, 20, rng), -number(1, 20, rng), number(-80, 80, rng) / 8):
            answer = student.slope(x)
            assert_type(answer, float, what="the slope")
            assert_close(answer, 2.0 * x + 3.0, what="the slope")

    def test_parabola_of_other_shapes(self, student, rng):
        """parabola works for tensors of any shape and keeps float64, and its gradients are right."""
        for shape in ((), (2, 3), (1, 4, 2)):
            x = drawn(*shape, rng=rng).requires_grad_()
            weights = drawn(*shape, rng=rng)
            y = student.parabola(x)
            assert_close(y, x.detach() * (x.detach() + 3) + 1, dtype=F64, grad=True)
            (weights * y).sum().backward()
            assert_close(x.grad, weights * (2 * x.detach() + 3), what="the gradient")

    def test_other_functions(self, student, rng):
        """gradient is right for a curved valley and for a single input, and float64 stays float64."""
        x = drawn(2, rng=rng)
        valley = student.lab("Rosenbrock", 1.5, 4.0)
        expected = torch.stack([-2 * (1.5 - x[0]) - 16 * x[0] * (x[1] - x[0] ** 2), 8 * (x[1] - x[0] ** 2)])
        assert_close(student.gradient(valley, x), expected, dtype=F64)
        matrix, vector, point = symmetric(1, rng), drawn(1, rng=rng), drawn(1, rng=rng)
        line = student.lab("Quadratic", matrix, vector)
        assert_close(student.gradient(line, point), matrix[0] * point - vector, dtype=F64)

    def test_point_in_training(self, student, rng):
        """gradient is right also when the point requires gradients already."""
        matrix, vector, x = symmetric(4, rng), drawn(4, rng=rng), drawn(4, rng=rng).requires_grad_()
        valley = student.lab("Quadratic", matrix, vector)
        assert_close(student.gradient(valley, x), matrix @ x.detach() - vector)


@exercise("my_square")
class TestMySquare:
    def test_other_shapes(self, student, rng):
        """MySquare works for tensors of other shapes and keeps float64; another gradient arrives at each entry."""
        for shape in ((2, 3), (1, 2, 2), ()):
            x = drawn(*shape, rng=rng).requires_grad_()
            behind = drawn(*shape, rng=rng)
            y = student.MySquare.apply(x)
            assert_close(y, x.detach() * x.detach(), dtype=F64, grad=True)
            (behind * y).sum().backward()
            assert_close(x.grad, behind * 2 * x.detach(), what="the gradient")

    def test_square_of_the_square(self, student, rng):
        """MySquare applied twice is the fourth power, with the gradient 4x³."""
        x = drawn(5, rng=rng).requires_grad_()
        y = student.MySquare.apply(student.MySquare.apply(x))
        assert_close(y, x.detach() ** 4, grad=True)
        y.sum().backward()
        assert_close(x.grad, 4 * x.detach() ** 3, what="the gradient")

    def test_wiggle(self, student, rng):
        """gradcheck agrees, also at zero and below."""
        x = torch.cat([drawn(3, rng=rng).abs(), torch.zeros(1, dtype=F64), -drawn(2, rng=rng).abs()]).requires_grad_()
        assert_close(student.MySquare.apply(x), x.detach() * x.detach(), grad=True)
        assert_derivative(student.MySquare.apply, x)


@exercise("scale_rows")
class TestScaleRows:
    def test_square_table(self, student, rng):
        """Values and gradients are right for a square table, whatever arrives behind it; float64 stays float64."""
        n = number(2, 4, rng)
        x, importance = drawn(n, n, rng=rng).requires_grad_(), drawn(n, rng=rng).requires_grad_()
        behind = drawn(n, n, rng=rng)
        y = student.ScaleRows.apply(x, importance)
        assert_close(y, torch.diag(importance.detach()) @ x.detach(), dtype=F64, grad=True)
        (behind * y).sum().backward()
        assert_close(x.grad, torch.diag(importance.detach()) @ behind, what="the gradient of the table")
        expected = torch.diagonal(behind @ x.detach().T)
        assert_close(importance.grad, expected, what="the gradient of the importance")

    def test_wiggle(self, student, rng):
        """Values are right and gradcheck agrees for tables with one row, one column, and more of both."""
        for rows, columns in ((1, 3), (3, 1), (2, 4)):
            x, importance = drawn(rows, columns, rng=rng).requires_grad_(), drawn(rows, rng=rng).requires_grad_()
            # The finite differences are those of whatever apply gives, so they say nothing about its values.
            y = student.ScaleRows.apply(x, importance)
            assert_close(y, torch.diag(importance.detach()) @ x.detach(), grad=True)
            assert_derivative(student.ScaleRows.apply, x, importance)

    def test_one_of_two(self, student, rng):
        """When only one of the two requires gradients, that one gets the right one."""
        x, importance, behind = drawn(4, 2, rng=rng), drawn(4, rng=rng), drawn(4, 2, rng=rng)
        table = x.clone().requires_grad_()
        y = student.ScaleRows.apply(table, importance)
        assert_close(y, torch.diag(importance) @ x, grad=True)
        (behind * y).sum().backward()
        assert_close(table.grad, torch.diag(importance) @ behind, what="the gradient of the table")
        weights = importance.clone().requires_grad_()
        (behind * student.ScaleRows.apply(x, weights)).sum().backward()
        expected = torch.stack([(behind[i] * x[i]).sum() for i in range(4)])
        assert_close(weights.grad, expected, what="the gradient of the importance")

    def test_no_rows(self, student, rng):
        """Values and gradients are right for a table of two rows, and empty for one without rows."""
        # Nearly everything is right for no rows at all, so two rows come first.
        for rows in (2, 0):
            x, importance = drawn(rows, 3, rng=rng).requires_grad_(), drawn(rows, rng=rng).requires_grad_()
            y = student.ScaleRows.apply(x, importance)
            scales = importance.detach()[:, None].expand(rows, 3)
            assert_close(y, scales * x.detach(), grad=True)
            y.sum().backward()
            assert_close(x.grad, scales, what="the gradient of the table")
            assert_close(importance.grad, x.detach().sum(dim=1), what="the gradient of the importance")


@exercise("jacobian_of_a_vector")
class TestJacobianOfAVector:
    def test_square_products(self, student, rng):
        """vector_jacobian_product is v times J, not J times v, when there are as many outputs as inputs."""
        n = number(2, 4, rng)
        f, matrices, vectors = vector_function(student, n, n, rng)
        x, v = drawn(n, rng=rng), drawn(n, rng=rng)
        expected = torch.einsum("i,ij->j", v, jacobian_of(matrices, vectors, x))
        assert_close(student.vector_jacobian_product(f, x, v), expected, dtype=F64)

    def test_square_table(self, student, rng):
        """jacobian has outputs in its rows and inputs in its columns also when there are as many of both."""
        n = number(2, 4, rng)
        f, matrices, vectors = vector_function(student, n, n, rng)
        x = drawn(n, rng=rng)
        assert_close(student.jacobian(f, x), jacobian_of(matrices, vectors, x), dtype=F64)

    def test_single_outputs_and_inputs(self, student, rng):
        """Both work for a single output and for a single input, and for a straight function."""
        for outputs, inputs in ((1, 3), (4, 1), (1, 1)):
            f, matrices, vectors = vector_function(student, outputs, inputs, rng)
            x, v = drawn(inputs, rng=rng), drawn(outputs, rng=rng)
            expected = jacobian_of(matrices, vectors, x)
            assert_close(student.jacobian(f, x), expected)
            assert_close(student.vector_jacobian_product(f, x, v), v @ expected)
        table = drawn(2, 3, rng=rng)
        straight = student.lab("Quadratic", torch.zeros(2, 3, 3, dtype=F64), -table)
        assert_close(student.jacobian(straight, drawn(3, rng=rng)), table, what="the Jacobian of a straight function")

    def test_point_in_training(self, student, rng):
        """Both work at a point that requires gradients already."""
        f, matrices, vectors = vector_function(student, 3, 2, rng)
        x, v = drawn(2, rng=rng).requires_grad_(), drawn(3, rng=rng)
        expected = jacobian_of(matrices, vectors, x.detach())
        assert_close(student.jacobian(f, x), expected)
        assert_close(student.vector_jacobian_product(f, x, v), v @ expected)


@exercise("slope_of_the_slope")
class TestSlopeOfTheSlope:
    def test_swing(self, student, rng):
        """All four are right at many times, for other swings; float64 stays float64."""
        t = 2 * torch.rand(7, generator=rng, dtype=F64)
        amplitude, damping, frequency = (0.5 + torch.rand(3, generator=rng, dtype=F64)).tolist()
        # The swing is the real part of a spiral, and each derivative multiplies that by the same complex number.
        speed = complex(-damping, frequency)
        spiral = amplitude * torch.exp(speed * t)
        answer = student.motion(t, amplitude, damping, frequency)
        assert_equal(len(answer), 4, what="the number of tensors that motion returned")
        for given, order in zip(answer, range(4), strict=True):
            assert_close(given, (spiral * speed**order).real, dtype=F64, what=f"derivative {order}")

    def test_still_swing(self, student, rng):
        """A swing without damping and frequency stands still, at a single time and at one that requires gradients."""
        for t in (torch.ones(1), torch.rand(3, generator=rng).requires_grad_()):
            answer = student.motion(t, 2.0, 0.0, 0.0)
            assert_equal(len(answer), 4, what="the number of tensors that motion returned")
            position, *rest = answer
            assert_close(position, torch.full(t.shape, 2.0), what="the position")
            for given in rest:
                assert_close(given, torch.zeros(t.shape), what="a derivative")

    def test_curved_valley(self, student, rng):
        """hessian is right for a curved valley, at a point that requires gradients and at one that does not."""
        x = drawn(2, rng=rng)
        a, b = 0.5, 3.0
        corner = -4 * b * x[0]
        first = 2 - 4 * b * (x[1] - x[0] ** 2) + 8 * b * x[0] ** 2
        expected = torch.stack([first, corner, corner, torch.tensor(2 * b, dtype=F64)]).reshape(2, 2)
        valley = student.lab("Rosenbrock", a, b)
        assert_close(student.hessian(valley, x), expected, dtype=F64)
        assert_close(student.hessian(valley, x.clone().requires_grad_()), expected, dtype=F64)

    def test_other_sizes(self, student, rng):
        """hessian is right for a single input and for five."""
        for n in (1, 5):
            matrix = symmetric(n, rng)
            f = student.lab("Quadratic", matrix, drawn(n, rng=rng))
            assert_close(student.hessian(f, drawn(n, rng=rng)), matrix, dtype=F64)


@exercise("gradients_pile_up")
class TestGradientsPileUp:
    def test_several_losses(self, student, rng):
        """total_gradient and separate_gradients are right for four losses and keep float64."""
        matrices, vectors = torch.stack([symmetric(3, rng) for _ in range(4)]), drawn(4, 3, rng=rng)
        losses = [student.lab("Quadratic", matrix, vector) for matrix, vector in zip(matrices, vectors, strict=True)]
        x = drawn(3, rng=rng)
        expected = jacobian_of(matrices, vectors, x)
        assert_close(student.total_gradient(losses, x), expected.sum(dim=0), dtype=F64)
        answer = student.separate_gradients(losses, x)
        assert_equal(len(answer), 4, what="the number of gradients")
        for index, given in enumerate(answer):
            assert_close(given, expected[index], dtype=F64, what="one of the gradients")

    def test_one_loss_in_training(self, student, rng):
        """Both work for a single loss, at a point that requires gradients already."""
        matrix, vector, x = symmetric(2, rng), drawn(2, rng=rng), drawn(2, rng=rng).requires_grad_()
        losses = [student.lab("Quadratic", matrix, vector)]
        expected = matrix @ x.detach() - vector
        assert_close(student.total_gradient(losses, x), expected)
        answer = student.separate_gradients(losses, x)
        assert_equal(len(answer), 1, what="the number of gradients")
        assert_close(answer[0], expected)

    @limits(seconds=10)
    def test_other_paths(self, student, rng):
        """descend is right for longer paths in more dimensions, from a start that requires gradients, in float64."""
        # A valley with slopes between 1 and 2 and a learning rate of 0.4: each step keeps 0.2 to 0.6 of the way.
        directions, _ = torch.linalg.qr(drawn(3, 3, rng=rng))
        matrix = directions @ torch.diag(1 + torch.rand(3, generator=rng, dtype=F64)) @ directions.T
        matrix, vector, start = (matrix + matrix.T) / 2, drawn(3, rng=rng), drawn(3, rng=rng)
        steps = number(4, 8, rng)
        points = [start]
        for _ in range(steps):
            points.append(points[-1] - 0.4 * (matrix @ points[-1] - vector))
        f = student.lab("Quadratic", matrix, vector)
        path = student.descend(f, start.clone().requires_grad_(), 0.4, steps)
        assert_close(path, torch.stack(points), dtype=F64)

    @limits(seconds=10)
    def test_no_step_and_curved_valley(self, student, rng):
        """descend without a step stays at the start; in a curved valley it follows the curve."""
        valley, start = student.lab("Rosenbrock", 1.0, 2.0), drawn(2, rng=rng).clamp(-1, 1)
        assert_close(student.descend(valley, start, 0.1, 0), start.reshape(1, 2), dtype=F64)
        points = [start]
        for _ in range(3):
            x, y = points[-1]
            slope = torch.stack([-2 * (1 - x) - 8 * x * (y - x**2), 4 * (y - x**2)])
            points.append(points[-1] - 0.02 * slope)
        assert_close(student.descend(valley, start, 0.02, 3), torch.stack(points))


@exercise("cut_the_thread")
class TestCutTheThread:
    def test_evaluate_vectors(self, student, rng):
        """evaluate is right for functions with several outputs, whether or not x requires gradients."""
        f, matrices, vectors = vector_function(student, 3, 2, rng)
        x = drawn(2, rng=rng)
        expected = value_of(matrices, vectors, x)
        assert_close(student.evaluate(f, x), expected, dtype=F64, grad=False)
        assert_close(student.evaluate(f, x.clone().requires_grad_()), expected, dtype=F64, grad=False)

    def test_target_holds_still(self, student, rng):
        """error_to_fixed_target sends gradients to the prediction, and none to a target that requires them."""
        prediction, target = drawn(3, 4, rng=rng).requires_grad_(), drawn(3, 4, rng=rng).requires_grad_()
        error = student.error_to_fixed_target(prediction, target)
        difference = prediction.detach() - target.detach()
        assert_close(error, sum(entry * entry for entry in difference.flatten()) / 12, dtype=F64, grad=True)
        error.backward()
        assert_close(prediction.grad, difference / 6, what="the gradient of the prediction")
        if target.grad is not None:
            assert_close(target.grad, torch.zeros(3, 4, dtype=F64), what="the gradient of the target")

    def test_round_in_the_middle(self, student, rng):
        """Through round_straight_through, every gradient passes unchanged, for any shape and for halves, too."""
        for shape in ((2, 3), (4,), ()):
            x = (torch.randint(-20, 21, shape, generator=rng) / 4).double().requires_grad_()
            behind = drawn(*shape, rng=rng)
            y = student.round_straight_through(x)
            assert_close(y, torch.round(x.detach()), dtype=F64, grad=True)
            (behind * y).sum().backward()
            assert_close(x.grad, behind, what="the gradient")


@exercise("in_place_pitfall")
class TestInPlacePitfall:
    def test_swish_elsewhere(self, student, rng):
        """The values and the gradient of swish are right for other shapes; float64 stays float64."""
        for shape in ((2, 3), (5,), ()):
            x = drawn(*shape, rng=rng).requires_grad_()
            y = student.swish(x)
            assert_close(y, x.detach() / (1 + torch.exp(-x.detach())), dtype=F64, grad=True)
            y.sum().backward()
            gate = 1 / (1 + torch.exp(-x.detach()))
            assert_close(x.grad, gate + x.detach() * gate * (1 - gate), what="the gradient")

    def test_longer_averages(self, student, rng):
        """moving_average is right for longer series and for a single entry, and so are both gradients."""
        for steps in (1, 2, number(5, 8, rng)):
            x = drawn(steps, rng=rng).requires_grad_()
            keep = (0.2 + 0.6 * torch.rand((), generator=rng, dtype=F64)).requires_grad_()
            k, values = keep.item(), x.tolist()
            expected = [values[0]]
            for value in values[1:]:
                expected.append(k * expected[-1] + (1 - k) * value)
            smooth = student.moving_average(x, keep)
            assert_close(smooth, torch.tensor(expected, dtype=F64), dtype=F64, grad=True)
            if steps > 1:
                assert_derivative(student.moving_average, x, keep)

    def test_fixed_keep(self, student, rng):
        """When keep requires no gradients, the series gets its own; entries that come later have none."""
        x = drawn(4, rng=rng).requires_grad_()
        smooth = student.moving_average(x, torch.tensor(0.5, dtype=F64))
        assert_close(smooth[0], x[0].detach(), what="the first entry")
        smooth[1].backward()
        assert_close(x.grad, torch.tensor([0.5, 0.5, 0.0, 0.0], dtype=F64), what="the gradient of the series")

    def test_other_steps(self, student, rng):
        """step_ changes weights of other shapes, which require gradients or not, and leaves the gradient alone."""
        for shape, requires in (((2, 3), True), ((4,), False), ((), True)):
            weight, gradient = drawn(*shape, rng=rng), drawn(*shape, rng=rng)
            before, kept = weight.clone(), gradient.clone()
            weight.requires_grad_(requires)
            with student.allow_inplace():
                student.step_(weight, gradient, 0.25)
            assert_close(weight.detach(), before - 0.25 * kept, what="the weight of the caller")
            assert_close(gradient, kept, what="the gradient of the caller")


@exercise("listen_in")
class TestListenIn:
    def test_deep(self, student, rng):
        """For four layers of different widths, five gradients pass, from the last to the first, in float64."""
        sizes = (3, 2, 4, 2)
        layers, value, jacobians = [], drawn(3, rng=rng), []
        start = value
        for inputs, outputs in zip(sizes, (*sizes[1:], 1), strict=True):
            last = len(layers) == 3
            matrices = 0.3 * torch.stack([symmetric(inputs, rng) for _ in range(outputs)])
            vectors = drawn(outputs, inputs, rng=rng)
            if last:
                matrices, vectors = matrices[0], vectors[0]
            layers.append(student.lab("Quadratic", matrices, vectors))
            jacobians.append(jacobian_of(matrices, vectors, value))
            value = value_of(matrices, vectors, value)
        expected = [torch.ones((), dtype=F64), jacobians[3]]
        for table in reversed(jacobians[:3]):
            expected.append(expected[-1] @ table)
        passed = student.record_gradients(layers, start)
        assert_type(passed, (list, tuple), what="what record_gradients returned")
        assert_equal(len(passed), 5, what="the number of gradients")
        for given, wanted in zip(passed, expected, strict=True):
            assert_close(given, wanted, dtype=F64, what="one of the gradients")

    def test_point_in_training(self, student, rng):
        """record_gradients works at a point that requires gradients already."""
        f, matrix, vector = vector_function(student, 2, 3, rng)
        x = drawn(3, rng=rng)
        ending = drawn(2, rng=rng)
        straight = student.lab("Quadratic", torch.zeros(2, 2, dtype=F64), -ending)
        passed = student.record_gradients([f, straight], x.clone().requires_grad_())
        assert_equal(len(passed), 3, what="the number of gradients")
        assert_close(passed[1], ending, what="what passed second")
        assert_close(passed[2], ending @ jacobian_of(matrix, vector, x), what="what passed last")

    def test_other_limits(self, student, rng):
        """clip_gradient clamps every entry by itself, for other limits and shapes, and changes no values."""
        for shape, limit in (((3, 4), 0.5), ((6,), 1.25), ((), 0.1)):
            x = (3 * drawn(*shape, rng=rng)).requires_grad_()
            behind = 2 * drawn(*shape, rng=rng)
            y = student.clip_gradient(x, limit)
            assert_close(y, x.detach(), dtype=F64, grad=True)
            (behind * y).sum().backward()
            high = torch.tensor(limit, dtype=F64)
            expected = torch.minimum(torch.maximum(behind, -high), high)
            assert_close(x.grad, expected, what="the gradient")
