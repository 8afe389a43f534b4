from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from proctorch.gradebook.records import Basis
from proctorch.gradebook.regrading import AFRESH, EARLIER, FIRST, compare, losers_first
from proctorch.model import Verdict

LOST = {"verdict": Verdict.FAILED, "points": Fraction(0)}


def basis(**facts: str) -> dict[str, Basis]:
    return {"softmax": Basis("k", {"checks": "1", "engine": "e", "submission": "s", **facts}, "now")}


def test_points_verdicts_and_the_reason(report, check):
    before, after = report("ada", check("rows"), check("shape")), report("ada", check("rows", **LOST), check("shape"))
    change = compare(before, after, basis(), basis(checks="2"))
    assert (change.before, change.after, change.difference) == (Fraction(8, 3), Fraction(4, 3), Fraction(-4, 3))
    (softmax,) = change.exercises
    assert softmax.reasons == ("its checks were changed",)
    (moved,) = softmax.checks
    assert (moved.id, moved.before, moved.after) == ("softmax::rows", "passed", "failed")
    assert change.to_dict()["exercises"][0]["checks"][0]["claim"] == moved.claim


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"engine": "f"}, ("the engine was changed",)),
        ({"submission": "t"}, ("handed in again",)),
        ({"checks": "2", "engine": "f"}, ("its checks were changed", "the engine was changed")),
        ({}, (AFRESH,)),
    ],
)
def test_reasons_are_what_differs_in_what_decided(report, check, facts, words):
    change = compare(report("ada"), report("ada", check(**LOST)), basis(), basis(**facts))
    assert change.exercises[0].reasons == words


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"submission": "other"}, "handed in again"),
        ({"graders": {"softmax": "other"}}, "its checks were changed"),
        ({"torch": "1.0"}, "Python, PyTorch, NumPy or the machine changed"),
        ({}, EARLIER),
    ],
)
def test_reasons_for_results_of_an_earlier_version_come_from_provenance(report, check, provenance, facts, words):
    before = report("ada", provenance=dataclasses.replace(provenance, **facts))
    change = compare(before, report("ada", check(**LOST)), {}, basis())
    assert change.exercises[0].reasons == (words,)


def test_what_stays_is_not_listed(report):
    assert compare(report("ada"), report("ada"), basis(), basis(engine="f")).exercises == ()


def test_a_check_that_came_and_one_that_went(report, check):
    change = compare(report("ada", check("old")), report("ada", check("new")), basis(), basis(checks="2"))
    assert [(each.id, each.before, each.after) for each in change.exercises[0].checks] == [
        ("softmax::new", None, "passed"),
        ("softmax::old", "passed", None),
    ]


def test_losers_come_first_and_what_is_not_judged_last(report, check):
    full, half, none = report("x"), report("x", check(points=Fraction(2, 3))), report("x", check(**LOST))
    unjudged = report("x", check(verdict=Verdict.NOT_JUDGED, points=Fraction(0)))
    pairs = {"up": (none, full), "much": (full, none), "little": (full, half), "engine": (full, unjudged)}
    found = [
        compare(before, dataclasses.replace(after, student=name), {}, {}) for name, (before, after) in pairs.items()
    ]
    found.append(compare(None, dataclasses.replace(full, student="first"), {}, {}))
    assert [change.student for change in losers_first(found)] == ["much", "little", "up", "first", "engine"]
    assert found[-1].exercises[0].reasons == (FIRST,)
    assert [change.judged for change in found] == [True, True, True, False, True]
