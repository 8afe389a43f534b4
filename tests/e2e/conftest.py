"""The demo, run once for all the tests of the whole way: they look at what it left behind."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proctorch.cli.demo.classroom import Classroom
from proctorch.course import Course

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Demo:
    """What one run of the demo said and left."""

    room: Classroom
    good: bool
    printed: str
    students: Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    from rich.console import Console

    from proctorch.cli.demo import run

    place = tmp_path_factory.mktemp("demo")
    said = place / "demo.json"
    screen = Console(width=100, record=True, file=io.StringIO())
    good = run(Course(ROOT), folder=place / "class", json_target=str(said), screen=screen)
    told = json.loads(said.read_text(encoding="utf-8"))
    assert told["good"] is good
    students = {student["student"]: student for student in told["students"]}
    return Demo(Classroom((place / "class").resolve()), good, screen.export_text(), students)
