"""What a run left in the books, read without the code that wrote it; and how two books differ."""

from __future__ import annotations

import difflib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.classroom import DAY

_TABLES = {"proctorch_report", "proctorch_check"}
_REPORTS = "SELECT id, student, points FROM proctorch_report WHERE day = ? AND judged ORDER BY id"
_CHECKS = """
SELECT report_id, "check", verdict, points, message, hint, misconception, line FROM proctorch_check
WHERE report_id IN (SELECT id FROM proctorch_report WHERE day = ? AND judged) ORDER BY report_id, position
"""
_SCORES = """
SELECT submitted.student_id, cell.name, grade.auto_score, grade.needs_manual_grade FROM grade
JOIN base_cell AS cell ON cell.id = grade.cell_id
JOIN submitted_notebook AS notebook ON notebook.id = grade.notebook_id
JOIN submitted_assignment AS submitted ON submitted.id = notebook.assignment_id
JOIN assignment ON assignment.id = submitted.assignment_id WHERE assignment.name = ?
"""


@dataclass(frozen=True)
class Books:
    """All that says something about marks.

    `results` holds by student the newest judged report, `numbers` the numbers of all judged ones; `scores` is the
    gradebook of nbgrader by student and cell, each as often as it stands there; `files` are hashes of the other files.
    """

    results: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, list[int]] = field(default_factory=dict)
    scores: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Books:
        """Read the books of the course at `root`."""
        with closing(sqlite3.connect(root / "gradebook.db", timeout=60)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            results, numbers = _results(connection) if tables >= _TABLES else ({}, {})
            scores: dict[str, list[Any]] = {}
            for student, cell, *values in connection.execute(_SCORES, (DAY,)):
                scores.setdefault(f"{student} {cell}", []).append(values)
        paths = [path for path in root.rglob("*") if path.is_file() and path != root / "gradebook.db"]
        files = {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
        return cls(results, numbers, scores, files)

    @classmethod
    def load(cls, path: Path) -> Books:
        """Read books that `save` has written."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def save(self, path: Path) -> None:
        """Write the books as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def _results(connection: sqlite3.Connection) -> tuple[dict[str, Any], dict[str, list[int]]]:
    checks: dict[int, list[Any]] = {}
    for number, *check in connection.execute(_CHECKS, (DAY,)):
        checks.setdefault(number, []).append(check)
    results: dict[str, Any] = {}
    numbers: dict[str, list[int]] = {}
    for number, student, points in connection.execute(_REPORTS, (DAY,)):
        results[student] = [points, checks.get(number, [])]
        numbers.setdefault(student, []).append(number)
    return results, numbers


def lost(whole: Books, broken: Books, mended: Books) -> Iterator[str]:
    """Yield what an unbroken run has, or the broken one had, and is not there after the second."""
    for student in whole.results.keys() - mended.results.keys():
        yield f"{student} has no result"
    for student, numbers in broken.numbers.items():
        if not set(numbers) <= set(mended.numbers.get(student, [])):
            yield f"{student}'s kept result is gone"
    for place in whole.scores.keys() - mended.scores.keys():
        yield f"{place} has no score in the gradebook"
    for path in whole.files.keys() - mended.files.keys():
        yield f"{path} is not there"


def doubled(mended: Books) -> Iterator[str]:
    """Yield who was judged twice although the first result was kept, and what stands in the gradebook twice."""
    for student, numbers in mended.numbers.items():
        if len(numbers) > 1:
            yield f"{student} was judged {len(numbers)} times"
    for place, found in mended.scores.items():
        if len(found) > 1:
            yield f"{place} stands {len(found)} times in the gradebook"


def different(whole: Books, books: Books, when: str) -> Iterator[str]:
    """Yield results and scores that are not those of an unbroken run; what is missing is no matter here."""
    for student, result in books.results.items():
        if result != whole.results.get(student):
            yield f"{when}: {student} has {result}, not {whole.results.get(student)}"
    for place, found in books.scores.items():
        if any(values != whole.scores[place][0] for values in found if values[0] is not None):
            yield f"{when}: {place} has {found} in the gradebook, not {whole.scores[place]}"


def different_files(whole: Books, mended: Books, whole_root: Path, root: Path) -> Iterator[str]:
    """Yield files that are not those of an unbroken run, byte by byte."""
    for path, content in mended.files.items():
        if path not in whole.files:
            yield f"{path} was left behind"
        elif content != whole.files[path]:
            yield f"{path} is not what an unbroken run writes: {_difference(whole_root / path, root / path)}"


def _difference(whole: Path, other: Path) -> str:
    """Return the first lines that differ, each cut."""
    texts = [path.read_text(encoding="utf-8", errors="replace").splitlines() for path in (whole, other)]
    lines = [
        line[:400] for line in difflib.unified_diff(*texts, lineterm="", n=0) if line[:2] not in ("--", "++", "@@")
    ]
    return "\n         ".join(["", *lines[:6]])
