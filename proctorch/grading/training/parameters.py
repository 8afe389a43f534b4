"""What training may move and what it may not: frozen parameters unchanged, trained ones changed."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from proctorch.errors import CheckFailure
from proctorch.grading.progress import note_right
from proctorch.grading.training.states import Owner, State, names_phrase, state_of


def assert_frozen(before: Owner, after: Owner, names: Iterable[str] = ("",), *, what: str = "the model") -> None:
    """Check that what is frozen is bit for bit what it was, parameters and buffers; forgery-proof.

    `names` are names of the state dict or beginnings of them (`"backbone"` means `backbone.0.weight`, too); by default
    all. Running statistics of batch norm are part of the state: a frozen backbone that runs in training mode fails.
    Raises CheckFailure naming what moved, and ValueError for a name that fits nothing.

        before = state_of(model)
        student.fine_tune(model, ...)
        assert_frozen(before, model, ["backbone"])
    """
    first, second = state_of(before), state_of(after, what)
    keys = _chosen(first, names)
    moved = [key for key in keys if key not in second or not _same(first[key], second[key])]
    if not moved:
        note_right()
        return
    statistics = [key for key in moved if "running_" in key or key.endswith("num_batches_tracked")]
    hint = ": batch norm's statistics change when it runs in training mode" if len(statistics) == len(moved) else ""
    told = f"{names_phrase(moved)} of {what} should have stayed, but changed{hint}"
    raise CheckFailure("frozen", told, f"something of {what} that should have stayed has changed{hint}")


def assert_trained(before: Owner, after: Owner, names: Iterable[str] = ("",), *, what: str = "the model") -> None:
    """Check that every floating-point parameter or buffer under `names` has changed and is finite; forgery-proof.

    `names` as in `assert_frozen`. That something changed is little: see `assert_same_step` for where it should be.
    Raises CheckFailure naming what did not move, and ValueError for a name that fits nothing.
    """
    first, second = state_of(before), state_of(after, what)
    keys = [key for key in _chosen(first, names) if first[key].is_floating_point()]
    for key in keys:
        if key in second and not bool(second[key].isfinite().all()):
            raise CheckFailure("finite", f"{key} of {what} is nan or infinite", f"{what} is nan or infinite somewhere")
    still = [key for key in keys if key not in second or _same(first[key], second[key])]
    if not still:
        note_right()
        return
    told = f"{names_phrase(still)} of {what} should have been trained and did not change"
    raise CheckFailure("trained", told, f"something of {what} that should have been trained did not change")


def _chosen(state: State, names: Iterable[str]) -> list[str]:
    chosen: list[str] = []
    for name in names:
        found = [key for key in state if not name or key == name or key.startswith(f"{name.rstrip('.')}.")]
        if not found:
            raise ValueError(f"nothing of the model is called {name!r}; it has {names_phrase(list(state))}")
        chosen += found
    return list(dict.fromkeys(chosen))


def _same(first: torch.Tensor, second: torch.Tensor) -> bool:
    return first.shape == second.shape and first.dtype == second.dtype and torch.equal(first, second)
