"""Day 9 under attack: faked curves, patched torch, tables, shipped weights and forged probes earn nothing.

Each folder of `training_loops` holds one submission, graded by the engine that gives marks. What it prints that begins
with GOT, it has found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.local import LocalEngine
from proctorch.grading.submission import submission_from_file
from proctorch.model import Report

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FORGERIES = sorted(path.parent.name for path in Path(__file__).parent.glob("training_loops/*/submission.py"))
HONEST = "honest"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Report]]:
    """The reports of all forgeries and of the solution among them."""
    course, folder = Course(ROOT), tmp_path_factory.mktemp("submitted")
    day = load_day(course, "day09_training_loops")
    handed_in = [submission_from_file(course.solution(day.name), day, HONEST)]
    for name in FORGERIES:
        text = (Path(__file__).parent / "training_loops" / name / "submission.py").read_text()
        path = folder / f"{name}.py"
        path.write_text(text.replace("@COURSE@", str(ROOT)))
        handed_in.append(submission_from_file(path, day, name))
    with LocalEngine(course, day, workers=1) as engine:
        yield {report.student: report for report in engine.grade(handed_in, once=True)}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forgery_gets_nothing(forgery: str, reports: dict[str, Report]) -> None:
    report = reports[forgery]
    assert report.judged
    earned = {check.id: check.points for found in report.exercises for check in found.checks if check.points}
    assert report.points == Fraction(0), earned
    assert "GOT" not in json.dumps(report.to_dict(instructor=True))


def test_honest_work_among_forgeries_gets_everything(reports: dict[str, Report]) -> None:
    assert reports[HONEST].points == reports[HONEST].max_points
