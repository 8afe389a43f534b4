"""Public checks on a student's own machine: what is said about a whole check, the seed, and the picture."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import proctorch
from proctorch.grading.practice import PracticeReport, check_file, day_of_checks
from proctorch.model import DaySpec, ExerciseSpec, Report, Verdict

CHECKS = '''
import torch
from proctorch import assert_close, exercise

@exercise("double")
class TestDouble:
    def test_values(self, student, rng):
        """double(x) is 2 x."""
        x = torch.randn(3, 4, generator=rng)
        assert_close(student.double(x), 2 * x)

    def test_call(self, student):
        """double can be called."""
        student.double(torch.ones(2))
'''
# Whether the package is installed or only on the path: the plugin is named, and not found by its entry point.
PLUGINS = ("--disable-plugin-autoload", "-p", "proctorch.grading.plugin", "-p", "no:cacheprovider")
RIGHT, WRONG = "return 2 * x", "return x"
INPLACE = "x *= 2\n    return x"


@pytest.fixture
def practise(tmp_path: Path):
    """Check a body of `double`."""

    def practise(body: str, seed: int = 0) -> Report:
        spec = ExerciseSpec(
            "double", "Double", Fraction(4), "def double(x):\n    raise NotImplementedError()", ("double",)
        )
        day = DaySpec("day91_double", "Double", (spec,))
        (tmp_path / "checks.py").write_text(f"{CHECKS}\nPROCTORCH_DAY = {day.to_dict()!r}\n")
        work = tmp_path / "day91_double.py"
        work.write_text(f'# %% exercise="double"\ndef double(x):\n    {body}\n')
        return check_file(work, seed=seed)

    return practise


def test_a_right_answer_has_neither_picture_nor_message(practise) -> None:
    checks = practise(RIGHT, seed=7).exercises[0].checks
    assert [(check.verdict, check.message, check.picture) for check in checks] == [(Verdict.PASSED, "", None)] * 2


def test_a_changed_input_fails_the_check_that_found_all_else_right(practise) -> None:
    values, call = practise(INPLACE).exercises[0].checks
    assert (values.rung, call.rung) == ("inplace", "inplace")
    assert values.message.startswith("what was compared is right, but double changed its input in place")
    assert call.message.startswith("double changed its input in place")


def test_a_failed_check_names_its_seed(practise) -> None:
    checks = practise(WRONG, seed=7).exercises[0].checks
    assert checks[0].message.endswith(
        '`proctorch check double --seed 7`, or check("double", seed=7) in a notebook, repeats this.'
    )
    assert checks[1].message == ""
    assert "seed" not in practise(WRONG).exercises[0].checks[0].message


def test_the_same_seed_draws_the_same_and_another_one_does_not(practise) -> None:
    first, again, other = (practise(WRONG, seed).exercises[0].checks[0].picture for seed in (7, 7, 8))
    assert first is not None
    assert first == again
    assert first != other


def test_a_notebook_shows_the_picture_and_a_file_does_not_keep_it(practise, tmp_path: Path) -> None:
    report = practise(WRONG)
    shown = PracticeReport(report, day_of_checks(tmp_path / "checks.py"))
    assert "<svg" in shown._repr_html_()
    assert "svg" not in repr(shown)
    assert "picture" not in report.exercises[0].checks[0].to_dict(instructor=False)


@pytest.mark.slow
def test_plain_pytest_says_the_same(practise, tmp_path: Path) -> None:
    place = {**os.environ, "PYTHONPATH": str(Path(proctorch.__file__).parents[1])}
    for body, words in ((INPLACE, "what was compared is right, but double"), (WRONG, "--check-seed 7 repeats this.")):
        practise(body)
        command = [sys.executable, "-m", "pytest", *PLUGINS, "-q", "checks.py", "--check-seed", "7"]
        done = subprocess.run(command, cwd=tmp_path, env=place, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert words in done.stdout
        assert "error" not in done.stdout.splitlines()[-1]
