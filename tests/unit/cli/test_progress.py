from __future__ import annotations

import sys

from proctorch.cli.progress import progress


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
