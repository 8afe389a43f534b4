"""What is asked of the results store, many students at a time: a class costs a few queries and not a few a student."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Select, Table, func, select

from proctorch.gradebook import records
from proctorch.gradebook.records import Basis
from proctorch.gradebook.tables import BASIS, CHECK, EXERCISE, REPORT
from proctorch.model import ExerciseResult, Provenance, Report

Rows = dict[int, list[Mapping[str, Any]]]
Item = TypeVar("Item")
# Databases bound how many values one statement may hold; SQLite's oldest bound is 999.
_MOST_VALUES = 500


@dataclass(frozen=True)
class Newest:
    """A student's newest report: its number, its key, and whether it carries a mark."""

    number: int
    key: str
    judged: bool


@dataclass(frozen=True)
class Part:
    """One exercise's result out of a report, what decided it, and the provenance of that report."""

    result: ExerciseResult
    basis: Basis
    provenance: Provenance


def newest_of_day(day: str) -> Select[Any]:
    """Return the query for the numbers of the newest report of each student of a day."""
    return select(func.max(REPORT.c.id)).where(REPORT.c.day == records.stored_text(day)).group_by(REPORT.c.student)


def newest(connection: Connection, day: str, students: Collection[str]) -> dict[str, Newest]:
    """Return the newest reports of these students of a day."""
    names = {records.stored_text(student): student for student in students}
    found = {}
    for chunk in _chunks(names):
        numbers = newest_of_day(day).where(REPORT.c.student.in_(chunk))
        query = select(REPORT.c.student, REPORT.c.id, REPORT.c.key, REPORT.c.judged).where(REPORT.c.id.in_(numbers))
        for row in connection.execute(query):
            found[names[row.student]] = Newest(row.id, row.key, row.judged)
    return found


def seconds(connection: Connection, day: str) -> dict[str, float]:
    """Return how long the newest judgement of each student's submission took."""
    query = select(REPORT.c.student, REPORT.c.seconds).where(REPORT.c.id.in_(newest_of_day(day)))
    return {row.student: row.seconds for row in connection.execute(query)}


def parts(connection: Connection, keys: Collection[str]) -> dict[str, Part]:
    """Return the newest exercise under each key."""
    bases = []
    for chunk in _chunks(keys):
        numbers = select(func.max(BASIS.c.id)).where(BASIS.c.key.in_(chunk)).group_by(BASIS.c.key)
        bases += list(connection.execute(select(BASIS).where(BASIS.c.id.in_(numbers))).mappings())
    wanted = {basis["report_id"] for basis in bases}
    reports = numbered(connection, wanted)
    found = {}
    for basis in bases:
        report = reports.get(basis["report_id"])
        own = [each for each in report.exercises if each.exercise == basis["exercise"]] if report else []
        if report is not None and own:
            found[basis["key"]] = Part(own[0], records.basis_of(cast(Mapping[str, Any], basis)), report.provenance)
    return found


def bases(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, Basis]]:
    """Return the bases of reports, by number and exercise."""
    found: dict[int, dict[str, Basis]] = {}
    for chunk in _chunks(numbers):
        for row in connection.execute(select(BASIS).where(BASIS.c.report_id.in_(chunk))).mappings():
            basis = records.basis_of(cast(Mapping[str, Any], row))
            found.setdefault(row["report_id"], {})[row["exercise"]] = basis
    return found


def numbered(connection: Connection, numbers: Collection[int]) -> dict[int, Report]:
    """Return the reports with these numbers, by number."""
    found: dict[int, Report] = {}
    for chunk in _chunks(numbers):
        found.update(_load(connection, chunk))
    return found


def load(connection: Connection, numbers: Select[Any]) -> tuple[Report, ...]:
    """Return the reports whose numbers a query gives, by student and number."""
    return tuple(_load(connection, numbers).values())


def _load(connection: Connection, numbers: Select[Any] | list[int]) -> dict[int, Report]:
    """Return reports by number, in five queries."""
    chosen = select(REPORT).where(REPORT.c.id.in_(numbers)).order_by(REPORT.c.student, REPORT.c.id)
    rows = connection.execute(chosen).mappings().all()
    exercises = _by_report(connection, EXERCISE, numbers)
    checks = _by_report(connection, CHECK, numbers)
    bases = _by_report(connection, BASIS, numbers) if connection.dialect.has_table(connection, BASIS.name) else {}
    return {
        row["id"]: records.report_of(
            cast(Mapping[str, Any], row),
            exercises.get(row["id"], []),
            checks.get(row["id"], []),
            bases.get(row["id"], []),
        )
        for row in rows
    }


def _by_report(connection: Connection, table: Table, numbers: Select[Any] | list[int]) -> Rows:
    """Return a table's rows in order, in lists by the report that they belong to."""
    order = table.c.position if "position" in table.c else table.c.id
    query = select(table).where(table.c.report_id.in_(numbers)).order_by(order)
    groups: Rows = {}
    for row in connection.execute(query).mappings():
        groups.setdefault(row["report_id"], []).append(cast(Mapping[str, Any], row))
    return groups


def _chunks(items: Collection[Item]) -> Iterator[list[Item]]:
    chosen = list(items)
    for start in range(0, len(chosen), _MOST_VALUES):
        yield chosen[start : start + _MOST_VALUES]
