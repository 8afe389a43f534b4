"""Reading submissions before they are asked for, in a thread: who judges mostly waits, and need not wait for files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Name = TypeVar("Name")
Found = TypeVar("Found")


def read_ahead(read: Callable[[Name], Found], names: Iterable[Name], most: int) -> Generator[Found, None, None]:
    """Yield `read(name)` for each name, in their order, at most `most` of them read before they are asked for.

    What a call raises is raised where its result would have been yielded. Closing the iterator waits for the call that
    runs, and makes no further one.
    """
    rest = iter(names)
    waiting: deque[Future[Found]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as pool:
        try:
            waiting.extend(pool.submit(read, name) for name in islice(rest, most))
            while waiting:
                found = waiting.popleft().result()
                waiting.extend(pool.submit(read, name) for name in islice(rest, 1))
                yield found
        finally:
            for one in waiting:
                one.cancel()
