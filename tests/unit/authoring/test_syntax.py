"""Syntax trees are made by one thread at a time."""

from __future__ import annotations

import threading

from proctorch.authoring.syntax import parses


def test_two_threads_do_not_parse_at_once_and_one_may_nest():
    inside: list[str] = []
    most = [0]

    @parses
    def inner(name):
        inside.append(name)
        most[0] = max(most[0], len(set(inside)))
        inside.remove(name)

    @parses
    def outer(name):
        inside.append(name)
        most[0] = max(most[0], len(set(inside)))
        for _ in range(200):
            inner(name)
        inside.remove(name)

    threads = [threading.Thread(target=outer, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] and inside == []
