"""How verdicts and marks are put into words: the same in feedback pages, terminals and exports."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from proctorch.model import CheckResult, Problem, Report, Verdict

NOT_JUDGED = "not judged"
NOT_GRADED = "not graded"

# OSC (titles, links) ends with BEL or ST, DCS and its kin with ST; CSI are colours and cursor moves; then short ones.
_ESCAPES = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
# Controls but tab and newline; marks that turn the direction of text (they can make a line read as another one).
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class VerdictWords:
    """A sign that needs no colour, the words beside it, and the colour that only repeats them."""

    sign: str
    words: str
    colour: str


_RIGHT, _WRONG, _WAITING, _OURS = "#2e9e5b", "#d9534f", "#b8860b", "#7a7f87"
_WORDS = {
    Verdict.PASSED: VerdictWords("✓", "passed", _RIGHT),
    Verdict.FAILED: VerdictWords("✗", "not right yet", _WRONG),
    Verdict.NOT_IMPLEMENTED: VerdictWords("○", "not written yet", _WAITING),
    Verdict.MISSING: VerdictWords("?", "not found in what you handed in", _WAITING),
    Verdict.BLOCKED: VerdictWords("…", "waits for another exercise", _WAITING),
    Verdict.ERROR: VerdictWords("!", "stopped by an exception", _WRONG),
    Verdict.TIMEOUT: VerdictWords("!", "took too long", _WRONG),
    Verdict.OUT_OF_MEMORY: VerdictWords("!", "asked for too much memory", _WRONG),
    Verdict.CRASHED: VerdictWords("!", "ended before it answered", _WRONG),
    Verdict.FORBIDDEN: VerdictWords("✗", "uses something that the exercise rules out", _WRONG),
    Verdict.UNREADABLE: VerdictWords("?", "could not be read", _WRONG),
    Verdict.NOT_JUDGED: VerdictWords("–", "not judged: our fault, not yours; it will be graded again", _OURS),
}


def verdict_words(verdict: Verdict) -> VerdictWords:
    """Return the sign and the words for a verdict."""
    return _WORDS[verdict]


def clean_text(text: str, limit: int = 10_000) -> str:
    """Return `text` without terminal escapes, control characters and marks of direction, at most about `limit` long.

    What a student's code wrote may go to an instructor's terminal and into a page: it must not move the cursor, set
    the window's title, or read as another line than it is.
    """
    shown = text[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n")
    shown = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _ESCAPES.sub("", shown)))
    if len(shown) > limit or len(text) > 4 * limit:
        return shown[:limit] + f"\n... ({len(text)} characters in all; the rest is left out)"
    return shown


def clean_line(text: str, limit: int = 300) -> str:
    """Return `text` cleaned and on one line."""
    line = " ".join(clean_text(text, limit * 4).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def mark_words(points: Fraction | float) -> str:
    """Return points as people write them: `4`, `2.5`, `2.67`."""
    rounded = round(float(points), 2)
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.2f}".rstrip("0")


def points_words(points: Fraction | float, maximum: Fraction | float) -> str:
    """Return `2.5 of 4 points`."""
    return f"{mark_words(points)} of {mark_words(maximum)} {'point' if maximum == 1 else 'points'}"


def exact_mark(points: Fraction, maximum: Fraction) -> float:
    """Return the mark as a plain finite float between 0 and `maximum`: summed exactly, rounded once, clamped."""
    mark = float(max(Fraction(0), min(points, maximum)))
    if not math.isfinite(mark):
        raise ValueError(f"{points} is not a mark")
    return mark


def where_words(check: CheckResult) -> str:
    """Return which exception the student's code raised and in which of their lines, or an empty string."""
    if check.exception is None:
        return "" if check.line is None else f"Line {check.line} of your cell."
    name = clean_line(check.exception, 80)
    where = "" if check.line is None else f" in line {check.line} of your cell"
    return f"Your code raised {name}{where}."


def problem_words(problem: Problem) -> str:
    """Return what is wrong with a whole submission as one cleaned line."""
    return clean_line(problem.message, 600)


def report_mark(report: Report) -> str:
    """Return a report's mark, or the words that say there is none."""
    return points_words(report.points, report.max_points) if report.judged else NOT_JUDGED
