"""Collecting from an exchange that a hostile student has written into."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from proctorch.course import Course
from proctorch.gradebook.collect import Collect

DAY = "day01_small"
TIME = "2026-11-20 10:00:00 UTC"


@pytest.fixture
def inbound(tmp_path: Path) -> Path:
    folder = tmp_path / "exchange" / "small" / "inbound"
    folder.mkdir(parents=True)
    return folder


def hand_in(inbound: Path, student: str, time: str = TIME) -> Path:
    folder = inbound / f"{student}+{DAY}+{time}+x"
    folder.mkdir()
    (folder / "timestamp.txt").write_text(time)
    return folder


def collect(course: Course, inbound: Path, limit: int = 100_000) -> None:
    c = Config()
    c.Exchange.root = str(inbound.parent.parent)
    c.CourseDirectory.root = str(course.root)
    c.CourseDirectory.course_id = "small"
    c.CourseDirectory.assignment_id = DAY
    c.CourseDirectory.max_dir_size = limit
    c.CourseDirectory.db_url = f"sqlite:///{course.root / 'gradebook.db'}"
    Collect(coursedir=CourseDirectory(config=c), config=c, log=logging.Logger("quiet")).start()


def test_links_and_pipes_are_left_where_they_are(course: Course, inbound: Path) -> None:
    folder = hand_in(inbound, "eve")
    (folder / f"{DAY}.py").symlink_to(course.solution(DAY))
    (folder / "solutions").symlink_to(course.solutions)
    os.mkfifo(folder / "pipe")
    (folder / "kept.txt").write_text("kept")
    collect(course, inbound)
    got = course.submitted / "eve" / DAY
    assert {path.name for path in got.iterdir()} == {"kept.txt", "timestamp.txt", f"{DAY}.ipynb"}
    assert (got / f"{DAY}.ipynb").read_text().count("placeholder") == 1


def test_a_whole_submission_that_is_a_link(course: Course, inbound: Path) -> None:
    (inbound / f"eve+{DAY}+{TIME}+x").symlink_to(course.solutions)
    hand_in(inbound, "ada")
    collect(course, inbound)
    assert [path.name for path in course.submitted.iterdir()] == ["ada"]


def test_odd_names_stop_nobody(course: Course, inbound: Path) -> None:
    hand_in(inbound, "eve", "next week")
    (inbound / f"eve+{DAY}+").mkdir()
    (hand_in(inbound, "ada+b c") / f"{DAY}.py").write_text("x = 1")
    collect(course, inbound)
    assert [path.name for path in course.submitted.iterdir()] == ["ada+b c"]
    assert (course.submitted / "ada+b c" / DAY / f"{DAY}.py").read_text() == "x = 1"


ACTIVE_NAMES = (
    "<img src=x onerror=alert(1)>",
    'a" onmouseover="alert(1)',
    "a\\",
    "\x1b]0;owned\x07eve",
    "eve\n[CollectApp | INFO] All is well",
    "\u202ebob",
    "\u200bbob",
    os.fsdecode(b"\xff\xfe"),
)


@pytest.mark.parametrize("name", ACTIVE_NAMES)
def test_a_name_that_a_page_or_a_terminal_would_obey_is_not_collected(course: Course, inbound: Path, name: str) -> None:
    hand_in(inbound, name)
    for usual in ("ada", "o'brien", "zoë müller", "x@uni.example"):
        hand_in(inbound, usual)
    collect(course, inbound)
    assert sorted(path.name for path in course.submitted.iterdir()) == ["ada", "o'brien", "x@uni.example", "zoë müller"]


def test_a_submission_that_is_too_large_stops_nobody(course: Course, inbound: Path) -> None:
    folder = hand_in(inbound, "ada")
    (folder / "data.bin").write_bytes(b"0" * 20_000)
    (folder / f"{DAY}.py").write_text("x = 1")
    (hand_in(inbound, "cyd") / f"{DAY}.ipynb").write_bytes(b"0" * 20_000)
    hand_in(inbound, "bob")
    collect(course, inbound, limit=10)
    assert sorted(path.name for path in (course.submitted / "ada" / DAY).iterdir()) == [
        f"{DAY}.ipynb",
        f"{DAY}.py",
        "timestamp.txt",
    ]
    for student in ("bob", "cyd"):
        assert "placeholder" in (course.submitted / student / DAY / f"{DAY}.ipynb").read_text()
