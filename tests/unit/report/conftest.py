"""Reports of a small class, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from proctorch.course import Course
from proctorch.gradebook.store import ResultsStore
from proctorch.model import (
    Cell,
    CheckResult,
    DaySpec,
    ExerciseResult,
    ExerciseSpec,
    Provenance,
    Report,
    Submission,
    Verdict,
)

DAY = "day01_small"


@pytest.fixture(autouse=True)
def _own_database(monkeypatch):
    monkeypatch.delenv("PROCTORCH_DB_URL", raising=False)


@pytest.fixture
def day() -> DaySpec:
    exercises = (ExerciseSpec("double", "Double", Fraction(4), ""), ExerciseSpec("negate", "Negate", Fraction(3), ""))
    return DaySpec(DAY, "A small day", exercises)


@pytest.fixture
def submission() -> Callable[..., Submission]:
    def make(student: str, source: str = "x") -> Submission:
        return Submission(student, DAY, (Cell("code", source, "cell 1", exercise="double"),), "notebook")

    return make


@pytest.fixture
def report(day, submission) -> Callable[..., Report]:
    """Make a report with a verdict for each exercise: half the points are public."""

    def make(student: str, *verdicts: Verdict, source: str = "x") -> Report:
        results = []
        for exercise, verdict in zip(day.exercises, verdicts or (Verdict.PASSED,) * 2, strict=True):
            points = exercise.points if verdict is Verdict.PASSED else Fraction(0)
            check = CheckResult(
                id=f"{exercise.name}::check",
                exercise=exercise.name,
                public=exercise.name == "double",
                claim=f"{exercise.name} is right.",
                verdict=verdict,
                points=points,
                max_points=exercise.points,
                line=3 if verdict is Verdict.ERROR else None,
            )
            results.append(ExerciseResult(exercise.name, exercise.title, exercise.points, (check,)))
        facts = ("0", "3", "2", "2", "x", "y", 1, "cpu", "full", "s", submission(student, source).content_hash, {})
        return Report(student, DAY, tuple(results), Provenance(*facts))

    return make


@pytest.fixture
def course(tmp_path) -> Course:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'small'\n")
    return Course(tmp_path)


@pytest.fixture
def store(tmp_path) -> ResultsStore:
    store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE student (id TEXT)")
    return store


@pytest.fixture
def hand_in(course) -> Callable[[str], None]:
    def make(student: str) -> None:
        (course.submitted / student / DAY).mkdir(parents=True)

    return make
