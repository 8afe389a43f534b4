"""Clusters: submissions that fail in the same way, in a way that no misconception names yet.

Two submissions belong together when they fail the same checks of an exercise with the same answers (their fingerprints
are equal). A large cluster is a misconception that somebody should write down; `draft` begins it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from proctorch.grading.wording import clean_text
from proctorch.model import ExerciseResult, Report, Submission, Verdict

LONGEST_CODE = 200_000

Behaviour = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cluster:
    """Submissions that fail one exercise alike: who, at which checks, and the text that the first of them got."""

    exercise: str
    students: tuple[str, ...]
    checks: tuple[str, ...]
    message: str


def clusters(reports: Iterable[Report]) -> tuple[Cluster, ...]:
    """Return the clusters of a day's reports, the largest first; one submission alone is a cluster too."""
    groups: dict[tuple[str, Behaviour], list[tuple[str, ExerciseResult]]] = {}
    for report in reports:
        for result in report.exercises:
            behaviour = _unnamed(result)
            if behaviour:
                groups.setdefault((result.exercise, behaviour), []).append((report.student, result))
    found = [
        Cluster(
            exercise,
            tuple(sorted(student for student, _ in members)),
            tuple(check for check, _ in behaviour),
            next((check.message for check in members[0][1].checks if check.id == behaviour[0][0]), ""),
        )
        for (exercise, behaviour), members in groups.items()
    ]
    return tuple(sorted(found, key=lambda cluster: (-len(cluster.students), cluster.exercise, cluster.checks)))


def _unnamed(result: ExerciseResult) -> Behaviour:
    """Return the fingerprints of an exercise's failures, or nothing when one of them has a name already."""
    failed = [check for check in result.checks if check.verdict is not Verdict.PASSED]
    if any(check.misconception for check in failed):
        return ()
    return tuple((check.id, check.behaviour) for check in failed if check.behaviour)


def code_of(submission: Submission, exercise: str) -> str:
    """Return what a submission answers to an exercise."""
    return "\n\n".join(cell.source.strip("\n") for cell in submission.cells if cell.exercise == exercise)


def draft(cluster: Cluster, code: str, names: tuple[str, ...]) -> str:
    """Return the beginning of a misconception: a person gives it a title and a hint, and leaves out what is right.

    The hint is empty, so the file is refused until somebody has written one. Nobody runs the file: variants are read as
    text and run in guests. What a terminal would obey is taken out.
    """
    lines = [
        f"# {len(cluster.students)} submissions fail {', '.join(cluster.checks)} alike.",
        "# Keep the one definition that is wrong, give the mistake a name, and say what to look at, not the answer.",
    ]
    for source in _definitions(code, names):
        lines += [f'@misconception("{cluster.exercise}", "...", hint="")', source, ""]
    return "\n".join(lines)


def _definitions(code: str, names: tuple[str, ...]) -> list[str]:
    """Return the source of each definition of one of the names."""
    code = clean_text(code, LONGEST_CODE)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = code.split("\n")  # splitlines() knows line ends that Python does not
    return [
        "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names
    ]
