"""Which checks there are, what they are worth, and from which seed each draws its inputs: the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from benchmarks.grading.workload import Graded
from proctorch.grading.checks import Check, share_points
from proctorch.grading.seeds import derive
from proctorch.grading.session import with_checks
from proctorch.grading.versions import grader_versions


@dataclass(frozen=True)
class PlannedCheck:
    """One check for graders that have no pytest: where it stands, its seed and its points."""

    id: str
    exercise: str
    file: str
    owner: str
    function: str
    seed: int
    points: float


def seed_of(check: Check, item: pytest.Function, secret: bytes, versions: Mapping[str, str]) -> int:
    """Return the seed with which Proctorch draws the inputs of one run of a check."""
    suffix = item.name.removeprefix(getattr(item, "originalname", None) or item.name)
    return derive(secret, "inputs", f"{check.id}{suffix}", versions[check.exercise])


def plan_checks(graded: Graded) -> tuple[PlannedCheck, ...]:
    """Return the checks of a day in their order; raises ValueError for a parametrised one, which peers lack."""
    planned: list[PlannedCheck] = []
    names = [exercise.name for exercise in graded.day.exercises]
    versions, secret = grader_versions(graded.grader_files, names), graded.course.secret()

    def work(checks: tuple[Check, ...]) -> None:
        for exercise in graded.day.exercises:
            own = [check for check in checks if check.exercise == exercise.name]
            points = share_points(exercise, own, with_hidden=True)
            planned.extend(_planned(check, float(points[check.id]), secret, versions) for check in own)

    with_checks(graded.grader_files, work)
    return tuple(planned)


def _planned(check: Check, points: float, secret: bytes, versions: Mapping[str, str]) -> PlannedCheck:
    if len(check.items) != 1:
        raise ValueError(f"{check.id} is parametrised; the peers' adapter runs plain checks only")
    item = check.items[0]
    seed = seed_of(check, item, secret, versions)
    owner = item.cls.__name__ if item.cls is not None else ""
    return PlannedCheck(check.id, check.exercise, item.path.stem, owner, item.name, seed, points)
