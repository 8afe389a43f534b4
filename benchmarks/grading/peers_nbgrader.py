"""nbgrader as it comes: a course of its own, whose checks are hidden test cells run by nbgrader's own Execute.

The notebook is Proctorch's source notebook, with the same prose and exercises. Each grade cell
runs its exercise's checks in the student's kernel, prints which pass, and ends with the points (nbgrader's own partial
credit); the first one also holds the graders' text and the adapter, because nbgrader hides tests in grade cells only.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.grading.classes import Pupil, hand_in
from benchmarks.grading.floor import Passed
from benchmarks.grading.measure import Usage, run_measured
from benchmarks.grading.plan import PlannedCheck
from benchmarks.grading.workload import Graded

ADAPTER = Path(__file__).with_name("direct.py")
_MARK = "passed: "
_CONFIG = """c = get_config()
c.CourseDirectory.course_id = "plain"
c.CourseDirectory.root = {root!r}
c.CourseDirectory.db_url = {database!r}
c.ExecutePreprocessor.timeout = 300
"""
_HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
_SCORE = """
import json

_GRADERS = load_graders({texts!r})
_PLAN = {plan!r}


def score_exercise(exercise, names):
    passed, points = [], 0.0
    for name, worth, check in _PLAN[exercise]:
        try:
            run_check(_GRADERS, check, names)
        except Exception as error:
            print(name, type(error).__name__, error)
        else:
            passed.append(name)
            points += worth
    print({mark!r} + json.dumps(passed))
    return min(points, {maxima!r}[exercise])
"""


@dataclass(frozen=True)
class PlainCourse:
    """A built nbgrader course without anything of Proctorch's engine."""

    root: Path
    day: str

    def command(self, *words: str) -> list[str]:
        """Return an nbgrader command of this environment."""
        return [str(Path(sys.executable).with_name("nbgrader")), *words]


def open_plain_course(graded: Graded, plan: Sequence[PlannedCheck], root: Path) -> PlainCourse:
    """Write and build the course; raises RuntimeError with nbgrader's words where it does not build."""
    course, day = PlainCourse(root.resolve(), graded.day.name), graded.day.name
    source = course.root / "source" / day
    source.mkdir(parents=True)
    database = f"sqlite:///{course.root / 'gradebook.db'}"
    config = _CONFIG.format(root=str(course.root), database=database)
    (course.root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    authored = json.loads((graded.course.source / day / f"{day}.ipynb").read_text(encoding="utf-8"))
    notebook = with_hidden_tests(authored, graded, plan)
    (source / f"{day}.ipynb").write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    usage = _nbgrader(course, "generate_assignment", day, "--create", log=course.root / "generate.log")
    if usage.status:
        raise RuntimeError(f"nbgrader generate_assignment failed:\n{usage.output[-3000:]}")
    return course


def with_hidden_tests(notebook: dict[str, Any], graded: Graded, plan: Sequence[PlannedCheck]) -> dict[str, Any]:
    """Return a source notebook with hidden tests in its grade cells; the first of them prepares what all need."""
    cells, code = [], _preparation(graded, plan)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            exercise = cell["metadata"]["nbgrader"]["grade_id"].removesuffix("_check")
            code += f"score_exercise({exercise!r}, globals())"
            cell, code = {**cell, "source": _HIDDEN.format(code)}, ""
        cells.append(cell)
    return {**notebook, "cells": cells}


def _preparation(graded: Graded, plan: Sequence[PlannedCheck]) -> str:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in graded.grader_files}
    table: dict[str, list[Any]] = {exercise.name: [] for exercise in graded.day.exercises}
    for check in plan:
        row = (check.id, check.points, (check.file, check.owner, check.function, check.seed))
        table[check.exercise].append(row)
    maxima = {exercise.name: float(exercise.points) for exercise in graded.day.exercises}
    code = _SCORE.format(texts=texts, plan=table, mark=_MARK, maxima=maxima)
    return f"{ADAPTER.read_text(encoding='utf-8')}{code}\n\n"


def autograde(course: PlainCourse, pupils: Sequence[Pupil], log: Path) -> Usage:
    """Hand in a class's work and let nbgrader grade it; raises RuntimeError where nbgrader fails."""
    hand_in(course.root / "release", course.root / "submitted", course.day, pupils)
    usage = _nbgrader(course, "autograde", course.day, "--create", "--force", log=log)
    if usage.status:
        raise RuntimeError(f"nbgrader autograde failed:\n{usage.output[-3000:]}")
    return usage


def passed_in(course: PlainCourse, pupils: Sequence[Pupil]) -> Passed:
    """Return who passed which checks, from what the grade cells printed into the autograded notebooks."""
    return {pupil.name: _printed(course.root / "autograded" / pupil.name / course.day) for pupil in pupils}


def _printed(folder: Path) -> frozenset[str]:
    notebook = json.loads((folder / f"{folder.name}.ipynb").read_text(encoding="utf-8"))
    texts = (
        "".join(output.get("text", ""))
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if output.get("name") == "stdout"
    )
    lines = (line for text in texts for line in text.splitlines() if line.startswith(_MARK))
    return frozenset(name for line in lines for name in json.loads(line.removeprefix(_MARK)))


def _nbgrader(course: PlainCourse, *words: str, log: Path) -> Usage:
    # nbgrader calls `alembic` by its bare name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "/usr/bin:/bin")])
    return run_measured(course.command(*words), course.root, log, {"PATH": path})
