"""The results store: every report that was ever made, beside nbgrader's gradebook.

Results are only added; the latest one counts. Reports are written in transactions, so a reader sees all of one or
nothing. SQLite keeps its rollback journal: write-ahead logging fails on network file systems, where course folders
often live, and one file is what people copy as a backup. Writers wait for each other instead (`timeout`).

A proposal is a result that somebody has still to agree to. It is filed under a day's name that no day can have, so
that nothing that asks for a day's results, in this version or an earlier one, can take it for a mark.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, Select, create_engine, func, insert, inspect, make_url, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from proctorch.gradebook import queries, records
from proctorch.gradebook.queries import Newest, Part
from proctorch.gradebook.records import Basis, Entry
from proctorch.gradebook.tables import BASIS, CHECK, EXERCISE, METADATA, REPORT
from proctorch.gradebook.trouble import store_trouble
from proctorch.model import Report

_PROPOSED = "?"


def proposed(day: str) -> str:
    """Return the name under which proposals for a day are filed."""
    return day + _PROPOSED


def day_of(name: str) -> str:
    """Return the day whose results or proposals are filed under a name."""
    return name.removesuffix(_PROPOSED)


class ResultsStore:
    """Saves and finds reports in the database at `url` (any SQLAlchemy URL).

    `timeout` is how many seconds a writer waits for another one (SQLite). Nothing is opened before it is needed, and
    reading never makes or changes anything. Every method raises StoreUnavailable with the cause and the cure.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        self.url = url
        self.engine = _engine(url, timeout)
        self._tables_made = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the store opens new ones when it is used again."""
        self.engine.dispose()

    def save(self, report: Report, key: str, bases: Mapping[str, Basis] | None = None) -> None:
        """Add a report under its content key, all of it or nothing; earlier reports stay."""
        self.save_all([Entry(report, key, bases or {})])

    def save_all(self, entries: Iterable[Entry]) -> list[int]:
        """Add reports in one transaction, all of them or none; returns their numbers in order."""
        chosen = list(entries)
        if not chosen:
            return []
        with self._explained("write"):
            self._make_tables()
            created = datetime.now(UTC).replace(tzinfo=None)
            with self.engine.begin() as connection:
                reports = [records.report_row(entry.report, entry.key, created) for entry in chosen]
                query = insert(REPORT).returning(REPORT.c.id, sort_by_parameter_order=True)
                numbers = list(connection.execute(query, reports).scalars())
                pairs = list(zip(chosen, numbers, strict=True))
                for table, rows in (
                    (EXERCISE, [row for entry, number in pairs for row in records.exercise_rows(entry.report, number)]),
                    (CHECK, [row for entry, number in pairs for row in records.check_rows(entry.report, number)]),
                    (BASIS, [row for entry, number in pairs for row in records.basis_rows(entry, number)]),
                ):
                    if rows:
                        connection.execute(insert(table), rows)
        return numbers

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
        with self._reading() as connection:
            return queries.load(connection, queries.newest_of_day(day)) if connection is not None else ()

    def history(self, student: str, day: str) -> tuple[Report, ...]:
        """Return all reports of a student and day, oldest first."""
        wanted = select(REPORT.c.id).where(
            REPORT.c.student == records.stored_text(student), REPORT.c.day == records.stored_text(day)
        )
        with self._reading() as connection:
            return queries.load(connection, wanted) if connection is not None else ()

    def newest(self, day: str, students: Collection[str]) -> dict[str, Newest]:
        """Return number, key and mark of the newest report of each of these students of a day."""
        with self._reading() as connection:
            return queries.newest(connection, day, students) if connection is not None else {}

    def numbered(self, numbers: Collection[int]) -> dict[int, Report]:
        """Return the reports with these numbers; a proposal comes under the name of its day."""
        with self._reading() as connection:
            found = queries.numbered(connection, numbers) if connection is not None else {}
        return {number: replace(each, day=day_of(each.day)) for number, each in found.items()}

    def parts(self, keys: Collection[str]) -> dict[str, Part]:
        """Return the newest result of an exercise under each of these keys, whoever handed the code in."""
        with self._reading(BASIS.name) as connection:
            return queries.parts(connection, keys) if connection is not None else {}

    def bases(self, numbers: Collection[int]) -> dict[int, dict[str, Basis]]:
        """Return what decided the exercises of the reports with these numbers, as far as that was noted."""
        with self._reading(BASIS.name) as connection:
            return queries.bases(connection, numbers) if connection is not None else {}

    def expected_seconds(self, day: str) -> dict[str, float]:
        """Return by student how long the newest judgement of each submission of a day took."""
        with self._reading() as connection:
            return queries.seconds(connection, day) if connection is not None else {}

    def apply(self, day: str, students: Collection[str]) -> tuple[str, ...]:
        """Let proposals stand: all in one transaction; returns whose.

        Left out is who has no proposal, or a result that is newer than it.
        """
        applied = []
        with self._explained("write"):
            self._make_tables()
            with self.engine.begin() as connection:
                standing = queries.newest(connection, day, students)
                for student, proposal in queries.newest(connection, proposed(day), students).items():
                    known = standing.get(student)
                    if known is None or known.number < proposal.number:
                        chosen = update(REPORT).where(REPORT.c.id == proposal.number)
                        connection.execute(chosen.values(day=records.stored_text(day)))
                        applied.append(student)
        return tuple(applied)

    def _one(self, number: Select[Any]) -> Report | None:
        """Return the one report whose number the query gives."""
        with self._reading() as connection:
            found = queries.load(connection, number) if connection is not None else ()
        return found[0] if found else None

    @contextlib.contextmanager
    def _reading(self, table: str = REPORT.name) -> Iterator[Connection | None]:
        """Open a connection to read from; None where nothing was ever saved in a table.

        Another process may be making the tables just now, one after the other.
        """
        needed = {table, REPORT.name, EXERCISE.name, CHECK.name}
        with self._explained("read"), self.engine.connect() as connection:
            yield connection if needed <= set(inspect(connection).get_table_names()) else None

    def _make_tables(self) -> None:
        """Make the tables where they are not there; another process may be doing the same."""
        if self._tables_made:
            return
        with self.engine.connect() as connection:
            names = set(inspect(connection).get_table_names())
        if not names:
            _let_nbgrader_begin(self.url)
        if not METADATA.tables.keys() <= names:
            self._create_all()
        self._tables_made = True

    def _create_all(self) -> None:
        """Make what is missing; each table may be made by another process between the look and the making."""
        for _ in METADATA.tables:
            with contextlib.suppress(DBAPIError):
                METADATA.create_all(self.engine)
                return
        METADATA.create_all(self.engine)  # a real fault raises once more

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
