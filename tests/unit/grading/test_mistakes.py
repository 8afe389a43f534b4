"""Which misconception a failed check is called by."""

from __future__ import annotations

from proctorch.grading.mistakes import NOTHING_KNOWN, KnownMistakes, Mistake
from proctorch.grading.transcript import Event
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.wire import Kind


def told(value: float) -> tuple[Event, ...]:
    return (Event("call", int(Kind.REPLY), encode((value, ""))),)


def mistake(title: str, failing: set[str], **values: float) -> Mistake:
    return Mistake(
        "softmax", title, f"hint of {title}", {run: told(v) for run, v in values.items()}, frozenset(failing)
    )


def test_a_check_is_named_only_by_a_mistake_that_fails_it_with_the_same_answer() -> None:
    known = KnownMistakes((mistake("first", {"a"}, a=1.0, b=2.0), mistake("second", {"b"}, a=9.0, b=3.0)))
    assert known.name({"a": told(1.0), "b": told(2.0)}, ["a"])["a"].title == "first"
    assert known.name({"a": told(9.0)}, ["a"]) == {}
    assert known.name({"a": told(5.0)}, ["a"]) == {}


def test_a_mistake_that_fails_what_was_passed_is_not_this_one() -> None:
    known = KnownMistakes((mistake("first", {"a", "b"}, a=1.0, b=2.0),))
    answers = {"a": told(1.0), "b": told(3.0)}
    assert known.name(answers, ["a"], passed={"b"}) == {}
    assert known.name(answers, ["a", "b"])["a"].title == "first"


def test_of_several_the_one_that_agrees_most_comes_first() -> None:
    vague = mistake("vague", {"a"}, a=1.0, b=7.0, c=7.0)
    exact = mistake("exact", {"a"}, a=1.0, b=2.0, c=3.0)
    answers = {"a": told(1.0), "b": told(2.0), "c": told(3.0)}
    assert KnownMistakes((vague, exact)).name(answers, ["a"])["a"].title == "exact"
    assert KnownMistakes((exact, vague)).name(answers, ["a"])["a"].title == "exact"


def test_nothing_is_known_of_an_exercise_without_misconceptions() -> None:
    assert NOTHING_KNOWN.name({"a": told(1.0)}, ["a"]) == {}
