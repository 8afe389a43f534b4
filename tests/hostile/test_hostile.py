"""Every attack is really run, through the engine that gives marks: none may earn a point or find anything.

An attack that gets what it is after prints a line that begins with GOT. What it prints is in the instructor's report,
so nothing that it found can hide. One that smuggles a hidden check's input into what its author may read calls it LEAK.
"""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

pytestmark = pytest.mark.slow

HONEST = "control/honest"
CAUGHT = "control/caught"


def test_attack_gets_nothing(attack, reports, target):
    report = reports[attack.name]
    result = next(result for result in report.exercises if result.exercise == attack.exercise)
    story = json.dumps(report.to_dict(instructor=True))
    found = [(check.verdict.value, check.message, check.detail, check.output) for check in result.checks]
    assert report.points == Fraction(0), found
    assert "GOT" not in story, found
    assert not [canary for canary in target.canaries.texts() if canary in story]
    assert {check.verdict.value for check in result.checks} <= attack.verdicts, found
    shown = json.dumps([check.to_dict(instructor=False) for check in result.checks if not check.public])
    assert "LEAK" not in shown
    assert "\\u0000" not in story
    assert len(story) < 500_000
    assert report.judged
    assert all(text in story for text in attack.says), found


def test_honest_work_among_attacks_gets_everything(reports, target):
    report = reports[HONEST]
    assert report.points == report.max_points == sum(spec.points for spec in target.day.exercises)


def test_a_find_would_be_seen(reports):
    """This one claims to have found something: the tests above would notice."""
    story = json.dumps(reports[CAUGHT].to_dict(instructor=True))
    assert story.count("GOT the answer") >= 3
