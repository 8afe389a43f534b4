"""Which lines of Python text start a statement, found without parsing, so that it works for broken code too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What can change the state inside a line: a comment, a quote, a bracket. Everything else is skipped in one step.
_EVENT = re.compile(r"""#|\"\"\"|'''|"|'|[(\[{]|[)\]}]""")


@dataclass(frozen=True)
class LineState:
    """What is still open before a line: a string (its quotes), so many brackets, or a backslash at the line's end."""

    quote: str = ""
    depth: int = 0
    continued: bool = False

    @property
    def at_statement(self) -> bool:
        """True where the next line starts a statement of its own."""
        return not self.quote and self.depth == 0 and not self.continued


def after_line(line: str, state: LineState) -> LineState:
    """Return the state behind `line` (without its line break), given the state before it."""
    quote, depth, position = state.quote, state.depth, 0
    while True:
        if quote:
            position = _end_of_string(line, position, quote)
            if position < 0:
                # A string in single quotes ends with its line unless a backslash carries it on.
                carries = len(quote) == 3 or _ends_in_backslash(line)
                return LineState(quote if carries else "", depth, False)
            quote = ""
        event = _EVENT.search(line, position)
        if event is None:
            return LineState("", depth, _ends_in_backslash(line))
        mark, position = event.group(), event.end()
        if mark == "#":
            return LineState("", depth, False)
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(0, depth - 1)
        else:
            quote = mark


def states(lines: list[str]) -> Iterator[tuple[str, LineState]]:
    """Yield each line with the state before it."""
    state = LineState()
    for line in lines:
        yield line, state
        state = after_line(line, state)


def _end_of_string(line: str, start: int, quote: str) -> int:
    """Return where the string that is open at `start` ends in `line` (behind its quotes), or -1."""
    position, found = start, line.find(quote, start)
    while found >= 0:
        # Up to `found` only, and no second look for what is still ahead: a line can be 200,000 escapes.
        escape = line.find("\\", position, found)
        if escape < 0:
            return found + len(quote)
        position = escape + 2
        if position > found:
            found = line.find(quote, position)
    return -1


def _ends_in_backslash(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
