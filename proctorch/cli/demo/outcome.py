"""What came of it: every student's mark beside the expected one, and in words whatever is not as it should be."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from proctorch.cli.demo.classroom import Classroom
from proctorch.cli.demo.students import Student
from proctorch.model import Report, Verdict

_ROUNDING = Fraction(1, 10_000)  # the exported file has four decimals


@dataclass(frozen=True)
class Outcome:
    """One student's result: their report (None where there is none), the expected mark, and what is wrong with it."""

    student: Student
    expected: Fraction
    report: Report | None
    exported: Mapping[str, str]
    feedback: Path
    wrong: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        report = self.report
        return {
            "student": self.student.name,
            "did": self.student.did,
            "points": float(report.points) if report is not None and report.judged else None,
            "expected": float(self.expected),
            "max": float(report.max_points) if report is not None else None,
            "verdicts": _counts(report) if report is not None else {},
            "seconds": report.seconds if report is not None else None,
            "feedback": str(self.feedback),
            "wrong": list(self.wrong),
        }


def outcome_of(
    student: Student, expected: Fraction, report: Report | None, exported: Mapping[str, str], room: Classroom, day: str
) -> Outcome:
    """Compare what the store, the exported file and the feedback say with what was expected."""
    wrong = [*_wrong_marks(expected, report, exported), *_wrong_verdicts(student, report)]
    page, fetched = room.feedback(student.name, day), room.fetched_feedback(student.name, day)
    if not page.is_file():
        wrong.append(f"there is no feedback: {page}")
    elif fetched is None or fetched.read_bytes() != page.read_bytes():
        wrong.append(f"the feedback that came back through the exchange is not {page}")
    return Outcome(student, expected, report, exported, page, tuple(wrong))


def read_marks(path: Path) -> dict[str, Mapping[str, str]]:
    """Return the rows of the exported file, by student."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["student"]: row for row in csv.DictReader(stream)}


def _wrong_marks(expected: Fraction, report: Report | None, exported: Mapping[str, str]) -> list[str]:
    """Compare the mark in the results store, and the two in the exported file (ours, and nbgrader's score)."""
    if report is None or not report.judged:
        return ["there is no mark"]
    found = [] if report.points == expected else [f"the mark is {float(report.points):g}"]
    for column in ("points", "score"):
        value = exported.get(column, "")
        if not _is_near(value, expected):
            found.append(f"{column} in the exported file is {value or 'empty'}")
    return found


def _is_near(value: str, expected: Fraction) -> bool:
    try:
        return abs(Fraction(value) - expected) <= _ROUNDING
    except ValueError:
        return False


def _wrong_verdicts(student: Student, report: Report | None) -> list[str]:
    if report is None:
        return []
    strange = {Verdict(name) for name in _counts(report)} - student.verdicts - {Verdict.PASSED}
    return [f"there are verdicts that nobody expected: {', '.join(sorted(strange))}"] if strange else []


def _counts(report: Report) -> dict[str, int]:
    given: Sequence[Verdict] = [check.verdict for result in report.exercises for check in result.checks]
    return {verdict.value: given.count(verdict) for verdict in Verdict if verdict in given}
