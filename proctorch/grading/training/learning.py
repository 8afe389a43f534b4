"""Has the model learnt? Losses are computed here, from outputs; what a student's code says of its loss is not read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from proctorch.errors import CheckFailure
from proctorch.grading.phrases import number_phrase, shape_phrase, type_phrase
from proctorch.grading.progress import note_right
from proctorch.grading.raw import is_plain_tensor
from proctorch.grading.training.reference import Batch, Loss

Predictor = Callable[[Tensor], Tensor]


def loss_on(network: Predictor, batches: Iterable[Batch], loss: Loss) -> float:
    """Return the mean loss over all rows of some batches, where `loss` is a mean over the rows of one.

    `network` should be the host's own with the student's weights (`rebuilt`), in the mode that the check means; then
    the loss is evidence. A student's own module is run in the guest, and only mistake-proof. Raises CheckFailure when
    the outputs are no tensor with one row for each input.
    """
    total, rows = 0.0, 0
    for inputs, targets in batches:
        with torch.no_grad():
            outputs = network(inputs)
        if not is_plain_tensor(outputs):
            raise CheckFailure("type", f"the model returned {type_phrase(outputs)}, expected a tensor", "no tensor")
        if outputs.dim() == 0 or len(outputs) != len(inputs):
            told = f"the model returned the shape {shape_phrase(outputs.shape)} for {len(inputs)} rows"
            raise CheckFailure("shape", told, "the model returned the wrong number of rows")
        total += float(loss(outputs, targets)) * len(inputs)
        rows += len(inputs)
    if not rows:
        raise ValueError("no batch to compute a loss on")
    return total / rows


def assert_loss_falls(
    before: float, after: float, *, ratio: float = 0.5, steps: int | None = None, what: str = "the loss"
) -> None:
    """Check that a loss is at most `ratio` times what it was before; both computed by the check, with `loss_on`.

    `steps` is the budget that the exercise states, for the sentence alone: give it to the student's function, and
    never measure a time. Raises CheckFailure, and ValueError for a ratio that is not between 0 and 1 or a loss before
    that is not positive.

        first = loss_on(rebuilt(before, network), batches, functional.cross_entropy)
        last = loss_on(rebuilt(model, network), batches, functional.cross_entropy)
        assert_loss_falls(first, last, ratio=0.5, steps=50)
    """
    if not 0 < ratio < 1 or not (math.isfinite(before) and before > 0):
        raise ValueError(f"a ratio between 0 and 1 of a positive loss is needed, not {ratio!r} of {before!r}")
    within = f" within {steps} steps" if steps is not None else ""
    if not math.isfinite(after):
        told = f"{what} is nan or infinite after training: is the learning rate too large?"
        raise CheckFailure("loss", told, told)
    if after <= ratio * before:
        note_right()
        return
    safe = f"{what} did not fall to {ratio:g} of what it was{within}"
    if after >= before:
        safe = f"{what} did not fall at all{within}"
    told = f"{safe}: it was {number_phrase(before, 4)} and is {number_phrase(after, 4)}"
    raise CheckFailure("loss", told, safe)


def assert_overfits(
    network: Predictor,
    inputs: Tensor,
    targets: Tensor,
    loss: Loss,
    *,
    below: float = 0.05,
    steps: int | None = None,
    what: str = "the model",
) -> None:
    """Check that a model has learnt one batch by heart: its loss there is below `below`.

    Forgery-proof where `network` is `rebuilt(...)`; mistake-proof where it is a student's own module, because the batch
    and its targets are in the guest. Raises CheckFailure.
    """
    found = loss_on(network, [(inputs, targets)], loss)
    if math.isfinite(found) and found <= below:
        note_right()
        return
    within = f" after {steps} steps" if steps is not None else ""
    safe = f"{what} has not learnt this one batch by heart{within}"
    told = f"{safe}: its loss is {number_phrase(found, 4)}, expected less than {below:g}"
    raise CheckFailure("loss", told, f"{safe}: do the steps reach all of its parameters?")
