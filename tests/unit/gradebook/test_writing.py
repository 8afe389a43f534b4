"""Marks on their way into the gradebook: who is up to date is left alone, and whatever is not is written again."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.errors import StoreUnavailable
from proctorch.gradebook import background
from proctorch.gradebook.background import BackgroundMarks
from proctorch.gradebook.config import database_url
from proctorch.gradebook.judging import standing
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.marks import autograde_day
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.writing import MarksWriter
from proctorch.grading.submission import read_submission
from proctorch.model import Report, Submission
from tests.unit.gradebook.test_bulk import DAY, RIGHT, execute, files, gradebook

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions
OF_ADA = """IN (SELECT submitted_notebook.id FROM submitted_notebook JOIN submitted_assignment AS own
            ON own.id = submitted_notebook.assignment_id WHERE own.student_id = 'ada')"""


@pytest.fixture
def graded(course, hand_in) -> Course:
    hand_in("ada", RIGHT)
    hand_in("ben", {"double": "'half'"})
    assert autograde_day(course, DAY).done == ("ada", "ben")
    return course


def folder(course: Course, student: str = "ada") -> Path:
    return course.root / "autograded" / student / DAY


def places(course: Course) -> dict[str, tuple[int, int]]:
    """Return which files hold the marks: a file that was written again is another one."""
    found = [course.root / "gradebook.db", *(path for path in (course.root / "autograded").rglob("*"))]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def test_who_is_up_to_date_is_left_alone(graded):
    before = places(graded)
    assert autograde_day(graded, DAY).done == ("ada", "ben")
    assert places(graded) == before


OUTDATED: dict[str, Callable[[Course], object]] = {
    "another score": lambda course: execute(course, f"UPDATE grade SET auto_score = 9 WHERE notebook_id {OF_ADA}"),
    "no score": lambda course: execute(course, f"UPDATE grade SET auto_score = NULL WHERE notebook_id {OF_ADA}"),
    "waits": lambda course: execute(course, f"UPDATE grade SET needs_manual_grade = 1 WHERE notebook_id {OF_ADA}"),
    "no rows": lambda course: execute(course, f"DELETE FROM grade WHERE notebook_id {OF_ADA}"),
    "comment": lambda course: execute(course, f"UPDATE comment SET auto_comment = 'x' WHERE notebook_id {OF_ADA}"),
    "time": lambda course: execute(course, "UPDATE submitted_assignment SET timestamp = '2020-01-01 00:00:00.000000'"),
    "penalty": lambda course: execute(course, "UPDATE submitted_notebook SET late_submission_penalty = 1"),
    "no folder": lambda course: shutil.rmtree(folder(course)),
    "no notebook": lambda course: (folder(course) / f"{DAY}.ipynb").unlink(),
    "another file": lambda course: (folder(course) / "more.txt").write_text("x"),
    "killed before the folder came": lambda course: older(folder(course)),
}


def older(place: Path) -> None:
    """Put a folder in the place of another, as a run would leave it that ended between rows and folder."""
    shutil.copytree(place, place.with_name("copy"))
    shutil.rmtree(place)
    place.with_name("copy").rename(place)
    path = place / f"{DAY}.ipynb"
    path.chmod(0o644)
    path.write_text("{}")


@pytest.mark.parametrize("change", OUTDATED)
def test_what_is_outdated_is_written_again(graded, change):
    rows, kept = gradebook(graded), files(graded, "ada")
    OUTDATED[change](graded)
    assert (gradebook(graded), files(graded, "ada")) != (rows, kept)
    assert autograde_day(graded, DAY).done == ("ada", "ben")
    assert (gradebook(graded), files(graded, "ada")) == (rows, kept)


def test_another_file_of_a_submission_is_copied(graded):
    (graded.submitted / "ada" / DAY / "notes.txt").write_text("new")
    autograde_day(graded, DAY)
    assert (folder(graded) / "notes.txt").read_text() == "new"


def test_a_score_that_a_person_gave_stays_and_is_not_asked_for_again(graded):
    given = f"UPDATE grade SET manual_score = 1.5, needs_manual_grade = 0 WHERE notebook_id {OF_ADA}"
    execute(graded, given)
    before = gradebook(graded)
    autograde_day(graded, DAY)
    assert gradebook(graded) == before
    execute(graded, f"UPDATE grade SET auto_score = 9 WHERE notebook_id {OF_ADA}")
    autograde_day(graded, DAY)
    rows = [row for name, row in gradebook(graded)["grade"].items() if name.startswith("ada ")]
    assert all(row["manual_score"] == 1.5 and row["auto_score"] != 9 and row["needs_manual_grade"] for row in rows)


def test_a_damaged_release_is_named_and_left_to_the_converter(graded, caplog):
    released = graded.release / DAY / f"{DAY}.ipynb"
    content = json.loads(released.read_text())
    content["cells"] += [
        cell for cell in content["cells"] if "nbgrader" in cell["metadata"]
    ]  # CheckCellMetadata raises
    released.write_text(json.dumps(content))
    autograde_day(graded, DAY)
    assert f"The marks of {DAY} are written by nbgrader's own converter" in caplog.text


def reports(course: Course) -> list[tuple[Submission, Report]]:
    """Return each student's submission and what the store says about it."""
    day, keys = load_day(course, DAY), ResultKeys.of(course, DAY)
    found = []
    with ResultsStore(database_url(course)) as store:
        for place in sorted(course.submitted.iterdir()):
            submission = read_submission(place / DAY, day, place.name)
            report = standing(submission, store, keys)
            assert report is not None
            found.append((submission, report))
    return found


def test_marks_are_written_in_the_background(graded, monkeypatch):
    rows, work, told = gradebook(graded), reports(graded), []
    shutil.rmtree(graded.root / "autograded")
    monkeypatch.setattr(background, "_MOST_WAITING", 1)  # the others are read again
    with BackgroundMarks(graded, DAY) as marks:
        for submission, report in work:
            marks.add(submission, report)
        outcome = marks.finish(lambda *news: told.append(news))
    assert sorted(outcome.done) == ["ada", "ben"]
    assert gradebook(graded) == rows
    assert files(graded, "ben")
    assert told[-1][1] == 2


def test_what_waits_is_written_when_the_work_ends_early(graded):
    work = reports(graded)
    shutil.rmtree(graded.root / "autograded")
    with pytest.raises(KeyboardInterrupt), BackgroundMarks(graded, DAY) as marks:
        marks.add(*work[0])
        raise KeyboardInterrupt
    assert files(graded, "ada")


def test_a_gradebook_that_fails_stops_nobody_before_the_end(graded):
    work = reports(graded)
    execute(graded, "UPDATE grade SET auto_score = 9")
    graded.root.joinpath("gradebook.db").rename(graded.root / "away.db")
    (graded.root / "gradebook.db").write_text("this is no database, only a text that is long enough" * 10)
    with BackgroundMarks(graded, DAY) as marks:
        for _ in range(3):
            for submission, report in work:
                marks.add(submission, report)
        with pytest.raises(StoreUnavailable, match="not a database"):
            marks.finish(lambda *news: None)


WRITE = """
import sys
from pathlib import Path
from proctorch.course import Course
from proctorch.gradebook.marks import autograde_day
print(len(autograde_day(Course(Path(sys.argv[1])), sys.argv[2]).done))
"""


def start(course: Course) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", WRITE, str(course.root), DAY]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def hand_in_many(course: Course, hand_in, count: int) -> None:
    for number in range(count):
        hand_in(f"student{number:03}", RIGHT if number % 3 else {"double": "'half'"})


def forget_marks(course: Course) -> None:
    shutil.rmtree(course.root / "autograded")
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        for table in ("grade", "comment", "submitted_notebook", "submitted_assignment", "proctorch_receipt"):
            connection.execute(f"DELETE FROM {table}")


def snapshot(course: Course) -> object:
    names = sorted(place.name for place in course.submitted.iterdir())
    return gradebook(course), {name: files(course, name) for name in names}


@pytest.mark.slow
def test_after_sigkill_a_second_run_writes_what_an_unbroken_one_would(course, hand_in, monkeypatch):
    hand_in_many(course, hand_in, 120)
    autograde_day(course, DAY)
    whole = snapshot(course)
    for wanted in (1, 30, 55):
        forget_marks(course)
        process = start(course)
        while len(list((course.root / "autograded").glob("*/*"))) < wanted and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(autograde_day(course, DAY).done) == 120
        assert snapshot(course) == whole
        assert not list((course.root / "autograded").glob("*/.*")), "nothing is left over"


@pytest.mark.slow
def test_two_graders_at_once_write_what_one_would(course, hand_in):
    hand_in_many(course, hand_in, 60)
    autograde_day(course, DAY)
    whole = snapshot(course)
    forget_marks(course)
    both = [start(course), start(course)]
    assert [process.communicate(timeout=300)[0].strip() for process in both] == ["60", "60"]
    assert snapshot(course) == whole


def test_a_student_can_be_given_twice(graded):
    work = reports(graded)
    shutil.rmtree(graded.root / "autograded")
    with MarksWriter(graded, DAY) as writer:
        for submission, report in [*work, *work]:
            writer.add(submission, report)
    assert sorted(set(writer.outcome().done)) == ["ada", "ben"]
    assert json.loads((folder(graded) / f"{DAY}.ipynb").read_text())["nbformat"] == 4
