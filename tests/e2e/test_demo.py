"""The demo comes out as it says: twelve marks, the feedback, the exported file, and nothing hidden in any of them."""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DAY = "day02_tensors"

# By hand, out of 30. Emil fails 2 of the 7 checks of an exercise of 2 points, fatima 4 of 6 (4 points), goran 3 of 7 (3
# points), ivan 2 of 6 (3 points); jun and kira lose an exercise of 2 points each; dana has done six exercises.
MARKS = {
    "ada": Fraction(30),
    "bruno": Fraction(30),
    "chen": Fraction(30),
    "dana": Fraction(15),
    "emil": 30 - Fraction(2 * 2, 7),
    "fatima": 30 - Fraction(4 * 4, 6),
    "goran": 30 - Fraction(3 * 3, 7),
    "hana": Fraction(0),
    "ivan": Fraction(29),
    "jun": Fraction(28),
    "kira": Fraction(28),
    "luis": Fraction(0),
}


def test_every_mark_is_the_one_that_a_person_would_give(demo: Any) -> None:
    assert demo.good, demo.printed
    assert list(demo.students) == list(MARKS)
    for name, student in demo.students.items():
        assert student["points"] == pytest.approx(float(MARKS[name])), name
        assert student["expected"] == pytest.approx(float(MARKS[name])), name
        assert student["wrong"] == [], name


def test_every_kind_of_failure_has_its_verdict(demo: Any) -> None:
    verdicts = {name: set(student["verdicts"]) - {"passed"} for name, student in demo.students.items()}
    assert verdicts["ada"] == verdicts["bruno"] == verdicts["chen"] == set()
    assert verdicts["dana"] == verdicts["hana"] == {"not_implemented"}
    assert verdicts["emil"] == verdicts["goran"] == {"failed"}
    assert verdicts["ivan"] == {"timeout"}
    assert verdicts["jun"] == {"crashed"}
    assert verdicts["kira"] == {"error"}
    assert verdicts["luis"] == {"unreadable"}


def test_the_exported_file_holds_the_marks(demo: Any) -> None:
    with demo.room.marks.open(encoding="utf-8", newline="") as stream:
        rows = {row["student"]: row for row in csv.DictReader(stream)}
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(MARKS, "graded")
    for name, row in rows.items():
        assert float(row["points"]) == pytest.approx(float(MARKS[name]), abs=1e-4)
        assert float(row["score"]) == pytest.approx(float(MARKS[name]), abs=1e-4)


def test_the_table_and_the_places_are_printed(demo: Any) -> None:
    for name in MARKS:
        assert re.search(rf"✓ +{name} ", demo.printed), name
    assert "All 12 marks are the expected ones" in demo.printed
    for place in (demo.room.marks, demo.room.feedback("STUDENT", DAY), f"rm -r {demo.room.root}"):
        assert str(place) in demo.printed


def test_every_student_fetched_their_own_feedback(demo: Any) -> None:
    pages = {name: demo.room.fetched_feedback(name, DAY).read_text(encoding="utf-8") for name in MARKS}
    for name, page in pages.items():
        score = f"(Score: {float(round(MARKS[name], 2))} / 30.0)"
        assert score in page, name
    assert len(set(pages.values())) > 8  # those whose answers and marks are the same have the same page


def test_the_unreadable_notebook_is_told_how_to_be_mended(demo: Any) -> None:
    page = demo.room.fetched_feedback("luis", DAY).read_text(encoding="utf-8")
    assert "could not be read" in page and f"{DAY}.ipynb" in page


def test_nothing_hidden_went_to_the_students(demo: Any) -> None:
    """No line of a hidden check's code is in what was released or in a feedback page, nor is the course secret."""
    hidden = (demo.room.course.graders / DAY / "hidden.py").read_text(encoding="utf-8")
    public = (demo.room.course.graders / DAY / "public.py").read_text(encoding="utf-8")
    code = {line.strip() for line in hidden.splitlines() if "student." in line} - set(
        map(str.strip, public.splitlines())
    )
    assert len(code) > 20
    secret = demo.room.course.secret().hex()
    folders = (demo.room.exchange, demo.room.root / "students")
    texts = [path for folder in folders for path in folder.rglob("*") if path.is_file() and "kira" not in str(path)]
    assert len(texts) > 100
    for path in texts:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert secret not in text or "looked everywhere" in text, path  # the spy was told what to look for
        assert not [line for line in code if line in text], path
