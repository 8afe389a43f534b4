from __future__ import annotations

from fractions import Fraction
from types import ModuleType

import pytest

from proctorch.grading.vocabulary import (
    alternative,
    depends,
    exercise,
    limits,
    marks_of,
    misconception,
    variants_in,
    weight,
)
from proctorch.sandbox.limits import DEFAULT_LIMITS


@exercise("softmax")
@depends("one_hot")
@limits(seconds=2, memory=512)
class Checks:
    def plain(self):
        pass

    @weight(2.5)
    @limits(seconds=9)
    @depends("total", "one_hot")
    def marked(self):
        pass


def test_marks_of_a_class_are_those_of_its_checks():
    marks = marks_of(Checks.plain, Checks)
    assert (marks.exercise, marks.weight, marks.depends) == ("softmax", 1, ("one_hot",))
    assert (marks.limits.cpu_seconds, marks.limits.memory) == (2, 512 * 2**20)


def test_a_check_s_own_marks_come_first():
    marks = marks_of(Checks.marked, Checks)
    assert (marks.weight, marks.limits.cpu_seconds) == (Fraction(5, 2), 9)
    assert set(marks.depends) == {"one_hot", "total"}


def test_what_is_not_said_is_the_default():
    marks = marks_of(lambda: None, None)
    assert (marks.exercise, marks.limits) == (None, DEFAULT_LIMITS)


def test_loopback_is_a_class_s_unless_the_check_says_otherwise():
    @limits(loopback=True)
    class Parallel:
        @limits(seconds=9)
        def together(self):
            pass

        @limits(loopback=False)
        def alone(self):
            pass

    assert marks_of(Parallel.together, Parallel).limits.loopback
    assert not marks_of(Parallel.alone, Parallel).limits.loopback
    assert not marks_of(Checks.marked, Checks).limits.loopback


@pytest.mark.parametrize("share", [0, -1, -0.5])
def test_a_weight_is_positive(share):
    with pytest.raises(ValueError, match="positive"):
        weight(share)


def test_a_weight_is_exact():
    assert marks_of(weight(0.1)(lambda: None), None).weight == Fraction(1, 10)


def test_variants_of_one_name_are_all_kept():
    module = ModuleType("variants")
    module.__dict__.update(misconception=misconception, alternative=alternative)
    exec(
        "@misconception('f', 'one', hint='look')\ndef f(): return 1\n"
        "@misconception('f', 'two', hint='again')\ndef f(): return 2\n"
        "@alternative('f', 'three')\ndef f(): return 3\n",
        module.__dict__,
    )
    assert [(variant.title, variant.hint) for variant in variants_in(module)] == [
        ("one", "look"),
        ("two", "again"),
        ("three", None),
    ]
    assert [variant.replaces() for variant in variants_in(module)] == [1, 2, 3]
