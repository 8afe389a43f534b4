"""A grading run that is stopped by force, asked to stop, or left to itself ends with the same marks.

The command runs in a process of its own, with the real engine; around the engine stands a note-taker that writes down
which submissions it took and which exercises of them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proctorch.course import Course
from proctorch.gradebook.store import ResultsStore

pytestmark = pytest.mark.slow

DAY = "day01_small"
SMALL_COURSE = Path(__file__).parents[1] / "unit" / "gradebook" / "small_course"
STUDENTS = 24
COMMAND = """
import sys
from proctorch.engines import local

class NoteTaker(local.LocalEngine):
    def grade(self, submissions, *, only=None):
        for report in super().grade(submissions, only=only):
            with open("asked.log", "a") as stream:
                print(report.student, *(result.exercise for result in report.exercises), file=stream)
            yield report

local.LocalEngine = NoteTaker
from proctorch.cli.main import main
main()
"""


@pytest.fixture
def course(tmp_path) -> Course:
    """Every one has code of their own, which takes its time; a third has the sign wrong."""
    root = tmp_path / "course"
    shutil.copytree(SMALL_COURSE, root, ignore=shutil.ignore_patterns("__pycache__"))
    for number in range(STUDENTS):
        folder = root / "submitted" / f"student{number:02}" / DAY
        folder.mkdir(parents=True)
        (folder / f"{DAY}.py").write_text(
            f"# %%\nimport time\n\ntime.sleep(0.8)\n\n"
            f'# %% exercise="double" points=4\ndef double(x):\n    return 2 * x  # {number}\n\n'
            f'# %% exercise="negate" points=3\ndef negate(x):\n    return {"-x" if number % 3 else "abs(x)"}\n'
        )
    with sqlite3.connect(root / "results.db") as connection:  # in an empty one nbgrader begins, which takes seconds
        connection.execute("CREATE TABLE other (number INTEGER)")
    return Course(root.resolve())


def start(course: Course, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PROCTORCH_DB_URL": f"sqlite:///{course.root / 'results.db'}"}
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=course.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def grade(course: Course, *more: str) -> subprocess.Popen[str]:
    return start(course, "grade", DAY, "--no-nbgrader", "--workers", "2", *more)


def finish(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    out, err = process.communicate(timeout=200)
    assert process.returncode == code, err
    return out, err


def asked(course: Course) -> dict[str, list[str]]:
    """Return what the engine ran since the last call, by student; raises where it ran somebody twice."""
    log = course.root / "asked.log"
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    log.unlink(missing_ok=True)
    found = {student: exercises for student, *exercises in lines}
    assert len(found) == len(lines)
    return found


def marks(course: Course) -> dict[str, float]:
    with ResultsStore(f"sqlite:///{course.root / 'results.db'}") as store:
        return {report.student: float(report.points) for report in store.reports(DAY) if report.judged}


def unbroken() -> dict[str, float]:
    return {f"student{number:02}": 7.0 if number % 3 else 5.5 for number in range(STUDENTS)}


def wait_for_some(course: Course, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while len(marks(course)) < 5:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def left_over(process: subprocess.Popen[str]) -> list[str]:
    """Return the processes of the command's session that still run, after some patience."""
    for _ in range(100):
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = status.read_text().rsplit(")", 1)
            except OSError:
                continue
            state, _, _, session = rest.split()[:4]
            if int(session) == process.pid and state != "Z":
                found.append(name)
        if not found:
            return []
        time.sleep(0.1)
    return found


def test_a_run_that_was_killed_goes_on_where_it_was(course):
    process = grade(course)
    wait_for_some(course, process)
    process.kill()
    process.communicate()
    kept, first = marks(course), asked(course)
    assert 5 <= len(kept) < STUDENTS
    assert left_over(process) == []
    finish(grade(course))
    second = asked(course)
    assert set(second) == set(unbroken()) - set(kept)
    assert set(kept) <= set(first)
    assert marks(course) == unbroken()
    finish(grade(course))
    assert asked(course) == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_ends_cleanly(course, number):
    process = grade(course)
    wait_for_some(course, process)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)  # Ctrl-C reaches all
    _, err = finish(process, 130)
    kept, first = marks(course), asked(course)
    assert f"of {STUDENTS} submissions are judged, and their results kept." in err
    assert f"To go on: proctorch grade {DAY}" in err
    assert "Traceback" not in err
    assert left_over(process) == []
    assert set(kept) <= set(first)
    assert len(first) - len(kept) <= 1  # the signal may come between the engine and the store
    finish(grade(course))
    assert set(asked(course)) == set(unbroken()) - set(kept)
    assert marks(course) == unbroken()


def test_mended_checks_are_run_alone_and_marks_change_when_that_was_agreed_to(course):
    finish(grade(course))
    asked(course)
    hidden = course.graders / DAY / "hidden.py"
    hidden.write_text(hidden.read_text() + "\n    def test_four(self, student):\n"
                      '        """negate(4) is -4."""\n        assert_equal(student.negate(4), -4)\n')  # fmt: skip
    process = start(course, "regrade", DAY, "--no-nbgrader", "--json", "-")
    found = json.loads(finish(process, 1)[0])
    assert asked(course) == {student: ["negate"] for student in unbroken()}
    losers = [student for student, points in unbroken().items() if points < 7]
    assert [change["student"] for change in found["changes"] if change["difference"]] == losers
    assert found["summary"] == {"up": 0, "down": 8, "first": 0, "not_judged": 0, "unchanged": 16}
    assert marks(course) == unbroken()
    out, err = finish(start(course, "regrade", DAY, "--no-nbgrader", "--yes"))
    assert asked(course) == {}
    assert "8 down, 16 unchanged" in out
    assert "its checks were changed" in out
    assert "The new results of 24 stand." in err
    assert {points for student, points in marks(course).items() if student in losers} == {5.0}
    finish(grade(course))
    assert asked(course) == {}
