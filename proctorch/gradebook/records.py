"""Reports as rows of the results store, and back."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from proctorch.model import CheckResult, ExerciseResult, Problem, Provenance, Report, Verdict


@dataclass(frozen=True)
class Basis:
    """What decided one exercise's result: `key` is the hash of its name and `facts`.

    `judged_in` is the number of the report in which it was run, None for the one that it stands in. `notes` are the
    engine's sentences about the submission's cells in that run.
    """

    key: str
    facts: Mapping[str, str]
    graded_at: str
    judged_in: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A report to be saved, the key of the whole, and what decided each exercise that is judged."""

    report: Report
    key: str
    bases: Mapping[str, Basis] = field(default_factory=dict)


def stored_text(text: str) -> str:
    """Return `text` as every database can keep it: no NUL (PostgreSQL), no lone surrogates (not UTF-8)."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _points(points: Fraction | None, maximum: Fraction) -> dict[str, Any]:
    """Return the columns of a mark, exact and as floats; None is no mark."""
    return {
        "points": None if points is None else str(points),
        "points_float": None if points is None else float(points),
        "max": str(maximum),
        "max_float": float(maximum),
    }


def _seconds(seconds: float) -> float:
    """Return `seconds`, and 0 for what is no duration: SQLite keeps NaN as NULL."""
    return seconds if math.isfinite(seconds) else 0.0


def report_row(report: Report, key: str, created: datetime) -> dict[str, Any]:
    """Return the row of a report; `created` is in UTC without a zone."""
    facts = dataclasses.asdict(report.provenance)
    graders = {stored_text(name): stored_text(value) for name, value in facts.pop("graders").items()}
    del facts["kept_from"]  # the bases of the exercises say it
    facts["sandbox"] = ": ".join(part for part in (facts["sandbox"], ", ".join(facts.pop("measures"))) if part)
    texts = {name: stored_text(value) if isinstance(value, str) else value for name, value in facts.items()}
    return {
        "student": stored_text(report.student),
        "day": stored_text(report.day),
        "key": key,
        "created": created,
        "judged": report.judged,
        **_points(report.points if report.judged else None, report.max_points),
        "problem_verdict": None if report.problem is None else report.problem.verdict.value,
        "problem_message": None if report.problem is None else stored_text(report.problem.message),
        "notes": [stored_text(note) for note in report.notes],
        "seconds": _seconds(report.seconds),
        **texts,
        "graders": graders,
    }


def exercise_rows(report: Report, number: int) -> list[dict[str, Any]]:
    """Return the rows of a report's exercises."""
    return [
        {
            "report_id": number,
            "position": position,
            "exercise": stored_text(result.exercise),
            "title": stored_text(result.title),
            "judged": result.judged,
            **_points(result.points if result.judged else None, result.max_points),
        }
        for position, result in enumerate(report.exercises)
    ]


def check_rows(report: Report, number: int) -> list[dict[str, Any]]:
    """Return the rows of all checks of a report, in their order."""
    checks = [check for result in report.exercises for check in result.checks]
    return [{"report_id": number, "position": position, **_check_row(check)} for position, check in enumerate(checks)]


def _check_row(check: CheckResult) -> dict[str, Any]:
    """Return the columns of one check."""

    def optional(text: str | None) -> str | None:
        return None if text is None else stored_text(text)

    return {
        "check": stored_text(check.id),
        "exercise": stored_text(check.exercise),
        "public": check.public,
        "claim": stored_text(check.claim),
        "verdict": check.verdict.value,
        **_points(check.points, check.max_points),
        "message": stored_text(check.message),
        "detail": stored_text(check.detail),
        "rung": optional(check.rung),
        "exception": optional(check.exception),
        "line": check.line,
        "hint": optional(check.hint),
        "misconception": optional(check.misconception),
        "behaviour": check.behaviour,
        "output": stored_text(check.output),
        "seconds": _seconds(check.seconds),
    }


def basis_rows(entry: Entry, number: int) -> list[dict[str, Any]]:
    """Return the rows of what decided a report's exercises."""
    return [
        {
            "report_id": number,
            "exercise": stored_text(exercise),
            "key": basis.key,
            "facts": dict(basis.facts),
            "graded_at": stored_text(basis.graded_at),
            "judged_in": basis.judged_in,
            "notes": [stored_text(note) for note in basis.notes],
        }
        for exercise, basis in entry.bases.items()
    ]


def basis_of(row: Mapping[str, Any]) -> Basis:
    """Return the basis of a row; `judged_in` is never None."""
    return Basis(row["key"], row["facts"], row["graded_at"], row["judged_in"] or row["report_id"], tuple(row["notes"]))


def report_of(
    row: Mapping[str, Any],
    exercises: Sequence[Mapping[str, Any]],
    checks: Sequence[Mapping[str, Any]],
    bases: Sequence[Mapping[str, Any]] = (),
) -> Report:
    """Return the report that these rows hold."""
    names = {field.name for field in dataclasses.fields(Provenance)} - {"kept_from", "measures"}
    facts = {name: row[name] for name in names}
    facts["sandbox"], _, measures = row["sandbox"].partition(": ")
    facts["measures"] = tuple(measures.split(", ")) if measures else ()
    facts["kept_from"] = {
        basis["exercise"]: basis["graded_at"] for basis in bases if basis["graded_at"] != row["graded_at"]
    }
    problem = None
    if row["problem_verdict"] is not None:
        problem = Problem(Verdict(row["problem_verdict"]), row["problem_message"] or "")
    return Report(
        student=row["student"],
        day=row["day"],
        exercises=tuple(exercise_of(exercise, checks) for exercise in exercises),
        provenance=Provenance(**facts),
        notes=tuple(row["notes"]),
        problem=problem,
        seconds=row["seconds"],
    )


def exercise_of(row: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> ExerciseResult:
    """Return the exercise of a row with those of the checks that are its own."""
    own = tuple(_check_of(check) for check in checks if check["exercise"] == row["exercise"])
    return ExerciseResult(row["exercise"], row["title"], Fraction(row["max"]), own)


def _check_of(row: Mapping[str, Any]) -> CheckResult:
    """Return the check of a row."""
    told = ("exercise", "public", "claim", "message", "detail", "output")
    same = (*told, "rung", "exception", "line", "hint", "misconception", "behaviour")
    return CheckResult(
        id=row["check"],
        verdict=Verdict(row["verdict"]),
        points=Fraction(row["points"]),
        max_points=Fraction(row["max"]),
        seconds=row["seconds"],
        **{name: row[name] for name in same},
    )
