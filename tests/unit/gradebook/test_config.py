from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.gradebook import configure
from proctorch.gradebook.config import commands_on_path, course_id, database_url, gradebook_url, load_config

ROOT = Path(__file__).parents[3]


def test_every_preprocessor_that_is_named_exists():
    from nbgrader.converters import Autograde
    from traitlets import import_item

    c = Config()
    configure(c, ROOT)
    names = c.Autograde.autograde_preprocessors
    ours = [import_item(name).__name__ for name in names]
    theirs = [each.__name__ for each in Autograde.autograde_preprocessors.default_args[0]]
    assert ours == ["GradeCells" if name == "Execute" else name for name in theirs]
    assert import_item(c.Autograde.exporter_class)


def test_a_students_script_is_not_overwritten(course):
    c = Config()
    configure(c, course.root)
    assert c.Autograde.exclude_overwriting == {"day01_small": ["day01_small.py"]}


def test_a_course_that_only_grades_needs_no_solutions(course):
    shutil.rmtree(course.solutions)
    c = Config()
    configure(c, course.root)
    assert "day01_small" in c.Autograde.exclude_overwriting


def test_settings_are_read_without_importing_nbgrader(course):
    code = (
        "import sys; from pathlib import Path; from proctorch.course import Course;"
        "from proctorch.gradebook.config import database_url;"
        f"print(database_url(Course(Path({str(course.root)!r}))));"
        "print([name for name in ('nbgrader', 'nbconvert', 'torch', 'sqlalchemy') if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    assert said.stdout.splitlines() == [f"sqlite:///{course.root / 'gradebook.db'}", "[]"]


def test_the_courses_own_file_names_the_database():
    course = Course(ROOT)
    assert gradebook_url(course) == f"sqlite:///{ROOT / 'gradebook.db'}"
    assert course_id(course) == "proctorch"
    assert load_config(course).CourseDirectory.root == str(ROOT)


def test_the_environment_may_name_another_database(course, monkeypatch):
    monkeypatch.setenv("PROCTORCH_DB_URL", "sqlite:////elsewhere/results.db")
    assert database_url(course) == "sqlite:////elsewhere/results.db"
    assert gradebook_url(course) == f"sqlite:///{course.root / 'gradebook.db'}"


def test_without_a_setting_it_is_nbgraders_default(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    assert database_url(Course(tmp_path)) == f"sqlite:///{tmp_path / 'gradebook.db'}"


def test_a_broken_file_says_which_and_why(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("1 / 0\n")
    with pytest.raises(CourseError, match="ZeroDivisionError"):
        database_url(Course(tmp_path))


def test_alembic_is_found_and_the_path_put_back(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with commands_on_path():
        assert shutil.which("alembic")
    assert shutil.which("alembic") is None
