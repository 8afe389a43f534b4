from __future__ import annotations

import sys

from proctorch.cli.progress import Pace, grading_progress, progress


def test_silent_when_standard_error_is_no_terminal(capsys):
    with progress("Grading") as tell:
        tell(1, 2, "ada")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_counts_and_time_left_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Grading") as tell:
        tell(1, 2, "[red]ada")
        tell(2, 2, "bob")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Grading" in captured.err
    assert "2/2" in captured.err
    assert "left:" in captured.err


def test_silent_when_quiet(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress("Grading", quiet=True) as tell:
        tell(1, 1, "ada")
    assert capsys.readouterr().err == ""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_is_that_of_the_last_half_minute():
    clock = Clock()
    pace = Pace(100, clock)
    assert pace.words() == ""
    for student, at, seconds in (("ada", 1, 0.5), ("bob\x1b[31m", 2, 2.0), ("cleo", 3, 1.0)):
        clock.now = at
        pace.add(student, seconds)
    assert pace.words() == "60/min  left 0:01:37  slowest bob 2.0 s"
    clock.now = 61
    pace.add("dan", 0.1)
    assert pace.per_minute == 3
    assert "left 0:32:00" in pace.words()
    for number in range(6):
        clock.now = 100 + number
        pace.add("eve", 0.1)
    assert pace.per_minute == 60


def test_lines_for_a_log_are_few(capsys, monkeypatch):
    monkeypatch.setattr("proctorch.cli.progress.LINE_SECONDS", 60.0)
    with grading_progress("Grading", 3) as told:
        for name in ("ada", "bob", "cleo"):
            told(name, 1.0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line[:12] for line in captured.err.splitlines()] == ["Grading: 3/3"]


def test_one_line_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with grading_progress("Grading", 2) as told:
        told("[red]ada", 3.0)
        told("bob", 1.0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "2/2" in captured.err
    assert "slowest [red]ada 3.0 s" in captured.err


def test_nothing_of_grading_is_shown_when_quiet(capsys):
    with grading_progress("Grading", 1, quiet=True) as told:
        told("ada", 1.0)
    assert capsys.readouterr().err == ""
