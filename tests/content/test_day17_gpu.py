"""Day 17 examined: the solution earns everything, the stub nothing, no mistake passes, no right answer fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from proctorch.authoring.variants import Variant
from proctorch.errors import NotImplementedYet, StudentRaised
from proctorch.grading.bench import runnable
from proctorch.lab import simulated_gpu
from proctorch.model import Submission
from proctorch.sandbox.cells import new_namespace, run_cell
from proctorch.validation.subjects import subjects_of
from tests.content.days import Day

DAY = Day("day17_gpu")
SUBJECTS = subjects_of(DAY.course, DAY.name, mutants=False)
SEEDS = range(2)

# The ten most common mistakes with devices: exercise, title, and what CUDA says of each.
TWO = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
MASK = "expected self and mask to be on the same device, but got mask on cpu"
ELSEWHERE = "but got {} is on {}, different from other tensors on {}"
CLASSICS = [
    ("mend_the_model", "makes a new tensor in forward on the CPU", TWO),
    ("mend_the_model", "makes the hidden state on the CPU", "Input and hidden tensors are not at the same device"),
    (
        "new_tensors",
        "leaves the mask on the CPU",
        MASK,
    ),
    ("mend_the_model", "keeps a table that is not a buffer", TWO),
    ("mend_the_loop", "leaves the weights of the loss on the CPU", ELSEWHERE.format("weight", "cpu", "cuda:0")),
    ("mend_the_loop", "keeps a metric accumulator on the CPU", TWO),
    ("move_training", "makes the optimizer before the move, and leaves its state behind", TWO),
    ("mend_the_loop", "drops the result of .to or .cuda()", ELSEWHERE.format("mat1", "cpu", "cuda:0")),
    ("mend_the_model", "keeps its modules in a plain list", ELSEWHERE.format("mat1", "cuda:0", "cpu")),
    ("mend_the_loop", "calls .numpy() before .cpu()", "can't convert cuda:0 device type tensor to numpy."),
]


@pytest.fixture(autouse=True)
def gpu() -> Iterator[None]:
    """Simulate a GPU round each test, so that the day's first cell starts no simulation that outlives it."""
    with simulated_gpu():
        yield


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
    assert DAY.failures(DAY.namespace(), seeds=range(3)) == {}


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


@pytest.mark.parametrize(("exercise", "title", "words"), CLASSICS)
def test_the_classic_mistakes_are_told_what_cuda_says(exercise: str, title: str, words: str) -> None:
    ((_, submission),) = [
        pair for pair in SUBJECTS.misconceptions if (pair[0].exercise, pair[0].title) == (exercise, title)
    ]
    found = DAY.failures(namespace(submission), exercise, range(1))
    told = [str(error) for errors in found.values() for error in errors if isinstance(error, StudentRaised)]
    assert any(words in text for text in told), told


def test_the_race_is_honest_about_a_simulated_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    found = DAY.namespace()["race"](width=8, rows=4)
    assert set(found) == {"cpu", "cuda"} and min(found.values()) > 0
    assert torch.cuda.get_device_name().startswith("Simulated") == ("This GPU is simulated" in capsys.readouterr().out)


def test_every_worked_example_in_the_prose_is_true() -> None:
    assert DAY.run_examples() >= 15
