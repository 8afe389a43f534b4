"""The results store: every report that was ever made, beside nbgrader's gradebook.

Results are only added; the latest one counts. A report is written in one transaction, so a reader sees all of it or
nothing. SQLite keeps its rollback journal: write-ahead logging fails on network file systems, where course folders
often live, and one file is what people copy as a backup. Writers wait for each other instead (`timeout`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, cast

from sqlalchemy import Connection, Engine, Select, Table, create_engine, func, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from proctorch.errors import StoreUnavailable
from proctorch.gradebook import records
from proctorch.gradebook.tables import CHECK, EXERCISE, METADATA, REPORT
from proctorch.gradebook.trouble import store_trouble
from proctorch.model import Report


class ResultsStore:
    """Saves and finds reports in the database at `url` (any SQLAlchemy URL).

    `timeout` is how many seconds a writer waits for another one (SQLite). Nothing is opened before it is needed, and
    reading never makes or changes anything. Every method raises StoreUnavailable with the cause and the cure.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        self.url = url
        self.engine = _engine(url, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the store opens new ones when it is used again."""
        self.engine.dispose()

    def save(self, report: Report, key: str) -> None:
        """Add a report under its content key, all of it or nothing; earlier reports stay."""
        with self._explained("write"):
            self._make_tables()
            with self.engine.begin() as connection:
                row = records.report_row(report, key, datetime.now(UTC).replace(tzinfo=None))
                number = connection.execute(insert(REPORT).values(row)).inserted_primary_key
                if number is None:
                    raise StoreUnavailable(f"{self.url} gave no number to a new result")
                if exercises := records.exercise_rows(report, number[0]):
                    connection.execute(insert(EXERCISE), exercises)
                if checks := records.check_rows(report, number[0]):
                    connection.execute(insert(CHECK), checks)

    def latest(self, student: str, day: str, *, judged: bool = False) -> Report | None:
        """Return the newest report of a student and day, or None; with `judged` the newest that has a mark."""
        query = select(func.max(REPORT.c.id)).where(
            REPORT.c.student == records.stored_text(student), REPORT.c.day == records.stored_text(day)
        )
        return self._one(query.where(REPORT.c.judged) if judged else query)

    def find(self, student: str, day: str, key: str) -> Report | None:
        """Return the newest report of a student and day that was made under `key`, or None."""
        return self._one(
            select(func.max(REPORT.c.id)).where(
                REPORT.c.student == records.stored_text(student),
                REPORT.c.day == records.stored_text(day),
                REPORT.c.key == key,
            )
        )

    def reports(self, day: str) -> tuple[Report, ...]:
        """Return the newest report of each student of a day, in the order of the students' names."""
        of_day = REPORT.c.day == records.stored_text(day)
        newest = select(func.max(REPORT.c.id)).where(of_day).group_by(REPORT.c.student)
        with self._explained("read"), self.engine.connect() as connection:
            return _load(connection, newest) if _has_tables(connection) else ()

    def history(self, student: str, day: str) -> tuple[Report, ...]:
        """Return all reports of a student and day, oldest first."""
        wanted = select(REPORT.c.id).where(
            REPORT.c.student == records.stored_text(student), REPORT.c.day == records.stored_text(day)
        )
        with self._explained("read"), self.engine.connect() as connection:
            return _load(connection, wanted) if _has_tables(connection) else ()

    def _one(self, number: Select[Any]) -> Report | None:
        """Return the one report whose number the query gives."""
        with self._explained("read"), self.engine.connect() as connection:
            found = _load(connection, number) if _has_tables(connection) else ()
        return found[0] if found else None

    def _make_tables(self) -> None:
        """Make the tables where they are not there; another process may be doing the same."""
        with self.engine.connect() as connection:
            names = set(inspect(connection).get_table_names())
        if METADATA.tables.keys() <= names:
            return
        if not names:
            _let_nbgrader_begin(self.url)
        try:
            METADATA.create_all(self.engine)
        except DBAPIError:
            METADATA.create_all(self.engine)  # the other one has made them; a real fault raises once more

    @contextlib.contextmanager
    def _explained(self, intent: str) -> Iterator[None]:
        """Turn whatever the database says into StoreUnavailable."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            raise store_trouble(self.url, intent, error) from error


def _engine(url: str, timeout: float) -> Engine:
    """Return an engine for `url`; SQLite gets a connection a call, so that forks and threads share none."""
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return create_engine(url, poolclass=NullPool, connect_args={"timeout": timeout})
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise store_trouble(url, "open", error) from error


def _has_tables(connection: Connection) -> bool:
    """Return whether anything was ever saved here."""
    return inspect(connection).has_table(REPORT.name)


def _load(connection: Connection, numbers: Select[Any]) -> tuple[Report, ...]:
    """Return the reports with these numbers, by student and number, in three queries."""
    chosen = select(REPORT).where(REPORT.c.id.in_(numbers)).order_by(REPORT.c.student, REPORT.c.id)
    rows = connection.execute(chosen).mappings().all()
    exercises = _by_report(connection, EXERCISE, numbers)
    checks = _by_report(connection, CHECK, numbers)
    return tuple(
        records.report_of(cast(Mapping[str, Any], row), exercises.get(row["id"], []), checks.get(row["id"], []))
        for row in rows
    )


def _by_report(connection: Connection, table: Table, numbers: Select[Any]) -> dict[int, list[Mapping[str, Any]]]:
    """Return a table's rows in order, in lists by the report that they belong to."""
    query = select(table).where(table.c.report_id.in_(numbers)).order_by(table.c.position)
    groups: dict[int, list[Mapping[str, Any]]] = {}
    for row in connection.execute(query).mappings():
        groups.setdefault(row["report_id"], []).append(cast(Mapping[str, Any], row))
    return groups


def _let_nbgrader_begin(url: str) -> None:
    """Let nbgrader make its tables first in an empty database.

    It notes the version of its tables only where it finds none at all; without that note, `nbgrader db upgrade` would
    fail later. Where nbgrader is not installed there is nothing to keep in order.
    """
    try:
        from nbgrader.api import Gradebook
    except ImportError:
        return
    from proctorch.gradebook.config import commands_on_path

    with commands_on_path():
        Gradebook(url).close()
