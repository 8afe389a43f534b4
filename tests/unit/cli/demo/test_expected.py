from __future__ import annotations

from fractions import Fraction

import pytest

from proctorch.cli.demo.expected import expected_mark
from proctorch.cli.demo.students import DAY, EVERYTHING, Student
from proctorch.course import Course
from proctorch.errors import CourseError


@pytest.mark.parametrize(
    ("loses", "mark"),
    [
        ((), Fraction(30)),
        ((EVERYTHING,), Fraction(0)),
        (("numpy_bridge",), Fraction(27)),
        (("tensors_from_patterns::test_hours",), 30 - Fraction(2, 7)),
        (("numpy_bridge", "numpy_bridge::test_to_array"), Fraction(27)),
    ],
)
def test_what_is_lost_is_taken_off(origin: Course, loses: tuple[str, ...], mark: Fraction) -> None:
    assert expected_mark(origin, DAY, Student("ada", "", {}, loses)) == mark


def test_a_check_that_is_gone_is_named(origin: Course) -> None:
    with pytest.raises(CourseError, match=r"has no numpy_bridge::test_gone.*ada"):
        expected_mark(origin, DAY, Student("ada", "", {}, ("numpy_bridge::test_gone",)))
