"""Receipts: how a second run knows, without making anything, that a student's marks and folder are up to date.

A receipt says what marks were made from, what the autograded folder then looked like, and which rows of the gradebook
were the engine's. It is written in one transaction with those rows. All three are looked at again: a mark that somebody
changed in the gradebook, a folder that was touched, lost or never installed (the run was killed), another submission,
report, release, due date or setting, and the student is written again. What a person gave (scores, comments) is left
out, except where a late submission's penalty depends on it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, Text, delete, insert, inspect, select
from sqlalchemy.exc import DBAPIError

_METADATA = MetaData()

# Beside nbgrader's tables, not where results are kept (which may be another database): one transaction is the point.
RECEIPT = Table(
    "proctorch_receipt",
    _METADATA,
    Column("day", String(128), primary_key=True),
    Column("student", Text, primary_key=True),
    Column("sources", String(64), nullable=False, doc="hash of all that the marks were made from"),
    Column("files", String(64), nullable=False, doc="state of the autograded folder"),
    Column("marks", String(64), nullable=False, doc="hash of the gradebook's rows, without what people gave"),
)


@dataclass(frozen=True)
class Making:
    """What a student's marks are made from, and the folder that came of it, as hashes."""

    sources: str
    files: str


class Receipts:
    """The receipts of one day; `assignment` and `notebook` are its numbers in the gradebook."""

    def __init__(self, engine: Engine, day: str, assignment: str, notebook: str, duedate: datetime | None) -> None:
        self._engine, self._day = engine, day
        self._assignment, self._notebook, self._duedate = assignment, notebook, duedate
        self._there = False

    def up_to_date(self, makings: Mapping[str, Making]) -> set[str]:
        """Return the students whose receipts say the same as `makings` and as the gradebook's rows."""
        storable = [name for name in makings if _is_text(name)]
        with self._engine.connect() as connection:
            if not self._exists(connection):
                return set()
            query = select(RECEIPT).where(RECEIPT.c.day == self._day, RECEIPT.c.student.in_(storable))
            rows = {row["student"]: row for row in connection.execute(query).mappings()}
            likely = [name for name, row in rows.items() if Making(row["sources"], row["files"]) == makings[name]]
            marks = self._marks(connection, likely)
        return {name for name in likely if marks.get(name) == rows[name]["marks"]}

    def prepare(self) -> None:
        """Make the table where it is not there; another process may be doing the same."""
        with self._engine.connect() as connection:
            if self._exists(connection):
                return
        try:
            _METADATA.create_all(self._engine)
        except DBAPIError:
            _METADATA.create_all(self._engine)  # the other one has made it; a real fault raises once more

    def write(self, connection: Connection, makings: Mapping[str, Making]) -> None:
        """Write receipts in the transaction in which the rows were written."""
        marks = self._marks(connection, list(makings))
        rows = [
            {"day": self._day, "student": name, "sources": each.sources, "files": each.files, "marks": marks[name]}
            for name, each in makings.items()
        ]
        if rows:
            connection.execute(delete(RECEIPT).where(RECEIPT.c.day == self._day, RECEIPT.c.student.in_(list(makings))))
            connection.execute(insert(RECEIPT), rows)

    def _exists(self, connection: Connection) -> bool:
        self._there = self._there or inspect(connection).has_table(RECEIPT.name)
        return self._there

    def _marks(self, connection: Connection, students: Sequence[str]) -> dict[str, str]:
        """Return by student the hash of what the engine wrote into the gradebook, as it stands there now."""
        own, notebook = SubmittedAssignment.__table__.c, SubmittedNotebook.__table__.c
        query = select(own.student_id, own.timestamp, own.extension, notebook.id, notebook.late_submission_penalty)
        query = query.join_from(SubmittedAssignment.__table__, SubmittedNotebook.__table__)
        query = query.where(own.assignment_id == self._assignment, own.student_id.in_(students))
        found = connection.execute(query.where(notebook.notebook_id == self._notebook)).all()
        numbers = [row.id for row in found]
        cells = _by_notebook(connection, Grade.__table__, numbers), _by_notebook(connection, Comment.__table__, numbers)
        return {
            row.student_id: hash_of(
                row.timestamp,
                row.extension,
                self._duedate,
                row.late_submission_penalty,
                sorted(_engines_part(grade) for grade in cells[0][row.id]),
                sorted((comment.cell_id, repr(comment.auto_comment)) for comment in cells[1][row.id]),
                sorted(map(_persons_part, cells[0][row.id])) if self._late(row.timestamp, row.extension) else None,
            )
            for row in found
        }

    def _late(self, timestamp: datetime | None, extension: timedelta | None) -> bool:
        if timestamp is None or self._duedate is None:
            return False
        return timestamp > self._duedate + (extension or timedelta(0))


def folder_state(folder: Path) -> str:
    """Return a hash that changes whenever something in a folder does; without looking into the files.

    The folder itself may be renamed. `st_ctime` is the one time that nobody can set back.
    """
    return hash_of(*sorted(_entries(folder, "")))


def hash_of(*facts: object) -> str:
    """Return the SHA-256 of values that `repr` shows whole."""
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()


def _is_text(name: str) -> bool:
    """False for the name of a folder that is not UTF-8: no database takes it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _entries(folder: Path, place: str) -> Iterator[tuple[Any, ...]]:
    """Yield place, kind, size and times of all in a folder; links are not followed. What cannot be read is noted so."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
    except OSError as error:
        yield place, error.errno
        return
    for name, facts in found:
        inner = f"{place}/{name}"
        yield inner, facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino
        if stat.S_ISDIR(facts.st_mode):
            yield from _entries(folder / name, inner)


def _by_notebook(connection: Connection, table: Table, notebooks: Sequence[str]) -> Mapping[str, list[Any]]:
    found = defaultdict(list)
    for row in connection.execute(select(table).where(table.c.notebook_id.in_(notebooks))):
        found[row.notebook_id].append(row)
    return found


def _engines_part(grade: Any) -> tuple[str, str, bool]:
    """Return a grade's cell, automatic score, and whether it waits for a person though none has given a score."""
    return grade.cell_id, repr(grade.auto_score), grade.manual_score is None and bool(grade.needs_manual_grade)


def _persons_part(grade: Any) -> tuple[str, str, str]:
    return grade.cell_id, repr(grade.manual_score), repr(grade.extra_credit)
