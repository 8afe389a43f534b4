"""What a guest says of itself, cut to what may be shown: all of it is the student's to forge.

A message, a type's name or the label of a cell can carry a hidden check's input to whoever reads the feedback. So texts
are bounded, a place is believed only where the submission has such a line, and names come from closed lists.
"""

from __future__ import annotations

import builtins
import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import torch

from proctorch.errors import GuestFailure, GuestOutOfMemory, NotImplementedYet, StudentRaised
from proctorch.sandbox.cells import LONGEST_MESSAGE, LONGEST_TRACE
from proctorch.sandbox.values import Reference

LONGEST_NAME = 200
MOST_BASES = 12
_PLAIN = {"module": "the module", "callable": "the function", "iterable": "the iterator", "object": "the object"}
_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def readable(text: Any, most: int) -> str:
    """Return a text cut to `most` characters, without control characters: terminals obey, databases refuse them."""
    return text[:most].translate(_CONTROLS) if type(text) is str else ""


def failure_of(answer: Any, memory: int, cells: Mapping[str, int] | None) -> GuestFailure:
    """Turn what a guest says of an exception into one of ours, believing only that something was raised.

    `memory` is the limit in bytes, `cells` the number of lines of each cell; without it any place is believed.
    """
    said: dict[str, Any] = answer if type(answer) is dict else {}
    if said.get("memory") is True:
        return GuestOutOfMemory(memory)
    kind = NotImplementedYet if said.get("stub") is True else StudentRaised
    failure = kind(
        readable(said.get("type"), LONGEST_NAME) or "Exception",
        readable(said.get("message"), LONGEST_MESSAGE),
        *_place(said, cells),
        readable(said.get("trace"), LONGEST_TRACE),
    )
    bases = said.get("bases")
    failure.bases = tuple(readable(base, LONGEST_NAME) for base in bases[:MOST_BASES]) if type(bases) is list else ()
    return failure


def _place(said: Mapping[str, Any], cells: Mapping[str, int] | None) -> tuple[int | None, str | None]:
    line, cell = said.get("line"), said.get("cell")
    if type(cell) is not str or (cells is not None and cell not in cells):
        return None, None
    last = 100_000 if cells is None else cells[cell]
    return (line if type(line) is int and 1 <= line <= last else None), readable(cell, LONGEST_NAME)


def known_exception(names: Iterable[str]) -> str:
    """Return the first name that is one of Python's or torch's own exceptions, else `an exception`."""
    for name in names:
        for home in (builtins, torch):
            found = vars(home).get(name)
            if isinstance(found, type) and issubclass(found, BaseException) and found not in (BaseException, Exception):
                return name
    return "an exception"


@functools.lru_cache(maxsize=256)
def _parts(authored: tuple[str, ...]) -> frozenset[str]:
    return frozenset(part for path in authored for part in path.split("."))


def renamed(reference: Reference, authored: Iterable[str]) -> Reference:
    """Return a reference with a name that can be shown: one that the day's author wrote, or one of torch's, or none."""
    name = reference.type_name
    if name in _parts(tuple(authored)) or any(name in vars(home) for home in (torch.nn, torch.optim)):
        return reference
    return replace(reference, type_name=_PLAIN.get(reference.kind, "the object"))
