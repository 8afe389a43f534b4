"""The objectives of the lab: values, gradients and minima."""

from __future__ import annotations

import torch

from proctorch.lab import Quadratic, Rosenbrock


def test_gradient_of_the_quadratic_is_ax_minus_b() -> None:
    matrix = torch.tensor([[3.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    vector = torch.tensor([1.0, -1.0], dtype=torch.float64)
    point = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    Quadratic(matrix, vector)(point).backward()
    assert torch.allclose(point.grad, matrix @ point.detach() - vector)


def test_rosenbrock_has_its_minimum_at_a_and_a_squared() -> None:
    point = torch.tensor([2.0, 4.0], dtype=torch.float64, requires_grad=True)
    value = Rosenbrock(a=2.0)(point)
    value.backward()
    assert value.item() == 0.0
    assert torch.equal(point.grad, torch.zeros(2, dtype=torch.float64))
