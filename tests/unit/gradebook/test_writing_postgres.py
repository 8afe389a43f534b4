"""Marks in bulk on the database that several graders at once use."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from proctorch.authoring.build import build_days
from proctorch.gradebook.marks import autograde_day
from tests.unit.gradebook.test_bulk import DAY, RIGHT
from tests.unit.gradebook.test_store import postgres

__all__ = ["postgres"]
MARKS = """
    SELECT own.student_id, cell.name, grade.auto_score, grade.needs_manual_grade FROM grade
    JOIN submitted_notebook AS notebook ON notebook.id = grade.notebook_id
    JOIN submitted_assignment AS own ON own.id = notebook.assignment_id
    JOIN base_cell AS cell ON cell.id = grade.cell_id"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions
def test_marks_are_written_and_then_left_alone(course, hand_in, postgres):  # the fixture
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + f"\nc.CourseDirectory.db_url = {postgres!r}\n")
    build_days(course, [DAY], database=postgres)
    hand_in("ada", RIGHT)
    hand_in("o'neill", {"double": "'half'"})
    engine = create_engine(postgres)

    def rows(query: str) -> set[tuple[object, ...]]:
        with engine.connect() as connection:
            return {tuple(row) for row in connection.execute(text(query))}

    assert autograde_day(course, DAY).done == ("ada", "o'neill")
    first = rows(MARKS)
    assert {row[0] for row in first} == {"ada", "o'neill"}
    assert all(score is not None and not waits for _, _, score, waits in first)
    receipts = rows("SELECT xmin::text, student FROM proctorch_receipt")
    autograde_day(course, DAY)
    assert rows("SELECT xmin::text, student FROM proctorch_receipt") == receipts
    with engine.begin() as connection:
        connection.execute(text("UPDATE grade SET auto_score = 9"))
    autograde_day(course, DAY)
    assert rows(MARKS) == first
    engine.dispose()
