"""Objectives that a student's code may differentiate: a host's function gives values only, these give gradients."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Quadratic:
    """f(x) = 1/2 xᵀAx - bᵀx for a symmetric `matrix` A of shape (n, n) and a `vector` b of shape (n,).

    Its gradient is Ax - b; for a positive definite A the minimum is where Ax = b.
    """

    matrix: Tensor
    vector: Tensor

    def __call__(self, point: Tensor) -> Tensor:
        """Return f at a point of shape (n,) as a tensor without axes."""
        return 0.5 * point @ self.matrix @ point - self.vector @ point


@dataclass(frozen=True)
class Rosenbrock:
    """f(x, y) = (a - x)² + b (y - x²)², a narrow curved valley with its minimum 0 at (a, a²).

    Source: H. H. Rosenbrock, The Computer Journal 3 (1960), 175-184.
    """

    a: float = 1.0
    b: float = 100.0

    def __call__(self, point: Tensor) -> Tensor:
        """Return f at a point of shape (2,) as a tensor without axes."""
        x, y = torch.unbind(point)
        return (self.a - x) ** 2 + self.b * (y - x**2) ** 2
