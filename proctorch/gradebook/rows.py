"""The gradebook's rows for a day, many students in one transaction: what nbgrader writes with a commit a cell.

The tables are nbgrader's own (`nbgrader.api`). A row that is missing is made as `Gradebook.add_submission` makes it;
what a person gave (scores, extra credit, comments, extensions, flags) is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from sqlalchemy import Connection, RowMapping, Table, bindparam, insert, select, update

from proctorch.gradebook.receipts import Making, Receipts

LatePenalty = Callable[[str, float, float], float | None]

# Seconds that a writer waits for another one (SQLite).
_PATIENCE = 30

# Which of nbgrader's kinds of cells have a grade, and which a comment.
_GRADED = ("GradeCell", "TaskCell")
_COMMENTED = ("SolutionCell", "TaskCell")


@dataclass(frozen=True)
class StudentMarks:
    """What is new about one student: time of handing in, the engine's score and the automatic comment by cell.

    `timestamp` (UTC) is None where there is none: an earlier one stays. `scores` is None where there are no marks to
    write: then only the rows are made. `making` goes into the receipt, if there is to be one.
    """

    student: str
    timestamp: datetime | None
    scores: Mapping[str, float | None] | None
    comments: Mapping[str, str | None]
    making: Making | None = None


@dataclass(frozen=True)
class _Submission:
    """A submission's row in the gradebook, and its notebook's."""

    number: str
    notebook: str
    timestamp: datetime | None
    extension: timedelta | None


class GradebookRows:
    """Writes the rows of one day's one notebook.

    `penalty` returns what a late submission costs: called with the student, the score and the seconds. Raises
    nbgrader's MissingEntry where the gradebook does not know the day, NotImplementedError for several notebooks.
    """

    def __init__(self, gradebook: Gradebook, day: str, penalty: LatePenalty) -> None:
        notebook = gradebook.find_notebook(day, day)
        assignment = gradebook.find_assignment(day)
        if len(assignment.notebooks) > 1:
            raise NotImplementedError(f"{day} has several notebooks")
        self._engine = gradebook.engine
        self.receipts = Receipts(self._engine, day, assignment.id, notebook.id, assignment.duedate)
        self._penalty = penalty
        self._assignment, self._duedate, self._notebook = assignment.id, assignment.duedate, notebook.id
        query = select(BaseCell.id, BaseCell.name, BaseCell.type).where(BaseCell.notebook_id == notebook.id)
        with self._engine.connect() as connection:
            cells = connection.execute(query).all()
        self._graded = {cell.name: cell.id for cell in cells if cell.type in _GRADED}
        self._commented = {cell.name: cell.id for cell in cells if cell.type in _COMMENTED}
        gradebook.db.remove()  # ends the transaction that reading has begun

    def write(self, batch: Sequence[StudentMarks]) -> dict[str, Exception]:
        """Write a batch, all of it or nothing; return what the plugin for late penalties raised, by student.

        Raises SQLAlchemy's errors, and KeyError for a cell that the gradebook does not know.
        """
        failed: dict[str, Exception] = {}
        self.receipts.prepare()
        with self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
                # Else two writers could both read first, and one of them would fail at once instead of waiting.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            submissions = self._submissions(connection, batch)
            grades = self._cells(connection, Grade.__table__, self._graded, submissions)
            comments = self._cells(connection, Comment.__table__, self._commented, submissions)
            judged = [each for each in batch if each.scores is not None]
            self._grade(connection, judged, submissions, grades)
            self._comment(connection, judged, submissions, comments)
            self._penalise(connection, judged, submissions, failed)
            makings = {each.student: each.making for each in judged if each.making and each.student not in failed}
            self.receipts.write(connection, makings)
            connection.commit()
        return failed

    def _submissions(self, connection: Connection, batch: Sequence[StudentMarks]) -> dict[str, _Submission]:
        """Return the rows of the batch's submissions, made where there are none, with the new times in them."""
        names = [each.student for each in batch]
        there = set(connection.scalars(select(Student.id).where(Student.id.in_(names))))
        _insert(connection, Student.__table__, ({"id": name} for name in names if name not in there))
        table = SubmittedAssignment.__table__
        query = select(table).where(table.c.assignment_id == self._assignment, table.c.student_id.in_(names))
        known = {row["student_id"]: row for row in connection.execute(query).mappings()}
        fresh = {each.student: self._new_submission(each) for each in batch if each.student not in known}
        _insert(connection, table, fresh.values())
        changed = [
            {"number": known[each.student]["id"], "new_timestamp": each.timestamp}
            for each in batch
            if each.student in known and each.timestamp not in (None, known[each.student]["timestamp"])
        ]
        if changed:
            statement = update(table).where(table.c.id == bindparam("number"))
            connection.execute(statement.values(timestamp=bindparam("new_timestamp")), changed)
        rows: dict[str, Any] = {**known, **fresh}
        notebooks = self._notebooks(connection, [row["id"] for row in rows.values()])
        new = {each.student: each.timestamp for each in batch}
        return {
            name: _Submission(row["id"], notebooks[row["id"]], new[name] or row["timestamp"], row["extension"])
            for name, row in rows.items()
        }

    def _new_submission(self, marks: StudentMarks) -> dict[str, Any]:
        return {
            "id": new_uuid(),
            "assignment_id": self._assignment,
            "student_id": marks.student,
            "timestamp": marks.timestamp,
            "extension": None,
        }

    def _notebooks(self, connection: Connection, submissions: Sequence[str]) -> dict[str, str]:
        """Return the number of each submission's notebook, made where there is none."""
        table = SubmittedNotebook.__table__
        query = select(table.c.assignment_id, table.c.id)
        query = query.where(table.c.notebook_id == self._notebook, table.c.assignment_id.in_(submissions))
        known = {row.assignment_id: row.id for row in connection.execute(query)}
        fresh = {number: new_uuid() for number in submissions if number not in known}
        _insert(
            connection,
            table,
            (
                {"id": own, "assignment_id": number, "notebook_id": self._notebook, "flagged": False}
                for number, own in fresh.items()
            ),
        )
        return known | fresh

    def _cells(
        self, connection: Connection, table: Table, cells: Mapping[str, str], submissions: Mapping[str, _Submission]
    ) -> dict[tuple[str, str], RowMapping]:
        """Return the grades or comments of these submissions by notebook and cell, made where there are none."""
        notebooks = [each.notebook for each in submissions.values()]
        # Locked on PostgreSQL, where a grader may be typing; SQLite has only one writer at a time.
        query = select(table).where(table.c.notebook_id.in_(notebooks)).with_for_update()
        known = {(row["notebook_id"], row["cell_id"]) for row in connection.execute(query).mappings()}
        missing = [
            (notebook, cell) for notebook in notebooks for cell in cells.values() if (notebook, cell) not in known
        ]
        extra: dict[str, Any] = {"needs_manual_grade": True} if "needs_manual_grade" in table.c else {}
        rows = ({"id": new_uuid(), "notebook_id": notebook, "cell_id": cell, **extra} for notebook, cell in missing)
        _insert(connection, table, rows)
        return {(row["notebook_id"], row["cell_id"]): row for row in connection.execute(query).mappings()}

    def _grade(
        self,
        connection: Connection,
        batch: Iterable[StudentMarks],
        submissions: Mapping[str, _Submission],
        grades: Mapping[tuple[str, str], RowMapping],
    ) -> None:
        """Write the engine's scores; where a person has given one already, they are asked to look again."""
        changed = []
        for each in batch:
            for name, score in (each.scores or {}).items():
                row = grades[submissions[each.student].notebook, self._graded[name]]
                needs = row["manual_score"] is not None or score is None
                if (row["auto_score"], row["needs_manual_grade"]) != (score, needs):
                    changed.append({"number": row["id"], "score": score, "needs": needs})
        if changed:
            table = Grade.__table__
            statement = update(table).where(table.c.id == bindparam("number"))
            statement = statement.values(auto_score=bindparam("score"), needs_manual_grade=bindparam("needs"))
            connection.execute(statement, changed)

    def _comment(
        self,
        connection: Connection,
        batch: Iterable[StudentMarks],
        submissions: Mapping[str, _Submission],
        comments: Mapping[tuple[str, str], RowMapping],
    ) -> None:
        """Write the automatic comments."""
        changed = []
        for each in batch:
            for name, comment in each.comments.items():
                row = comments[submissions[each.student].notebook, self._commented[name]]
                if row["auto_comment"] != comment:
                    changed.append({"number": row["id"], "comment": comment})
        if changed:
            table = Comment.__table__
            statement = update(table).where(table.c.id == bindparam("number"))
            connection.execute(statement.values(auto_comment=bindparam("comment")), changed)

    def _penalise(
        self,
        connection: Connection,
        batch: Sequence[StudentMarks],
        submissions: Mapping[str, _Submission],
        failed: dict[str, Exception],
    ) -> None:
        """Write what being late costs, after all scores stand; where the plugin raises, the row stays as it is."""
        scores = self._scores(connection, [submissions[each.student].notebook for each in batch])
        changed = []
        for each in batch:
            own = submissions[each.student]
            try:
                penalty = self._late_penalty(each.student, scores[own.notebook], own)
            except Exception as error:
                failed[each.student] = error
                continue
            changed.append({"number": own.notebook, "penalty": penalty})
        if changed:
            table = SubmittedNotebook.__table__
            statement = update(table).where(table.c.id == bindparam("number"))
            connection.execute(statement.values(late_submission_penalty=bindparam("penalty")), changed)

    def _late_penalty(self, student: str, score: float, submission: _Submission) -> float | None:
        """Return the penalty of one submission, or None."""
        if submission.timestamp is None or self._duedate is None:
            return None
        due = self._duedate + (submission.extension or timedelta(0))
        late = (submission.timestamp - due).total_seconds()
        return self._penalty(student, score, late) if late > 0 else None

    def _scores(self, connection: Connection, notebooks: Sequence[str]) -> dict[str, float]:
        """Return the score of each notebook, as nbgrader adds it up: what a person gave goes before the engine's."""
        query = select(SubmittedNotebook.id, SubmittedNotebook.score).where(SubmittedNotebook.id.in_(notebooks))
        return {row[0]: float(row[1]) for row in connection.execute(query)}


def _insert(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    values = list(rows)
    if values:
        connection.execute(insert(table), values)
