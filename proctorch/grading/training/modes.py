"""In which mode a student's code ran a model, and whether autograd was recording, told by `proctorch.lab.ModeProbe`.

The probe counts in the guest: a forger could write the counters, so these assertions are *mistake-proof*. What the mode
did to weights, statistics and losses is decided by `assert_same_step`, `assert_frozen` and by comparing losses with
those of the host's own probe: give that most of the weight, and these the sentence that a student understands.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from proctorch.errors import CheckFailure
from proctorch.grading.progress import note_right
from proctorch.grading.raw import is_plain_tensor, unmirrored


@dataclass(frozen=True)
class Calls:
    """How often a probe ran: in training and in evaluation mode; recorded by autograd and not."""

    training: int = 0
    evaluation: int = 0
    recorded: int = 0
    unrecorded: int = 0

    def __sub__(self, earlier: Calls) -> Calls:
        """Return the calls since an earlier count."""
        return Calls(
            self.training - earlier.training,
            self.evaluation - earlier.evaluation,
            self.recorded - earlier.recorded,
            self.unrecorded - earlier.unrecorded,
        )


def calls_of(probe: nn.Module) -> Calls:
    """Return how often a student's `ModeProbe` has run so far; raises CheckFailure where it cannot be read."""
    counts = unmirrored(getattr(probe, "calls", None))
    if not is_plain_tensor(counts) or counts.shape != (4,):  # type: ignore[attr-defined]
        told = "the model is not the one that was handed in"
        raise CheckFailure("state", told, told)
    return Calls(*map(int, counts.tolist()))  # type: ignore[attr-defined]


def assert_train_mode(probe: nn.Module, since: Calls | None = None, *, what: str = "the model") -> None:
    """Check that every call of the probe since then was in training mode, and that there was one; mistake-proof.

    before = calls_of(probe)
    student.training_step(probe, ...)
    assert_train_mode(probe, before)
    """
    calls = _since(probe, since, what)
    if calls.evaluation:
        few = "ran" if not calls.training else "sometimes ran"
        told = f"{what} {few} in evaluation mode while it was trained: dropout and batch norm did not do their part"
        raise CheckFailure("mode", told, told)
    note_right()


def assert_eval_mode(probe: nn.Module, since: Calls | None = None, *, what: str = "the model") -> None:
    """Check that every call of the probe since then was in evaluation mode, and that there was one; mistake-proof."""
    calls = _since(probe, since, what)
    if calls.training:
        few = "ran" if not calls.evaluation else "sometimes ran"
        told = f"{what} {few} in training mode while it was evaluated: dropout was on, and batch norm used the batch"
        raise CheckFailure("mode", told, told)
    note_right()


def assert_no_gradient_recorded(probe: nn.Module, since: Calls | None = None, *, what: str = "the model") -> None:
    """Check that autograd recorded no call of the probe since then, and that there was one; mistake-proof."""
    calls = _since(probe, since, what)
    if calls.recorded:
        told = f"autograd recorded the forward pass of {what}: the graph costs memory, and nobody needs it here"
        raise CheckFailure("recorded", told, told)
    note_right()


def left_training(probe: nn.Module, inputs: object) -> bool:
    """Return whether a probe is in training mode now, by what one more call of it does; mistake-proof.

    `inputs` has shape (rows, features), two rows or more. In training mode the call changes batch norm's statistics.
    """
    before = calls_of(probe)
    probe(inputs)
    return bool((calls_of(probe) - before).training)


def _since(probe: nn.Module, earlier: Calls | None, what: str) -> Calls:
    calls = calls_of(probe) - (earlier or Calls())
    if calls.training + calls.evaluation <= 0:
        told = f"{what} was never called"
        raise CheckFailure("mode", told, told)
    return calls
