"""Score curves: nothing below the floor, everything from the target, a straight line between."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctorch.errors import CheckFailure
from proctorch.grading.curve import assert_score
from proctorch.grading.outcome import judge
from proctorch.model import Verdict


def share(score: float) -> Fraction:
    with pytest.raises(CheckFailure) as caught:
        assert_score(score, floor=0.8, target=0.9, what="accuracy")
    return caught.value.share


def test_the_target_passes() -> None:
    assert_score(0.9, floor=0.8, target=0.9)


@pytest.mark.parametrize(("score", "expected"), [(0.85, 0.5), (0.8, 0), (0.3, 0), (float("nan"), 0), (-1e300, 0)])
def test_points_rise_in_a_straight_line(score: float, expected: float) -> None:
    assert float(share(score)) == pytest.approx(expected, abs=1e-3)


@given(st.floats(0.0, 0.8999))
def test_below_the_target_never_earns_all(score: float) -> None:
    assert 0 <= share(score) < 1


def test_a_share_reaches_the_outcome_and_the_safe_text_has_no_score() -> None:
    with pytest.raises(CheckFailure) as caught:
        assert_score(0.8512, floor=0.8, target=0.9, what="accuracy")
    outcome = judge(caught.value, public=False)
    assert outcome.verdict is Verdict.FAILED
    assert outcome.share == caught.value.share
    assert "0.8512" not in outcome.message
    assert "0.8512" in outcome.detail


def test_a_floor_above_the_target_is_the_authors_mistake() -> None:
    with pytest.raises(ValueError, match="floor"):
        assert_score(0.5, floor=0.9, target=0.8)
