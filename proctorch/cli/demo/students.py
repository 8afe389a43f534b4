"""The class: twelve students, what each of them hands in, and what they lose for it.

What a student loses is written down here, by exercise or by check, and never read from a result: it is what a person
who knows the text of the exercises says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proctorch.cli.demo.answers import AnswerBook, Answers
from proctorch.model import Verdict

DAY = "day02_tensors"
EVERYTHING = "everything"

Medium = Literal["notebook", "script", "truncated notebook"]

_ENDLESS = """
def to_array(x):
    while torch.is_tensor(x):
        x.detach().numpy()  # ... and x is still a tensor
    return x
"""

_EXIT = """
import os


def pixels_to_unit(image):
    os._exit(0)


def whole_degrees(temperatures):
    os._exit(0)


def match(x, other):
    os._exit(0)
"""


@dataclass(frozen=True)
class Student:
    """One of the class.

    `loses` names exercises ("numpy_bridge"), single checks ("numpy_bridge::test_to_array") or EVERYTHING; `verdicts`
    are those that lost checks may have.
    """

    name: str
    did: str
    answers: Answers
    loses: tuple[str, ...] = ()
    verdicts: frozenset[Verdict] = frozenset()
    medium: Medium = "notebook"


def the_class(book: AnswerBook, spying: tuple[str, str]) -> tuple[Student, ...]:
    """Return the twelve; `spying` is the exercise in which the spy looks around, and their answer to it."""
    return (*_right_ones(book), *_mistaken_ones(book), *_hostile_and_broken_ones(book, spying))


def _right_ones(book: AnswerBook) -> tuple[Student, ...]:
    later = ("matrix_product", "batched_matrix_product", "reduce_one_axis", "keep_the_axis", "numpy_bridge")
    first_half = {name: answer for name, answer in book.right.items() if name not in later}
    return (
        Student("ada", "everything right", book.right),
        Student("bruno", "right, in another style", book.in_another_style()),
        Student("chen", "right, in the .py file", book.right, medium="script"),
        Student("dana", "half done", first_half, later, frozenset({Verdict.NOT_IMPLEMENTED})),
    )


def _mistaken_ones(book: AnswerBook) -> tuple[Student, ...]:
    wrong = frozenset({Verdict.FAILED, Verdict.ERROR})
    return (
        Student(
            "emil",
            "leaves out the last hour",
            book.with_mistake("tensors_from_patterns", "stops before the last hour"),
            ("tensors_from_patterns::test_hours", "tensors_from_patterns::test_other_hours"),
            wrong,
        ),
        Student(
            "fatima",
            "adds a column as a row",
            book.with_mistake("broadcast_row_and_column", "adds the column as if it were a row"),
            (
                "broadcast_row_and_column::test_column",
                "broadcast_row_and_column::test_square_grids",
                "broadcast_row_and_column::test_other_grids",
                "broadcast_row_and_column::test_gradients",
            ),
            wrong,
        ),
        Student(
            "goran",
            "mean over the wrong axis",
            book.with_mistake("reduce_one_axis", "averages over the wrong axis"),
            (
                "reduce_one_axis::test_mean",
                "reduce_one_axis::test_mean_of_other_grids",
                "reduce_one_axis::test_gradients",
            ),
            wrong,
        ),
    )


def _hostile_and_broken_ones(book: AnswerBook, spying: tuple[str, str]) -> tuple[Student, ...]:
    exercise, answer = spying
    return (
        Student("hana", "changed nothing", {}, (EVERYTHING,), frozenset({Verdict.NOT_IMPLEMENTED})),
        Student(
            "ivan",
            "an endless loop",
            book.with_function("numpy_bridge", _ENDLESS),
            ("numpy_bridge::test_to_array", "numpy_bridge::test_to_array_in_training"),
            frozenset({Verdict.TIMEOUT}),
        ),
        Student(
            "jun",
            "os._exit(0)",
            {**book.right, "convert_tensors": _EXIT},
            ("convert_tensors",),
            frozenset({Verdict.CRASHED}),
        ),
        Student(
            "kira",
            "hunts for hidden checks",
            {**book.right, exercise: answer},
            (exercise,),
            frozenset({Verdict.ERROR}),
        ),
        Student(
            "luis",
            "notebook is not JSON",
            book.right,
            (EVERYTHING,),
            frozenset({Verdict.UNREADABLE}),
            medium="truncated notebook",
        ),
    )
