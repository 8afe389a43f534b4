"""What a check remembers of the calls before the one that fails."""

from __future__ import annotations

import pytest
import torch

from proctorch.errors import CheckFailure
from proctorch.grading.assertions import assert_close
from proctorch.grading.calls import RecordedCall
from proctorch.grading.progress import Progress, note_right, run, running
from proctorch.grading.signature import parse_signature

CALL = RecordedCall("loss", (), {})


def test_a_change_is_told_at_once_where_no_check_would_settle_it() -> None:
    with pytest.raises(CheckFailure, match="double changed its input in place") as caught:
        Progress().note_change("double")
    assert caught.value.rung == "inplace"


def test_a_change_waits_for_the_end_of_the_check() -> None:
    with run(Progress()) as progress:
        note_right()
        progress.note_change("double")
        progress.note_change("triple")
        with pytest.raises(CheckFailure, match=r"^double changed"):
            progress.settle()
        assert_close(torch.ones(2), torch.ones(2))
        with pytest.raises(CheckFailure, match=r"^what was compared is right, but double changed"):
            progress.settle()


def test_a_check_without_a_change_settles() -> None:
    with run(Progress()) as progress:
        assert running() is progress
        progress.settle()
    assert running() is None


@pytest.mark.parametrize("value", [2.5, "two words", 10**9, 1j])
def test_a_plain_value_is_known_by_identity(value: object) -> None:
    progress = Progress()
    progress.note_value(value, CALL)
    assert progress.call_of(value) is CALL


@pytest.mark.parametrize("value", [None, True, 3, "x", [1.5]])
def test_what_python_shares_or_what_can_be_built_again_is_no_proof(value: object) -> None:
    progress = Progress()
    progress.note_value(value, CALL)
    assert progress.call_of(value) is None


def test_an_equal_number_of_other_origin_is_not_confused() -> None:
    progress = Progress()
    progress.note_value(float("2.5"), CALL)
    assert progress.call_of(float("2.5")) is None


def test_only_so_many_values_are_kept() -> None:
    progress = Progress()
    values = [float(number) + 0.5 for number in range(200)]
    for value in values:
        progress.note_value(value, CALL)
    assert progress.call_of(values[0]) is None
    assert progress.call_of(values[-1]) is CALL


def test_a_recorded_call_names_axes_and_their_lengths() -> None:
    signature = parse_signature('def f(x: Float[Tensor, "batch k"], n: int) -> tuple[Float[Tensor, "k"], float]')
    call = RecordedCall("f", (torch.zeros(2, 3), 4), {}, signature, item=0)
    assert call.axes == ("k",)
    assert call.named_sizes == {"batch": 2, "k": 3}
    assert RecordedCall("g", (), {}).axes == ()
