"""What must come out the same again: training from the same seed, and a model from its state dict."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from proctorch.errors import CheckFailure
from proctorch.grading.ladder import Rules
from proctorch.grading.phrases import Subject
from proctorch.grading.progress import note_right
from proctorch.grading.raw import is_plain_tensor
from proctorch.grading.structure import compare
from proctorch.grading.training.states import (
    Owner,
    State,
    names_phrase,
    require_same_names,
    require_weights,
    state_of,
)


def assert_same_seed_same_weights(
    train: Callable[[int], Owner], seed: int, *, other: int | None = None, what: str = "the model"
) -> State:
    """Check that training twice from one seed gives the same weights, and from another seed others.

    `train(seed)` asks the student's code for a trained model, and may `student.reseed(...)` with a number of its own
    first, so that a function that forgets its seed is not saved by the guest's. Returns the state after `seed`. What is
    compared are weights, so `torch.manual_seed` may be patched as it likes. Raises CheckFailure.
    """
    first, again = state_of(train(seed), what), state_of(train(seed), what)
    require_same_names(again, first, what)
    changed = [key for key in first if not torch.allclose(first[key].double(), again[key].double(), rtol=1e-5)]
    if changed:
        told = "is different after a second run with the same seed: something random was not drawn from it"
        raise CheckFailure("seed", f"{names_phrase(changed)} of {what} {told}", f"{what} {told}")
    elsewhere = state_of(train(seed + 1 if other is None else other), what)
    if elsewhere.keys() == first.keys() and all(torch.equal(first[key], elsewhere[key]) for key in first):
        told = f"two different seeds gave {what} the very same weights: is the seed used?"
        raise CheckFailure("seed", told, told)
    note_right()
    return first


def assert_state_dict_round_trip(one: nn.Module, two: nn.Module, *inputs: Tensor, what: str = "the model") -> None:
    """Check that a state dict goes out of one module and comes back in another, and carries all that it computes with.

    `one` and `two` are modules of the same class, made separately; both are put into evaluation mode. The state of
    `one`, with other values in it, is loaded into both: states and outputs must agree, and the outputs must follow the
    values. The outputs come from the guest: mistake-proof. Raises CheckFailure.
    """
    one.eval(), two.eval()
    before = _output(one, inputs, what)
    state = state_of(one, what)
    if not any(value.is_floating_point() for value in state.values()):
        told = f"the state dict of {what} holds no weights: are its layers attributes of it?"
        raise CheckFailure("state", told, told)
    moved = {key: 1.5 * value + 0.25 if value.is_floating_point() else value for key, value in state.items()}
    for module in (one, two):
        module.load_state_dict(moved)
        require_same_names(state_of(module, what), moved, what)
        require_weights(module, moved, what)
    first, second = _output(one, inputs, what), _output(two, inputs, what)
    if first.shape == before.shape and torch.equal(first, before):
        told = f"the output of {what} does not follow the state dict that was loaded"
        raise CheckFailure("state", told, told)
    compare(second, first, Rules(), Subject(what=f"the output of {what} with a loaded state dict"))
    note_right()


def _output(module: nn.Module, inputs: tuple[Tensor, ...], what: str) -> Tensor:
    with torch.no_grad():
        output: Tensor = module(*inputs)
    if not is_plain_tensor(output):
        raise CheckFailure("type", f"{what} returned no tensor", f"{what} returned no tensor")
    return output.detach().clone()
