from __future__ import annotations

import math

from proctorch.model import Verdict
from proctorch.report.frames import checks_frame, marks_frame, pass_rates


def test_a_row_for_each_student_and_exercise(report):
    frame = marks_frame([report("ada"), report("ben", Verdict.FAILED, Verdict.PASSED)])
    assert frame[["student", "exercise", "points", "max"]].values.tolist() == [
        ["ada", "double", 4.0, 4.0],
        ["ada", "negate", 3.0, 3.0],
        ["ben", "double", 0.0, 4.0],
        ["ben", "negate", 3.0, 3.0],
    ]


def test_what_was_not_judged_is_missing_and_not_zero(report):
    frame = marks_frame([report("ada", Verdict.NOT_JUDGED, Verdict.PASSED)])
    assert math.isnan(frame["points"][0])
    assert frame["judged"].tolist() == [False, True]
    assert frame["points"].sum() == 3.0


def test_a_row_for_each_check(report):
    frame = checks_frame([report("ada", Verdict.ERROR, Verdict.PASSED)])
    assert frame["verdict"].tolist() == ["error", "passed"]
    assert frame["public"].tolist() == [True, False]
    assert frame["line"].tolist()[0] == 3
    assert frame["line"].isna().tolist() == [False, True]


def test_the_hardest_check_comes_first(report):
    reports = [
        report("ada"),
        report("ben", Verdict.PASSED, Verdict.FAILED),
        report("cleo", Verdict.PASSED, Verdict.TIMEOUT),
        report("dan", Verdict.PASSED, Verdict.NOT_JUDGED),
    ]
    rates = pass_rates(checks_frame(reports))
    assert rates[["check", "judged", "passed"]].values.tolist() == [["negate::check", 3, 1], ["double::check", 4, 4]]
    assert rates["rate"].tolist() == [1 / 3, 1.0]


def test_no_reports_give_empty_frames_with_columns():
    assert list(marks_frame([]).columns)[:3] == ["student", "day", "exercise"]
    checks = checks_frame([])
    assert len(checks) == 0
    assert list(pass_rates(checks).columns)[-1] == "rate"
