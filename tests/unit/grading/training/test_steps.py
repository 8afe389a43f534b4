"""One step, forgotten gradients and the order of scheduler and optimizer, told from the weights that are left."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from proctorch import Recipe, assert_gradients_zeroed, assert_same_step, assert_scheduler_order, reference_run, state_of
from proctorch.errors import CheckFailure
from proctorch.grading.student import Student
from proctorch.grading.training.reference import Batch
from proctorch.lab import ModeProbe

SGD = Recipe(functional.cross_entropy, lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9))
ADAM = Recipe(functional.cross_entropy, lambda parameters: torch.optim.Adam(parameters, lr=0.01))
STEPPED = Recipe(
    functional.cross_entropy,
    lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    scheduler=lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5),
    every="batch",
)


def batches(rng: torch.Generator, rows: int = 18, size: int = 6) -> list[Batch]:
    inputs = torch.randn(rows, 4, generator=rng, dtype=torch.float64)
    labels = torch.randint(3, (rows,), generator=rng)
    return list(zip(inputs.split(size), labels.split(size), strict=True))


def placed(student: Student, network: ModeProbe, name: str = "SGD", **settings: Any) -> tuple[Any, Any, Any]:
    """Return the probe with the host's weights, a loss and an optimizer, all in the guest."""
    model = student.lab("ModeProbe", 4, 3)
    model.load_state_dict(network.state_dict())
    return model, student.lab("loss", "CrossEntropyLoss"), student.lab("optimizer", name, model, **settings)


def loader_of(student: Student, found: list[Batch]) -> Any:
    inputs, labels = (torch.cat(parts) for parts in zip(*found, strict=True))
    return student.lab("loader", inputs, labels, batch_size=len(found[0][0]))


def refused(after: object, expected: object, before: object, **options: Any) -> CheckFailure:
    with pytest.raises(CheckFailure) as caught:
        assert_same_step(after, expected, before=before, **options)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(("recipe", "name", "settings"), [(SGD, "SGD", (0.1, 0.9)), (ADAM, "Adam", (0.01, None))])
def test_right_steps_pass_for_every_optimizer(
    student: Student, network: ModeProbe, rng: torch.Generator, recipe: Recipe, name: str, settings: Any
) -> None:
    lr, momentum = settings
    model, loss, optimizer = placed(student, network, name, lr=lr, **({"momentum": momentum} if momentum else {}))
    found = batches(rng, 54, 6)
    before = state_of(model)
    student.steps(model, loader_of(student, found), loss, optimizer)
    assert_same_step(model, reference_run(network, found, recipe), before=before)
    assert_gradients_zeroed(model, network, found, recipe)


def test_no_step_is_told(student: Student, network: ModeProbe, rng: torch.Generator) -> None:
    model, *_ = placed(student, network, lr=0.1)
    expected = reference_run(network, batches(rng)[:1], SGD)
    student.idle(model)
    assert "has not moved" in refused(model, expected, network).sentence


def test_a_step_uphill_and_a_sum_for_a_mean_are_told(
    student: Student, network: ModeProbe, rng: torch.Generator
) -> None:
    ((inputs, labels), *_) = batches(rng)
    expected = reference_run(network, [(inputs, labels)], SGD)
    model, loss, optimizer = placed(student, network, lr=0.1)
    student.uphill(model, inputs, labels, loss, optimizer)
    assert "uphill" in refused(model, expected, network).safe
    model, _, optimizer = placed(student, network, lr=0.1)
    student.step(model, inputs, labels, student.lab("loss", "CrossEntropyLoss", reduction="sum"), optimizer)
    failure = refused(model, expected, network)
    assert failure.sentence.endswith("but too far: 6 times the way")
    assert not any(mark.isdigit() for mark in failure.safe)


def test_what_did_not_move_is_named(network: ModeProbe, rng: torch.Generator) -> None:
    expected = reference_run(network, batches(rng), SGD)
    after = expected | {"last.bias": network.state_dict()["last.bias"]}
    assert refused(after, expected, network).sentence == "last.bias of the model should have changed and did not"


def test_a_small_difference_and_a_missed_statistic_are_found(network: ModeProbe, rng: torch.Generator) -> None:
    expected = reference_run(network, batches(rng), SGD)
    assert "last.bias by up to 1e-05" in refused(expected | {"last.bias": expected["last.bias"] + 1e-5}, expected,
                                                  network).sentence  # fmt: skip
    less = expected["norm.num_batches_tracked"] - 1
    assert "num_batches_tracked" in refused(expected | {"norm.num_batches_tracked": less}, expected, network).sentence


def test_rounding_is_no_difference(network: ModeProbe, rng: torch.Generator) -> None:
    expected = reference_run(network, batches(rng), SGD)
    assert_same_step({key: value + 1e-9 if value.is_floating_point() else value for key, value in expected.items()},
                     expected, before=network)  # fmt: skip


def test_nan_another_model_and_no_model_are_refused(network: ModeProbe, rng: torch.Generator) -> None:
    expected = reference_run(network, batches(rng), SGD)
    assert refused(expected | {"last.bias": torch.full((3,), torch.nan)}, expected, network).rung == "finite"
    assert refused(nn.Linear(2, 2), expected, network).rung == "state"
    assert refused(expected | {"last.bias": torch.zeros(4)}, expected, network).rung == "shape"
    assert refused(None, expected, network).rung == "state"
    assert refused({"last.bias": 3}, expected, network).rung == "state"


def test_gradients_that_pile_up_are_named(student: Student, network: ModeProbe, rng: torch.Generator) -> None:
    found = batches(rng)
    model, loss, optimizer = placed(student, network, lr=0.1, momentum=0.9)
    student.steps(model, loader_of(student, found), loss, optimizer, zero=False)
    with pytest.raises(CheckFailure, match="still there in the next"):
        assert_gradients_zeroed(model, network, found, SGD)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"scheduler": False}, "never changed"),
        ({"first": True}, "before the optimizer"),
        ({"every": "epoch"}, "once an epoch|never changed"),
    ],
)
def test_a_scheduler_out_of_order_is_named(
    student: Student, network: ModeProbe, rng: torch.Generator, options: dict[str, Any], told: str
) -> None:
    found = batches(rng)
    model, loss, optimizer = placed(student, network, lr=0.1)
    scheduler = student.lab("scheduler", "StepLR", optimizer, step_size=1, gamma=0.5)
    student.steps(model, loader_of(student, found), loss, optimizer, **({"scheduler": scheduler} | options))
    with pytest.raises(CheckFailure, match=told):
        assert_scheduler_order(model, network, found, STEPPED)


def test_the_right_order_passes(student: Student, network: ModeProbe, rng: torch.Generator) -> None:
    found = batches(rng)
    model, loss, optimizer = placed(student, network, lr=0.1)
    scheduler = student.lab("scheduler", "StepLR", optimizer, step_size=1, gamma=0.5)
    student.steps(model, loader_of(student, found), loss, optimizer, scheduler=scheduler)
    assert_scheduler_order(model, network, found, STEPPED)


def test_a_check_that_could_not_tell_is_the_authors_fault(network: ModeProbe, rng: torch.Generator) -> None:
    found = batches(rng)
    with pytest.raises(ValueError, match="take more steps"):
        assert_gradients_zeroed(network, network, found[:1], SGD)
    with pytest.raises(ValueError, match="float64"):
        reference_run(nn.Linear(4, 3), found, SGD)
    with pytest.raises(ValueError, match="float64"):
        assert_same_step(nn.Linear(4, 3), nn.Linear(4, 3), before=nn.Linear(4, 3))
    with pytest.raises(ValueError, match="from before"):
        assert_same_step(network, network, before=network)
    with pytest.raises(ValueError, match="take 10"):
        reference_run(network, found, SGD, epochs=4)


def test_weights_that_went_anywhere_else_are_refused(submit: Any, network: ModeProbe, rng: torch.Generator) -> None:
    student = submit("def forged(model, *rest):\n    for p in model.parameters():\n        p.data += 0.001\n")
    model, *_ = placed(student, network, lr=0.1)
    student.forged(model)
    assert refused(model, reference_run(network, batches(rng), SGD), network).rung == "step"
