"""Reports, days and a command line to try them on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.cli.main import run
from proctorch.course import Course
from proctorch.model import CheckResult, DaySpec, ExerciseResult, ExerciseSpec, Provenance, Report, Verdict


@dataclass(frozen=True)
class Ended:
    """How a call of the command line ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def proctorch(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def call(*arguments: object) -> Ended:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course without days; the working folder is inside it."""
    root = tmp_path / "course"
    (root / "solutions").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    monkeypatch.chdir(root)
    return Course(root.resolve())


@pytest.fixture
def empty_store(course: Course) -> str:
    """The URL of a database that is not quite empty: in an empty one nbgrader makes its tables first, for seconds."""
    path = course.root / "results.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (number INTEGER)")
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture
def day() -> DaySpec:
    return DaySpec(
        "day02_tensors",
        "Tensors",
        (
            ExerciseSpec("softmax", "Softmax", Fraction(4), "def softmax(x): ...", ("softmax",), {}, 2, Fraction(3)),
            ExerciseSpec("one_hot", "One-hot", Fraction(2), "def one_hot(x): ...", ("one_hot",), {}, 1, Fraction(1)),
        ),
    )


def check_result(exercise: str = "softmax", verdict: Verdict = Verdict.PASSED, **changes: object) -> CheckResult:
    points = Fraction(1) if verdict is Verdict.PASSED else Fraction(0)
    facts: dict[str, object] = {
        "id": f"{exercise}::test_rows",
        "exercise": exercise,
        "public": True,
        "claim": "Every row sums to one.",
        "verdict": verdict,
        "points": points,
        "max_points": Fraction(1),
    }
    return CheckResult(**{**facts, **changes})  # type: ignore[arg-type]


def report_of(*checks: CheckResult, student: str = "ada", **changes: object) -> Report:
    names = list(dict.fromkeys(check.exercise for check in checks))
    exercises = tuple(
        ExerciseResult(name, name.title(), Fraction(4), tuple(check for check in checks if check.exercise == name))
        for name in names
    )
    provenance = Provenance("0.1.0", "3.11", "2.13", "2.4", "Linux", "AVX2", 1, "cpu", "full", "ab", "cd", {}, "")
    facts = {"student": student, "day": "day02_tensors", "exercises": exercises, "provenance": provenance}
    return Report(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.fixture
def make_check() -> Callable[..., CheckResult]:
    return check_result


@pytest.fixture
def make_report() -> Callable[..., Report]:
    return report_of
