from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from proctorch.gradebook.store import ResultsStore
from proctorch.model import Submission, Verdict


@pytest.fixture
def graded(course, day, monkeypatch, empty_store):
    """A course with one day whose results can be put into its store."""
    from proctorch.authoring import day as authored
    from proctorch.grading import submission

    course.solution("day02_tensors").write_text("# %% [markdown]\n# # Tensors\n")
    monkeypatch.setenv("PROCTORCH_DB_URL", empty_store)
    monkeypatch.setattr(authored, "load_day", lambda course, name: replace(day, name=name))
    monkeypatch.setattr(submission, "read_submission", lambda folder, day, student: handed_in(student))

    def save(report):
        with ResultsStore(empty_store) as store:
            store.save(report, "key")

    return save


def handed_in(student: str) -> Submission:
    return Submission(student, "day02_tensors", (), "none")


def submit(course, student: str) -> None:
    (course.submitted / student / "day02_tensors").mkdir(parents=True)


@pytest.fixture
def both(make_report, make_check):
    """Make a report of both exercises, with the same verdict for each."""

    def report(verdict=Verdict.PASSED, student="ada"):
        return make_report(make_check(verdict=verdict), make_check("one_hot", verdict=verdict), student=student)

    return report


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_mark(proctorch, graded, both):
    graded(both())
    ended = proctorch("export", "day02_tensors")
    (row,) = rows(ended.out)
    assert ended.code == 0
    assert (row["student"], row["softmax"], row["one_hot"], row["points"], row["max"]) == ("ada", "1", "1", "2", "6")


def test_not_judged_is_never_zero(proctorch, graded, both):
    graded(both(Verdict.NOT_JUDGED))
    ended = proctorch("export", "day02_tensors")
    (row,) = rows(ended.out)
    assert ended.code == 3
    assert (row["points"], row["status"]) == ("not judged", "not judged")
    assert "ada (day02_tensors: not judged)" in ended.err


def test_who_handed_in_and_has_no_result_is_not_graded(proctorch, course, graded):
    submit(course, "bob")
    ended = proctorch("export", "day02_tensors", "--format", "json")
    (student,) = json.loads(ended.out)["students"]
    assert ended.code == 3
    assert (student["student"], student["status"], student["points"]) == ("bob", "not graded", None)


def test_who_handed_in_again_is_not_graded(proctorch, course, graded, both):
    submit(course, "ada")
    graded(both())
    assert proctorch("export", "day02_tensors").code == 3
    report = both()
    graded(replace(report, provenance=replace(report.provenance, submission=handed_in("ada").content_hash)))
    assert proctorch("export", "day02_tensors").code == 0


def test_names_are_quoted(proctorch, graded, both):
    graded(both(student="Smith, Jr"))
    assert rows(proctorch("export", "day02_tensors").out)[0]["student"] == "Smith, Jr"


def test_to_a_file(proctorch, course, graded, both):
    graded(both())
    ended = proctorch("export", "day02_tensors", "--output", "marks.csv")
    assert (ended.code, ended.out) == (0, "")
    assert rows((course.root / "marks.csv").read_text())[0]["points"] == "2"


def test_several_days_go_to_a_folder(proctorch, course, graded, both):
    course.solution("day03").touch()
    graded(both())
    ended = proctorch("export", "day02_tensors", "day03", "--format", "json", "--output", "marks")
    assert (ended.code, ended.out) == (0, "")
    assert json.loads((course.root / "marks" / "day03.json").read_text())["students"] == []
    assert json.loads((course.root / "marks" / "day02_tensors.json").read_text())["complete"]


def test_several_days_need_a_folder(proctorch, course, graded):
    course.solution("day03").touch()
    ended = proctorch("export", "day02_tensors", "day03")
    assert ended.code == 2
    assert "--output FOLDER" in ended.err


def test_an_unknown_day(proctorch, graded):
    ended = proctorch("export", "day99")
    assert ended.code == 2
    assert "there is no day 'day99'" in ended.err


def test_an_unwritable_file(proctorch, course, graded, both):
    graded(both())
    (course.root / "taken").touch()
    ended = proctorch("export", "day02_tensors", "--output", "taken/marks.csv")
    assert ended.code == 2
    assert "cannot be written" in ended.err
