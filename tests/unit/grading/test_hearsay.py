from __future__ import annotations

import pytest

from proctorch.errors import GuestOutOfMemory, NotImplementedYet, StudentRaised
from proctorch.grading.hearsay import failure_of, known_exception, readable, renamed
from proctorch.sandbox.values import Reference

CELLS = {"cell 4": 10}


@pytest.mark.parametrize(
    ("line", "cell", "believed"),
    [
        (3, "cell 4", (3, "cell 4")),
        (10, "cell 4", (10, "cell 4")),
        (11, "cell 4", (None, "cell 4")),
        (0, "cell 4", (None, "cell 4")),
        (-1, "cell 4", (None, "cell 4")),
        (True, "cell 4", (None, "cell 4")),
        ("3", "cell 4", (None, "cell 4")),
        (3, "cell 3.14159", (None, None)),
        (3, 4, (None, None)),
    ],
)
def test_a_place_is_believed_only_where_there_is_one(line, cell, believed):
    failure = failure_of({"type": "E", "line": line, "cell": cell}, 1, CELLS)
    assert isinstance(failure, StudentRaised)
    assert (failure.line, failure.cell) == believed


@pytest.mark.parametrize("said", [None, 5, [], {}, {"type": 5, "bases": [1, None]}, {"memory": 1, "stub": 1}])
def test_nonsense_is_some_exception(said):
    failure = failure_of(said, 1, CELLS)
    assert type(failure) is StudentRaised and failure.type_name == "Exception"


def test_stubs_and_memory():
    assert isinstance(failure_of({"stub": True}, 1, None), NotImplementedYet)
    assert isinstance(failure_of({"memory": True}, 2**20, None), GuestOutOfMemory)


def test_texts_are_cut_and_cleaned():
    assert readable("a\nb\tc", 9) == "a\nb\tc"
    assert readable("a\0b\x1b[2J\x9bm\rd\x7f", 99) == "a�b�[2J�m�d�"
    assert len(readable("x" * 10**6, 10)) == 10
    assert readable(b"x", 9) == ""


def test_names():
    assert known_exception(["Mine", "KeyError"]) == "KeyError"
    assert known_exception(["Mine", "Exception"]) == "an exception"
    assert renamed(Reference("module", 1, "Linear"), []).type_name == "Linear"
    assert renamed(Reference("module", 1, "Net"), ["Net.forward"]).type_name == "Net"
    assert renamed(Reference("module", 1, "x_3p14"), ["Net.forward"]).type_name == "the module"
    assert renamed(Reference("weird", 1, "x_3p14"), []).type_name == "the object"
