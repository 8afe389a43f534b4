"""Nobody fails for being different: right answers in unlike styles, helpers in other cells and float64 inside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.local import LocalEngine
from proctorch.grading.submission import submission_from_file
from proctorch.model import Cell

COURSE = Course(Path(__file__).resolve().parents[2])
DAY = "day02_tensors"

STYLES = {
    "float64 inside": [
        "def centre_days(temperatures):\n"
        "    exact = temperatures.double()\n"
        "    return (exact - exact.mean(dim=1, keepdim=True)).to(temperatures.dtype)\n"
    ],
    "a result that is not contiguous": [
        "def matrix_product(left, right):\n    return (right.mT @ left.mT).mT\n",
    ],
    "helpers in other cells": [
        "def _largest(images):\n    return images.amax(dim=_AXES, keepdim=True)\n",
        "_AXES = (1, 2, 3)\n",
        "def contrast(images):\n    return _largest(images) - images.amin(dim=_AXES, keepdim=True)\n",
    ],
    "torch by another name": [
        "import torch as t\n",
        "def to_fahrenheit(celsius):\n    return t.add(t.mul(celsius, 9 / 5), 32)\n",
    ],
    "in place on a copy of its own": [
        "def adjust(temperatures, adjustment):\n"
        "    if temperatures.shape != adjustment.shape:\n"
        '        raise ValueError("shapes differ")\n'
        "    own = temperatures.clone()\n"
        "    own += adjustment\n"
        "    return own\n"
    ],
}


@pytest.mark.slow
def test_right_answers_in_other_styles_get_full_marks() -> None:
    day = load_day(COURSE, DAY)
    solution = submission_from_file(COURSE.solution(DAY), day, "solution")
    submissions = [
        replace(solution, student=style, cells=(*solution.cells, *_cells(sources))) for style, sources in STYLES.items()
    ]
    with LocalEngine(COURSE, day, workers=2) as engine:
        reports = {report.student: report for report in engine.grade(submissions)}
    assert reports.keys() == STYLES.keys()
    for style, report in reports.items():
        lost = [
            f"{check.id}: {check.detail}" for result in report.exercises for check in result.checks if not check.points
        ]
        assert report.points == report.max_points, (style, lost)


def _cells(sources: list[str]) -> list[Cell]:
    return [Cell("code", source, f"cell {number}") for number, source in enumerate(sources, 100)]
