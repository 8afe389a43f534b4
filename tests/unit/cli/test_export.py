from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction

import pytest

from proctorch.cli.export import Rows, as_csv, report_rows
from proctorch.gradebook.store import ResultsStore
from proctorch.model import Submission, Verdict


@pytest.fixture
def graded(course, day, monkeypatch, empty_store):
    """A course with one day whose results can be put into its store."""
    from proctorch.authoring import day as authored
    from proctorch.grading import submission

    course.solution("day02_tensors").write_text("# %% [markdown]\n# # Tensors\n")
    monkeypatch.setenv("PROCTORCH_DB_URL", empty_store)
    monkeypatch.setattr(authored, "load_day", lambda course, name: day)
    monkeypatch.setattr(submission, "read_submission", lambda folder, day, student: handed_in(student))

    def save(report):
        with ResultsStore(empty_store) as store:
            store.save(report, "key")

    return save


def handed_in(student: str, *, version: str = "") -> Submission:
    return Submission(student, "day02_tensors", (), "none", notes=(version,))


def with_mark_for(report, submission):
    return replace(report, provenance=replace(report.provenance, submission=submission.content_hash))


def submit(course, student: str) -> None:
    (course.submitted / student / "day02_tensors").mkdir(parents=True)


def test_a_mark(proctorch, course, graded, make_report, make_check):
    graded(make_report(make_check(), make_check("one_hot", verdict=Verdict.FAILED)))
    ended = proctorch("export", "day02_tensors")
    assert ended.code == 0
    assert ended.out.splitlines() == ["day,student,status,points,max", "day02_tensors,ada,judged,1.0,8.0"]


def test_not_judged_is_never_zero(proctorch, course, graded, make_report, make_check):
    graded(make_report(make_check(verdict=Verdict.NOT_JUDGED)))
    ended = proctorch("export", "day02_tensors")
    assert ended.code == 3
    assert ended.out.splitlines()[1] == "day02_tensors,ada,not judged,,4.0"
    assert "ada (day02_tensors)" in ended.err


def test_who_handed_in_and_has_no_result_is_not_graded(proctorch, course, graded):
    submit(course, "bob")
    ended = proctorch("export", "day02_tensors", "--format", "json")
    assert ended.code == 3
    assert json.loads(ended.out) == [
        {"day": "day02_tensors", "student": "bob", "status": "not graded", "points": None, "max": 6.0}
    ]


def test_who_handed_in_again_is_not_graded(proctorch, course, graded, make_report, make_check):
    submit(course, "ada")
    graded(make_report(make_check()))
    assert proctorch("export", "day02_tensors").out.splitlines()[1] == "day02_tensors,ada,not graded,,6.0"
    graded(with_mark_for(make_report(make_check()), handed_in("ada")))
    assert proctorch("export", "day02_tensors").code == 0


def test_names_are_quoted(make_report, make_check):
    report = make_report(make_check(message='said "no", twice\nand left'), student="Smith, Jr")
    rows = list(csv.DictReader(io.StringIO(as_csv(report_rows(report, Rows.CHECK), Rows.CHECK))))
    assert (rows[0]["student"], rows[0]["message"]) == ("Smith, Jr", 'said "no", twice\nand left')


def test_rows_by_exercise_and_by_check(make_report, make_check):
    report = make_report(make_check(points=Fraction(1, 3)), make_check("one_hot", verdict=Verdict.NOT_JUDGED))
    assert [(row["exercise"], row["status"], row["points"]) for row in report_rows(report, Rows.EXERCISE)] == [
        ("softmax", "judged", 1 / 3),
        ("one_hot", "not judged", None),
    ]
    assert [(row["check"], row["verdict"]) for row in report_rows(report, Rows.CHECK)] == [
        ("softmax::test_rows", "passed"),
        ("one_hot::test_rows", "not_judged"),
    ]


def test_to_a_file(proctorch, course, graded, make_report, make_check):
    graded(make_report(make_check()))
    ended = proctorch("export", "day02_tensors", "--output", "marks.csv")
    assert (ended.code, ended.out) == (0, "")
    assert (course.root / "marks.csv").read_text().splitlines()[1] == "day02_tensors,ada,judged,1.0,4.0"


def test_an_unknown_day(proctorch, course, graded):
    ended = proctorch("export", "day99")
    assert ended.code == 2
    assert "there is no day 'day99'" in ended.err


def test_an_unwritable_file(proctorch, course, graded, make_report, make_check):
    graded(make_report(make_check()))
    ended = proctorch("export", "day02_tensors", "--output", "nowhere/marks.csv")
    assert ended.code == 2
    assert "cannot be written" in ended.err
