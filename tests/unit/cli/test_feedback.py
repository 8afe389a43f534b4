from __future__ import annotations

import json

import pytest

from proctorch.gradebook import marks
from proctorch.gradebook.conversion import DayOutcome

DAY = "day02_tensors"


@pytest.fixture
def graded(course, monkeypatch):
    """Three whose work is autograded, and pages that are only noted; `failed` says whose cannot be written."""
    for name in ("ada", "ben", "zoe"):
        (course.root / "autograded" / name / DAY).mkdir(parents=True)
    written: list[str] = []
    failed: dict[str, str] = {}

    def feedback_day(course, day, students, progress, *, workers):
        written.extend(students)
        for count, name in enumerate(students, start=1):
            progress(count, len(students), name)
        return DayOutcome(tuple(name for name in students if name not in failed), failed)

    monkeypatch.setattr(marks, "feedback_day", feedback_day)
    return written, failed


def test_a_class(proctorch, graded):
    ended = proctorch("feedback", DAY)
    assert (ended.code, graded[0]) == (0, ["ada", "ben", "zoe"])
    assert "Pages of 3 of 3 are written." in ended.out
    assert f"Feedback of {DAY}: 3/3" in ended.err


def test_chosen_students(proctorch, graded):
    assert proctorch("feedback", DAY, "--student", "zoe", "--student", "ada").code == 0
    assert graded[0] == ["ada", "zoe"]


def test_who_has_no_mark_has_no_page(proctorch, graded):
    graded[1]["ben"] = "'ben' has no mark for double"
    ended = proctorch("feedback", DAY, "--json", "-")
    assert ended.code == 3
    assert json.loads(ended.out) == {
        "day": DAY,
        "written": ["ada", "zoe"],
        "failed": {"ben": "'ben' has no mark for double"},
    }
    assert "ben: no page was written: 'ben' has no mark" in ended.err


def test_what_is_not_graded_yet(proctorch, course):
    ended = proctorch("feedback", DAY)
    assert ended.code == 2
    assert f"proctorch grade {DAY}" in ended.err


def test_a_student_who_is_not_graded_yet(proctorch, graded):
    ended = proctorch("feedback", DAY, "--student", "eve")
    assert ended.code == 2
    assert "eve" in ended.err
    assert graded[0] == []


def test_help_has_examples(proctorch):
    assert f"proctorch feedback {DAY} --student ada" in proctorch("feedback", "--help").out
