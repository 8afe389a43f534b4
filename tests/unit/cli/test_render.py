from __future__ import annotations

import io
from fractions import Fraction

from rich.console import Console

from proctorch.cli import render
from proctorch.model import Problem, Verdict


def text_of(renderable) -> str:
    stream = io.StringIO()
    Console(file=stream, width=120, markup=False, color_system=None).print(renderable)
    return stream.getvalue()


def test_the_last_line_says_what_the_report_is(day, make_report, make_check):
    text = text_of(render.practice(make_report(make_check(), make_check("one_hot")), day))
    last = "2 of 2 public checks pass; 3 hidden checks (4 points) run when it is graded."
    assert text.splitlines()[-1] == last


def test_only_the_exercises_that_were_checked_count(day, make_report, make_check):
    text = text_of(render.practice(make_report(make_check("one_hot")), day))
    last = "1 of 1 public check passes; 1 hidden check (1 point) runs when it is graded."
    assert text.splitlines()[-1] == last


def test_a_failed_check_says_the_claim_the_message_and_the_hint(day, make_report, make_check):
    failed = make_check(
        verdict=Verdict.FAILED,
        message="softmax returned shape (10, 32)",
        hint="Which axis holds the classes?",
        output="hi\n",
    )
    text = text_of(render.practice(make_report(failed), day))
    for part in (
        "✗",
        "Every row sums to one.",
        "softmax returned shape (10, 32)",
        "Hint: Which axis",
        "It printed:",
        "hi",
    ):
        assert part in text


def test_a_passed_check_is_one_line(day, make_report, make_check):
    text = text_of(render.practice(make_report(make_check(message="unused", output="noise")), day))
    assert "✓ passed  Every row sums to one." in text
    assert "unused" not in text
    assert "noise" not in text


def test_hidden_checks_are_not_shown_to_students(day, make_report, make_check):
    hidden = make_check(public=False, claim="Stays finite for 1e4.", verdict=Verdict.FAILED)
    assert "finite" not in text_of(render.practice(make_report(make_check(), hidden), day))


def test_students_text_is_shown_and_not_obeyed(day, make_report, make_check):
    hostile = make_check(
        verdict=Verdict.FAILED,
        message="\x1b]0;owned\x07\x1b[31mred[bold]x[/bold]\u202eabc\x00",
        output="[link=file:///etc/passwd]click[/link]\x9b2J",
    )
    text = text_of(render.practice(make_report(hostile), day))
    assert "red[bold]x[/bold]abc" in text
    assert "[link=file:///etc/passwd]click[/link]" in text
    assert not set(text) & {"\x1b", "\x07", "\x00", "\x9b", "\u202e"}


def test_an_unreadable_submission_does_not_pass(day, make_report):
    report = make_report(problem=Problem(Verdict.UNREADABLE, "The file is not JSON: save it again from Jupyter."))
    assert not render.all_public_pass(report)
    assert "save it again from Jupyter" in text_of(render.practice(report, day))


def test_all_public_pass_needs_every_check(make_report, make_check):
    hidden_failure = make_check(public=False, verdict=Verdict.FAILED)
    assert render.all_public_pass(make_report(make_check(), hidden_failure))
    assert not render.all_public_pass(make_report(make_check(), make_check(verdict=Verdict.TIMEOUT)))
    assert not render.all_public_pass(make_report())


def test_every_verdict_can_be_shown(day, make_report, make_check):
    for verdict in Verdict:
        text = text_of(render.practice(make_report(make_check(verdict=verdict), make_check()), day))
        assert "Every row sums to one." in text


def test_the_table_of_marks(make_report, make_check):
    full = make_check(points=Fraction(4), max_points=Fraction(4))
    good = make_report(full, student="bob")
    slow = make_report(make_check(verdict=Verdict.TIMEOUT), make_check("one_hot"), student="ada")
    none = make_report(make_check(verdict=Verdict.NOT_IMPLEMENTED), student="cyd")
    lines = [line.split("  ") for line in text_of(render.marks_table([good, slow, none])).splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells == [
        ["student", "mark", "seconds", "checks", "points missed in"],
        ["ada", "1/8", "0.0", "1 passed, 1 timeout", "softmax 0/4, one_hot 1/4"],
        ["bob", "4/4", "0.0", "1 passed"],
        ["cyd", "0/4", "0.0", "1 not implemented", "all"],
    ]


def test_the_table_never_shows_zero_for_not_judged(make_report, make_check):
    lines = text_of(render.marks_table([make_report(make_check(verdict=Verdict.NOT_JUDGED))])).splitlines()
    assert lines[1].count("not judged") == 3
    assert "0/" not in lines[1]


def test_an_exercise_that_is_not_begun_is_two_lines(day, make_report, make_check):
    todo = make_check(verdict=Verdict.NOT_IMPLEMENTED, message="This is still to be written.")
    lines = text_of(render.practice(make_report(todo, todo, todo), day)).splitlines()
    assert [line.strip() for line in lines[:3]] == ["softmax · Softmax  0 of 3", "○ not written yet", ""]


def test_a_half_written_exercise_shows_every_check(day, make_report, make_check):
    todo = make_check(verdict=Verdict.NOT_IMPLEMENTED, message="This is still to be written.")
    assert "This is still to be written." in text_of(render.practice(make_report(todo, make_check()), day))


def test_an_exception_is_told_once(day, make_report, make_check):
    told = make_check(
        verdict=Verdict.ERROR, message="Your code raised KeyError in line 4.", exception="KeyError", line=4
    )
    assert text_of(render.practice(make_report(told), day)).count("KeyError") == 1
    untold = make_check(verdict=Verdict.ERROR, exception="KeyError", line=4)
    assert "Your code raised KeyError in line 4 of your cell." in text_of(render.practice(make_report(untold), day))


def test_long_output_is_cut(day, make_report, make_check):
    text = text_of(render.practice(make_report(make_check(verdict=Verdict.FAILED, output="x" * 100_000)), day))
    assert len(text) < 5_000
