"""The bulk writer against nbgrader's own Autograde: the same rows, field by field, and the same files, byte by byte."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.coursedir import CourseDirectory

from proctorch.course import Course
from proctorch.gradebook.bulk import is_plain
from proctorch.gradebook.config import commands_on_path, load_config
from proctorch.gradebook.conversion import course_directory
from proctorch.gradebook.marks import autograde_day

DAY = "day01_small"
RIGHT = {"double": "2 * x", "negate": "-x"}
HALF = {"double": "'half'"}
BREAKS = {"double": "'BREAK THE ENGINE'", "negate": "-x"}

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions

# nbgrader's tables, each with the words that say what a row stands for, whatever its random number is.
TABLES = {
    "student": "SELECT id, * FROM student",
    "course": "SELECT id, * FROM course",
    "assignment": "SELECT name, * FROM assignment",
    "notebook": "SELECT name, * FROM notebook",
    "base_cell": "SELECT name || type, * FROM base_cell",
    "grade_cells": "SELECT id, * FROM grade_cells",
    "solution_cells": "SELECT id, * FROM solution_cells",
    "task_cells": "SELECT id, * FROM task_cells",
    "source_cell": "SELECT name, * FROM source_cell",
    "submitted_assignment": "SELECT student_id, * FROM submitted_assignment",
    "submitted_notebook": """
        SELECT submission.student_id, own.* FROM submitted_notebook AS own
        JOIN submitted_assignment AS submission ON submission.id = own.assignment_id""",
    "grade": """
        SELECT submission.student_id || ' ' || base_cell.name, own.* FROM grade AS own
        JOIN base_cell ON base_cell.id = own.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = own.notebook_id
        JOIN submitted_assignment AS submission ON submission.id = submitted_notebook.assignment_id""",
    "comment": """
        SELECT submission.student_id || ' ' || base_cell.name, own.* FROM comment AS own
        JOIN base_cell ON base_cell.id = own.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = own.notebook_id
        JOIN submitted_assignment AS submission ON submission.id = submitted_notebook.assignment_id""",
}


def gradebook(course: Course) -> dict[str, dict[str, dict[str, object]]]:
    """Return every field of every row of nbgrader's tables, random numbers replaced by what they stand for."""
    meanings: dict[object, str] = {}
    tables: dict[str, dict[str, dict[str, object]]] = {}
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        connection.row_factory = sqlite3.Row
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {each for each in names if not each.startswith("proctorch_")} == {*TABLES, "alembic_version"}
        for table, query in TABLES.items():
            rows = list(connection.execute(query))
            meanings |= {row["id"]: f"{table} {row[0]}" for row in rows if len(str(row["id"])) == 32}
            tables[table] = {str(row[0]): dict(row) for row in rows}
            assert len(tables[table]) == len(rows), f"two rows of {table} stand for one thing"
    for rows_of in tables.values():
        for row in rows_of.values():
            row.update({field: meanings.get(value, value) for field, value in row.items()})
    return {
        table: {meanings.get(name, name): row for name, row in rows_of.items()} for table, rows_of in tables.items()
    }


def files(course: Course, student: str) -> dict[str, tuple[str, int, bytes]]:
    """Return each entry of an autograded folder: what it is, its permissions, its bytes."""
    folder = course.root / "autograded" / student / DAY
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        kind = "link" if stat.S_ISLNK(mode) else "folder" if stat.S_ISDIR(mode) else "file"
        found[path.relative_to(folder).as_posix()] = (
            kind,
            stat.S_IMODE(mode),
            path.read_bytes() if kind == "file" else b"",
        )
    return found


def nbgraders_own(course: Course) -> None:
    """Run `nbgrader autograde DAY --force`, as far as it is nbgrader's."""
    config = load_config(course)
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id = DAY
    with commands_on_path():
        try:
            Autograde(coursedir=coursedir, config=config, force=True).start()
        except NbGraderException as error:
            assert "processing" in str(error) or "errors" in str(error)


def execute(course: Course, *statements: str) -> None:
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, statement


def damaged(folder: Path, change: Callable[[dict], object]) -> None:
    path = folder / f"{DAY}.ipynb"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def class_of_all_kinds(course: Course, hand_in) -> None:
    """Everything that may come in for the first time."""
    hand_in("good", RIGHT)
    hand_in("half", HALF)
    hand_in("untouched")
    hand_in("mud", raw=b"not json")
    hand_in("empty", raw=b"")
    hand_in("old", raw=b'{"nbformat": 3, "worksheets": []}')
    hand_in("breaks", BREAKS)
    hand_in("unjudged", {"double": "2 * x", "negate": "'NOT JUDGED'"})
    hand_in("to be graded by hand", RIGHT)
    hand_in("comes again", RIGHT)
    hand_in("Ünï cödé, o'neill; --", RIGHT)
    damaged(hand_in("twice", RIGHT), lambda content: content["cells"].extend(content["cells"][2:6]))
    damaged(hand_in("bare", RIGHT), lambda content: [cell["metadata"].clear() for cell in content["cells"]])
    damaged(hand_in("gone", RIGHT), lambda content: content["cells"].__delitem__(slice(3, None)))
    damaged(hand_in("locked", RIGHT), lambda content: content["cells"][-1].update(source="# mine now"))
    own = {"cell_type": "code", "id": "x", "metadata": {"trusted": True}, "outputs": [], "execution_count": 3}
    odd = "print('Grüße\u2028 \x0b')\n\n\ttab = '\\n'\r\nend"
    damaged(hand_in("own", RIGHT), lambda content: content["cells"].insert(2, own | {"source": odd}))
    damaged(hand_in("raw", RIGHT), lambda content: content["cells"].append({**own, "cell_type": "raw", "source": ""}))
    hand_in_files(course, hand_in)
    hand_in_times(course, hand_in)


def hand_in_files(course: Course, hand_in) -> None:
    script = hand_in("script")
    (script / f"{DAY}.ipynb").unlink()
    (script / f"{DAY}.py").write_text(course.solution(DAY).read_text())
    extra = hand_in("extra", RIGHT)
    for place in (
        "notes.txt",
        "data/deep/a.csv",
        ".hidden",
        ".x.pyc",
        "x.pyc",
        "__pycache__/y",
        "feedback/z",
        "b/__pycache__",
    ):
        (extra / place).parent.mkdir(parents=True, exist_ok=True)
        (extra / place).write_text(place)
    (extra / ".ipynb_checkpoints").mkdir()
    (extra / ".ipynb_checkpoints" / "kept.txt").write_text("kept")
    (extra / "other.ipynb").write_text("{}")
    (extra / "run.sh").write_text("echo")
    (extra / "run.sh").chmod(0o755)
    (extra / "empty").mkdir()
    (extra / "link").symlink_to("/etc/passwd")
    (extra / "folder").symlink_to("/etc")
    os.mkfifo(extra / "pipe")
    (extra / "checks.py").write_text("# the course's own counts")
    in_the_way = hand_in("in the way", RIGHT)
    (in_the_way / "checks.py").unlink()
    (in_the_way / "checks.py").mkdir()
    (in_the_way / "checks.py" / "here").write_text("x")


def hand_in_times(course: Course, hand_in) -> None:
    for name, words in {
        "late": "2026-11-21 10:00:00.123456 UTC",
        "zone": "2026-11-20 20:00:00 Europe/Berlin",
        "never": "tomorrow, perhaps",
        "blank": "",
    }.items():
        (hand_in(name, RIGHT) / "timestamp.txt").write_text(words)
    (hand_in("timeless", RIGHT) / "timestamp.txt").unlink()


def a_person_grades(course: Course) -> None:
    """What nbgrader keeps for people stays theirs."""
    of = (
        "(SELECT submitted_notebook.id FROM submitted_notebook "
        "JOIN submitted_assignment AS own ON own.id = submitted_notebook.assignment_id WHERE own.student_id"
    )
    by_hand = "'to be graded by hand', 'late'"
    execute(
        course,
        f"UPDATE grade SET manual_score = 1.5, extra_credit = 0.5, needs_manual_grade = 0 "
        f"WHERE notebook_id IN {of} IN ({by_hand}))",
        f"UPDATE comment SET manual_comment = 'Well done.' WHERE notebook_id IN {of} = 'half')",
        f"UPDATE submitted_notebook SET flagged = 1 WHERE id IN {of} = 'half')",
        "UPDATE submitted_assignment SET extension = '1970-01-03 00:00:00.000000' WHERE student_id = 'zone'",
        "UPDATE student SET first_name = 'Ada', last_name = 'L' WHERE id = 'good'",
    )


def students_come_again(hand_in) -> None:
    (hand_in("comes again", BREAKS) / "timestamp.txt").write_text("2026-11-22 10:00:00 UTC")
    hand_in("breaks", RIGHT)
    hand_in("mud", HALF)
    hand_in("to be graded by hand", RIGHT)  # else it would be up to date, and no person asked to look again
    (hand_in("good") / "timestamp.txt").unlink()


def copied(source: Path, target: Path) -> None:
    """Copy with links and pipes as they are."""
    subprocess.run(["cp", "-a", source, target], check=True)


def compare(ours: Course, theirs: Course, failed: Iterable[str]) -> None:
    """Fail unless two courses hold the same rows, the same files of whom did not fail, and the same submissions."""
    mine, wanted = gradebook(ours), gradebook(theirs)
    for table, rows in wanted.items():
        assert mine[table] == rows, table
    students = sorted(folder.name for folder in ours.submitted.iterdir())
    assert students
    for student in students:
        if student not in failed:
            assert files(ours, student) == files(theirs, student), student
            assert files(ours, student)
        assert not list((ours.root / "autograded" / student).glob(".*")), "nothing is left over"


@pytest.fixture
def twin(course, tmp_path) -> Course:
    return Course(tmp_path / "twin")


@pytest.fixture
def never_converted(monkeypatch):
    """Fail where the work is left to nbgrader's own converter."""

    def convert(*_):
        raise AssertionError("nbgrader's converter was asked")

    monkeypatch.setattr("proctorch.gradebook.writing.convert_one", convert)


@pytest.fixture(params=["no penalty", "zero", "plugin"])
def penalty(request, course) -> str:
    lines = {
        "no penalty": "",
        "zero": "c.LateSubmissionPlugin.penalty_method = 'zero'\n",
        "plugin": "c.AssignLatePenalties.plugin_class = 'late_plugin.OneAnHour'\n",
    }
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + lines[request.param])
    (course.root / "late_plugin.py").write_text(
        "from nbgrader.plugins import BasePlugin\n\n"
        "class OneAnHour(BasePlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n"
        "        if student == 'zone':\n"
        "            raise RuntimeError('no penalty for ' + student)\n"
        "        return seconds / 3600 if score else -1.0\n"
    )
    return request.param


@pytest.mark.slow
def test_the_same_rows_and_files_as_nbgraders_own(course, twin, hand_in, penalty, never_converted):
    execute(course, "UPDATE assignment SET duedate = '2026-11-20 12:00:00.000000'")
    class_of_all_kinds(course, hand_in)
    assert is_plain(course_directory(course, DAY))
    copied(course.root, twin.root)
    nbgraders_own(twin)
    outcome = autograde_day(course, DAY)
    plugin_fails = {"zone"} if penalty == "plugin" else set()
    assert set(outcome.failed) == {"breaks", "unjudged"} | plugin_fails
    compare(course, twin, outcome.failed)

    students_come_again(hand_in)
    shutil.rmtree(twin.submitted)
    copied(course.submitted, twin.submitted)
    a_person_grades(course)
    a_person_grades(twin)
    nbgraders_own(twin)
    outcome = autograde_day(course, DAY)
    assert set(outcome.failed) == {"comes again", "unjudged"}
    compare(course, twin, outcome.failed)
