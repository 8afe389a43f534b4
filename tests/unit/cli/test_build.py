from __future__ import annotations

import json

import pytest

from proctorch.authoring import build
from proctorch.authoring.build import BuildOutcome
from proctorch.errors import AuthoringError


@pytest.fixture
def built(course, monkeypatch):
    """What `build_days` was asked, and what it answers."""

    class Builder:
        asked: tuple = ()
        outcome = BuildOutcome((), ())

        def __call__(self, course, names=(), *, check=False, progress=None, database=None, hints=None):
            progress(1, 1, "done")
            assert hints is not None, "a build makes the released hints too"
            self.asked = (list(names), check, database)
            return self.outcome

    builder = Builder()
    monkeypatch.setattr(build, "build_days", builder)
    return builder


def test_what_was_written_is_listed(proctorch, course, built):
    built.outcome = BuildOutcome((course.source / "day02_tensors" / "checks.py",), ())
    ended = proctorch("build", "day02_tensors")
    assert built.asked == (["day02_tensors"], False, None)
    assert (ended.code, ended.out) == (0, "wrote  source/day02_tensors/checks.py\n")


def test_nothing_to_do(proctorch, built):
    assert proctorch("build").out == "Everything was up to date.\n"


def test_check_ends_with_1_when_a_file_is_stale(proctorch, course, built):
    built.outcome = BuildOutcome((), (course.exercises / "day02_tensors.py",))
    ended = proctorch("build", "--check")
    assert built.asked == ([], True, None)
    assert ended.code == 1
    assert "stale  exercises/day02_tensors.py" in ended.out
    assert "proctorch build" in ended.out


def test_check_ends_with_1_when_a_file_is_stray(proctorch, course, built):
    built.outcome = BuildOutcome((), (), (course.source / "day02_tensors" / "notes.txt",))
    ended = proctorch("build", "--check")
    assert ended.code == 1
    assert "stray  source/day02_tensors/notes.txt" in ended.out


def test_check_of_a_current_course(proctorch, built):
    ended = proctorch("build", "--check")
    assert (ended.code, ended.out) == (0, "Every generated file is what the authored ones give.\n")


def test_json(proctorch, course, built):
    built.outcome = BuildOutcome((), (course.exercises / "day02_tensors.py",))
    ended = proctorch("build", "--check", "--json", "-")
    assert json.loads(ended.out) == {
        "current": False,
        "written": [],
        "stale": ["exercises/day02_tensors.py"],
        "stray": [],
    }


def test_the_gradebook_learns_about_the_days_when_asked(proctorch, course, built):
    proctorch("build", "--gradebook")
    assert built.asked[2] == f"sqlite:///{course.root / 'gradebook.db'}"


def test_a_wrong_file_is_named_with_its_line(proctorch, course, monkeypatch):
    def build_days(*arguments, **options):
        raise AuthoringError(course.solution("day02"), 7, "a region is not closed", "write ### END SOLUTION.")

    monkeypatch.setattr(build, "build_days", build_days)
    ended = proctorch("build")
    assert ended.code == 2
    assert "day02.py:7: a region is not closed" in ended.err
