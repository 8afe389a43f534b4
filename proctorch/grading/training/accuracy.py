"""Accuracies that count: labels stay on the host, and test inputs come in an order that only the host knows.

What a submission brings along does not help it where nobody can have the task beforehand: draw the inputs afresh
(`proctorch.lab.signs`, `clusters`), or the rule by which known inputs get their labels (`unknown_piles`). New numbers
for the classes of a known data set are not enough: who has its rows, or weights for it, reads the numbers off the
training labels. Where the model is one of the lab's, its outputs are computed on the host from its weights.
"""

from __future__ import annotations

import torch
from torch import Tensor

from proctorch.errors import CheckFailure
from proctorch.grading.phrases import shape_phrase, type_phrase
from proctorch.grading.raw import is_plain_tensor
from proctorch.grading.training.learning import Predictor
from proctorch.lab.data import Split


def held_out_accuracy(network: Predictor, split: Split, rng: torch.Generator, *, classes: int | None = None) -> float:
    """Return the share of test rows whose largest logit is that of their label; shuffled before they are shown.

    `network` is the host's own with the student's weights in it (`rebuilt`: forgery-proof) or the student's module,
    which sees the test inputs and not the labels. Average over several seeds and hand the mean to `assert_score`.
    Raises CheckFailure when the outputs are no logits, or nan.
    """
    order = torch.randperm(len(split.test_labels), generator=rng)
    with torch.no_grad():
        logits = network(split.test_inputs[order])
    wanted = int(split.train_labels.max()) + 1 if classes is None else classes
    _require_logits(logits, (len(order), wanted))
    return float((logits.argmax(dim=1) == split.test_labels[order]).double().mean())


def _require_logits(logits: Tensor, shape: tuple[int, int]) -> None:
    if not is_plain_tensor(logits):
        told = f"the model returned {type_phrase(logits)}, expected a tensor of logits"
        raise CheckFailure("type", told, "the model returned no tensor")
    if tuple(logits.shape) != shape:
        told = f"the model returned the shape {shape_phrase(logits.shape)}, expected {shape_phrase(shape)}"
        raise CheckFailure("shape", told, "the logits have the wrong shape")
    if not bool(logits.isfinite().all()):
        raise CheckFailure("finite", "the model's logits are nan or infinite", "the model's logits are not finite")
