from __future__ import annotations

import shutil
import sqlite3

import pytest

from proctorch.errors import StoreUnavailable
from proctorch.report.names import gradebook_entries

DAY = "day01_small"


@pytest.fixture(scope="module")
def empty_gradebook(tmp_path_factory):
    """nbgrader's empty gradebook, which takes seconds to make."""
    from nbgrader.api import Gradebook

    from proctorch.gradebook.config import commands_on_path

    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with commands_on_path():
        Gradebook(f"sqlite:///{path}", "small").close()
    return path


@pytest.fixture
def gradebook(course, empty_gradebook):
    from nbgrader.api import Gradebook

    shutil.copy(empty_gradebook, course.root / "gradebook.db")
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "small") as gradebook:
        gradebook.add_assignment(DAY)
        gradebook.add_notebook(DAY, DAY)
        for name, points in (("double_check", 4), ("negate_check", 3)):
            gradebook.add_grade_cell(name, DAY, DAY, max_score=points, cell_type="code")
        gradebook.add_student("ada", first_name="Ada", last_name="Smith, Jr", email="a@x")
        gradebook.add_student("zoe")
        gradebook.add_submission(DAY, "ada")
        yield gradebook


def grades(gradebook, *scores):
    found = gradebook.find_submission_notebook(DAY, DAY, "ada")
    for grade, score in zip(sorted(found.grades, key=lambda grade: grade.name), scores, strict=True):
        grade.auto_score = score
    gradebook.db.commit()
    return found


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions
def test_names_scores_and_penalties(course, gradebook):
    grades(gradebook, 4.0, 1.0).late_submission_penalty = 2.0
    gradebook.db.commit()
    entries = gradebook_entries(course, DAY)
    assert set(entries) == {"ada", "zoe"}
    ada = entries["ada"]
    assert (ada.first_name, ada.last_name, ada.email) == ("Ada", "Smith, Jr", "a@x")
    assert (ada.score, ada.late_penalty, ada.by_hand) == (3.0, 2.0, False)
    assert entries["zoe"].score is None


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions
def test_a_missing_grade_is_no_score(course, gradebook):
    grades(gradebook, 4.0, None)
    assert gradebook_entries(course, DAY)["ada"].score is None


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions
def test_a_persons_mark_counts(course, gradebook):
    found = grades(gradebook, 4.0, None)
    for grade in found.grades:
        grade.manual_score = 2.0
    gradebook.db.commit()
    entry = gradebook_entries(course, DAY)["ada"]
    assert (entry.score, entry.by_hand) == (4.0, True)


def test_no_gradebook_is_no_names(course):
    assert gradebook_entries(course, DAY) == {}
    assert not (course.root / "gradebook.db").exists()


def test_a_database_without_nbgraders_tables_is_no_names(course):
    sqlite3.connect(course.root / "gradebook.db").execute("CREATE TABLE other (x)").connection.close()
    assert gradebook_entries(course, DAY) == {}


def test_a_gradebook_that_is_no_database_says_so(course):
    (course.root / "gradebook.db").write_bytes(b"no database" * 200)
    with pytest.raises(StoreUnavailable, match="not a database"):
        gradebook_entries(course, DAY)
