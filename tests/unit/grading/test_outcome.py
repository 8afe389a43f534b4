"""What a student may read of a hidden check: the rung, a well-known type, their own line; never a value."""

from __future__ import annotations

import pytest

from proctorch.errors import (
    CheckFailure,
    GraderBroken,
    GuestCrashed,
    GuestOutOfMemory,
    GuestSentTooMuch,
    GuestTimeout,
    NameMissing,
    NotImplementedYet,
    ProtocolViolation,
    SandboxUnavailable,
    StudentRaised,
)
from proctorch.grading.outcome import judge
from proctorch.model import Verdict

VALUE = "3.14159"


def raised(type_name: str, *bases: str, kind: type[StudentRaised] = StudentRaised) -> StudentRaised:
    error = kind(type_name, f"got {VALUE}", 3, "cell 4 (softmax)", f"trace with {VALUE}")
    error.bases = (type_name, *bases)
    return error


ERRORS = {
    "values": (CheckFailure("values", f"is {VALUE}", "wrong values"), Verdict.FAILED),
    "claim": (AssertionError(f"{VALUE} != 3"), Verdict.FAILED),
    "raised": (raised("ValueError", "Exception"), Verdict.ERROR),
    "stub": (raised("NotImplementedError", "RuntimeError", kind=NotImplementedYet), Verdict.NOT_IMPLEMENTED),
    "missing": (NameMissing("softmax"), Verdict.MISSING),
    "timeout": (GuestTimeout(3.0, "waiting"), Verdict.TIMEOUT),
    "memory": (GuestOutOfMemory(2**30), Verdict.OUT_OF_MEMORY),
    "sent": (GuestSentTooMuch(2**29), Verdict.OUT_OF_MEMORY),
    "crashed": (GuestCrashed(f"after {VALUE}"), Verdict.CRASHED),
    "violation": (ProtocolViolation(f"frame of {VALUE}"), Verdict.CRASHED),
    "grader": (GraderBroken(f"cannot copy {VALUE}"), Verdict.NOT_JUDGED),
    "sandbox": (SandboxUnavailable("no bwrap"), Verdict.NOT_JUDGED),
    "tripped": (TypeError(f"bad operand {VALUE}"), Verdict.FAILED),
    "detached": (RuntimeError(f"element 0 of tensors does not require grad {VALUE}"), Verdict.FAILED),
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("public", [True, False])
def test_verdicts_and_what_may_be_read(name, public):
    error, verdict = ERRORS[name]
    outcome = judge(error, public=public)
    assert outcome.verdict is verdict
    assert outcome.message
    if not public:
        assert VALUE not in outcome.message
        assert VALUE not in (outcome.exception or "")


def test_a_guest_that_sends_too_much_is_not_told_that_it_asked_for_memory():
    assert "returned came to more than 512 MiB" in judge(ERRORS["sent"][0], public=False).message


def test_nothing_raised_is_passed():
    assert judge(None, public=False).verdict is Verdict.PASSED


@pytest.mark.parametrize("name", ["values", "claim", "raised", "tripped"])
def test_instructors_see_all_of_a_hidden_check(name):
    assert VALUE in judge(ERRORS[name][0], public=False).detail


def test_students_see_all_of_a_public_check():
    assert VALUE in judge(ERRORS["raised"][0], public=True).message


def test_the_line_is_told_of_a_hidden_check():
    outcome = judge(ERRORS["raised"][0], public=False)
    assert "ValueError" in outcome.message and "line 3" in outcome.message
    assert (outcome.exception, outcome.line) == ("ValueError", 3)


@pytest.mark.parametrize(
    ("bases", "shown"),
    [
        (("x_3p14159", "ValueError", "Exception"), "ValueError"),
        (("x_3p14159", "y_2p7", "Exception", "BaseException"), "an exception"),
        (("x_3p14159",), "an exception"),
        (("OutOfMemoryError", "RuntimeError"), "OutOfMemoryError"),
        (("open", "Exception"), "an exception"),
    ],
)
def test_only_well_known_types_are_named_of_a_hidden_check(bases, shown):
    """A type made for the occasion could be called after the hidden input."""
    outcome = judge(raised(*bases), public=False)
    assert outcome.exception == shown and "3p14159" not in outcome.message


def test_a_type_of_one_s_own_is_named_of_a_public_check():
    assert judge(raised("ShapeError", "ValueError"), public=True).exception == "ShapeError"


def test_trouble_in_the_check_s_own_code_is_doubtful():
    assert judge(ERRORS["tripped"][0], public=True).doubt
    assert judge(ERRORS["grader"][0], public=True).doubt
    assert not judge(ERRORS["sandbox"][0], public=True).doubt
    assert not judge(ERRORS["values"][0], public=True).doubt
