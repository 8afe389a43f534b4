"""Reading ahead: in order, no further than asked, errors in their place, and an end that waits for nothing more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from proctorch.gradebook import ahead
from proctorch.gradebook.ahead import read_ahead


def test_results_come_in_order() -> None:
    assert list(read_ahead(str, range(100), 7)) == [str(number) for number in range(100)]


def test_nothing_to_read() -> None:
    assert list(read_ahead(str, [], 7)) == []


def test_reads_no_further_than_asked() -> None:
    taken: list[int] = []

    def names() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    found = read_ahead(str, names(), 5)
    assert next(found) == "0"
    assert taken == [0, 1, 2, 3, 4, 5]
    found.close()


def test_reads_while_nobody_asks() -> None:
    third_read = threading.Event()

    def read(number: int) -> int:
        if number == 2:
            third_read.set()
        return number

    found = read_ahead(read, range(10), 3)
    next(found)
    assert third_read.wait(10)
    found.close()


def test_an_error_stands_where_its_result_would() -> None:
    def read(number: int) -> int:
        if number == 3:
            raise OSError("number 3 is broken")
        return number

    found = read_ahead(read, range(10), 5)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="number 3"):
        next(found)


def test_closed_early_it_makes_no_further_call(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    ending = threading.Event()

    class Pool(ThreadPoolExecutor):
        def __exit__(self, *error: object) -> None:
            ending.set()
            super().__exit__(*error)

    def slow(number: int) -> int:
        if number == 1:
            assert ending.wait(60)
        read.append(number)
        return number

    monkeypatch.setattr(ahead, "ThreadPoolExecutor", Pool)
    found = read_ahead(slow, range(10), 5)
    next(found)
    found.close()
    assert set(read) <= {0, 1}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("read-ahead")]
