from __future__ import annotations

import json
from pathlib import Path

import pytest

from proctorch.authoring.document import parse_document
from proctorch.authoring.notebook import notebook_text
from proctorch.authoring.stub import stub_text
from proctorch.cli.demo.answers import AnswerBook
from proctorch.cli.demo.students import DAY, Student
from proctorch.cli.demo.work import do_the_work
from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.grading.submission import read_submission
from proctorch.model import DaySpec, Verdict


@pytest.fixture
def folder(origin: Course, tmp_path: Path) -> Path:
    document = parse_document(origin.solution(DAY))
    (tmp_path / f"{DAY}.ipynb").write_text(notebook_text(document), encoding="utf-8")
    (tmp_path / f"{DAY}.py").write_text(stub_text(document), encoding="utf-8")
    return tmp_path


def answers_read(folder: Path, day: DaySpec) -> dict[str, str]:
    submission = read_submission(folder, day, "ada")
    return {cell.exercise: cell.source.strip() for cell in submission.cells if cell.exercise}


def test_answers_stand_in_the_notebook(folder: Path, book: AnswerBook, day: DaySpec) -> None:
    before = (folder / f"{DAY}.py").read_bytes()
    do_the_work(Student("ada", "", book.right), folder, day)
    assert answers_read(folder, day) == {name: answer.strip() for name, answer in book.right.items()}
    assert (folder / f"{DAY}.py").read_bytes() == before


def test_answers_stand_in_the_script(folder: Path, book: AnswerBook, day: DaySpec) -> None:
    before = (folder / f"{DAY}.ipynb").read_bytes()
    do_the_work(Student("chen", "", book.right, medium="script"), folder, day)
    text = (folder / f"{DAY}.py").read_text(encoding="utf-8")
    assert all(answer in text for answer in book.right.values()) and "NotImplementedError()\n\n\n# %%" not in text
    assert (folder / f"{DAY}.ipynb").read_bytes() == before


def test_a_truncated_notebook_is_no_json(folder: Path, book: AnswerBook, day: DaySpec) -> None:
    do_the_work(Student("luis", "", book.right, medium="truncated notebook"), folder, day)
    with pytest.raises(json.JSONDecodeError):
        json.loads((folder / f"{DAY}.ipynb").read_text(encoding="utf-8", errors="replace"))
    problem = read_submission(folder, day, "luis").problem
    assert problem is not None and problem.verdict is Verdict.UNREADABLE


@pytest.mark.parametrize("medium", ["notebook", "script"])
def test_an_answer_without_a_place_is_an_error(folder: Path, day: DaySpec, medium: str) -> None:
    with pytest.raises(CourseError, match=r"no place for an answer to gone"):
        do_the_work(Student("ada", "", {"gone": "x = 1"}, medium=medium), folder, day)  # type: ignore[arg-type]
