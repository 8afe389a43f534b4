"""Proctorch: a PyTorch course that grades itself, and the engine that grades it.

Importing this package costs nothing: every public name is looked up when it is first used, so that a command line, a
notebook and a sandboxed guest each pay only for what they touch.

A notebook needs one name, `check`. A grader file needs the vocabulary of checks:

    from proctorch import exercise, weight, assert_close
"""

from __future__ import annotations

import gc
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proctorch.grading.assertions import assert_close, assert_equal, assert_type, fail
    from proctorch.grading.curve import assert_score
    from proctorch.grading.gradients import assert_gradients
    from proctorch.grading.practice import check
    from proctorch.grading.repeatable import assert_same_twice
    from proctorch.grading.training.accuracy import held_out_accuracy
    from proctorch.grading.training.learning import assert_loss_falls, assert_overfits, loss_on
    from proctorch.grading.training.modes import (
        assert_eval_mode,
        assert_no_gradient_recorded,
        assert_train_mode,
        calls_of,
        left_training,
    )
    from proctorch.grading.training.parameters import assert_frozen, assert_trained
    from proctorch.grading.training.reference import Recipe, reference_run
    from proctorch.grading.training.repetition import assert_same_seed_same_weights, assert_state_dict_round_trip
    from proctorch.grading.training.states import rebuilt, require_weights, state_of
    from proctorch.grading.training.steps import assert_gradients_zeroed, assert_same_step, assert_scheduler_order
    from proctorch.grading.vocabulary import depends, exercise, limits, on_devices, weight

__version__ = "0.1.0"

_HOMES = {
    "check": "proctorch.grading.practice",
    "exercise": "proctorch.grading.vocabulary",
    "weight": "proctorch.grading.vocabulary",
    "limits": "proctorch.grading.vocabulary",
    "depends": "proctorch.grading.vocabulary",
    "on_devices": "proctorch.grading.vocabulary",
    "assert_close": "proctorch.grading.assertions",
    "assert_equal": "proctorch.grading.assertions",
    "assert_gradients": "proctorch.grading.gradients",
    "assert_same_twice": "proctorch.grading.repeatable",
    "assert_score": "proctorch.grading.curve",
    "assert_type": "proctorch.grading.assertions",
    "fail": "proctorch.grading.assertions",
    "held_out_accuracy": "proctorch.grading.training.accuracy",
    "assert_loss_falls": "proctorch.grading.training.learning",
    "assert_overfits": "proctorch.grading.training.learning",
    "loss_on": "proctorch.grading.training.learning",
    "assert_eval_mode": "proctorch.grading.training.modes",
    "assert_no_gradient_recorded": "proctorch.grading.training.modes",
    "assert_train_mode": "proctorch.grading.training.modes",
    "calls_of": "proctorch.grading.training.modes",
    "left_training": "proctorch.grading.training.modes",
    "assert_frozen": "proctorch.grading.training.parameters",
    "assert_trained": "proctorch.grading.training.parameters",
    "Recipe": "proctorch.grading.training.reference",
    "reference_run": "proctorch.grading.training.reference",
    "assert_same_seed_same_weights": "proctorch.grading.training.repetition",
    "assert_state_dict_round_trip": "proctorch.grading.training.repetition",
    "rebuilt": "proctorch.grading.training.states",
    "require_weights": "proctorch.grading.training.states",
    "state_of": "proctorch.grading.training.states",
    "assert_gradients_zeroed": "proctorch.grading.training.steps",
    "assert_same_step": "proctorch.grading.training.steps",
    "assert_scheduler_order": "proctorch.grading.training.steps",
}

__all__ = [
    "Recipe",
    "__version__",
    "assert_close",
    "assert_equal",
    "assert_eval_mode",
    "assert_frozen",
    "assert_gradients",
    "assert_gradients_zeroed",
    "assert_loss_falls",
    "assert_no_gradient_recorded",
    "assert_overfits",
    "assert_same_seed_same_weights",
    "assert_same_step",
    "assert_same_twice",
    "assert_scheduler_order",
    "assert_score",
    "assert_state_dict_round_trip",
    "assert_train_mode",
    "assert_trained",
    "assert_type",
    "calls_of",
    "check",
    "depends",
    "exercise",
    "fail",
    "held_out_accuracy",
    "left_training",
    "limits",
    "loss_on",
    "on_devices",
    "rebuilt",
    "reference_run",
    "require_weights",
    "state_of",
    "weight",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'proctorch' has no attribute {name!r}")
    collecting = gc.isenabled()
    gc.disable()  # importing torch makes half a million objects, through which the collector would go again and again
    try:
        return getattr(importlib.import_module(home), name)
    finally:
        if collecting:
            gc.enable()
