from __future__ import annotations

import ast

import pytest

from proctorch.cli.demo.answers import AnswerBook, replace_function
from proctorch.errors import CourseError
from proctorch.model import DaySpec

CELL = 'def first(x):\n    """Doc."""\n    return x\n\n\ndef second(x):\n    return first(x) + 1\n'


def test_right_answers_are_the_solution_without_its_markers(book: AnswerBook, day: DaySpec) -> None:
    assert list(book.right) == [exercise.name for exercise in day.exercises]
    for exercise in day.exercises:
        answer = book.right[exercise.name]
        assert "SOLUTION" not in answer and "NotImplementedError" not in answer
        names = {node.name for node in ast.parse(answer).body if isinstance(node, ast.FunctionDef)}
        assert names == set(exercise.defines)


def test_one_function_is_replaced_and_the_others_stay() -> None:
    changed = replace_function(CELL, "\ndef first(x):\n    return 2 * x\n")
    names: dict[str, object] = {}
    exec(changed, names)
    assert names["second"](5) == 11  # type: ignore[operator]
    assert '"""Doc."""' not in changed


def test_a_function_that_is_not_there_replaces_nothing() -> None:
    with pytest.raises(KeyError, match="third"):
        replace_function(CELL, "def third(x):\n    return x\n")


def test_another_style_differs_in_every_exercise(book: AnswerBook) -> None:
    other = book.in_another_style()
    assert all(other[name] != answer for name, answer in book.right.items())


def test_a_mistake_is_put_into_its_exercise_only(book: AnswerBook) -> None:
    answers = book.with_mistake("reduce_one_axis", "averages over the wrong axis")
    assert {name for name in answers if answers[name] != book.right[name]} == {"reduce_one_axis"}
    assert "temperatures.mean(dim=0)" in answers["reduce_one_axis"]


def test_a_mistake_that_is_gone_is_named(book: AnswerBook) -> None:
    with pytest.raises(CourseError, match=r"no 'gone' of 'reduce_one_axis'.*\n.*students\.py"):
        book.with_mistake("reduce_one_axis", "gone")
