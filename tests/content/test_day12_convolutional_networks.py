"""Day 12 examined: the solution earns everything, the stub nothing, no mistake passes, no right answer fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proctorch.authoring.variants import Variant
from proctorch.engines.local import LocalEngine
from proctorch.errors import NotImplementedYet
from proctorch.grading.bench import runnable
from proctorch.model import Cell, Submission, Verdict
from proctorch.sandbox.cells import new_namespace, run_cell
from proctorch.validation.subjects import subjects_of
from tests.content.days import Day

DAY = Day("day12_convolutional_networks")
SUBJECTS = subjects_of(DAY.course, DAY.name, mutants=False)
TRAINING = "fit_photographs"

DENSE = """
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    batch, channels, height, width = images.shape
    pixels = channels * height * width
    rows = output_size(height, weight.shape[2], stride, padding, dilation)
    columns = output_size(width, weight.shape[3], stride, padding, dilation)
    matrix = torch.zeros(len(weight), rows, columns, channels, height + 2 * padding, width + 2 * padding)
    matrix = matrix.to(images.dtype)
    for i in range(rows):
        for j in range(columns):
            for m in range(weight.shape[2]):
                for n in range(weight.shape[3]):
                    matrix[:, i, j, :, i * stride + m * dilation, j * stride + n * dilation] = weight[:, :, m, n]
    inside = matrix[..., padding : padding + height, padding : padding + width].reshape(-1, pixels)
    return (images.reshape(batch, -1) @ inside.T).reshape(batch, -1, rows, columns) + bias[:, None, None]
"""


def label(value: Any) -> str | None:
    return f"{value.name}: {value.title}" if isinstance(value, Variant) else ""


def marked(pairs: tuple[tuple[Variant, Submission], ...]) -> list[Any]:
    """Mark the variants that train a network as slow: each of them takes seconds."""
    slow = [pytest.mark.slow]
    return [pytest.param(*pair, marks=slow if pair[0].exercise == TRAINING else []) for pair in pairs]


def seeds_of(variant: Variant) -> range:
    return range(1) if variant.exercise == TRAINING else range(2)


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
    for exercise in DAY.exercises:
        seeds = range(1) if exercise == TRAINING else range(5)
        assert DAY.failures(DAY.namespace(), exercise, seeds) == {}


def test_the_stub_passes_no_check() -> None:
    found = DAY.failures(DAY.namespace(stub=True), seeds=range(1))
    assert len(found) == len(DAY.checks)
    assert all(isinstance(errors[0], NotImplementedYet) for errors in found.values())


@pytest.mark.parametrize(("variant", "submission"), marked(SUBJECTS.alternatives), ids=label)
def test_a_right_answer_in_another_style_passes(variant: Variant, submission: Submission) -> None:
    assert DAY.failures(namespace(submission), variant.exercise, seeds_of(variant)) == {}


@pytest.mark.parametrize(("variant", "submission"), marked(SUBJECTS.misconceptions), ids=label)
def test_a_mistake_fails_a_check_whatever_the_seed(variant: Variant, submission: Submission) -> None:
    seeds = seeds_of(variant)
    found = DAY.failures(namespace(submission), variant.exercise, seeds)
    assert any(len(errors) == len(seeds) for errors in found.values())
    assert all(not isinstance(error, NotImplementedYet) for errors in found.values() for error in errors)


@pytest.mark.parametrize(("variant", "submission"), SUBJECTS.misconceptions, ids=label)
def test_a_hint_asks_and_stays_short(variant: Variant, submission: Submission) -> None:
    assert variant.hint is not None and 20 < len(variant.hint) < 125


def test_every_worked_example_in_the_prose_is_true() -> None:
    assert DAY.run_examples() >= 12


@pytest.mark.slow
def test_a_convolution_as_one_big_matrix_breaks_the_memory_limit_and_loops_keep_it() -> None:
    def with_matrix(cell: Cell) -> Cell:
        return replace(cell, source=cell.source + DENSE) if cell.exercise == "stride_and_padding" else cell

    dense = replace(SUBJECTS.solution, student="dense", cells=tuple(map(with_matrix, SUBJECTS.solution.cells)))
    chosen = [submission for variant, submission in SUBJECTS.alternatives if "seven loops over padded" in variant.title]
    only = {submission.student: ("stride_and_padding",) for submission in (dense, *chosen)}
    with LocalEngine(DAY.course, SUBJECTS.day, workers=1) as engine:
        reports = {report.student: report for report in engine.grade([dense, *chosen], only=only, once=True)}
    verdicts = {
        student: {check.id.rpartition("::")[2]: check.verdict for result in report.exercises for check in result.checks}
        for student, report in reports.items()
    }
    big = verdicts.pop("dense")
    assert [name for name, verdict in big.items() if verdict is not Verdict.PASSED] == ["test_large_picture"]
    assert big["test_large_picture"] is Verdict.OUT_OF_MEMORY
    assert len(verdicts) == 1 and all(set(each.values()) == {Verdict.PASSED} for each in verdicts.values())
