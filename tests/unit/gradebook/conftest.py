"""A small course, built once by the real tools."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from proctorch.course import Course

DAY = "day01_small"
SMALL_COURSE = Path(__file__).parent / "small_course"


@pytest.fixture(autouse=True)
def _own_database(monkeypatch):
    monkeypatch.delenv("PROCTORCH_DB_URL", raising=False)


@pytest.fixture(scope="session")
def built_course(tmp_path_factory) -> Path:
    """The small course after `proctorch build`, with its day in nbgrader's gradebook."""
    from proctorch.authoring.build import build_days

    root = tmp_path_factory.mktemp("built") / "course"
    shutil.copytree(SMALL_COURSE, root, ignore=shutil.ignore_patterns("__pycache__"))
    build_days(Course(root), [DAY], database=f"sqlite:///{root / 'gradebook.db'}")
    return root


@pytest.fixture
def course(built_course, tmp_path) -> Course:
    """A copy of the built course for one test."""
    root = tmp_path / "course"
    shutil.copytree(built_course, root)
    return Course(root.resolve())


@pytest.fixture
def hand_in(course) -> Callable[..., Path]:
    """Let a student hand in the released notebook, with bodies put into the cells of exercises."""

    def submit(student: str, bodies: dict[str, str] | None = None, *, raw: bytes | None = None) -> Path:
        folder = course.submitted / student / DAY
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(course.release / DAY, folder)
        notebook = folder / f"{DAY}.ipynb"
        if raw is not None:
            notebook.write_bytes(raw)
            return folder
        content = json.loads(notebook.read_text())
        for cell in content["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in (bodies or {}):
                cell["source"] = f"def {name}(x):\n    return {bodies[name]}\n"
        notebook.write_text(json.dumps(content))
        (folder / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
        return folder

    return submit
