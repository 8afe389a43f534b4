from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.errors import AuthoringError, CourseError
from proctorch.model import DaySpec

DAY = "day90_small"


def test_a_day_knows_its_exercises(course: Course) -> None:
    day = load_day(course, DAY)
    softmax, net = day.exercises
    assert (day.name, day.title) == (DAY, "A small day")
    assert (softmax.name, softmax.title, softmax.points) == ("softmax", "The *softmax* of rows", 4)
    assert softmax.signatures == {
        "softmax": 'def softmax(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]'
    }
    assert net.defines == ("Net",)
    assert net.signatures == {
        "Net.__init__": "def __init__(self, width: int=3) -> None",
        "Net.forward": 'def forward(self, x: Float[Tensor, "n width"]) -> Float[Tensor, "n 1"]',
    }
    assert net.title == "Tiny net"
    assert DaySpec.from_dict(day.to_dict()) == day


def test_the_stub_has_no_solution(course: Course) -> None:
    stub = load_day(course, DAY).exercise("softmax").stub
    assert stub.endswith('"""Row-wise softmax."""\n    # YOUR CODE HERE\n    raise NotImplementedError()')


def test_points_are_shared_by_weight_among_public_and_hidden_checks(course: Course) -> None:
    softmax, net = load_day(course, DAY).exercises
    assert (softmax.hidden_checks, softmax.hidden_points) == (2, Fraction(4) * Fraction(3, 7))
    assert (net.hidden_checks, net.hidden_points) == (0, 0)


def test_a_day_without_hidden_checks_is_a_day(course: Course) -> None:
    (course.graders / DAY / "hidden.py").unlink()
    assert load_day(course, DAY).exercise("softmax").hidden_points == 0


def test_an_unknown_day_and_an_open_region_are_errors(course: Course, edit: Callable[[str, str, str], Path]) -> None:
    with pytest.raises(CourseError, match=DAY):
        load_day(course, "day91")
    edit("solution", "    ### END SOLUTION\n\n\n#", "\n#")
    with pytest.raises(AuthoringError, match="not closed"):
        load_day(course, DAY)
