"""Exams that are kept: a day whose content has not changed is not examined again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from proctorch.course import Course
from proctorch.gradebook.keys import environment_facts, grader_hashes
from proctorch.grading.versions import engine_fingerprint
from proctorch.validation.exam import Exam


def kept_exam(course: Course, day: str, *, full: bool, seed: int = 0) -> Exam | None:
    """Return the exam that still holds for a day; a full one also holds where a quick one is asked for."""
    for kind in (True,) if full else (True, False):
        try:
            return Exam.from_saved(json.loads(_path(course, day, full=kind, seed=seed).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def keep_exam(course: Course, exam: Exam, *, full: bool, seed: int = 0) -> None:
    """Keep an exam until the day, the engine or the environment changes."""
    path = _path(course, exam.day, full=full, seed=seed)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in path.parent.glob(f"{exam.day}-{'full' if full else 'quick'}-*.json"):
        old.unlink(missing_ok=True)
    path.write_text(json.dumps(asdict(exam), indent=1) + "\n", encoding="utf-8")


def _path(course: Course, day: str, *, full: bool, seed: int) -> Path:
    parts = [grader_hashes(course, day), engine_fingerprint(), environment_facts("full"), seed]
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return course.state / "validate" / f"{day}-{'full' if full else 'quick'}-{key[:24]}.json"
