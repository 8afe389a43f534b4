"""Marks of equivalent mutants: read with their reasons, refused with the cure when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctorch.authoring.document import Document, parse_document
from proctorch.course import Course
from proctorch.errors import AuthoringError
from proctorch.validation.equivalents import FILE_NAME, read_equivalents
from proctorch.validation.mutants import mutants_of

ROOT = Path(__file__).parents[3]
DAY = """\
# %% [markdown]
# # A day

# %% exercise="square" points=1
def square(a, b):
    ### BEGIN SOLUTION
    return (a - b) ** 2
    ### END SOLUTION
"""
KEY = "square: swapped-operands: a - b -> b - a"


@pytest.fixture
def document(tmp_path: Path) -> Document:
    path = tmp_path / "day01_small.py"
    path.write_text(DAY, encoding="utf-8")
    return parse_document(path)


def write(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def test_without_a_file_nothing_is_equivalent(tmp_path: Path) -> None:
    assert read_equivalents(tmp_path) == {}


def test_keys_come_with_their_reasons(tmp_path: Path, document: Document) -> None:
    write(tmp_path, f'[[mutant]]\nkey = "{KEY}"\nreason = """The difference\n  is squared."""\n')
    assert read_equivalents(tmp_path, document) == {KEY: "The difference is squared."}


def test_all_stale_keys_are_listed_with_the_line_of_the_first(tmp_path: Path, document: Document) -> None:
    entries = [f'[[mutant]]\nkey = "{key}"\nreason = "So it is."\n' for key in (KEY, "old: one", "old: two")]
    write(tmp_path, "".join(entries))
    assert len(read_equivalents(tmp_path)) == 3
    with pytest.raises(AuthoringError) as caught:
        read_equivalents(tmp_path, document)
    assert "old: one" in caught.value.problem and "old: two" in caught.value.problem
    assert KEY not in caught.value.problem
    assert caught.value.line == 5 and "proctorch validate" in caught.value.cure


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        (f'[[mutant]]\nkey = "{KEY}"\n', "no reason", 2),
        (f'[[mutant]]\nkey = "{KEY}"\nreason = " "\n', "no reason", 2),
        ('[[mutant]]\nreason = "Because it is so."\n', "without a key", 2),
        (f'[[mutant]]\nkey = "{KEY}"\nreason = "r"\n' * 2, "twice", 2),
        (f'[[mutant]]\nkey = "{KEY}"\nreason = "r"\nwhy = "x"\n', "unknown: why", 2),
        ("mutant = 3\n", "not a list", 1),
        ('mutants = ["a"]\n', "unknown: mutants", 1),
        ("[[mutant\n", "not TOML", 1),
    ],
)
def test_a_wrong_file_is_refused_at_its_line(text: str, problem: str, line: int, tmp_path: Path) -> None:
    write(tmp_path, text)
    with pytest.raises(AuthoringError, match=problem) as caught:
        read_equivalents(tmp_path)
    assert caught.value.line == line and caught.value.path == tmp_path / FILE_NAME


def test_what_is_marked_in_the_course_exists() -> None:
    course = Course(ROOT)
    marked = 0
    for day in course.days():
        folder = course.graders / day
        if (folder / FILE_NAME).is_file():
            known = {mutant.key() for mutant in mutants_of(parse_document(course.solution(day)), most=None)}
            reasons = read_equivalents(folder, parse_document(course.solution(day)))
            assert set(reasons) <= known
            marked += len(reasons)
    assert marked >= 3
