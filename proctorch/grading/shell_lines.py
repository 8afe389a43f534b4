"""Jupyter's extras (magics, shell lines, help) taken out of a cell, so that plain Python can run it.

Every line keeps its number. Nothing inside a string, a bracket or a continued line is touched, and a cell that Python
parses as it stands is returned as it is.
"""

from __future__ import annotations

import re

from proctorch.grading.line_scanner import LineState, after_line
from proctorch.grading.top_level import awaits, parse

# Cell magics that run their cell as ordinary Python in the notebook's own namespace.
BODY_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "scalene", "matplotlib"})
# Line magics that run the statement behind them and leave its effect.
_STATEMENT_MAGICS = frozenset({"time"})
# Cheap test: without one of these at its place no line can be one of Jupyter's. None of these patterns crosses a
# line or can match the same blanks in two ways: a cell of 200,000 blanks must not take a minute.
_SUSPECT = re.compile(r"^[ \t]*[%!?,;/]|\?[ \t]*$|=[ \t]*[!%]", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%\s*(\w+)")
_ESCAPED = re.compile(r"(\s*)(%%?|!!?|\?\??|[,;/](?=\s*\w))(.*)", re.DOTALL)
_HELP = re.compile(r"\s*[%\w.*]+\?\??\s*\Z")
_TARGET = re.compile(r"[A-Za-z_][\w.,\s]*\Z")
_LINE_MAGIC = re.compile(r"\s*(\w+)\s*(.*)", re.DOTALL)


def plain_python(source: str) -> tuple[str, tuple[str, ...]]:
    r"""Return a cell without Jupyter's own syntax, line for line, and notes on what was left out.

    >>> plain_python("%matplotlib inline\nx = 1")[0]
    'pass  # %matplotlib inline\nx = 1'
    """
    notes: list[str] = []
    if _SUSPECT.search(source) and parse(source) is None:
        source = _neutralise(source, notes)
    if awaits(source):
        notes.append("`await` outside a function works in Jupyter only; the grader does not run this cell")
    return source, tuple(dict.fromkeys(notes))


def _neutralise(source: str, notes: list[str]) -> str:
    lines = source.split("\n")
    body = 0
    while True:
        body = next((number for number in range(body, len(lines)) if lines[number].strip()), len(lines))
        magic = _CELL_MAGIC.match(lines[body]) if body < len(lines) else None
        if magic is None:
            return "\n".join(lines[:body] + _without_line_magics(lines[body:], notes))
        name = magic.group(1)
        if name not in BODY_MAGICS:
            notes.append(f"`%%{name}` hands the cell to something other than Python, so the grader does not run it")
            return "\n".join("# " + line if line.strip() else line for line in lines)
        notes.append(f"`%%{name}` was left out; the rest of the cell runs")
        lines[body] = _comment(lines[body])
        body += 1


def _without_line_magics(lines: list[str], notes: list[str]) -> list[str]:
    """Replace the lines that are not Python; a replaced line takes with it those that a backslash adds to it."""
    plain: list[str] = []
    state, swallowing = LineState(), False
    for line in lines:
        replacement = _comment(line) if swallowing else (_replacement(line, notes) if state.at_statement else None)
        if replacement is None:
            swallowing, replacement = False, line
        else:
            swallowing = line.endswith("\\") and not replacement.endswith("\\")
        plain.append(replacement)
        state = after_line(replacement, state)
    return plain


def _replacement(line: str, notes: list[str]) -> str | None:
    """Return what stands in for one of Jupyter's lines, or None when the line is left alone."""
    if _HELP.match(line):
        return _pass(line, notes)
    escaped = _ESCAPED.match(line)
    if escaped:
        indent, mark, rest = escaped.groups()
        kept = _timed_statement(rest) if mark == "%" else None
        return _pass(line, notes) if kept is None else indent + kept
    return _assignment(line, notes)


def _assignment(line: str, notes: list[str]) -> str | None:
    """`files = !ls` becomes an empty list, `x = %time f()` keeps its call, any other magic gives None."""
    target, equals, value = line.partition("=")
    target, value = target.rstrip(), value.strip()
    if not equals or value[:1] not in ("!", "%") or value[1:2] == "=" or not _TARGET.match(target.lstrip()):
        return None
    kept = _timed_statement(value[1:]) if value[0] == "%" else None
    if kept is not None:
        return f"{target} = {kept}"
    notes.append(_left_out(line))
    return f"{target} = {'[]' if value[0] == '!' else 'None'}  # {_shown(line)}"


def _timed_statement(rest: str) -> str | None:
    found = _LINE_MAGIC.match(rest)
    if found and found.group(1) in _STATEMENT_MAGICS and found.group(2):
        return found.group(2)
    return None


def _pass(line: str, notes: list[str]) -> str:
    notes.append(_left_out(line))
    return f"{line[: len(line) - len(line.lstrip())]}pass  # {_shown(line)}"


def _comment(line: str) -> str:
    return f"# {_shown(line)}"


def _shown(line: str) -> str:
    # A backslash at the end of a comment would be harmless, but reads as if the line went on.
    return line.strip().rstrip("\\").rstrip()


def _left_out(line: str) -> str:
    shown = _shown(line)
    return f"`{shown if len(shown) <= 60 else shown[:59] + '…'}` is for Jupyter only and was left out"
