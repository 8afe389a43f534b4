"""The checks of day 4 that students run too."""

from __future__ import annotations

from typing import Any

import torch

from proctorch import assert_close, assert_equal, assert_type, exercise


def whole(*shape: int, rng: torch.Generator) -> torch.Tensor:
    """Draw whole numbers from -3 to 3 as float32, so that sums and products of them are not rounded."""
    return torch.randint(-3, 4, shape, generator=rng).float()


def symmetric(n: int, rng: torch.Generator) -> torch.Tensor:
    """Draw a symmetric float32 matrix of whole numbers."""
    half = whole(n, n, rng=rng)
    return half + half.T


def vector_function(
    student: Any, outputs: int, inputs: int, rng: torch.Generator
) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """Make a function of several outputs where the student's code can differentiate it.

    Output i is 1/2 xᵀAᵢx - bᵢx, so row i of the Jacobian is Aᵢx - bᵢ; return the function, the matrices Aᵢ stacked
    to the shape (outputs, inputs, inputs), and the rows bᵢ.
    """
    matrices = torch.stack([symmetric(inputs, rng) for _ in range(outputs)])
    vectors = whole(outputs, inputs, rng=rng)
    return student.lab("Quadratic", matrices, vectors), matrices, vectors


@exercise("slope_of_a_parabola")
class TestSlopeOfAParabola:
    def test_slope(self, student, rng):
        """slope(2.0) is 7.0, and at -1.5, the bottom of the parabola, the slope is 0."""
        assert_close(student.slope(2.0), 7.0)
        assert_close(student.slope(-1.5), 0.0)

    def test_parabola(self, student, rng):
        """parabola gives 11, 1 and -1 for 2, 0 and -1, and gradients 7, 3 and 1 flow back through it."""
        x = torch.tensor([2.0, 0.0, -1.0], requires_grad=True)
        y = student.parabola(x)
        assert_close(y, torch.tensor([11.0, 1.0, -1.0]), grad=True)
        y.sum().backward()
        assert_close(x.grad, torch.tensor([7.0, 3.0, 1.0]), what="the gradient")

    def test_gradient(self, student, rng):
        """gradient finds the slopes of a valley in three dimensions."""
        matrix, vector, x = symmetric(3, rng), whole(3, rng=rng), whole(3, rng=rng)
        valley = student.lab("Quadratic", matrix, vector)
        assert_close(student.gradient(valley, x), matrix @ x - vector)


@exercise("my_square")
class TestMySquare:
    def test_values(self, student, rng):
        """MySquare.apply squares every entry: 3 becomes 9 and -2 becomes 4."""
        assert_close(student.MySquare.apply(torch.tensor([3.0, -2.0])), torch.tensor([9.0, 4.0]))

    def test_gradient_at_three(self, student, rng):
        """The gradient of MySquare at 3 is 6."""
        x = torch.tensor(3.0, requires_grad=True)
        y = student.MySquare.apply(x)
        assert_close(y, torch.tensor(9.0), grad=True)
        y.backward()
        assert_close(x.grad, torch.tensor(6.0), what="the gradient")

    def test_what_comes_behind(self, student, rng):
        """When the square is multiplied by 5 afterwards, the gradient at 3 is 30."""
        x = torch.tensor([3.0, -1.0], requires_grad=True)
        y = student.MySquare.apply(x)
        assert_close(y, torch.tensor([9.0, 1.0]), grad=True)
        (5 * y).sum().backward()
        assert_close(x.grad, torch.tensor([30.0, -10.0]), what="the gradient")


@exercise("scale_rows")
class TestScaleRows:
    def test_values(self, student, rng):
        """ScaleRows.apply multiplies the first row of the example by 2 and the second by 0."""
        x, importance = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), torch.tensor([2.0, 0.0])
        assert_close(student.ScaleRows.apply(x, importance), torch.tensor([[2.0, 4.0, 6.0], [0.0, 0.0, 0.0]]))

    def test_gradients_of_the_example(self, student, rng):
        """In the example, the gradient of the table is 2 2 2 / 0 0 0 and that of the importance 6 15."""
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
        importance = torch.tensor([2.0, 0.0], requires_grad=True)
        y = student.ScaleRows.apply(x, importance)
        assert_close(y, torch.tensor([[2.0, 4.0, 6.0], [0.0, 0.0, 0.0]]), grad=True)
        y.sum().backward()
        expected = torch.tensor([[2.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
        assert_close(x.grad, expected, what="the gradient of the table")
        assert_close(importance.grad, torch.tensor([6.0, 15.0]), what="the gradient of the importance")

    def test_importance_only(self, student, rng):
        """A square table that requires no gradients: the importance still gets its own."""
        x, importance = whole(3, 3, rng=rng), whole(3, rng=rng).requires_grad_()
        y = student.ScaleRows.apply(x, importance)
        assert_close(y, torch.diag(importance.detach()) @ x, grad=True)
        y.sum().backward()
        expected = torch.stack([row.sum() for row in x])
        assert_close(importance.grad, expected, what="the gradient of the importance")


@exercise("jacobian_of_a_vector")
class TestJacobianOfAVector:
    def test_one_row(self, student, rng):
        """When v is 0, 1, 0, the vector-Jacobian product is row 1 of the Jacobian."""
        f, matrices, vectors = vector_function(student, 3, 2, rng)
        x = whole(2, rng=rng)
        expected = matrices[1] @ x - vectors[1]
        assert_close(student.vector_jacobian_product(f, x, torch.tensor([0.0, 1.0, 0.0])), expected)

    def test_product(self, student, rng):
        """vector_jacobian_product weighs the rows of the Jacobian by the entries of v and adds them up."""
        f, matrices, vectors = vector_function(student, 3, 2, rng)
        x, v = whole(2, rng=rng), torch.tensor([2.0, -1.0, 3.0])
        rows = [matrix @ x - vector for matrix, vector in zip(matrices, vectors, strict=True)]
        assert_close(student.vector_jacobian_product(f, x, v), 2 * rows[0] - rows[1] + 3 * rows[2])

    def test_jacobian(self, student, rng):
        """jacobian has one row an output and one column an input: for 2 outputs and 3 inputs the shape (2, 3)."""
        f, matrices, vectors = vector_function(student, 2, 3, rng)
        x = whole(3, rng=rng)
        expected = torch.stack([matrices[0] @ x - vectors[0], matrices[1] @ x - vectors[1]])
        assert_close(student.jacobian(f, x), expected)


@exercise("slope_of_the_slope")
class TestSlopeOfTheSlope:
    def test_let_go(self, student, rng):
        """A swing without damping, amplitude 3, frequency 2: at t = 0 it is at 3, with velocity 0, acceleration -12."""
        answer = student.motion(torch.tensor([0.0]), 3.0, 0.0, 2.0)
        assert_equal(len(answer), 4, what="the number of tensors that motion returned")
        for given, value, what in zip(
            answer, (3.0, 0.0, -12.0), ("position", "velocity", "acceleration"), strict=False
        ):
            assert_close(given, torch.tensor([value]), what=f"the {what}")

    def test_decay(self, student, rng):
        """A swing of amplitude 8 that only dies away, with damping 1: -8, 8, -8 for the derivatives at t = 0."""
        answer = student.motion(torch.zeros(2), 8.0, 1.0, 0.0)
        assert_equal(len(answer), 4, what="the number of tensors that motion returned")
        names = ("position", "velocity", "acceleration", "jerk")
        for given, value, what in zip(answer, (8.0, -8.0, 8.0, -8.0), names, strict=True):
            assert_close(given, torch.full((2,), value), what=f"the {what}")

    def test_hessian(self, student, rng):
        """The Hessian of a quadratic function is its matrix, wherever you stand."""
        matrix = symmetric(3, rng)
        bowl = student.lab("Quadratic", matrix, whole(3, rng=rng))
        assert_close(student.hessian(bowl, whole(3, rng=rng)), matrix)


@exercise("gradients_pile_up")
class TestGradientsPileUp:
    def test_total(self, student, rng):
        """total_gradient of two losses is the sum of their gradients."""
        a, b, x = symmetric(2, rng), symmetric(2, rng), whole(2, rng=rng)
        losses = [student.lab("Quadratic", a, torch.ones(2)), student.lab("Quadratic", b, torch.zeros(2))]
        assert_close(student.total_gradient(losses, x), (a @ x - 1) + b @ x)

    def test_separate(self, student, rng):
        """separate_gradients of two losses gives the gradient of the first, then that of the second."""
        a, b, x = symmetric(2, rng), symmetric(2, rng), whole(2, rng=rng)
        losses = [student.lab("Quadratic", a, torch.ones(2)), student.lab("Quadratic", b, torch.zeros(2))]
        answer = student.separate_gradients(losses, x)
        assert_type(answer, (list, tuple), what="what separate_gradients returned")
        assert_equal(len(answer), 2, what="the number of gradients")
        assert_close(answer[0], a @ x - 1, what="the first gradient")
        assert_close(answer[1], b @ x, what="the second gradient")

    def test_descend(self, student, rng):
        """From 4, with learning rate 0.25, two steps down f(x) = x² lead over 2 to 1."""
        valley = student.lab("Quadratic", torch.tensor([[2.0]]), torch.zeros(1))
        path = student.descend(valley, torch.tensor([4.0]), 0.25, 2)
        assert_close(path, torch.tensor([[4.0], [2.0], [1.0]]))


@exercise("cut_the_thread")
class TestCutTheThread:
    def test_evaluate(self, student, rng):
        """evaluate gives the value of f without a diary, although x requires gradients."""
        matrix, vector = symmetric(2, rng), whole(2, rng=rng)
        f = student.lab("Quadratic", matrix, vector)
        x = torch.tensor([2.0, -4.0], requires_grad=True)
        expected = 0.5 * x.detach() @ matrix @ x.detach() - vector @ x.detach()
        assert_close(student.evaluate(f, x), expected, grad=False)

    def test_error(self, student, rng):
        """error_to_fixed_target of 3, 5 and 1, 5 is 2, and the gradient of the prediction is 2, 0."""
        prediction, target = torch.tensor([3.0, 5.0], requires_grad=True), torch.tensor([1.0, 5.0])
        error = student.error_to_fixed_target(prediction, target)
        assert_close(error, torch.tensor(2.0), grad=True)
        error.backward()
        assert_close(prediction.grad, torch.tensor([2.0, 0.0]), what="the gradient of the prediction")

    def test_round(self, student, rng):
        """round_straight_through gives 1, -2 and 4 for 0.8, -1.7 and 4.1, and the gradient is 1 everywhere."""
        x = torch.tensor([0.8, -1.7, 4.1], requires_grad=True)
        y = student.round_straight_through(x)
        assert_close(y, torch.tensor([1.0, -2.0, 4.0]), grad=True)
        y.sum().backward()
        assert_close(x.grad, torch.ones(3), what="the gradient")


@exercise("in_place_pitfall")
class TestInPlacePitfall:
    def test_swish(self, student, rng):
        """swish of 0 is 0 with the slope 1/2, and for large numbers it is the number itself with the slope 1."""
        x = torch.tensor([0.0, 30.0], requires_grad=True)
        y = student.swish(x)
        assert_close(y, torch.tensor([0.0, 30.0]), grad=True)
        y.sum().backward()
        assert_close(x.grad, torch.tensor([0.5, 1.0]), what="the gradient")

    def test_moving_average(self, student, rng):
        """moving_average of 4, 0, 0 with keep 0.5 is 4, 2, 1; the last entry has the gradients 1/4 1/4 1/2 and 4."""
        x = torch.tensor([4.0, 0.0, 0.0], requires_grad=True)
        keep = torch.tensor(0.5, requires_grad=True)
        smooth = student.moving_average(x, keep)
        assert_close(smooth, torch.tensor([4.0, 2.0, 1.0]), grad=True)
        smooth[2].backward()
        assert_close(x.grad, torch.tensor([0.25, 0.25, 0.5]), what="the gradient of the series")
        # The last entry is keep² · 4, so its slope is 2 · keep · 4.
        assert_close(keep.grad, torch.tensor(4.0), what="the gradient of keep")

    def test_step(self, student, rng):
        """step_ with learning rate 0.5 changes the caller's weight 3 with the gradient 2 to 2."""
        weight, gradient = torch.tensor([3.0, 1.0], requires_grad=True), torch.tensor([2.0, -4.0])
        with student.allow_inplace():
            student.step_(weight, gradient, 0.5)
        assert_close(weight.detach(), torch.tensor([2.0, 3.0]), what="the weight of the caller")
        assert_close(gradient, torch.tensor([2.0, -4.0]), what="the gradient of the caller")


@exercise("listen_in")
class TestListenIn:
    def test_one_layer(self, student, rng):
        """With a single layer, first a 1 passes at the result, then the gradient at x."""
        matrix, vector, x = symmetric(3, rng), whole(3, rng=rng), whole(3, rng=rng)
        passed = student.record_gradients([student.lab("Quadratic", matrix, vector)], x)
        assert_type(passed, (list, tuple), what="what record_gradients returned")
        assert_equal(len(passed), 2, what="the number of gradients")
        assert_close(passed[0], torch.tensor(1.0), what="what passed first")
        assert_close(passed[1], matrix @ x - vector, what="what passed second")

    def test_two_layers(self, student, rng):
        """With two layers, the gradient between them passes second, and the gradient at x last."""
        turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
        x, vector = whole(2, rng=rng), whole(2, rng=rng)
        layers = [
            student.lab("Quadratic", torch.zeros(2, 2, 2), -turn),
            student.lab("Quadratic", 2 * torch.eye(2), vector),
        ]
        passed = student.record_gradients(layers, x)
        assert_type(passed, (list, tuple), what="what record_gradients returned")
        assert_equal(len(passed), 3, what="the number of gradients")
        between = 2 * turn @ x - vector
        assert_close(passed[0], torch.tensor(1.0), what="what passed first")
        assert_close(passed[1], between, what="what passed second")
        assert_close(passed[2], between @ turn, what="what passed last")

    def test_clip(self, student, rng):
        """clip_gradient(x, 1) leaves 10 and -20 alone and makes gradients 5, -7 and 0.5 into 1, -1 and 0.5."""
        x = torch.tensor([10.0, -20.0, 0.0], requires_grad=True)
        y = student.clip_gradient(x, 1.0)
        assert_close(y, torch.tensor([10.0, -20.0, 0.0]), grad=True)
        (y * torch.tensor([5.0, -7.0, 0.5])).sum().backward()
        assert_close(x.grad, torch.tensor([1.0, -1.0, 0.5]), what="the gradient")
