from __future__ import annotations

from proctorch.cli.demo.answers import AnswerBook
from proctorch.cli.demo.expected import expected_mark
from proctorch.cli.demo.students import DAY, the_class
from proctorch.course import Course


def test_the_class_has_twelve_of_different_names_and_deeds(book: AnswerBook) -> None:
    students = the_class(book, ("tensor_passport", "spying"))
    assert len({student.name for student in students}) == len({student.did for student in students}) == 12


def test_who_loses_something_says_by_which_verdict(book: AnswerBook, origin: Course) -> None:
    for student in the_class(book, ("tensor_passport", "spying")):
        assert bool(student.loses) == bool(student.verdicts), student.name
        assert (expected_mark(origin, DAY, student) == 30) == (not student.loses), student.name
