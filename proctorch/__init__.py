"""Proctorch: a PyTorch course that grades itself, and the engine that grades it.

Importing this package costs nothing: every public name is looked up when it is first used, so that a command line, a
notebook and a sandboxed guest each pay only for what they touch.

A notebook needs one name, `check`. A grader file needs the vocabulary of checks:

    from proctorch import exercise, weight, assert_close
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proctorch.grading.assertions import assert_close, assert_equal, assert_type, fail
    from proctorch.grading.curve import assert_score
    from proctorch.grading.gradients import assert_gradients
    from proctorch.grading.practice import check
    from proctorch.grading.repeatable import assert_same_twice
    from proctorch.grading.vocabulary import depends, exercise, limits, weight

__version__ = "0.1.0"

_HOMES = {
    "check": "proctorch.grading.practice",
    "exercise": "proctorch.grading.vocabulary",
    "weight": "proctorch.grading.vocabulary",
    "limits": "proctorch.grading.vocabulary",
    "depends": "proctorch.grading.vocabulary",
    "assert_close": "proctorch.grading.assertions",
    "assert_equal": "proctorch.grading.assertions",
    "assert_gradients": "proctorch.grading.gradients",
    "assert_same_twice": "proctorch.grading.repeatable",
    "assert_score": "proctorch.grading.curve",
    "assert_type": "proctorch.grading.assertions",
    "fail": "proctorch.grading.assertions",
}

__all__ = [
    "__version__",
    "assert_close",
    "assert_equal",
    "assert_gradients",
    "assert_same_twice",
    "assert_score",
    "assert_type",
    "check",
    "depends",
    "exercise",
    "fail",
    "limits",
    "weight",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'proctorch' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
