"""What a save changed: the exercises whose cells are different, and those that build on them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from proctorch.grading.bench import runnable
from proctorch.grading.checks import Check
from proctorch.model import DaySpec, Submission


def changed_exercises(
    before: Submission | None, now: Submission, day: DaySpec, checks: Iterable[Check]
) -> tuple[str, ...]:
    """Return the exercises to run again, in the day's order: all where shared code changed."""
    everything = tuple(spec.name for spec in day.exercises)
    if before is None or _shared(before) != _shared(now):
        return everything
    old, new = _answers(before), _answers(now)
    changed = {
        name
        for name in everything
        if (old.get(name), before.problems.get(name)) != (new.get(name), now.problems.get(name))
    }
    builds_on = uses(day, new, checks)
    while more := {name for name in everything if name not in changed and builds_on[name] & changed}:
        changed |= more
    return tuple(name for name in everything if name in changed)


def uses(day: DaySpec, answers: Mapping[str, str], checks: Iterable[Check]) -> dict[str, set[str]]:
    """Return, for each exercise, the others that its code names or its checks depend on."""
    owner = {name: spec.name for spec in day.exercises for name in spec.defines}
    found = {
        spec.name: {owner[word] for word in _words(answers.get(spec.name, "")) if word in owner} - {spec.name}
        for spec in day.exercises
    }
    for check in checks:
        found[check.exercise].update(check.depends)
    return found


def _words(source: str) -> set[str]:
    """Return the names that code mentions; of code that does not compile, all its words."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"[^\W\d]\w*", source))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _answers(submission: Submission) -> dict[str, str]:
    parts: dict[str, list[str]] = {}
    for cell in runnable(submission.cells):
        if cell.exercise is not None:
            parts.setdefault(cell.exercise, []).append(cell.source)
    return {name: "\n".join(sources) for name, sources in parts.items()}


def _shared(submission: Submission) -> list[str]:
    return [cell.source for cell in runnable(submission.cells) if cell.exercise is None]
