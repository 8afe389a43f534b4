"""Submissions are made visible to nbgrader without touching what was handed in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proctorch.course import Course
from proctorch.gradebook.intake import is_plain_file, lay_placeholder, prepare, set_aside_bad_timestamp
from proctorch.grading.submission import read_submission
from proctorch.model import DaySpec, Verdict


def test_the_placeholder_counts_as_nothing(tmp_path: Path) -> None:
    assert "placeholder" in lay_placeholder(tmp_path, "day01")
    assert lay_placeholder(tmp_path, "day01") == ""
    problem = read_submission(tmp_path, DaySpec("day01", "One", ()), "ada").problem
    assert problem is not None and problem.verdict is Verdict.MISSING


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/nowhere")])
def test_what_stands_in_its_place_stays(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "day01.ipynb")
    assert lay_placeholder(tmp_path, "day01") == ""
    assert not is_plain_file(tmp_path / "day01.ipynb")


@pytest.mark.parametrize("text", ["2026-11-20 10:00:00 UTC", "2026-11-20 10:00:00.123456 Europe/Berlin", ""])
def test_a_good_timestamp_stays(tmp_path: Path, text: str) -> None:
    (tmp_path / "timestamp.txt").write_text(text)
    assert set_aside_bad_timestamp(tmp_path) == ""
    assert (tmp_path / "timestamp.txt").read_text() == text


def test_a_bad_timestamp_is_renamed(tmp_path: Path) -> None:
    (tmp_path / "timestamp.txt").mkdir()
    assert "renamed" in set_aside_bad_timestamp(tmp_path)
    assert not (tmp_path / "timestamp.txt").exists()


def test_all_students_or_some(tmp_path: Path) -> None:
    for student in ("ada", "grace hopper"):
        (tmp_path / "submitted" / student / "day01").mkdir(parents=True)
    (tmp_path / "submitted" / "stray.txt").write_text("")
    course = Course(tmp_path)
    assert len(prepare(course, "day01", ["ada", "nobody"])) == 1
    assert len(prepare(course, "day01")) == 1
    assert prepare(Course(tmp_path / "elsewhere"), "day01") == ()
