from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.authoring.checks import list_checks
from proctorch.course import Course
from proctorch.errors import AuthoringError

DAY = "day90_small"


def test_checks_are_listed_with_claim_weight_and_line(course: Course) -> None:
    rows, shape = list_checks(course.graders / DAY / "public.py")
    assert (rows.exercise, rows.name, rows.weight, rows.public) == ("softmax", "test_rows", Fraction(2), True)
    assert rows.claim == "Every row of softmax(logits) sums to one."
    assert (shape.exercise, shape.weight, shape.line) == ("tiny_net", Fraction(1), 25)


def test_checks_of_hidden_files_are_hidden(course: Course) -> None:
    large, small = list_checks(course.graders / DAY / "hidden.py")
    assert not large.public and not small.public
    assert small.weight == Fraction(1, 2)


def test_nothing_of_a_grader_is_run(tmp_path: Path) -> None:
    path = tmp_path / "public.py"
    path.write_text("raise SystemExit('ran')\n\n@exercise('a')\nclass TestA:\n    def test_b(self): 'claim'\n")
    assert [check.claim for check in list_checks(path)] == ["claim"]


@pytest.mark.parametrize(
    ("share", "weight"),
    [
        ("3", 3),
        ("0.1", Fraction(1, 10)),
        ("Fraction(1, 3)", Fraction(1, 3)),
        ("fractions.Fraction('1/3')", Fraction(1, 3)),
    ],
)
def test_weights_are_exact(tmp_path: Path, share: str, weight: Fraction | int) -> None:
    path = tmp_path / "public.py"
    path.write_text(f"@exercise('a')\nclass TestA:\n    @weight({share})\n    def test_b(self): 'claim'\n")
    assert list_checks(path)[0].weight == weight


def test_weights_are_those_of_the_vocabulary(tmp_path: Path) -> None:
    from proctorch.grading.vocabulary import marks_of, weight

    for share in (1, 0.1, 2.75, 1 / 3):
        path = tmp_path / "public.py"
        path.write_text(f"@exercise('a')\nclass TestA:\n    @weight({share!r})\n    def test_b(self): 'claim'\n")
        assert list_checks(path)[0].weight == marks_of(weight(share)(lambda: None), None).weight


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("def test_a(): ''\n", 1, "says no exercise"),
        ("class TestA:\n    def test_a(self): ''\n", 2, "says no exercise"),
        ("@exercise\nclass TestA:\n    def test_a(self): ''\n", 1, "names no exercise"),
        ("@exercise(NAME)\nclass TestA:\n    def test_a(self): ''\n", 1, "names no exercise"),
        ("@exercise('a')\nclass A:\n    def test_a(self): ''\n", 2, "does not collect"),
        ("@exercise('a')\nclass TestA(Base):\n    def test_a(self): ''\n", 2, "inherits"),
        ("@exercise('a')\nclass TestA:\n    @weight(0)\n    def test_a(self): ''\n", 3, "not a positive share"),
        ("@exercise('a')\nclass TestA:\n    @weight(-1)\n    def test_a(self): ''\n", 3, "not a positive share"),
        ("@exercise('a')\nclass TestA:\n    @weight(N)\n    def test_a(self): ''\n", 3, "not a positive share"),
        ("@exercise('a')\nclass TestA:\n    @weight(Fraction(N, 3))\n    def test_a(self): ''\n", 3, "positive share"),
        ("@exercise('a')\nclass TestA:\n    @weight(True)\n    def test_a(self): ''\n", 3, "not a positive share"),
        ("@exercise('a')\n@weight(2)\nclass TestA:\n    def test_a(self): ''\n", 3, "does nothing on class"),
        ("@exercise('a')\nclass TestA:\n    class TestB:\n        def test_a(self): ''\n", 3, "stands inside"),
        ("@exercise('a')\nclass TestA: ...\n\n@exercise('b')\nclass TestA: ...\n", 5, "the one at line 2"),
        ("def test_a(:\n", 1, "not Python"),
    ],
)
def test_a_check_that_cannot_be_understood_is_an_error(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "public.py"
    path.write_text(text)
    with pytest.raises(AuthoringError, match=says) as caught:
        list_checks(path)
    assert (caught.value.path, caught.value.line) == (path, line)
