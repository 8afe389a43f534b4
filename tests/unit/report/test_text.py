from __future__ import annotations

import dataclasses

from proctorch.model import Problem, Verdict
from proctorch.report.roster import day_roster
from proctorch.report.text import report_text, roster_text


def test_a_report_as_plain_lines(report):
    told = report_text(report("ada", Verdict.PASSED, Verdict.FAILED))
    assert told.startswith("ada, day01_small: 4 of 7 points\n")
    assert "✓ passed (4 of 4 points)" in told
    assert "✗ not right yet (0 of 3 points, hidden check)" in told


def test_problem_and_notes_come_first_and_hold_no_escapes(report):
    broken = dataclasses.replace(
        report("ev\x1b[31mil"), problem=Problem(Verdict.UNREADABLE, "mend\x07 it"), notes=("a \x1b]0;t\x07note",)
    )
    assert report_text(broken).splitlines()[:3] == ["evil, day01_small: 7 of 7 points", "mend it", "a note"]


def test_a_line_a_student(course, day, store, report, hand_in):
    hand_in("ben")
    store.save(report("ada"), "k")
    assert [line.split(None, 1) for line in roster_text(day_roster(course, day, store)).splitlines()] == [
        ["ada", "7/7"],
        ["ben", "not graded"],
    ]
    assert roster_text([]) == ""
