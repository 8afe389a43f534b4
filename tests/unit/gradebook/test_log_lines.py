"""nbgrader's log: what a student named is text in it."""

from __future__ import annotations

import logging
import sys

from nbgrader.apps.nbgraderapp import NbGraderApp
from traitlets.config import Config

from proctorch.gradebook import configure
from proctorch.gradebook.log_lines import LogLines


def record(message: str, *arguments: object, fault: bool = False) -> logging.LogRecord:
    return logging.LogRecord("App", logging.INFO, "", 1, message, arguments, sys.exc_info() if fault else None)


def test_escapes_are_taken_out_and_lines_are_set_in():
    lines = LogLines(fmt="[%(name)s] %(message)s").format(
        record("Copying %s", "x\x1b]0;owned\x07\n[App] All is well\u2028[App] \x9b2Jyes\u202e")
    )
    assert lines == "[App] Copying x\n    [App] All is well\n    [App] yes"


def test_a_traceback_is_cleaned_and_percent_signs_are_text():
    try:
        raise ValueError("\x1b[2J100 %s of it")
    except ValueError:
        lines = LogLines(fmt="%(message)s").format(record("failed: 5 %%", fault=True))
    assert "\x1b" not in lines
    assert lines.startswith("failed: 5 %")
    assert lines.endswith("ValueError: 100 %s of it")


def test_nbgraders_applications_use_it():
    c = Config()
    configure(c)
    app = NbGraderApp(config=c)
    assert isinstance(app.log.handlers[0].formatter, LogLines)
