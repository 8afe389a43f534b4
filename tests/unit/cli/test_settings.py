from __future__ import annotations

from types import SimpleNamespace

import pytest

from proctorch.cli.settings import Settings, chosen_days, find_course
from proctorch.errors import CourseError


def context(settings):
    return SimpleNamespace(find_object=lambda kind: settings)


def test_the_course_around_us(course):
    assert find_course(context(None), None) == course


def test_the_options_own_word_comes_first(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "nbgrader_config.py").touch()
    assert find_course(context(Settings(course=other)), None).root == other
    assert find_course(context(Settings(course=other)), course.root) == course


@pytest.mark.parametrize(
    ("name", "reason"), [("nowhere", "there is no such folder"), (".", "holds no nbgrader_config")]
)
def test_a_folder_that_is_no_course(tmp_path, monkeypatch, name, reason):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match=reason):
        find_course(context(None), tmp_path / name)


def test_days_are_taken_once_and_must_exist(course):
    course.solution("day01").touch()
    course.solution("day02").touch()
    assert chosen_days(course, ["day02", "day02", "day01"]) == ("day02", "day01")
    assert chosen_days(course, []) == ("day01", "day02")
    with pytest.raises(CourseError, match="days: day01, day02"):
        chosen_days(course, ["day03"])


def test_a_course_without_days(course):
    with pytest.raises(CourseError, match="no days yet"):
        chosen_days(course, [])
