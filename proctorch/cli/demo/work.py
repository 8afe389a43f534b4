"""How students work on what they fetched: in the notebook, in the `.py` file, and how one of them spoils a file."""

from __future__ import annotations

import json
from pathlib import Path

from proctorch.cli.demo.answers import Answers
from proctorch.cli.demo.students import Student
from proctorch.errors import CourseError
from proctorch.model import DaySpec


def do_the_work(student: Student, folder: Path, day: DaySpec) -> None:
    """Write a student's answers into the day's files in `folder`; raises CourseError where a cell is not there."""
    notebook = folder / f"{day.name}.ipynb"
    if student.medium == "script":
        _write_script(folder / f"{day.name}.py", student.answers, day)
        return
    _write_notebook(notebook, student.answers)
    if student.medium == "truncated notebook":
        content = notebook.read_bytes()
        notebook.write_bytes(content[: len(content) * 2 // 3])


def _write_notebook(path: Path, answers: Answers) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    waiting = dict(answers)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in waiting:
            cell["source"] = waiting.pop(name).splitlines(keepends=True)
    _require_nothing(path, waiting)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_script(path: Path, answers: Answers, day: DaySpec) -> None:
    text = path.read_text(encoding="utf-8")
    waiting = dict(answers)
    for exercise in day.exercises:
        if exercise.name in waiting and exercise.stub in text:
            text = text.replace(exercise.stub, waiting.pop(exercise.name))
    _require_nothing(path, waiting)
    path.write_text(text, encoding="utf-8")


def _require_nothing(path: Path, waiting: Answers) -> None:
    if waiting:
        raise CourseError(
            f"{path} has no place for an answer to {', '.join(waiting)}.\n"
            "  To mend it: proctorch build writes it anew; then release it again."
        )
