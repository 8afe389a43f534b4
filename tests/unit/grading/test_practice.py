"""The checks on a student's own machine: the same verdicts, and of hidden ones no word but their number."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proctorch.errors import CourseError
from proctorch.grading.practice import check_file, count_sentence, day_of_checks, find_checks
from proctorch.model import DaySpec, ExerciseSpec, Verdict

STUB = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
DAY = DaySpec(
    "day01_tiny",
    "Tiny",
    (
        ExerciseSpec(
            "double", "Double", Fraction(4), STUB, ("double",), {"double": "def double(x: int) -> int"}, 3, Fraction(2)
        ),
        ExerciseSpec("other", "Other", Fraction(1), STUB.replace("double", "other"), ("other",)),
    ),
)
CHECKS = f'''# generated
from proctorch import assert_equal, exercise

PROCTORCH_DAY = {DAY.to_dict()!r}


@exercise("double")
class TestDouble:
    def test_two(self, student):
        """Twice 2 is 4."""
        assert_equal(student.double(2), 4)

    def test_list(self, student):
        """double leaves a list alone."""
        values = [1]
        student.double(len(values))


@exercise("other")
class TestOther:
    def test_one(self, student):
        """other(1) is 1."""
        assert_equal(student.other(1), 1)
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "checks.py").write_text(CHECKS)
    return tmp_path


def hand_in(folder, double, other="def other(x):\n    return x"):
    path = folder / "day01_tiny.py"
    path.write_text(f'# %% exercise="double" points=4\n{double}\n\n# %% exercise="other" points=1\n{other}\n')
    return path


@pytest.mark.parametrize(
    ("double", "verdict"),
    [
        ("def double(x):\n    return x + x", Verdict.PASSED),
        ("def double(x):\n    return x", Verdict.FAILED),
        (STUB, Verdict.NOT_IMPLEMENTED),
        ("def double(x):\n    return y", Verdict.ERROR),
        ("def double(x:\n    return x", Verdict.ERROR),
        ("def single(x):\n    return x", Verdict.MISSING),
        ("def double(x):\n    return 4.0", Verdict.FAILED),
    ],
)
def test_verdicts_at_home(folder, double, verdict):
    report = check_file(hand_in(folder, double))
    assert report.exercises[0].checks[0].verdict is verdict
    assert report.exercises[1].checks[0].verdict is Verdict.PASSED
    assert report.provenance.sandbox == "practice"


def test_public_checks_share_what_the_hidden_ones_leave(folder):
    report = check_file(hand_in(folder, "def double(x):\n    return x + x"))
    assert report.exercises[0].points == 2


def test_one_exercise_can_be_chosen_and_a_wrong_name_is_told(folder):
    path = hand_in(folder, STUB)
    assert [result.exercise for result in check_file(path, exercises=["other"]).exercises] == ["other"]
    with pytest.raises(CourseError, match="no exercise 'nothing'"):
        check_file(path, exercises=["nothing"])


def test_the_released_checks_say_their_day_without_being_run(folder):
    assert day_of_checks(folder / "checks.py") == DAY
    (folder / "checks.py").write_text("raise SystemExit\n" + CHECKS)
    assert day_of_checks(folder / "checks.py") == DAY


@pytest.mark.parametrize(
    "text", ["", "PROCTORCH_DAY = 5", "PROCTORCH_DAY = {'name': 1}", "def (", "PROCTORCH_DAY = f()"]
)
def test_damaged_checks_are_told(folder, text):
    (folder / "checks.py").write_text(text)
    with pytest.raises(CourseError, match="To mend it"):
        day_of_checks(folder / "checks.py")


def test_checks_are_found_above(folder):
    (folder / "a").mkdir()
    assert find_checks(folder / "a") == folder / "checks.py"
    with pytest.raises(CourseError, match=r"no checks\.py"):
        find_checks(folder.parent.parent / "nowhere" / "at" / "all" / "of" / "it")


@pytest.mark.parametrize(
    ("passing", "total", "hidden", "points", "sentence"),
    [
        (4, 4, 3, Fraction(5), "4 of 4 public checks pass; 3 hidden checks (5 points) run when it is graded."),
        (1, 1, 1, Fraction(1), "1 of 1 public check passes; 1 hidden check (1 point) runs when it is graded."),
        (0, 2, 0, Fraction(0), "0 of 2 public checks pass; there are no hidden checks."),
        (1, 2, 2, Fraction(5, 2), "1 of 2 public checks pass; 2 hidden checks (2.5 points) run when it is graded."),
    ],
)
def test_what_public_checks_are_worth(passing, total, hidden, points, sentence):
    assert count_sentence(passing, total, hidden, points) == sentence
