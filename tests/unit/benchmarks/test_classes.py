from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.grading.classes import AnswerBook, all_mistaken, answered, make_class, replace_definition
from benchmarks.grading.workload import LIGHT, TRAINING, Graded, exercise_named, solution_of_one, without_others
from proctorch.authoring.day import load_day
from proctorch.course import Course

COURSE = Course(Path(__file__).resolve().parents[3])


@pytest.fixture(scope="module")
def book() -> AnswerBook:
    return AnswerBook.read(Graded(COURSE, load_day(COURSE, LIGHT.day)))


def test_a_class_has_its_mixture_in_every_ten(book):
    pupils = make_class(book, 30)
    for start in (0, 10, 20):
        kinds = sorted(pupil.kind for pupil in pupils[start : start + 10])
        assert kinds == ["mistaken"] * 4 + ["right"] * 5 + ["unfinished"]


def test_a_larger_class_begins_with_the_smaller_one(book):
    assert make_class(book, 25)[:7] == make_class(book, 7)


def test_no_two_students_hand_in_the_same_code_even_without_comments(book):
    pupils = make_class(book, 20)
    cells = [ast.dump(ast.parse(cell)) for pupil in pupils for cell in pupil.answers.values()]
    assert len(set(cells)) == len(cells)


def test_kinds_say_what_is_wrong(book):
    for pupil in make_class(book, 20):
        assert bool(pupil.mistaken) == (pupil.kind != "right")
        assert set(pupil.answers) == set(book.right) - set(pupil.mistaken if pupil.kind == "unfinished" else ())
    assert set(all_mistaken(book).mistaken) == set(book.right)


def test_replace_definition_takes_decorators_with_it():
    cell = "x = 1\n\n@decorated\ndef f():\n    return 1\n\ny = 2"
    assert replace_definition(cell, "f", "def f():\n    return 3") == "x = 1\n\ndef f():\n    return 3\n\ny = 2"
    with pytest.raises(KeyError, match="g"):
        replace_definition(cell, "g", "")


def test_answers_go_into_a_copy_of_the_release():
    released = {"cells": [{"metadata": {"nbgrader": {"grade_id": "f"}}, "source": "stub"}, {"metadata": {}}]}
    assert answered(released, {"f": "a\nb"})["cells"][0]["source"] == ["a\n", "b"]
    assert released["cells"][0]["source"] == "stub"
    with pytest.raises(KeyError, match="no place for g"):
        answered(released, {"g": ""})


def test_one_exercise_alone_leaves_the_others_solved():
    text = solution_of_one(COURSE.solution(TRAINING.day), TRAINING.exercise)
    headers = [line for line in text.splitlines() if "exercise=" in line and line.startswith("# %%")]
    assert len(headers) == 1
    assert text.count("BEGIN SOLUTION") == 1
    assert "def cross_entropy" in text
    ast.parse(text)


def test_graders_keep_what_belongs_to_one_exercise():
    for path in (COURSE.graders / TRAINING.day).glob("*.py"):
        kept = ast.parse(without_others(path.read_text(encoding="utf-8"), TRAINING.exercise))
        assert {exercise_named(node) for node in kept.body} == {None, TRAINING.exercise}, path.name
