from __future__ import annotations

import resource
import subprocess
import sys

import pytest
import typer

from proctorch import __version__
from proctorch.cli import main
from proctorch.errors import CourseError, EngineError


def test_version(proctorch):
    ended = proctorch("--version")
    assert (ended.code, ended.out) == (0, f"proctorch {__version__}\n")


def test_help_names_every_command_and_the_exit_codes(proctorch):
    ended = proctorch("--help")
    assert ended.code == 0
    for word in (
        "check",
        "build",
        "grade",
        "export",
        "demo",
        "doctor",
        "For students",
        "For instructors",
        "Exit codes",
    ):
        assert word in ended.out


@pytest.mark.parametrize("command", ["check", "build", "grade", "export", "demo", "doctor"])
def test_every_command_teaches_by_example(proctorch, command):
    ended = proctorch(command, "--help")
    assert ended.code == 0
    assert "Example" in ended.out
    assert f"\n   proctorch {command}" in ended.out  # the example's own line, with its indentation


def test_no_command_is_a_question_for_help(proctorch):
    ended = proctorch()
    assert ended.code == 2
    assert "Usage" in ended.out + ended.err


def test_a_wrong_option_is_a_wrong_call(proctorch):
    ended = proctorch("grade", "--nonsense")
    assert ended.code == 2
    assert "--nonsense" in ended.err


def failing(error: BaseException) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code", "opening"),
    [
        (CourseError("no such day"), 2, "Error: no such day\n"),
        (EngineError("the sandbox is gone"), 3, "The engine could not judge: the sandbox is gone\n"),
    ],
)
def test_an_expected_error_is_one_block_and_a_code(proctorch, monkeypatch, error, code, opening):
    monkeypatch.setattr(main, "application", lambda: failing(error))
    ended = proctorch()
    assert ended.code == code
    assert ended.out == ""
    assert ended.err.startswith(opening)
    assert "Traceback" not in ended.err


def test_an_error_cannot_command_the_terminal(proctorch, monkeypatch):
    monkeypatch.setattr(main, "application", lambda: failing(CourseError("a\x1b[2Jb\x07[red]c[/red]")))
    assert proctorch().err.startswith("Error: ab[red]c[/red]\n")


def test_debug_shows_where_an_error_came_from(monkeypatch):
    monkeypatch.setattr(main, "application", lambda: failing(CourseError("no such day")))
    monkeypatch.setenv("PROCTORCH_DEBUG", "1")
    with pytest.raises(CourseError):
        main.run([])


def test_a_missing_extra_is_named(proctorch, monkeypatch):
    error = ModuleNotFoundError("No module named 'nbgrader.apps'", name="nbgrader.apps")
    monkeypatch.setattr(main, "application", lambda: failing(error))
    ended = proctorch()
    assert ended.code == 2
    assert "proctorch[instructor]" in ended.err


def test_a_bug_is_not_hidden(monkeypatch):
    monkeypatch.setattr(
        main, "application", lambda: failing(ModuleNotFoundError("proctorch.typo", name="proctorch.typo"))
    )
    with pytest.raises(ModuleNotFoundError):
        main.run([])


def test_interrupted(monkeypatch, capsys):
    def interrupt() -> typer.Typer:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "application", interrupt)
    assert main.run([]) == 130
    assert "kept" in capsys.readouterr().err


def test_help_answers_in_under_a_third_of_a_second():
    """Processor time, the least of five: on a busy machine the clock on the wall says nothing about the program."""
    spent = []
    for _ in range(5):
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "proctorch", "--help"], check=True, capture_output=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime)
    assert min(spent) < 1 / 3, f"the cheapest of five took {min(spent):.2f} s"
