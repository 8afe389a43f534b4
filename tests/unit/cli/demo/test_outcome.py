from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.cli.demo.classroom import Classroom
from proctorch.cli.demo.outcome import Outcome, outcome_of, read_marks
from proctorch.cli.demo.students import DAY, Student
from proctorch.cli.demo.table import class_table, places, verdict_on_it
from proctorch.model import CheckResult, ExerciseResult, Provenance, Report, Verdict

PROVENANCE = Provenance("0", "3", "2", "2", "linux", "", 1, "cpu", "full", "", "", {})
STUDENT = Student("emil", "leaves out the last hour", {}, ("x",), frozenset({Verdict.FAILED}))


def report(points: Fraction, verdict: Verdict = Verdict.FAILED) -> Report:
    checks = (
        CheckResult("a", "x", True, "", Verdict.PASSED, points, points),
        CheckResult("b", "x", True, "", verdict, Fraction(0), 3 - points),
    )
    return Report("emil", DAY, (ExerciseResult("x", "", Fraction(3), checks),), PROVENANCE, seconds=1.25)


@pytest.fixture
def room(tmp_path: Path) -> Classroom:
    """A classroom in which emil's feedback went out and came back."""
    room = Classroom(tmp_path)
    fetched = room.home("emil") / DAY / "feedback" / "2026-01-01 00:00:00 UTC" / f"{DAY}.html"
    for path in (room.feedback("emil", DAY), fetched):
        path.parent.mkdir(parents=True)
        path.write_text("page")
    return room


def outcome(room: Classroom, given: Report | None, points: str = "1.6667", score: str = "1.6667") -> Outcome:
    return outcome_of(STUDENT, Fraction(5, 3), given, {"points": points, "score": score}, room, DAY)


def test_equal_marks_are_not_wrong(room: Classroom) -> None:
    good = outcome(room, report(Fraction(5, 3)))
    assert good.wrong == ()
    assert good.to_dict()["verdicts"] == {"passed": 1, "failed": 1}


@pytest.mark.parametrize(
    ("given", "points", "score", "sentence"),
    [
        (report(Fraction(2)), "2", "2", "the mark is 2"),
        (report(Fraction(5, 3)), "2", "1.6667", "points in the exported file is 2"),
        (report(Fraction(5, 3)), "1.6667", "0", "score in the exported file is 0"),
        (report(Fraction(5, 3)), "1.6667", "not judged", "score in the exported file is not judged"),
        (report(Fraction(5, 3)), "", "1.6667", "points in the exported file is empty"),
        (report(Fraction(5, 3), Verdict.TIMEOUT), "1.6667", "1.6667", "nobody expected: timeout"),
        (report(Fraction(5, 3), Verdict.NOT_JUDGED), "1.6667", "1.6667", "there is no mark"),
        (None, "", "", "there is no mark"),
    ],
)
def test_any_mark_that_differs_is_told(
    room: Classroom, given: Report | None, points: str, score: str, sentence: str
) -> None:
    assert any(sentence in each for each in outcome(room, given, points, score).wrong)


def test_feedback_that_did_not_come_back_is_told(room: Classroom) -> None:
    room.feedback("emil", DAY).write_text("another page")
    assert "through the exchange" in outcome(room, report(Fraction(5, 3))).wrong[0]
    room.feedback("emil", DAY).unlink()
    assert "there is no feedback" in outcome(room, report(Fraction(5, 3))).wrong[0]


def test_the_exported_file_is_read_by_student(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text('student,points\r\n"ada",30\r\nemil,1.5\r\n', encoding="utf-8")
    assert {name: row["points"] for name, row in read_marks(path).items()} == {"ada": "30", "emil": "1.5"}


def shown(thing: object) -> str:
    import io

    from rich.console import Console

    screen = Console(width=100, file=io.StringIO(), record=True)
    screen.print(thing)
    return screen.export_text()


def test_the_table_shows_the_mark_beside_the_expected_one(room: Classroom) -> None:
    good = outcome(room, report(Fraction(5, 3)))
    assert "✓ emil    leaves out the last hour 1.67     1.67 1 passed, 1 failed 1.2 s" in shown(class_table([good]))
    wrong = replace(good, report=None, wrong=("there is no mark",))
    assert "✗ emil    leaves out the last hour none     1.67" in shown(class_table([wrong]))


def test_the_last_word_names_who_is_not_as_expected(room: Classroom) -> None:
    good = outcome(room, report(Fraction(5, 3)))
    assert "All 1 marks are the expected ones (7 s)." in shown(verdict_on_it([good], 7.1))
    text = shown(verdict_on_it([good, replace(good, wrong=("the mark is 2",))], 7.1))
    assert "1 of 2 are not as expected" in text and "emil: expected 1.67\n    the mark is 2" in text


def test_the_command_to_remove_it_all_can_be_copied(tmp_path: Path) -> None:
    assert f"rm -r '{tmp_path}/a class'" in places(Classroom(tmp_path / "a class"), DAY)
