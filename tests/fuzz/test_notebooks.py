"""Whatever a student hands in is read, or is a problem that says its cure: the host never fails over it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.guard import Fault, limited, tried
from tests.fuzz.notebook_target import judge
from tests.fuzz.notebooks import DAY, harmed, released, small
from tests.fuzz.tally import summary

ROOT = Path(__file__).parents[2]
KEPT = sorted((Path(__file__).parent / "corpus" / "notebooks").iterdir())


def faults(*inputs: bytes, day=DAY) -> list[tuple[Fault, bytes]]:
    """Try inputs; return what was wrong, and with which."""
    with limited():
        tries = [(tried(lambda data: judge(data, day), data), data) for data in inputs]
    return [(fault, data) for fault, data in tries if fault is not None]


def test_what_was_ever_kept() -> None:
    assert len(KEPT) > 50
    assert faults(*(file.read_bytes() for file in KEPT)) == []


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**63 - 1), st.sampled_from(small()))
def test_damaged_notebooks(seed: int, whole: bytes) -> None:
    assert faults(harmed(whole, random.Random(seed))) == []


def test_damaged_notebooks_of_the_course() -> None:
    rng = random.Random(1)
    for day, whole in released(ROOT, 1):
        assert faults(whole, *(harmed(whole, rng) for _ in range(8)), day=day) == []


def of_cell(source: str) -> bytes:
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "softmax"}}, "source": source}
    return json.dumps({"cells": [cell]}).encode()


@pytest.mark.parametrize(
    "data",
    [
        of_cell("x = " + "+".join(["1"] * 2900) + "  # await"),
        of_cell('!ls\nx = """' + "\\n" * 99_000 + '"""'),
        of_cell("a" + ".a" * 90_000),
        of_cell("(" * 199_000),
        of_cell("-" * 199_000 + "1  # await"),
        of_cell("!\n" * 99_000),
        b'"""\n# %%\n"""\n' + b"a;" * 500_000,
        b"# %%\na\n" * 30_000,
        b'{"cells": ' + b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"cells": ["' + b"\\n" * 1_500_000 + b'"]}',
        b"[" + b"1" * 3_000_000 + b"]",
        b"[1." + b"1" * 3_000_000 + b"]",
        b'["\xed\xa0\x80' + b"\xff" * 100_000,
        ('["\u2222",' + "[]," * 300_000 + "0]").encode("utf-16"),
    ],
    ids=[
        "long sum", "escapes", "attributes", "brackets", "signs", "shell lines", "long script", "headers", "lists",
        "objects", "text of escapes", "digits", "decimals", "not UTF-8", "UTF-16",
    ],
)  # fmt: skip
def test_what_was_slow_or_large_or_failed_once_or_could(data: bytes) -> None:
    assert faults(data) == []


def test_a_run_of_notebooks_sums_up_in_its_last_line() -> None:
    line = summary("notebooks", 10_000, 1, 0, 700 * 2**20)
    assert line == "fuzz notebooks 10000 notebooks 1 errors 0 hangs peak 700 MiB"
