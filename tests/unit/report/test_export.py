from __future__ import annotations

import csv
import io
import json

import pytest

from proctorch.errors import CourseError
from proctorch.model import Verdict
from proctorch.report.export import Export, collect_marks, marks_csv, marks_json, write_export
from proctorch.report.names import GradebookEntry
from proctorch.report.roster import day_roster


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def exported(course, day, store, report, hand_in):
    """A class of four: a mark, one not judged, one not graded, one who handed in nothing."""
    store.save(report("ada", Verdict.PASSED, Verdict.FAILED), "k")
    store.save(report("bob", Verdict.PASSED, Verdict.NOT_JUDGED), "k")
    hand_in("cleo")
    names = {"ada": GradebookEntry("Ada", "Smith, Jr", "a@x", score=3.5, late_penalty=0.5), "dan": GradebookEntry()}
    return Export(day_roster(course, day, store, names=names))


def test_a_missing_mark_is_said_in_words_and_never_zero(exported, day):
    ada, bob, cleo, dan = table(marks_csv(exported.rows, day))
    assert (ada["double"], ada["negate"], ada["points"], ada["score"], ada["status"]) == (
        "4",
        "0",
        "4",
        "3.5",
        "graded",
    )
    assert (bob["double"], bob["negate"], bob["points"], bob["score"]) == ("4", *["not judged"] * 3)
    assert (cleo["double"], cleo["points"], cleo["score"]) == ("not graded",) * 3
    assert dan["points"] == "nothing handed in"
    for row in (bob, cleo, dan):
        assert row["points"] != "0"


def test_whether_a_mark_is_missing_is_known(exported):
    assert [row.student for row in exported.missing] == ["bob", "cleo"]
    assert not exported.complete


def test_a_class_without_gaps_is_complete(course, day, store, report):
    store.save(report("ada"), "k")
    exported = collect_marks(course, day, store)
    assert exported.complete
    (row,) = table(marks_csv(exported.rows, day))
    assert (row["points"], row["max"], row["score"]) == ("7", "7", "")


def test_names_with_commas_quotes_and_line_breaks_stay_in_their_cells(exported, day):
    assert table(marks_csv(exported.rows, day))[0]["last_name"] == "Smith, Jr"


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_names_are_never_formulas(course, day, store, report, name):
    store.save(report(name), "k")
    rows = day_roster(course, day, store, names={name: GradebookEntry(name, name, name)})
    (row,) = table(marks_csv(rows, day))
    for column in ("student", "first_name", "last_name", "email"):
        assert row[column].startswith("'")


def test_json_has_null_where_there_is_no_mark(exported, day):
    data = json.loads(marks_json(exported, day))
    assert (data["day"], data["complete"], data["max"]) == ("day01_small", False, 7.0)
    ada, bob, cleo, dan = data["students"]
    assert (ada["points"], ada["exercises"]) == (4.0, {"double": 4.0, "negate": 0.0})
    assert (bob["points"], bob["exercises"], bob["status"]) == (None, {"double": 4.0, "negate": None}, "not judged")
    assert (cleo["points"], cleo["status"]) == (None, "not graded")
    assert (dan["points"], dan["status"]) == (None, "nothing handed in")


def test_thirds_are_rounded_for_people(course, day, store, report):
    import dataclasses
    from fractions import Fraction

    odd = report("ada")
    first, second = odd.exercises
    check = dataclasses.replace(first.checks[0], points=Fraction(8, 3))
    store.save(dataclasses.replace(odd, exercises=(dataclasses.replace(first, checks=(check,)), second)), "k")
    (row,) = table(marks_csv(day_roster(course, day, store), day))
    assert (row["double"], row["points"]) == ("2.6667", "5.6667")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "marks.csv"
    write_export("ä,b\r\n", path)
    assert path.read_bytes() == "ä,b\r\n".encode()
    assert [each.name for each in path.parent.iterdir()] == ["marks.csv"]
    (tmp_path / "folder").mkdir()
    with pytest.raises(CourseError, match="cannot be written"):
        write_export("x", tmp_path / "folder")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "new"]
