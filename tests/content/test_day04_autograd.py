"""Day 4 examined: the solution earns everything, the stub nothing, no mistake passes, no right answer fails."""

from __future__ import annotations

import pytest

from proctorch.errors import NotImplementedYet
from proctorch.grading.vocabulary import Variant
from tests.content.days import Day, label

DAY = Day("day04_autograd")
SEEDS = range(3)


def test_every_exercise_has_public_and_hidden_checks_misconceptions_and_alternatives() -> None:
    for exercise in DAY.exercises:
        public = sum(check.exercise == exercise and check.public for check in DAY.checks)
        hidden = sum(check.exercise == exercise and not check.public for check in DAY.checks)
        assert 2 <= public <= 4 and 2 <= hidden <= 4, exercise
        assert sum(variant.exercise == exercise for variant in DAY.misconceptions) >= 4, exercise
        assert sum(variant.exercise == exercise for variant in DAY.alternatives) >= 3, exercise


def test_the_points_add_up_to_thirty() -> None:
    assert DAY.points == 30


def test_the_solution_passes_every_check() -> None:
    assert DAY.failures(DAY.namespace(), seeds=range(20)) == {}


def test_the_stub_passes_no_check() -> None:
    found = DAY.failures(DAY.namespace(stub=True), seeds=range(1))
    assert len(found) == len(DAY.checks)
    assert all(isinstance(errors[0], NotImplementedYet) for errors in found.values())


@pytest.mark.parametrize("variant", DAY.alternatives, ids=label)
def test_a_right_answer_in_another_style_passes(variant: Variant) -> None:
    assert DAY.failures(DAY.namespace(variant=variant), variant.exercise, SEEDS) == {}


@pytest.mark.parametrize("variant", DAY.misconceptions, ids=label)
def test_a_mistake_fails_a_check_whatever_the_seed(variant: Variant) -> None:
    found = DAY.failures(DAY.namespace(variant=variant), variant.exercise, SEEDS)
    assert any(len(errors) == len(SEEDS) for errors in found.values())
    assert all(not isinstance(error, NotImplementedYet) for errors in found.values() for error in errors)


@pytest.mark.parametrize("variant", DAY.misconceptions, ids=label)
def test_a_mistake_is_told_apart_from_every_other(variant: Variant) -> None:
    assert [label(other) for other in DAY.mistaken_for(variant)] == []


@pytest.mark.parametrize("variant", DAY.misconceptions, ids=label)
def test_a_hint_asks_and_stays_short(variant: Variant) -> None:
    assert variant.hint is not None and 20 < len(variant.hint) < 125


def test_every_worked_example_in_the_prose_is_true() -> None:
    assert DAY.run_examples() > 40
