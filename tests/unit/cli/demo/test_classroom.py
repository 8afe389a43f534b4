from __future__ import annotations

import os
from pathlib import Path

import pytest

from proctorch.cli.demo.classroom import Classroom, find_origin, make_home, open_classroom, own_surroundings
from proctorch.cli.demo.students import DAY
from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.gradebook.config import course_id, load_config


def test_the_repository_is_found_from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: Course) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_origin(DAY) == origin


def test_the_course_around_us_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: Course) -> None:
    place = open_classroom(origin, tmp_path / "class").course
    monkeypatch.chdir(place.solutions)
    assert find_origin(DAY) == place


def test_an_installed_package_says_what_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("proctorch.__file__", str(tmp_path / "site-packages" / "proctorch" / "__init__.py"))
    with pytest.raises(CourseError, match=r"(?s)needs a course that holds solutions/day02.*--course FOLDER demo"):
        find_origin(DAY)


def test_a_named_course_must_hold_the_day(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="there is no day"):
        find_origin(DAY, Course(tmp_path))


def test_the_copy_stands_on_its_own(tmp_path: Path, origin: Course) -> None:
    room = open_classroom(origin, tmp_path / "class")
    config = load_config(room.course)
    assert config.CourseDirectory.root == str(room.course.root)
    assert config.CourseDirectory.db_url == f"sqlite:///{room.course.root}/gradebook.db"
    assert config.Exchange.root == str(room.exchange)
    assert config.Autograde.exporter_class == load_config(origin).Autograde.exporter_class
    assert (room.course.graders / DAY / "hidden.py").is_file() and room.course.solution(DAY).is_file()
    assert (tmp_path / "class").stat().st_mode & 0o077 == 0


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, origin: Course) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CourseError, match=r"holds something already.*\n.*name a new folder"):
        open_classroom(origin, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, origin: Course) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match=r"cannot be made: .*file.*--folder|.*file"):
        open_classroom(origin, tmp_path / "file" / "class")


def test_students_know_the_exchange_and_keep_their_own_cache(tmp_path: Path, origin: Course) -> None:
    room = open_classroom(origin, tmp_path / "class")
    for name in ("ada", "bruno"):
        make_home(room, name, course_id(room.course))
    configs = [load_config(Course(room.home(name))) for name in ("ada", "bruno")]
    assert {config.CourseDirectory.course_id for config in configs} == {course_id(origin)}
    assert {config.Exchange.root for config in configs} == {str(room.exchange)}
    assert len({config.Exchange.cache for config in configs}) == 2


def test_settings_of_the_user_are_kept_away_and_given_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROCTORCH_DB_URL", "sqlite:////mine.db")
    monkeypatch.delenv("JUPYTER_CONFIG_DIR", raising=False)
    with own_surroundings(Classroom(tmp_path)):
        assert "PROCTORCH_DB_URL" not in os.environ
        assert os.environ["JUPYTER_CONFIG_DIR"] == str(tmp_path / "jupyter")
    assert os.environ["PROCTORCH_DB_URL"] == "sqlite:////mine.db"
    assert "JUPYTER_CONFIG_DIR" not in os.environ
