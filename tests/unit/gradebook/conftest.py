"""A small course, built once by the real tools, and reports made by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.course import Course
from proctorch.model import CheckResult, ExerciseResult, Problem, Provenance, Report, Verdict

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


@pytest.fixture
def provenance() -> Provenance:
    return Provenance(
        engine="0.1.0",
        python="3.11.9",
        torch="2.13.0",
        numpy="2.3.0",
        platform="Linux x86_64",
        cpu_capability="AVX2",
        threads=1,
        device="cpu",
        sandbox="full",
        secret="abcd",
        submission="5" * 64,
        graders={"softmax": "6" * 64},
        graded_at="2026-11-20T10:00:00+00:00",
    )


@pytest.fixture
def check() -> Callable[..., CheckResult]:
    """Make a check of softmax worth 4/3 points."""

    def make(name: str = "rows", **changes) -> CheckResult:
        facts = {
            "id": f"softmax::{name}",
            "exercise": "softmax",
            "public": True,
            "claim": "Every row of softmax(logits) sums to one.",
            "verdict": Verdict.PASSED,
            "points": Fraction(4, 3),
            "max_points": Fraction(4, 3),
            "seconds": 0.01,
        }
        return CheckResult(**(facts | changes))

    return make


@pytest.fixture
def report(check, provenance) -> Callable[..., Report]:
    """Make a report of one student about softmax."""

    def make(student: str = "ada", *checks: CheckResult, problem: Problem | None = None, **changes) -> Report:
        softmax = ExerciseResult("softmax", "Softmax", Fraction(4), checks or (check(),))
        facts = {"day": "day07_softmax", "exercises": (softmax,), "provenance": provenance, "seconds": 0.5}
        return Report(student=student, problem=problem, **(facts | changes))

    return make
