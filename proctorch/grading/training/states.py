"""What a module holds, as plain tensors, and the host's own module with a student's weights in it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from proctorch.errors import CheckFailure
from proctorch.grading.phrases import shape_phrase, type_phrase
from proctorch.grading.raw import is_plain_tensor, unmirrored

State = dict[str, Tensor]
Owner = nn.Module | Mapping[str, Tensor]
Network = TypeVar("Network", bound=nn.Module)

_MOST_NAMES = 4


def state_of(owner: Owner, what: str = "the model") -> State:
    """Return copies of all parameters and buffers in a module's state dict, or in a state dict, as plain tensors.

    `owner` may be a student's module, a module of the host, or what `state_dict()` gave. Take it before a call of the
    student's code to know afterwards what the call has changed. Raises CheckFailure where it is none of these.
    """
    found = owner.state_dict() if isinstance(owner, nn.Module) else owner
    if not isinstance(found, Mapping):
        raise _refusal(f"{what} is {type_phrase(owner)}, expected a module or a state dict", what)
    state: State = {}
    for key, value in found.items():
        if type(key) is not str or not is_plain_tensor(value):
            raise _refusal(f"the state of {what} holds something that is not an ordinary tensor", what)
        with torch.no_grad():
            state[key] = torch.Tensor.detach(unmirrored(value)).clone()  # type: ignore[arg-type]
    return state


def rebuilt(model: Owner, network: Network, what: str = "the model") -> Network:
    """Return a copy of `network`, a module of the host, that holds the weights of a student's `model`.

    Its outputs are computed here, so they are evidence: the student's forward plays no part in them. Modes are those of
    `network`. Raises CheckFailure when names or shapes differ.

        model = student.fit(student.lab("ModeProbe", 4, 3), ...)
        logits = rebuilt(model, lab.ModeProbe(4, 3).eval())(inputs)
    """
    state = state_of(model, what)
    require_same_names(state, state_of(network), what)
    copied = copy.deepcopy(network)
    copied.load_state_dict(state)
    return copied


def require_same_names(given: State, expected: State, what: str = "the model") -> None:
    """Check that two states have the same names and shapes; raises CheckFailure."""
    missing = [key for key in expected if key not in given]
    if missing or len(given) != len(expected):
        problem = f"lacks {names_phrase(missing)}" if missing else "has parameters or buffers that it should not have"
        raise _refusal(f"{what} {problem}: is it another model than the one that was handed in?", what)
    for key, value in expected.items():
        if given[key].shape != value.shape:
            shapes = f"has the shape {shape_phrase(given[key].shape)}, expected {shape_phrase(value.shape)}"
            raise CheckFailure("shape", f"{key} of {what} {shapes}", f"{key} of {what} has the wrong shape")


def require_weights(model: Owner, weights: Mapping[str, Tensor], what: str = "the model") -> None:
    """Check that a model's state holds these tensors under these names, each with exactly these values, on any device.

    Load weights of your own before you compute what you expect from them: what a student's module says of weights that
    it made itself is no evidence. Raises CheckFailure.

        model.load_state_dict({**state_of(model), **weights})
        require_weights(model, weights)
    """
    state = state_of(model, what)
    missing = [key for key in weights if key not in state]
    if missing:
        safe = f"the state dict of {what} does not hold all of its weights: are its layers attributes of it?"
        raise CheckFailure("state", f"the state dict of {what} holds no {names_phrase(missing)}", safe)
    lost = [key for key, value in weights.items() if not torch.equal(state[key].cpu(), value.cpu())]
    if lost:
        told = f"{names_phrase(lost)} of {what} is not what was loaded"
        raise CheckFailure("state", told, f"{what} does not keep the state dict that was loaded")


def numbers_in(state: State) -> State:
    """Return the part of a state that training changes by amounts: its floating-point tensors."""
    return {key: value for key, value in state.items() if value.is_floating_point()}


def names_phrase(keys: list[str]) -> str:
    """Return `weight, bias and 3 others`."""
    shown = [key[:80] for key in keys[:_MOST_NAMES]]
    if len(keys) > _MOST_NAMES:
        shown.append(f"{len(keys) - _MOST_NAMES} other{'s' if len(keys) > _MOST_NAMES + 1 else ''}")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _refusal(sentence: str, what: str) -> CheckFailure:
    return CheckFailure("state", sentence, f"{what} is not what it should be")
