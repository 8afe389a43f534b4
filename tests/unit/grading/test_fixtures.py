"""Checks that ask for the plugin's fixtures only are handed them directly; all others go through pytest."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proctorch.grading import fixtures, runner
from proctorch.grading.bench import PracticeBench
from proctorch.grading.session import with_checks
from proctorch.grading.stash import run_name
from proctorch.model import DaySpec, ExerciseSpec

DAY = DaySpec(
    "day01_tiny",
    "Tiny",
    (ExerciseSpec("double", "Double", Fraction(4), "def double(x): ...", ("double",), {}, 2, Fraction(2)),),
)
CHECKS = """
import numpy as np
import pytest
import torch
from proctorch import assert_close, exercise

SEEN = []


@pytest.fixture
def scale():
    yield 3.0
    SEEN.append("scale ended")


@exercise("double")
class TestDouble:
    def test_plain(self, student, rng):
        '''Plain.'''
        values = torch.randn(3, generator=rng)
        SEEN.append(("plain", values.tolist(), torch.rand(1).item(), np.random.rand(), id(self)))
        assert_close(student.double(values), 2 * values)

    @pytest.mark.parametrize("size", [1, 2])
    def test_sizes(self, rng, size, student):
        '''Sizes.'''
        SEEN.append(("sizes", size, torch.randn(size, generator=rng).tolist()))
        assert_close(student.double(torch.ones(size)), 2 * torch.ones(size))

    def test_without_student(self, rng):
        '''No student.'''
        SEEN.append(("alone", torch.randn(1, generator=rng).item()))

    def test_changes(self, student):
        '''In place.'''
        student.spoil([1, 2])


@exercise("double")
class TestOthers:
    def setup_method(self):
        self.ready = True

    def test_own_fixture(self, student, scale):
        '''A fixture of its own.'''
        assert self.ready
        SEEN.append(("scaled", student.double(scale)))


@exercise("double")
class TestOverridden:
    @pytest.fixture
    def rng(self):
        return 5

    def test_own_rng(self, rng):
        '''Another rng.'''
        SEEN.append(("own rng", rng))
"""


def double(x):
    return x + x


def spoil(x):
    x.append(3)


@pytest.fixture
def grader(tmp_path):
    path = tmp_path / "public.py"
    path.write_text(CHECKS)
    return path


def run_all(grader, monkeypatch, *, plainly):
    """Return what the checks saw, what each raised, and which of them were plain."""
    found = {}
    if not plainly:
        monkeypatch.setattr(runner, "is_plain", lambda item: False)

    def work(checks):
        runner.Suite(DAY, checks, with_hidden=False)
        bench = PracticeBench(DAY, {"double": double, "spoil": spoil})
        items = [item for check in checks for item in check.items]
        for _ in range(2):
            raised = {run_name(item): repr(runner.run_item(item, bench)) for item in items}
        found.update(raised=raised, seen=items[0].module.SEEN, plain=[i.name for i in items if fixtures.is_plain(i)])

    with_checks([grader], work)
    return found


def test_handed_over_directly_a_check_sees_and_raises_what_it_does_through_pytest(grader, monkeypatch):
    direct = run_all(grader, monkeypatch, plainly=True)
    through_pytest = run_all(grader, monkeypatch, plainly=False)
    assert direct["raised"] == through_pytest["raised"]
    assert "in place" in direct["raised"]["double::test_changes"]
    assert [name for name, raised in direct["raised"].items() if raised != "None"] == ["double::test_changes"]

    def without_identity(seen):
        return [entry[:-1] if entry[0] == "plain" else entry for entry in seen]

    assert without_identity(direct["seen"]) == without_identity(through_pytest["seen"])
    assert len(direct["seen"]) == 2 * 7


def test_only_checks_without_fixtures_of_their_own_are_plain(grader, monkeypatch):
    plain = run_all(grader, monkeypatch, plainly=True)["plain"]
    assert plain == ["test_plain", "test_sizes[1]", "test_sizes[2]", "test_without_student", "test_changes"]


def test_each_run_has_an_instance_of_its_own(grader, monkeypatch):
    seen = run_all(grader, monkeypatch, plainly=True)["seen"]
    first, second = (entry for entry in seen if entry[0] == "plain")
    assert first[:-1] == second[:-1]
