"""What of two tensors is drawn, and that it stays small whatever they are."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from proctorch.errors import CheckFailure
from proctorch.grading.assertions import assert_close, assert_equal
from proctorch.grading.calls import RecordedCall
from proctorch.grading.signature import parse_signature
from proctorch.model import Picture


def drawn(given: object, expected: object, **options: object) -> Picture | None:
    with pytest.raises(CheckFailure) as caught:
        assert_close(given, expected, **options)
    return caught.value.picture


def test_a_small_matrix_is_drawn_as_it_is() -> None:
    picture = drawn(torch.tensor([[1.0, 2.0], [3.0, 5.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert picture is not None
    assert picture.expected == ((1.0, 2.0), (3.0, 4.0))
    assert picture.given == ((1.0, 2.0), (3.0, 5.0))
    assert picture.difference == ((0.0, 0.0), (0.0, 1.0))
    assert picture.wrong == ((False, False), (False, True))
    assert picture.note == ""


def test_what_is_right_within_the_tolerance_is_no_difference() -> None:
    picture = drawn(torch.tensor([1.0 + 1e-6, 5.0]), torch.tensor([1.0, 2.0]))
    assert picture is not None
    assert picture.wrong == ((False, True),)
    assert picture.difference[0][0] == 0.0


def test_many_elements_share_squares_and_no_error_is_lost() -> None:
    expected = torch.zeros(100, 37)
    given = expected.clone()
    given[57, 20] = -3.0
    picture = drawn(given, expected)
    assert picture is not None
    assert (len(picture.given), len(picture.given[0])) == (15, 13)
    assert picture.difference[8][6] == -3.0
    assert picture.given[8][6] == pytest.approx(-3.0 / 21)
    assert sum(map(sum, picture.wrong)) == 1
    assert "up to 7 × 3 elements" in picture.note


def test_the_mean_of_a_block_at_the_edge_counts_only_what_is_there() -> None:
    picture = drawn(torch.full((17,), 2.0), torch.ones(17))
    assert picture is not None
    assert set(picture.given[0]) == {2.0}
    assert set(picture.expected[0]) == {1.0}


def test_of_many_axes_the_plane_with_the_worst_is_drawn() -> None:
    expected = torch.zeros(2, 3, 4, 5)
    given = expected.clone()
    given[1, 2, 3, 4] = 1.0
    picture = drawn(given, expected)
    assert picture is not None
    assert picture.difference[3][4] == 1.0
    assert picture.note == "drawn is [1, 2, :, :] of a tensor of shape (2, 3, 4, 5)"


def test_axes_have_their_names() -> None:
    signature = parse_signature('def f(x: Float[Tensor, "batch k"]) -> Float[Tensor, "batch k"]')
    given = torch.ones(2, 3)
    given._proctorch_call = RecordedCall("f", (torch.zeros(2, 3),), {}, signature)  # type: ignore[attr-defined]
    picture = drawn(given, torch.zeros(2, 3))
    assert picture is not None
    assert picture.note == "down: batch, across: k"


def test_what_is_not_finite_is_seen() -> None:
    given = torch.ones(40)
    given[7] = math.nan
    picture = drawn(given, torch.ones(40))
    assert picture is not None
    assert math.isnan(picture.given[0][2])
    assert [place for place, wrong in enumerate(picture.wrong[0]) if wrong] == [2]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (2.0, 3.0),
        (torch.tensor(2.0), torch.tensor(3.0)),
        (torch.tensor([1j]), torch.tensor([2j])),
        (torch.ones(2), torch.ones(3)),
        ([1, 2], [1, 3]),
    ],
    ids=["number", "no axes", "complex", "shape", "list"],
)
def test_nothing_is_drawn_of(given: object, expected: object) -> None:
    assert drawn(given, expected) is None


def test_masks_and_integers_are_drawn() -> None:
    with pytest.raises(CheckFailure) as caught:
        assert_equal(torch.tensor([True, False]), torch.tensor([True, True]))
    assert caught.value.picture is not None
    assert caught.value.picture.difference == ((0.0, -1.0),)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=4), st.sampled_from([1.0, math.inf, -math.inf, math.nan, 1e38])
)
def test_a_picture_is_small_and_tells_every_error(shape: list[int], wrong: float) -> None:
    expected = torch.zeros(shape)
    given = expected.clone()
    given.reshape(-1)[-1] = wrong
    picture = drawn(given, expected)
    assert picture is not None
    assert 1 <= len(picture.wrong) <= 16
    assert 1 <= len(picture.wrong[0]) <= 16
    assert sum(map(sum, picture.wrong)) == 1
    assert len(picture.note) < 200
