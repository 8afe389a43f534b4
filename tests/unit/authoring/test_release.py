from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proctorch.authoring.build import build_days
from proctorch.authoring.release import course_config, generate_release, throwaway_gradebook
from proctorch.course import Course
from proctorch.errors import CourseError

DAY = "day90_small"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_config_is_read_as_nbgrader_reads_it(course: Course) -> None:
    assert course_config(course).CourseDirectory.course_id == "small"
    (course.root / "nbgrader_config.py").unlink()
    assert not course_config(course)


@pytest.mark.parametrize(("text", "line"), [("\nx = (\n", 2), ("c = get_config()\n\nnonsense\n", 3), ("exit_('x')", 1)])
def test_a_config_that_does_not_run_is_named_with_its_line(course: Course, text: str, line: int) -> None:
    path = course.root / "nbgrader_config.py"
    path.write_text(text)
    with pytest.raises(CourseError, match="To mend it") as caught:
        course_config(course)
    assert str(caught.value).startswith(f"{path}:{line} does not run: ")


def test_a_release_replaces_the_old_one(course: Course, tmp_path: Path) -> None:
    build_days(course)
    before = files(course.release / DAY)
    (course.release / DAY / "checks.py").write_text("old")
    assert generate_release(course, DAY, throwaway_gradebook(tmp_path)) == course.release / DAY
    assert files(course.release / DAY) == before


def test_a_day_without_a_source_is_an_error(course: Course, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="could not release day90_small: No notebooks were matched"):
        generate_release(course, DAY, throwaway_gradebook(tmp_path))


def test_a_gradebook_without_alembic_is_an_error_with_its_cure(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match="proctorch\\[instructor\\]"):
        generate_release(course, DAY, throwaway_gradebook(tmp_path))
    assert os.environ["PATH"] == str(tmp_path)


@pytest.mark.slow
def test_the_command_of_nbgrader_gives_the_same_bytes(course: Course) -> None:
    build_days(course)
    before = files(course.release / DAY)
    folder = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", DAY, "--force"]
    done = subprocess.run(command, cwd=course.root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert files(course.release / DAY) == before
