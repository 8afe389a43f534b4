"""Saves results beside the work that makes them: what is finished while a transaction runs goes into the next one.

A result is handed out again only when it is on disk. Nothing waits for company: a lone result is saved at once, and a
flood of them in few transactions.
"""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType
from typing import Self

from proctorch.gradebook.records import Entry
from proctorch.gradebook.store import ResultsStore

_MOST_AT_ONCE = 200
# How many results may wait for the disk before the work that makes them has to wait, too.
_MOST_WAITING = 2_000


class ResultsWriter:
    """A thread that saves entries in their order; leaving the context saves what is still waiting.

    When saving fails, every call from then on raises what went wrong (StoreUnavailable), and nothing more is saved.
    """

    def __init__(self, store: ResultsStore) -> None:
        self._store = store
        self._waiting: deque[Entry] = deque()
        self._saved: deque[tuple[int, Entry | str]] = deque()
        self._change = threading.Condition()
        self._busy = self._closed = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="results", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def put(self, entry: Entry) -> None:
        """Have an entry saved soon."""
        with self._change:
            self._change.wait_for(lambda: len(self._waiting) < _MOST_WAITING or self._failure is not None)
            self._check()
            self._waiting.append(entry)
            self._change.notify_all()

    def saved(self) -> list[tuple[int, Entry | str]]:
        """Return what was saved since the last call, each with its number; of a great many only the student."""
        with self._change:
            self._check()
            found = list(self._saved)
            self._saved.clear()
        return found

    def flush(self) -> None:
        """Wait until everything is on disk."""
        with self._change:
            self._change.wait_for(lambda: not (self._waiting or self._busy) or self._failure is not None)
            self._check()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while batch := self._next():
            try:
                numbers = self._store.save_all(batch)
            except BaseException as error:
                self._done([], error)
                return
            self._done(list(zip(numbers, batch, strict=True)), None)

    def _next(self) -> list[Entry]:
        """Return what waits; nothing when there will be no more."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closed)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]
            self._busy = bool(batch)
        return batch

    def _done(self, saved: list[tuple[int, Entry]], failure: BaseException | None) -> None:
        with self._change:
            room = _MOST_WAITING - len(self._saved)
            self._saved.extend(
                (number, entry if place < room else entry.report.student) for place, (number, entry) in enumerate(saved)
            )
            self._busy, self._failure = False, failure
            self._change.notify_all()
