"""Has the backward pass reached everything that it should? `assert_gradients` names what is left without a gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import torch
from torch import nn

from proctorch.errors import CheckFailure
from proctorch.grading.ladder import call_of
from proctorch.grading.phrases import Subject, count_phrase, type_phrase
from proctorch.grading.progress import note_right
from proctorch.grading.raw import is_plain_tensor

_MOST_NAMES = 4
_LONGEST_NAME = 80
_UNREACHED = "is it used in the forward pass, and is nothing detached on the way?"


def assert_gradients(owner: object, what: str | None = None) -> None:
    """Check that a backward pass has left a gradient in every leaf that asks for one.

    `owner` is a module (its frozen parameters are left out), a tensor, or a list or dict of tensors. Raises
    CheckFailure.

        loss.backward()
        assert_gradients(model)

    >>> weight = torch.ones(2, requires_grad=True)
    >>> weight.sum().backward()
    >>> assert_gradients(weight)
    """
    if isinstance(owner, nn.Module):
        _check_module(owner, what or str(cast(Any, owner)._get_name()), what is None)
    elif isinstance(owner, Mapping):
        for name, leaf in owner.items():
            _check_leaf(leaf, Subject(what=f"{name} of {what}" if what else str(name)))
    elif isinstance(owner, (list, tuple)):
        for place, leaf in enumerate(cast(Sequence[object], owner)):
            _check_leaf(leaf, _subject(owner, what).item(place))
    else:
        _check_leaf(owner, _subject(owner, what))
    note_right()


def _subject(value: object, what: str | None) -> Subject:
    call = call_of(value)
    return Subject(None if call is None else call.name, what)


def _check_module(module: nn.Module, name: str, is_theirs: bool) -> None:
    """Name the trainable parameters without a gradient; `is_theirs`: the module's name is the student's."""
    trainable = [(key, parameter) for key, parameter in module.named_parameters() if parameter.requires_grad]
    whose = "the module" if is_theirs else name
    if not trainable:
        sentence = "has no parameter that requires a gradient"
        raise CheckFailure("gradient", f"{name} {sentence}", f"{whose} {sentence}")
    bare = [key for key, parameter in trainable if parameter.grad is None]
    if not bare:
        return
    verb, them = ("has", "it") if len(bare) == 1 else ("have", "them")
    told = f"{_names(bare)} of {name} {verb} no gradient: backward did not reach {them} ({_question(len(bare))})"
    few = "every parameter" if len(bare) == len(trainable) else "a parameter"
    raise CheckFailure(
        "gradient", told, f"{few} of {whose} has no gradient: backward did not reach it ({_question(1)})"
    )


def _question(count: int) -> str:
    return _UNREACHED if count == 1 else _UNREACHED.replace("is it used", "are they used")


def _names(keys: Sequence[str]) -> str:
    shown = [key[:_LONGEST_NAME] for key in keys[:_MOST_NAMES]]
    if len(keys) > _MOST_NAMES:
        shown.append(count_phrase(len(keys) - _MOST_NAMES, "other"))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _check_leaf(leaf: object, subject: Subject) -> None:
    if not is_plain_tensor(leaf):
        thing = f"{type_phrase(leaf)}, expected a tensor"
        raise CheckFailure("type", subject.gave(thing), subject.safely_gave("the wrong type, expected a tensor"))
    for reason in _reasons(cast(torch.Tensor, leaf)):
        raise CheckFailure("gradient", subject.gave(reason), subject.safely_gave(reason))


def _reasons(leaf: torch.Tensor) -> Iterator[str]:
    """Yield why a tensor holds no gradient, unless it holds one."""
    if not leaf.requires_grad:
        yield "a tensor that does not require a gradient (requires_grad is False), so backward leaves none in it"
    elif not leaf.is_leaf:
        yield "a tensor that was computed and is no leaf, so backward leaves no gradient in it"
    elif leaf.grad is None:
        yield f"a leaf without a gradient: backward did not reach it ({_UNREACHED})"
