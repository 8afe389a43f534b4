from __future__ import annotations

import pytest

from benchmarks.grading.direct import DirectStudent, load_graders, run_check

GRADER = """
class TestDouble:
    def test_it(self, student, rng):
        assert student.double(rng.initial_seed()) == 2 * 7

    def test_refusal(self, student, rng):
        with student.raises(ValueError):
            student.double("a")
"""


def refusing(x: int) -> int:
    if isinstance(x, str):
        raise ValueError(x)
    return 2 * x


def test_checks_run_on_plain_functions_with_their_own_seed():
    graders = load_graders({"public": GRADER})
    run_check(graders, ("public", "TestDouble", "test_it", 7), {"double": refusing})
    run_check(graders, ("public", "TestDouble", "test_refusal", 7), {"double": refusing})
    with pytest.raises(AssertionError):
        run_check(graders, ("public", "TestDouble", "test_it", 8), {"double": refusing})
    with pytest.raises(AssertionError, match="nothing was raised"):
        run_check(graders, ("public", "TestDouble", "test_refusal", 7), {"double": lambda x: x})


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="double"):
        DirectStudent({}).double(1)
