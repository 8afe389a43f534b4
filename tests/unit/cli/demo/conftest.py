"""The real day 2 as its author wrote it: the class hands in what its files hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.cli.demo.answers import AnswerBook
from proctorch.cli.demo.students import DAY
from proctorch.course import Course
from proctorch.model import DaySpec

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def origin() -> Course:
    return Course(ROOT)


@pytest.fixture(scope="session")
def day(origin: Course) -> DaySpec:
    return load_day(origin, DAY)


@pytest.fixture(scope="session")
def book(origin: Course) -> AnswerBook:
    return AnswerBook.read(origin, DAY)
