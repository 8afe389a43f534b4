"""Marks are the same whoever asks for them: `nbgrader autograde`, as its own program, judging everything anew.

The class is the demo's, and three more whose notebooks are damaged: they must stop neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from proctorch.course import Course

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DAY = "day02_tensors"


def hand_in(course: Course, student: str, like: str, change: Any) -> None:
    """Hand in what another student did, with the notebook changed."""
    import shutil

    folder = course.submitted / student / DAY
    shutil.copytree(course.submitted / like / DAY, folder)
    path = folder / f"{DAY}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    change(notebook)
    path.chmod(0o644)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def double_a_cell(notebook: dict[str, Any]) -> None:
    position = next(i for i, cell in enumerate(notebook["cells"]) if cell.get("id") == "matrix_product")
    notebook["cells"].insert(position, dict(notebook["cells"][position]))


def strip_metadata(notebook: dict[str, Any]) -> None:
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)


def edit_a_grade_cell(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "matrix_product_check":
            cell["source"] = "30.0"
            cell["metadata"]["nbgrader"]["points"] = 1000


DAMAGED = {"mona": double_a_cell, "nils": strip_metadata, "olga": edit_a_grade_cell}


@pytest.fixture(scope="module")
def course(demo: Any, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the demo's course, with three damaged submissions more."""
    import shutil

    root = tmp_path_factory.mktemp("round") / "course"
    shutil.copytree(demo.room.course.root, root)
    config = root / "nbgrader_config.py"
    config.write_text(
        config.read_text(encoding="utf-8").replace(str(demo.room.course.root), str(root)), encoding="utf-8"
    )
    copy = Course(root.resolve())
    for student, change in DAMAGED.items():
        hand_in(copy, student, "ada", change)
    return copy


def run(course: Course, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the course as an instructor would."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    package = str(Path(__file__).parents[2])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": package, "COLUMNS": "200", **settings}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=course.root, env=environment, capture_output=True, text=True, timeout=300
    )


def marks(course: Course) -> Mapping[str, Mapping[str, float]]:
    """Return the automatic score of each exercise of each student, as nbgrader's gradebook has it."""
    from nbgrader.api import Gradebook

    found: dict[str, dict[str, float]] = {}
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(DAY):
            (notebook,) = submission.notebooks
            assert all(grade.auto_score is not None for grade in notebook.grades), submission.student.id
            found[submission.student.id] = {grade.cell.name: grade.auto_score for grade in notebook.grades}
    return found


def test_nbgrader_and_proctorch_give_equal_marks(demo: Any, course: Course, tmp_path: Path) -> None:
    by_demo = marks(demo.room.course)
    done = run(
        course, "nbgrader", "autograde", DAY, "--force", PROCTORCH_DB_URL=f"sqlite:///{tmp_path / 'of-nbgrader.db'}"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    by_nbgrader = marks(course)
    assert set(by_nbgrader) == {*demo.students, *DAMAGED}
    assert {name: by_nbgrader[name] for name in by_demo} == by_demo

    done = run(course, "proctorch", "grade", DAY)
    assert done.returncode == 0, done.stderr[-3000:]
    by_proctorch = marks(course)
    assert by_proctorch == by_nbgrader
    assert {name: sum(by_proctorch[name].values()) for name in DAMAGED} == dict.fromkeys(DAMAGED, 30.0)
