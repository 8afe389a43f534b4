from __future__ import annotations

from fractions import Fraction

import pytest

from proctorch.model import Verdict
from proctorch.report.names import GradebookEntry
from proctorch.report.roster import Standing, day_roster


@pytest.fixture
def rows(course, day, store):
    def make(**options):
        return {row.student: row for row in day_roster(course, day, store, **options)}

    return make


def test_marks_are_sums_of_exercises(rows, store, report):
    store.save(report("ada", Verdict.PASSED, Verdict.FAILED), "k")
    row = rows()["ada"]
    assert row.standing is Standing.GRADED
    assert row.exercises == {"double": Fraction(4), "negate": Fraction(0)}
    assert (row.points, row.max_points) == (4, 7)


def test_handed_in_and_not_graded(rows, hand_in):
    hand_in("ben")
    row = rows()["ben"]
    assert row.standing is Standing.NOT_GRADED
    assert row.points is None
    assert row.standing.lacks_mark


def test_not_judged_keeps_the_marks_of_the_other_exercises(rows, store, report):
    store.save(report("ada"), "k")
    store.save(report("ada", Verdict.PASSED, Verdict.NOT_JUDGED), "k")
    row = rows()["ada"]
    assert row.standing is Standing.NOT_JUDGED
    assert row.exercises == {"double": Fraction(4), "negate": None}
    assert row.points is None


def test_work_that_is_newer_than_its_result_has_no_mark(rows, store, report, submission, hand_in):
    hand_in("ada")
    store.save(report("ada"), "k")
    assert rows(read=submission)["ada"].standing is Standing.GRADED
    newer = rows(read=lambda student: submission(student, "changed"))["ada"]
    assert newer.standing is Standing.OUTDATED
    assert newer.points is None


def test_who_handed_in_nothing_lacks_no_mark(rows):
    row = rows(names={"zoe": GradebookEntry("Zoe", "Zimmer", "z@x")})["zoe"]
    assert row.standing is Standing.ABSENT
    assert not row.standing.lacks_mark
    assert (row.first_name, row.last_name, row.points) == ("Zoe", "Zimmer", None)


def test_nbgraders_score_stands_only_beside_a_result_that_holds(rows, store, report, hand_in):
    hand_in("ben")
    store.save(report("ada"), "k")
    entry = GradebookEntry(score=6.0, late_penalty=1.0)
    found = rows(names={"ada": entry, "ben": entry, "cleo": GradebookEntry(score=5.0, by_hand=True)})
    assert found["ada"].score == 6.0
    assert found["ben"].score is None
    assert found["cleo"].score == 5.0


def test_an_exercise_that_was_added_since_is_not_graded(rows, course, day, store, report):
    import dataclasses

    store.save(report("ada"), "k")
    longer = dataclasses.replace(day, exercises=(*day.exercises, dataclasses.replace(day.exercises[0], name="third")))
    (row,) = day_roster(course, longer, store)
    assert row.standing is Standing.NOT_GRADED
    assert row.points is None
