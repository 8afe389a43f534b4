"""Day 9 examined: the solution earns everything, the stub nothing, no mistake passes, no right answer fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from proctorch.authoring.variants import Variant
from proctorch.errors import NotImplementedYet
from proctorch.grading.bench import runnable
from proctorch.model import Submission
from proctorch.sandbox.cells import new_namespace, run_cell
from proctorch.validation.subjects import subjects_of
from tests.content.days import Day

DAY = Day("day09_training_loops")
SUBJECTS = subjects_of(DAY.course, DAY.name, mutants=False)
SEEDS = range(2)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Train with one thread, as guests do: small models are several times slower with more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def label(value: Any) -> str | None:
    return f"{value.name}: {value.title}" if isinstance(value, Variant) else ""


def namespace(submission: Submission) -> dict[str, Any]:
    """Run a submission's cells and return the names that they define."""
    names = new_namespace().__dict__
    for cell in runnable(submission.cells):
        assert run_cell(names, cell.label, cell.source) is None
    return names


def test_every_exercise_has_public_and_hidden_checks_misconceptions_and_alternatives() -> None:
    for exercise in DAY.exercises:
        public = sum(check.exercise == exercise and check.public for check in DAY.checks)
        hidden = sum(check.exercise == exercise and not check.public for check in DAY.checks)
        assert 2 <= public <= 4 and 2 <= hidden <= 4, exercise
        assert sum(variant.exercise == exercise for variant, _ in SUBJECTS.misconceptions) >= 4, exercise
        assert sum(variant.exercise == exercise for variant, _ in SUBJECTS.alternatives) >= 3, exercise


def test_the_points_add_up_to_thirty() -> None:
    assert DAY.points == 30


def test_the_solution_passes_every_check() -> None:
    assert DAY.failures(DAY.namespace(), seeds=range(5)) == {}


def test_the_stub_passes_no_check() -> None:
    found = DAY.failures(DAY.namespace(stub=True), seeds=range(1))
    assert len(found) == len(DAY.checks)
    assert all(isinstance(errors[0], NotImplementedYet) for errors in found.values())


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "submission"), SUBJECTS.alternatives, ids=label)
def test_a_right_answer_in_another_style_passes(variant: Variant, submission: Submission) -> None:
    assert DAY.failures(namespace(submission), variant.exercise, SEEDS) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "submission"), SUBJECTS.misconceptions, ids=label)
def test_a_mistake_fails_a_check_whatever_the_seed(variant: Variant, submission: Submission) -> None:
    found = DAY.failures(namespace(submission), variant.exercise, SEEDS)
    assert any(len(errors) == len(SEEDS) for errors in found.values())
    assert all(not isinstance(error, NotImplementedYet) for errors in found.values() for error in errors)


@pytest.mark.parametrize(("variant", "submission"), SUBJECTS.misconceptions, ids=label)
def test_a_hint_asks_and_stays_short(variant: Variant, submission: Submission) -> None:
    assert variant.hint is not None and 20 < len(variant.hint) < 125


def test_every_worked_example_in_the_prose_is_true() -> None:
    assert DAY.run_examples() >= 12
