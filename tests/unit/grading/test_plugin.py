"""Grader files under plain pytest, as a student or an author runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import proctorch
from proctorch.model import DaySpec, ExerciseSpec

DAY = DaySpec(
    "day01_tiny",
    "Tiny",
    (ExerciseSpec("double", "Double", Fraction(4), "def double(x): ...", ("double",), {}, 2, Fraction(2)),),
)
CHECKS = f'''
import pytest
import torch
from proctorch import assert_close, exercise

PROCTORCH_DAY = {DAY.to_dict()!r}


@exercise("double")
class TestDouble:
    @pytest.mark.parametrize("size", [1, 2])
    def test_random(self, student, rng, size):
        """Random values are doubled."""
        values = torch.randn(size, generator=rng)
        print("drawn", values.tolist())
        assert_close(student.double(values), 2 * values)


def test_of_somebody_else():
    assert True
'''


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-p", "proctorch.grading.plugin"]
    environment = {**os.environ, "PYTHONPATH": str(Path(proctorch.__file__).parents[1])}
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-rA", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "checks.py").write_text(CHECKS)
    (tmp_path / "day01_tiny.py").write_text('# %% exercise="double" points=4\ndef double(x):\n    return x + x\n')
    return tmp_path


@pytest.mark.slow
def test_plain_pytest_runs_the_checks_beside_a_submission(folder):
    done = run(folder, "checks.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert "2 hidden checks (2 points) run when it is graded" in done.stdout


@pytest.mark.slow
def test_a_failure_is_told_in_the_student_s_words(folder):
    other = folder / "mine.py"
    other.write_text('# %% exercise="double" points=4\ndef double(x):\n    return x * 3\n')
    done = run(folder, "checks.py", "--submission", str(other))
    assert done.returncode == 1
    assert "Random values are doubled." in done.stdout and "double returned" in done.stdout
    assert "/proctorch/grading/" not in done.stdout


@pytest.mark.slow
def test_the_seed_draws_other_inputs(folder):
    drawn = [
        [line for line in run(folder, "checks.py", "--check-seed", seed).stdout.split("\n") if line.startswith("drawn")]
        for seed in ("1", "2")
    ]
    assert drawn[0] and len(drawn[0]) == len(drawn[1]) and drawn[0] != drawn[1]


def test_other_projects_keep_their_own_fixtures(tmp_path):
    """The plugin is loaded for every pytest run in the environment; it must not touch tests that are no checks."""
    (tmp_path / "test_school.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef student():\n    return 'ada'\n\n\n"
        "def test_name(student):\n    assert student == 'ada'\n"
    )
    (tmp_path / "graders" / "day01").mkdir(parents=True)
    (tmp_path / "graders" / "day01" / "public.py").write_text("raise RuntimeError('not to be collected')\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "proctorch.grading.plugin", "-p", "no:cacheprovider", "."]
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(Path(proctorch.__file__).parents[1]),
    }
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
