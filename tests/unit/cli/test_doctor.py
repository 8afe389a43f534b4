from __future__ import annotations

import json

import pytest

from proctorch.cli import doctor
from proctorch.cli.diagnosis.finding import Finding, Need, possible


@pytest.fixture
def findings(monkeypatch):
    """Replace the examination by a list that the test fills."""
    found: list[Finding] = [Finding("torch", True, "2.13", Need.PRACTICE)]
    monkeypatch.setattr(doctor, "examine", lambda course, problem="": tuple(found))
    return found


def test_grading_needs_all_that_practice_needs():
    broken = (Finding("torch", False, "gone", Need.PRACTICE), Finding("bubblewrap", True, "0.8", Need.GRADING))
    assert not possible(broken, Need.PRACTICE)
    assert not possible(broken, Need.GRADING)
    assert possible((Finding("Chromium", False, "gone"),), Need.GRADING)


def test_outside_a_course_practice_is_enough(proctorch, tmp_path, monkeypatch, findings):
    monkeypatch.chdir(tmp_path)
    findings.append(Finding("bubblewrap", False, "not installed", Need.GRADING, "install it"))
    ended = proctorch("doctor")
    assert ended.code == 0
    assert "To mend it: install it" in ended.out
    assert "cannot grade here" in ended.out


def test_in_a_course_a_missing_sandbox_ends_with_1(proctorch, course, findings):
    assert proctorch("doctor").code == 0
    findings.append(Finding("bubblewrap", False, "not installed", Need.GRADING, "install it"))
    assert proctorch("doctor").code == 1


def test_what_is_not_needed_fails_nothing(proctorch, course, findings):
    findings.append(Finding("Chromium", False, "not installed"))
    ended = proctorch("doctor")
    assert ended.code == 0
    assert "it can grade" in ended.out


def test_json(proctorch, course, findings):
    ended = proctorch("doctor", "--json", "-")
    assert json.loads(ended.out) == {
        "practice": True,
        "grading": True,
        "findings": [{"topic": "torch", "good": True, "found": "2.13", "needed_for": "practice", "cure": ""}],
    }


def test_a_course_that_was_named_must_exist(proctorch, tmp_path):
    ended = proctorch("doctor", "--course", tmp_path / "nowhere")
    assert ended.code == 2
    assert "no such folder" in ended.err


def test_a_real_examination_never_raises(course):
    found = doctor.examine(course)
    topics = [finding.topic for finding in found]
    assert {"Python", "torch", "bubblewrap", "namespaces", "nbgrader", "alembic", "course", "database"} <= set(topics)
    assert len(topics) == len(set(topics))
    assert all(finding.cure for finding in found if not finding.good)
