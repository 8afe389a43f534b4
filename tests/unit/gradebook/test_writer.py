from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from proctorch.errors import StoreUnavailable
from proctorch.gradebook.records import Entry
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.writer import ResultsWriter

DAY = "day07_softmax"


@pytest.fixture
def store(tmp_path):
    with sqlite3.connect(tmp_path / "results.db") as connection:
        connection.execute("CREATE TABLE student (id TEXT)")
    return ResultsStore(f"sqlite:///{tmp_path / 'results.db'}", timeout=0.1)


class Slow(ResultsStore):
    """A store whose first transaction waits; notes how many results each one holds."""

    def __init__(self, url):
        super().__init__(url)
        self.go, self.sizes = threading.Event(), []

    def save_all(self, entries):
        entries = list(entries)
        self.sizes.append(len(entries))
        assert self.go.wait(60)
        return super().save_all(entries)


def test_what_waits_goes_into_one_transaction(store, report):
    slow = Slow(store.url)
    with ResultsWriter(slow) as writer:
        for number in range(50):
            writer.put(Entry(report(f"student {number:02}"), "k"))
        assert writer.saved() == []
        slow.go.set()
        writer.flush()
        found = writer.saved()
    assert [entry.report.student for _, entry in found] == [f"student {number:02}" for number in range(50)]
    assert [number for number, _ in found] == list(range(1, 51))
    assert len(slow.sizes) <= 3
    assert sum(slow.sizes) == 50


def test_leaving_saves_what_waits_also_after_an_error(store, report):
    with pytest.raises(KeyboardInterrupt), ResultsWriter(store) as writer:
        writer.put(Entry(report("ada"), "k"))
        raise KeyboardInterrupt
    assert store.latest("ada", DAY) is not None


def test_what_goes_wrong_is_raised_from_then_on(store, report):
    store.save(report("first"), "k")
    other = sqlite3.connect(store.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="locked"), ResultsWriter(store) as writer:
        writer.put(Entry(report("ada"), "k"))
        writer.flush()
    with pytest.raises(StoreUnavailable, match="locked"):
        writer.saved()
    other.execute("ROLLBACK")
    assert [each.student for each in store.reports(DAY)] == ["first"]


def test_a_flood_is_handed_back_as_numbers(store, report, monkeypatch):
    monkeypatch.setattr("proctorch.gradebook.writer._MOST_WAITING", 3)
    with ResultsWriter(store) as writer:
        for number in range(9):
            writer.put(Entry(report(f"student {number}"), "k"))
        writer.flush()
        found = writer.saved()
    assert [entry if isinstance(entry, str) else entry.report.student for _, entry in found] == [
        f"student {number}" for number in range(9)
    ]
    assert all(isinstance(entry, str) for _, entry in found[3:])


ANNOUNCER = """
import sys
from fractions import Fraction
from proctorch.gradebook.records import Entry
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.writer import ResultsWriter
from proctorch.model import ExerciseResult, Provenance, Report

provenance = Provenance("0", "3", "2", "2", "x", "y", 1, "cpu", "full", "s", "h", {})
with ResultsWriter(ResultsStore(sys.argv[1])) as writer:
    for number in range(100_000):
        writer.put(Entry(Report(f"student {number}", "day07_softmax", (), provenance), "k"))
        for _, entry in writer.saved():
            print(entry if isinstance(entry, str) else entry.report.student, flush=True)
"""


@pytest.mark.slow
def test_what_was_announced_survives_a_kill(store):
    command = [sys.executable, "-c", ANNOUNCER, store.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        announced = [process.stdout.readline().strip() for _ in range(500)]
        os.kill(process.pid, signal.SIGKILL)
        announced += [line.strip() for line in process.stdout if line.endswith("\n")]
    kept = {each.student for each in store.reports(DAY)}
    assert len(announced) >= 500
    assert set(announced) <= kept
