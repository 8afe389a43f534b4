"""The generated source of a small day, byte for byte, so that a change of format is seen and meant.

After a change that is meant: copy the files that the failure names over those in tests/golden/authoring.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from proctorch.authoring.build import build_days
from proctorch.course import Course

DAY = "day90_small"
GOLDEN = Path(__file__).parents[2] / "golden" / "authoring"


@pytest.mark.parametrize("name", [f"{DAY}.ipynb", f"{DAY}.py", "checks.py"])
def test_the_generated_source_is_the_golden_one(course: Course, name: str) -> None:
    build_days(course)
    made = course.source / DAY / name
    assert made.read_bytes() == (GOLDEN / f"{name}.txt").read_bytes(), f"{made} is not {GOLDEN / name}.txt"
