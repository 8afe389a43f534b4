"""A day through nbgrader's own converters, with the engine's double in the place of the engine."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from proctorch.course import Course
from proctorch.errors import CourseError, GraderBroken, StoreUnavailable
from proctorch.gradebook.conversion import require_assignment
from proctorch.gradebook.marks import autograde_day, feedback_day, submitted_students
from proctorch.gradebook.store import ResultsStore

ROOT = Path(__file__).parents[3]
DAY = "day01_small"
RIGHT = {"double": "2 * x", "negate": "-x"}
HALF = {"double": "'half'"}
BREAKS = {"double": "'BREAK THE ENGINE'", "negate": "-x"}

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions


def marks(course: Course, student: str) -> dict[str, tuple[float | None, bool]]:
    """Return what nbgrader's gradebook holds: auto score and whether it needs a grade, by cell."""
    query = """
        SELECT cell.name, grade.auto_score, grade.needs_manual_grade FROM grade
        JOIN submitted_notebook AS notebook ON notebook.id = grade.notebook_id
        JOIN submitted_assignment AS submission ON submission.id = notebook.assignment_id
        JOIN base_cell AS cell ON cell.id = grade.cell_id WHERE submission.student_id = ?
    """
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        return {name: (score, bool(needs)) for name, score, needs in connection.execute(query, [student])}


def autograded(course: Course, student: str) -> nbformat.NotebookNode:
    path = course.root / "autograded" / student / DAY / f"{DAY}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def outputs(course: Course, student: str) -> dict[str, list]:
    return {
        cell.metadata.nbgrader.grade_id: cell.outputs
        for cell in autograded(course, student).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def engine_log(course: Course) -> list[str]:
    path = course.root / "engine.log"
    return path.read_text().splitlines() if path.exists() else []


def store_of(course: Course) -> ResultsStore:
    return ResultsStore(f"sqlite:///{course.root / 'gradebook.db'}")


def test_marks_arrive_in_the_gradebook_and_in_the_notebook(course, hand_in):
    hand_in("ada", RIGHT)
    hand_in("ben", HALF)
    hand_in("cleo")
    outcome = autograde_day(course, DAY)
    assert outcome.done == ("ada", "ben", "cleo")
    assert not outcome.failed
    assert marks(course, "ada") == {"double_check": (4.0, False), "negate_check": (3.0, False)}
    assert marks(course, "ben") == {"double_check": (8 / 3, False), "negate_check": (0.0, False)}
    assert marks(course, "cleo") == {"double_check": (0.0, False), "negate_check": (0.0, False)}


def test_a_grade_cell_holds_feedback_and_last_one_plain_float(course, hand_in):
    hand_in("ben", HALF)
    autograde_day(course, DAY)
    for number, (name, found) in enumerate(outputs(course, "ben").items(), start=1):
        assert [each.output_type for each in found] == ["display_data", "execute_result"]
        assert set(found[0].data) == {"text/html", "text/plain"}
        assert name.removesuffix("_check").title() in found[0].data["text/plain"]
        assert "SECRET" not in json.dumps(found)
        assert found[1].data["text/plain"] == repr(float(found[1].data["text/plain"]))
        assert found[1].execution_count == number


def test_no_code_of_a_student_is_run(course, hand_in, tmp_path):
    folder = hand_in("eve", {"double": f"open({str(tmp_path / 'was-here')!r}, 'w')"})
    notebook = folder / f"{DAY}.ipynb"
    content = json.loads(notebook.read_text())
    content["cells"][1]["source"] = f"open({str(tmp_path / 'was-here')!r}, 'w')\nprint('hello')\n1/0"
    notebook.write_text(json.dumps(content))
    assert autograde_day(course, DAY).done == ("eve",)
    assert not (tmp_path / "was-here").exists()
    kinds = [each.output_type for cell in autograded(course, "eve").cells for each in cell.get("outputs", ())]
    assert set(kinds) == {"display_data", "execute_result"}


def test_results_come_from_the_store_the_second_time(course, hand_in):
    hand_in("ada", RIGHT)
    autograde_day(course, DAY)
    before = marks(course, "ada")
    autograde_day(course, DAY)
    assert marks(course, "ada") == before
    assert [line for line in engine_log(course) if line.startswith("grade")] == ["grade ada"]


def test_a_changed_submission_is_graded_anew(course, hand_in):
    hand_in("ada", RIGHT)
    autograde_day(course, DAY)
    hand_in("ada", HALF)
    autograde_day(course, DAY)
    assert marks(course, "ada")["double_check"] == (8 / 3, False)
    assert len(store_of(course).history("ada", DAY)) == 2


def test_an_engine_failure_costs_one_student_the_mark_and_nobody_else(course, hand_in):
    hand_in("ada", RIGHT)
    hand_in("bad", BREAKS)
    hand_in("cleo", RIGHT)
    outcome = autograde_day(course, DAY)
    assert outcome.done == ("ada", "cleo")
    assert outcome.failed == {"bad": "the host ended"}
    assert marks(course, "bad") == {"double_check": (None, True), "negate_check": (None, True)}
    assert marks(course, "cleo")["negate_check"] == (3.0, False)
    assert not (course.root / "autograded" / "bad" / DAY).exists()


def test_what_was_not_judged_has_no_mark(course, hand_in):
    hand_in("nil", {"double": "2 * x", "negate": "'NOT JUDGED'"})
    outcome = autograde_day(course, DAY)
    assert "could not be judged" in outcome.failed["nil"]
    assert marks(course, "nil") == {"double_check": (None, True), "negate_check": (None, True)}
    latest = store_of(course).latest("nil", DAY)
    assert latest is not None
    assert not latest.judged


def test_a_failed_regrade_keeps_what_was_there(course, hand_in):
    hand_in("ada", RIGHT)
    autograde_day(course, DAY)
    before = autograded(course, "ada")
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.GradeCells.engine_class = 'no_such.Engine'\n")
    (course.graders / DAY / "hidden.py").open("a").write("# stricter\n")
    outcome = autograde_day(course, DAY)
    assert "no_such" in outcome.failed["ada"]
    assert autograded(course, "ada") == before
    assert marks(course, "ada") == {"double_check": (4.0, False), "negate_check": (3.0, False)}


def test_the_mark_of_an_earlier_submission_is_not_taken_for_the_new_ones(course, hand_in):
    hand_in("ada", RIGHT)
    autograde_day(course, DAY)
    hand_in("ada", BREAKS)
    outcome = autograde_day(course, DAY)
    assert set(outcome.failed) == {"ada"}
    assert marks(course, "ada") == {"double_check": (None, True), "negate_check": (None, True)}
    earlier = store_of(course).latest("ada", DAY)
    assert earlier is not None
    assert earlier.points == 7


def test_a_released_notebook_with_other_points_is_refused(course, hand_in):
    hand_in("ada", RIGHT)
    solution = course.solution(DAY)
    solution.write_text(solution.read_text().replace("points=4", "points=5"))
    with pytest.raises(GraderBroken, match="proctorch build"):
        autograde_day(course, DAY)
    assert marks(course, "ada")["double_check"] == (None, True)


@pytest.mark.parametrize("raw", [b"", b"not json", b"\xff\xfe\x00", b"[1, 2]", b'{"cells": []}', b'{"nbformat": 3}'])
def test_a_damaged_notebook_stops_nobody(course, hand_in, raw):
    hand_in("ada", RIGHT)
    hand_in("bad", raw=raw)
    outcome = autograde_day(course, DAY)
    assert outcome.done == ("ada", "bad")
    assert marks(course, "bad") == {"double_check": (0.0, False), "negate_check": (0.0, False)}
    assert marks(course, "ada")["double_check"] == (4.0, False)


def test_without_a_notebook_the_script_counts(course, hand_in):
    folder = hand_in("ada")
    (folder / f"{DAY}.ipynb").unlink()
    script = folder / f"{DAY}.py"
    script.write_text(course.solution(DAY).read_text())
    assert autograde_day(course, DAY).done == ("ada",)
    assert marks(course, "ada") == {"double_check": (4.0, False), "negate_check": (3.0, False)}
    assert (course.root / "autograded" / "ada" / DAY / f"{DAY}.py").read_text() == course.solution(DAY).read_text()


def test_odd_names_are_only_names(course, hand_in):
    names = ["Ünï cödé", "a [b] *", "o'neill; --", "Smith, Jr"]
    for name in names:
        hand_in(name, RIGHT)
    assert submitted_students(course, DAY) == tuple(sorted(names))
    assert autograde_day(course, DAY).done == tuple(sorted(names))
    assert feedback_day(course, DAY).done == tuple(sorted(names))
    assert marks(course, "a [b] *")["double_check"] == (4.0, False)


def test_chosen_students_and_progress(course, hand_in):
    hand_in("ada", RIGHT)
    hand_in("ben", RIGHT)
    told = []
    outcome = autograde_day(course, DAY, ["ben", "nobody"], progress=lambda *news: told.append(news))
    assert outcome.done == ("ben",)
    assert "no folder" in outcome.failed["nobody"]
    assert told == [(1, 2, "ben"), (2, 2, "nobody")]


def test_marks_that_a_person_gave_stay(course, hand_in):
    hand_in("ada", RIGHT)
    autograde_day(course, DAY)
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.execute("UPDATE grade SET manual_score = 1.5")
    hand_in("ada", BREAKS)
    autograde_day(course, DAY)
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        assert connection.execute("SELECT manual_score, auto_score FROM grade").fetchall() == [(1.5, None)] * 2


def test_feedback_pages_say_what_was_found_and_load_nothing(course, hand_in):
    hand_in("ben", HALF)
    autograde_day(course, DAY)
    assert feedback_day(course, DAY).done == ("ben",)
    page = (course.root / "feedback" / "ben" / DAY / f"{DAY}.html").read_text()
    assert "Double: 2.67 of 4 points" in page
    assert "double is right." in page
    assert "SECRET" not in page
    assert "<script" not in page
    assert " src=" not in page
    assert "cdnjs" not in page


def test_no_page_is_written_where_there_is_no_mark(course, hand_in):
    hand_in("ada", RIGHT)
    autograde_day(course, DAY)
    assert feedback_day(course, DAY).done == ("ada",)
    page = course.root / "feedback" / "ada" / DAY / f"{DAY}.html"
    before = page.read_text()
    hand_in("ada", BREAKS)
    autograde_day(course, DAY)
    assert "has no mark" in feedback_day(course, DAY).failed["ada"]
    assert page.read_text() == before


@pytest.mark.slow
def test_a_locked_gradebook_stops_the_run_and_loses_nothing(course, hand_in, monkeypatch):
    hand_in("ada", RIGHT)
    hand_in("ben", RIGHT)
    autograde_day(course, DAY, ["ada"])
    other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreUnavailable, match="locked"):
            autograde_day(course, DAY)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert marks(course, "ada") == {"double_check": (4.0, False), "negate_check": (3.0, False)}
    assert autograded(course, "ada").cells
    assert autograde_day(course, DAY).done == ("ada", "ben")


@pytest.mark.slow
def test_a_gradebook_that_is_locked_while_its_writer_opens_it_says_so(course, hand_in, monkeypatch):
    hand_in("ada", RIGHT)
    other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)

    def look_and_lock(*arguments):
        require_assignment(*arguments)
        other.execute("BEGIN EXCLUSIVE")

    monkeypatch.setattr("proctorch.gradebook.writing.require_assignment", look_and_lock)
    try:
        with pytest.raises(StoreUnavailable, match="locked") as caught:
            autograde_day(course, DAY)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "To mend it: close the program" in str(caught.value)
    monkeypatch.undo()
    assert autograde_day(course, DAY).done == ("ada",)


def test_a_broken_grader_stops_the_run(course, hand_in):
    hand_in("ada", RIGHT)
    (course.graders / DAY / "hidden.py").write_text("def broken(:\n")
    with pytest.raises(CourseError, match=r"hidden\.py"):
        autograde_day(course, DAY)
    assert marks(course, "ada") in ({}, {"double_check": (None, True), "negate_check": (None, True)})


def test_a_day_that_nbgrader_does_not_know_says_what_to_run(course, hand_in):
    hand_in("ada", RIGHT)
    (course.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="nbgrader generate_assignment"):
        autograde_day(course, DAY)


def test_a_gradebook_that_is_no_database_says_so(course, hand_in):
    hand_in("ada", RIGHT)
    (course.root / "gradebook.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        autograde_day(course, DAY)


def nbgrader(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    binaries = Path(sys.executable).parent
    return subprocess.run(
        [binaries / "nbgrader", *arguments],
        cwd=course.root,
        env={
            "PATH": f"{binaries}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "HOME": str(course.root),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_nbgraders_own_command_gives_the_same_marks(course, hand_in):
    hand_in("ada", RIGHT)
    hand_in("bad", BREAKS)
    hand_in("ben", HALF)
    hand_in("mud", raw=b"not json")
    ours = Course(shutil.copytree(course.root, course.root.parent / "twin"))
    (ours.root / "engine_double.py").write_text((course.root / "engine_double.py").read_text())
    ran = nbgrader(course, "autograde", DAY)
    assert ran.returncode == 1, ran.stderr  # bad could not be graded
    assert "the host ended" in ran.stderr
    autograde_day(ours, DAY)
    for student in ("ada", "bad", "ben", "mud"):
        assert marks(course, student) == marks(ours, student)
    assert marks(course, "bad") == {"double_check": (None, True), "negate_check": (None, True)}
    assert engine_log(course)[-1] == "stop"
    ran = nbgrader(course, "generate_feedback", DAY)
    assert ran.returncode == 0, ran.stderr
    assert "Double: 2.67 of 4 points" in (course.root / "feedback" / "ben" / DAY / f"{DAY}.html").read_text()


def test_nbgraders_api_gives_the_same_marks(course, hand_in, monkeypatch):
    """What the formgrader's buttons call."""
    from nbgrader.apps.api import NbGraderAPI

    from proctorch.gradebook.config import load_config

    hand_in("ben", HALF)
    monkeypatch.chdir(course.root)
    said = NbGraderAPI(config=load_config(course)).autograde(DAY, "ben")
    assert said["success"], said
    assert marks(course, "ben") == {"double_check": (8 / 3, False), "negate_check": (0.0, False)}
