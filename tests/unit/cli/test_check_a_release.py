"""`proctorch check` and plain pytest in a folder as students receive it, with nothing of the engine replaced."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import proctorch

ROOT = Path(proctorch.__file__).parents[1]
DAY = "day02_tensors"

pytestmark = pytest.mark.slow


@pytest.fixture
def received(tmp_path):
    """The released folder, as fetched."""
    return Path(shutil.copytree(ROOT / "release" / DAY, tmp_path / DAY))


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)


def verdicts(report: dict) -> set[str]:
    return {check["verdict"] for exercise in report["exercises"] for check in exercise["checks"]}


def test_nothing_is_done_yet(received):
    done = run(received, "proctorch", "check", "--json", "-")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert (report["points"], verdicts(report)) == (0.0, {"not_implemented"})


def test_work_in_the_script_counts_while_the_notebook_is_untouched(received):
    shutil.copy(ROOT / "solutions" / f"{DAY}.py", received / f"{DAY}.py")
    done = run(received, "proctorch", "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "public checks pass;" in done.stdout
    assert "run when it is graded." in " ".join(done.stdout.split())


def test_one_wrong_exercise_is_told_and_ends_with_1(received):
    text = (ROOT / "solutions" / f"{DAY}.py").read_text()
    before, cell = text.split('exercise="matrix_product"')
    (received / f"{DAY}.py").write_text(
        before + 'exercise="matrix_product"' + cell.replace("### BEGIN SOLUTION", "return torch.zeros(1)", 1)
    )
    done = run(received, "proctorch", "check", "matrix_product", f"{DAY}.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not right yet" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_file_that_is_no_notebook_is_told(received):
    (received / f"{DAY}.ipynb").write_text("not json {")
    done = run(received, "proctorch", "check", f"{DAY}.ipynb")
    assert done.returncode == 1
    assert "could not be read" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
