"""What is demanded of every day: its solution earns everything, its stub nothing, no mistake passes, no right answer
fails. The same holds in the sandbox (`proctorch validate --quick`); here the checks run in this process, as a student's
do at home.

    class TestDay16(Examination):
        day = Day("day16_transfer_learning")
        training = frozenset({"fine_tune"})  # these take seconds: one seed, and `make test` leaves them to validate
        examples = 15  # worked examples in the prose, at least
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

import pytest
import torch

from proctorch.authoring.variants import Variant
from proctorch.errors import NotImplementedYet
from proctorch.grading.bench import runnable
from proctorch.model import Submission
from proctorch.sandbox.cells import new_namespace, run_cell
from proctorch.validation.subjects import Subjects, subjects_of
from tests.content.days import Day

TRAINS = [pytest.mark.slow, pytest.mark.examined]


class Examination:
    """The tests of one day; a subclass names it."""

    day: ClassVar[Day]
    training: ClassVar[frozenset[str]] = frozenset()
    examples: ClassVar[int]

    @classmethod
    def subjects(cls) -> Subjects:
        """Return the day's solution and variants, as submissions."""
        return _subjects(cls.day)

    @classmethod
    def parameters(cls, kind: str) -> list[Any]:
        """Return the day's alternatives or misconceptions as parameters; those that train a network are marked."""
        pairs = cls.subjects().alternatives if kind == "alternative" else cls.subjects().misconceptions
        return [
            pytest.param(pair, id=f"{pair[0].name}: {pair[0].title}",
                         marks=TRAINS if pair[0].exercise in cls.training else [])
            for pair in pairs
        ]  # fmt: skip

    def seeds(self, exercise: str, most: int) -> range:
        """Return the seeds under which an exercise is tried."""
        return range(1) if exercise in self.training else range(most)

    @pytest.fixture(autouse=True)
    def one_thread(self) -> Iterator[None]:
        """Train with one thread, as guests do: small models are several times slower with more."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)

    def test_every_exercise_has_public_and_hidden_checks_misconceptions_and_alternatives(self) -> None:
        for exercise in self.day.exercises:
            public = sum(check.exercise == exercise and check.public for check in self.day.checks)
            hidden = sum(check.exercise == exercise and not check.public for check in self.day.checks)
            assert 2 <= public <= 4 and 2 <= hidden <= 4, exercise
            assert sum(variant.exercise == exercise for variant, _ in self.subjects().misconceptions) >= 4, exercise
            assert sum(variant.exercise == exercise for variant, _ in self.subjects().alternatives) >= 3, exercise

    def test_the_points_add_up_to_thirty(self) -> None:
        assert self.day.points == 30

    def test_the_solution_passes_every_check(self) -> None:
        for exercise in self.day.exercises:
            assert self.day.failures(self.day.namespace(), exercise, self.seeds(exercise, 5)) == {}

    def test_the_stub_passes_no_check(self) -> None:
        found = self.day.failures(self.day.namespace(stub=True), seeds=range(1))
        assert len(found) == len(self.day.checks)
        assert all(isinstance(errors[0], NotImplementedYet) for errors in found.values())

    def test_a_right_answer_in_another_style_passes(self, alternative: tuple[Variant, Submission]) -> None:
        variant, submission = alternative
        assert self.day.failures(names_of(submission), variant.exercise, self.seeds(variant.exercise, 2)) == {}

    def test_a_mistake_fails_a_check_whatever_the_seed(self, misconception: tuple[Variant, Submission]) -> None:
        variant, submission = misconception
        seeds = self.seeds(variant.exercise, 2)
        found = self.day.failures(names_of(submission), variant.exercise, seeds)
        assert any(len(errors) == len(seeds) for errors in found.values())
        assert all(not isinstance(error, NotImplementedYet) for errors in found.values() for error in errors)

    def test_a_hint_asks_and_stays_short(self) -> None:
        for variant, _ in self.subjects().misconceptions:
            assert variant.hint is not None and 20 < len(variant.hint) < 125, variant.title

    def test_every_worked_example_in_the_prose_is_true(self) -> None:
        assert self.day.run_examples() >= self.examples


@cache
def _subjects(day: Day) -> Subjects:
    return subjects_of(day.course, day.name, mutants=False)


def names_of(submission: Submission) -> dict[str, Any]:
    """Run a submission's cells and return the names that they define."""
    names = new_namespace().__dict__
    for cell in runnable(submission.cells):
        assert run_cell(names, cell.label, cell.source) is None
    return names
