"""How verdicts and marks are put into words: the same in feedback pages, terminals and exports."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

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
# Controls but tab and newline; marks that turn the direction of text (they can make a line read as another one);
# letters that nobody sees and that programs read.
_INVISIBLE = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\U000e0000-\U000e007f"
_CONTROLS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_INVISIBLE}]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_ACTIVE_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029\ud800-\udfff{_INVISIBLE}]")


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
    shown = _LINE_ENDS.sub("\n", text[: 4 * limit])
    shown = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _ESCAPES.sub("", shown)))
    if len(shown) > limit or len(text) > 4 * limit:
        return shown[:limit] + f"\n... ({len(text)} characters in all; the rest is left out)"
    return shown


def clean_line(text: str, limit: int = 300) -> str:
    """Return `text` cleaned and on one line."""
    line = " ".join(clean_text(text, limit * 4).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def json_text(data: Any) -> str:
    """Return `data` as JSON that keeps every letter and that a terminal may show: what could act there is escaped."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    return _ACTIVE_IN_JSON.sub(_json_escape, text) + "\n"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


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
