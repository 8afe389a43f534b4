"""`assert_gradients` lets right backward passes through; its sentences are golden folders of the ladder."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from proctorch import assert_gradients
from proctorch.errors import CheckFailure


def refused(owner: object, what: str | None = None) -> CheckFailure:
    with pytest.raises(CheckFailure) as caught:
        assert_gradients(owner, what)
    return caught.value


def test_what_backward_reached_passes() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    model(torch.ones(1, 2)).sum().backward()
    w, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    (w * b).sum().backward()
    for owner in (model, w, [w, b], (w, b), {"w": w, "b": b}, list(model.parameters())):
        assert_gradients(owner)


def test_frozen_parameters_are_left_out() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    model[0].requires_grad_(False)
    model(torch.ones(1, 2)).sum().backward()
    assert_gradients(model)


def test_the_names_are_told_but_not_of_a_hidden_check() -> None:
    failure = refused(nn.Sequential(*(nn.Linear(1, 1) for _ in range(4))), "the net")
    assert failure.rung == "gradient"
    assert failure.sentence.startswith("0.weight, 0.bias, 1.weight, 1.bias and 4 others of the net have no gradient")
    assert failure.safe.startswith("every parameter of the net has no gradient")


def test_an_item_and_an_entry_are_named() -> None:
    leaf = torch.ones(2, requires_grad=True)
    leaf.sum().backward()
    assert refused([leaf, torch.ones(2)]).sentence.startswith(
        "item [1] of the result is a tensor that does not require"
    )
    assert refused({"w": torch.ones(2)}, "the weights").sentence.startswith(
        "w of the weights is a tensor that does not"
    )


@pytest.mark.parametrize("owner", [None, 3, [1.5], {"w": None}])
def test_what_is_no_tensor_is_refused(owner: object) -> None:
    assert refused(owner).rung == "type"
