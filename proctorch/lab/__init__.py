"""What exercises and checks share, importable by host and guest alike; imports torch and nothing of the engine.

A check makes one of these where the student's code can use it: `student.lab("Quadratic", matrix, vector)`.
"""

from __future__ import annotations

from proctorch.lab.data import Split, breast_cancer, diabetes, digits, iris, wine
from proctorch.lab.objectives import Quadratic, Rosenbrock

__all__ = ["Quadratic", "Rosenbrock", "Split", "breast_cancer", "diabetes", "digits", "iris", "wine"]
