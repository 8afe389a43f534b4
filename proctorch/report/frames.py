"""Reports as pandas frames: marks, checks, and how many pass each check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from proctorch.model import Report, Verdict

if TYPE_CHECKING:
    import pandas as pd

_MARKS = ("student", "day", "exercise", "title", "points", "max", "judged")
_CHECK = ("student", "day", "exercise", "check", "public", "claim", "verdict", "points", "max")
_TOLD = ("message", "rung", "exception", "line", "hint", "seconds")
_TYPES = {"points": "float64", "max": "float64", "public": "bool", "line": "Int64", "seconds": "float64"}
_RATES = ("day", "exercise", "check", "public", "claim", "judged", "passed", "rate")


def marks_frame(reports: Iterable[Report]) -> pd.DataFrame:
    """Return a row for each student and exercise; `points` is missing (`NaN`, never 0) where there is no mark."""
    import pandas as pd

    rows = [
        (
            report.student,
            report.day,
            result.exercise,
            result.title,
            float(result.points) if result.judged else None,
            float(result.max_points),
            result.judged,
        )
        for report in reports
        for result in report.exercises
    ]
    frame = pd.DataFrame(rows, columns=list(_MARKS))
    return frame.astype({"points": "float64", "max": "float64", "judged": "bool"})


def checks_frame(reports: Iterable[Report]) -> pd.DataFrame:
    """Return a row for each student and check, for instructors: messages are the students' own."""
    import pandas as pd

    rows = [
        (
            report.student,
            report.day,
            check.exercise,
            check.id,
            check.public,
            check.claim,
            check.verdict.value,
            float(check.points) if check.verdict.judged else None,
            float(check.max_points),
            check.message,
            check.rung,
            check.exception,
            check.line,
            check.hint,
            check.seconds,
        )
        for report in reports
        for result in report.exercises
        for check in result.checks
    ]
    frame = pd.DataFrame(rows, columns=[*_CHECK, *_TOLD])
    return frame.astype(_TYPES)


def pass_rates(checks: pd.DataFrame) -> pd.DataFrame:
    """Return, for each check of `checks_frame`, how many were judged and passed, and the rate of passes.

    The hardest check of a day comes first. What the engine could not judge does not count.
    """
    judged = checks[checks["verdict"] != Verdict.NOT_JUDGED.value]
    keys = ["day", "exercise", "check"]
    passed = judged.assign(passed=judged["verdict"] == Verdict.PASSED.value)
    groups = passed.groupby(keys, sort=False)
    rates = groups.agg(
        public=("public", "first"), claim=("claim", "first"), judged=("passed", "size"), passed=("passed", "sum")
    ).reset_index()
    rates["rate"] = (rates["passed"] / rates["judged"]).astype("float64")
    ordered: pd.DataFrame = rates.sort_values(["day", "rate"], kind="stable").reset_index(drop=True)
    return ordered[list(_RATES)]
