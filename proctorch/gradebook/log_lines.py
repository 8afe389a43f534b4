"""nbgrader's log on a terminal: a line of our own colours a record, whatever names and paths of students stand in it.

A folder's name may hold terminal escapes. Behind a line break in a message the rest is set in by four spaces, so that
nothing reads as a record that is none.
"""

from __future__ import annotations

import copy
import logging

from tornado.log import LogFormatter

from proctorch.grading.wording import clean_text

LONGEST_RECORD = 20_000


class LogLines(LogFormatter):
    """nbgrader's own format, of cleaned messages; for `c.NbGrader.logging_config`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        plain = copy.copy(record)
        plain.msg, plain.args = clean_text(record.getMessage(), LONGEST_RECORD), ()
        if record.exc_info:
            plain.exc_text = clean_text(self.formatException(record.exc_info), LONGEST_RECORD)
        return super().format(plain)
