"""From pytest's collected items to checks: what each claims, weighs and may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from proctorch.errors import GraderBroken
from proctorch.grading.vocabulary import marks_of
from proctorch.model import ExerciseSpec
from proctorch.sandbox.limits import Limits

if TYPE_CHECKING:
    import pytest

HIDDEN_FILE = "hidden.py"


@dataclass(frozen=True)
class Check:
    """One check: `id` is `exercise::test_name`; `items` are its runs, more than one when it is parametrised."""

    id: str
    exercise: str
    public: bool
    claim: str
    weight: Fraction
    limits: Limits
    depends: tuple[str, ...]
    items: tuple[pytest.Function, ...]


def collect_checks(items: Iterable[pytest.Item]) -> tuple[Check, ...]:
    """Return the checks among collected items, in order; raises GraderBroken when a test belongs to no exercise."""
    found: dict[tuple[str, bool], list[pytest.Function]] = {}
    for item in items:
        function = getattr(item, "function", None)
        if function is not None:
            marks = marks_of(function, getattr(item, "cls", None))
            if marks.exercise is None:
                raise GraderBroken(
                    f"{item.nodeid} belongs to no exercise.\n  To mend it: put @exercise(...) on its class."
                )
            name = f"{marks.exercise}::{getattr(item, 'originalname', item.name)}"
            found.setdefault((name, item.path.name != HIDDEN_FILE), []).append(item)  # type: ignore[arg-type]
    return tuple(_check(name, public, runs) for (name, public), runs in found.items())


def _check(name: str, public: bool, items: list[pytest.Function]) -> Check:
    first = items[0]
    marks = marks_of(first.function, first.cls)
    claim = " ".join((first.function.__doc__ or first.name).strip().split("\n\n")[0].split())
    return Check(name, marks.exercise or "", public, claim, marks.weight, marks.limits, marks.depends, tuple(items))


def share_points(exercise: ExerciseSpec, checks: Iterable[Check], *, with_hidden: bool) -> dict[str, Fraction]:
    """Return the points of each check of an exercise: its weight's share of the exercise's points.

    Where the hidden checks are not there (`with_hidden` false), the public ones share what is left for them.
    """
    chosen = list(checks)
    points = exercise.points if with_hidden else exercise.points - exercise.hidden_points
    total = sum((check.weight for check in chosen), Fraction(0))
    return {check.id: points * check.weight / total for check in chosen}
