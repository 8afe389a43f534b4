"""Transcripts: what a check asked of the student's code and what came back, and when two of them agree.

While a check runs, the client keeps the bytes of each answer that it received anyway, so a check that passes costs
nothing more. Two transcripts agree when the same was asked in the same order and the same came back: values within the
tolerance of their dtype, structure and dtypes exactly, texts without the addresses that Python writes into them. Of
exceptions the type at the same call, and the message, unless the submission's own `raise` chose its words: without its
numbers, but where torch speaks of devices.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from proctorch.grading.tolerance import default_tolerance
from proctorch.lab.gpu.placement import mark_of
from proctorch.sandbox.decoding import decode
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.trees import leaves
from proctorch.sandbox.values import BadValue, Reference, Unportable
from proctorch.sandbox.wire import Kind

LARGEST = 2**20
_SIGNIFICANT = 3
# Torch's messages about devices hold no values of tensors, so they are the same in every run.
_DEVICE = re.compile(r"\bcuda(:\d+|\.\w*Tensor)", re.ASCII)
_LONGEST = 300
# Python writes where an object without a text of its own lies: another place in every run.
_ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]+", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d*)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Event:
    """One answer: the operation, REPLY or FAILURE or CALLBACK, and the answer's bytes as they came."""

    operation: str
    kind: int
    content: bytes


Transcript = tuple[Event, ...]


def agree(first: Transcript, second: Transcript) -> bool:
    """Say whether two transcripts tell the same."""
    return len(first) == len(second) and all(map(_same_event, first, second))


def _same_event(first: Event, second: Event) -> bool:
    if first.operation != second.operation or first.kind != second.kind:
        return False
    return first.content == second.content or _alike(_meaning(first), _meaning(second))


@functools.lru_cache(maxsize=64)
def _meaning(event: Event) -> Any:
    """Return what an answer says, without what it printed and without what differs from run to run.

    One answer is held against each known mistake, so it is read once and kept for a while.
    """
    try:
        value = decode(event.content, lambda reference: reference)
    except BadValue:
        return event.content
    if event.kind == Kind.FAILURE and type(value) is dict:
        return {key: value.get(key) for key in ("type", "stub", "memory", "own")} | {"says": _says(value)}
    if event.kind == Kind.REPLY and type(value) is tuple and value:
        value = value[0]
        if event.operation == "call" and type(value) is tuple and len(value) == 4:
            return (value[0], bool(value[1]), *value[2:])
        if event.operation == "call" and type(value) is tuple and len(value) == 1:
            return (value[0], False, [], [])
    return value


def _says(failure: Mapping[str, Any]) -> str:
    """Return what an exception's message tells of the mistake, whatever the values were."""
    message = failure.get("message")
    if type(message) is not str or failure.get("own") is True:
        return ""
    message = message[:_LONGEST]
    return message if _DEVICE.search(message) else _NUMBER.sub("#", _ADDRESS.sub("", message))


def _alike(first: Any, second: Any) -> bool:
    if type(first) is not type(second):
        return False
    if isinstance(first, torch.Tensor):
        return _alike_tensors(first, second)
    if isinstance(first, np.ndarray):
        return _alike_arrays(first, second)
    if isinstance(first, Reference):
        return bool(first.kind == second.kind)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(_alike(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(_alike, first, second))
    if isinstance(first, str):
        return bool(_ADDRESS.sub("", first) == _ADDRESS.sub("", second))
    if isinstance(first, float):
        return math.isclose(first, second, rel_tol=1e-5, abs_tol=1e-8) or (first != first and second != second)
    try:
        return bool(first == second)
    except (ValueError, TypeError):
        return bool(first.equals(second)) if hasattr(first, "equals") else False


def _alike_tensors(first: torch.Tensor, second: torch.Tensor) -> bool:
    if first.shape != second.shape or first.dtype != second.dtype or first.requires_grad != second.requires_grad:
        return False
    if mark_of(first) != mark_of(second):
        return False
    if not (first.is_floating_point() or first.is_complex()):
        return torch.equal(first, second)
    one, other = first.detach(), second.detach()
    finite = other.abs()[other.isfinite()].float() if other.is_complex() else other[other.isfinite()].abs()
    magnitude = float(finite.max()) if finite.numel() else 0.0
    tolerance = default_tolerance(first.dtype, second.dtype, magnitude)
    return torch.allclose(one, other, rtol=tolerance.rtol, atol=tolerance.atol, equal_nan=True)


def _alike_arrays(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> bool:
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if first.dtype.kind in "fc":
        return bool(np.allclose(first, second, rtol=1e-5, atol=1e-8, equal_nan=True))
    return bool((first == second).all())


def fingerprint(transcript: Transcript) -> str:
    """Return a short text that is the same for transcripts that tell the same up to three significant digits.

    It groups submissions without keeping what they answered; two that agree can, rarely, fall on two sides of a
    rounding.
    """
    digest = hashlib.sha256()
    for event in transcript:
        digest.update(f"{event.operation}\x00{event.kind}\x00".encode())
        for leaf in _flat(_meaning(event)):
            digest.update(_rounded(leaf).encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


def _flat(meaning: Any) -> list[Any]:
    if isinstance(meaning, dict):
        return [part for key in sorted(meaning, key=str) for part in (str(key), *_flat(meaning[key]))]
    return list(leaves(meaning))


def _rounded(leaf: Any) -> str:
    if isinstance(leaf, torch.Tensor):
        numbers = leaf.detach().reshape(-1).tolist()
        return f"{tuple(leaf.shape)} {leaf.dtype} {leaf.requires_grad} " + " ".join(map(_digits, numbers))
    if isinstance(leaf, np.ndarray):
        return f"{leaf.shape} {leaf.dtype} " + " ".join(map(_digits, leaf.reshape(-1).tolist()))
    if isinstance(leaf, Reference):
        return leaf.kind
    if isinstance(leaf, str):
        return repr(_ADDRESS.sub("", leaf))
    return f"{type(leaf).__name__} {_digits(leaf)}"


def _digits(number: Any) -> str:
    return f"{number + 0.0:.{_SIGNIFICANT - 1}e}" if isinstance(number, (float, complex)) else repr(number)


def pack(transcripts: Mapping[str, Transcript]) -> bytes | None:
    """Return transcripts by run as bytes; None when they are too large to keep."""
    plain = {
        run: [(event.operation, int(event.kind), event.content) for event in told] for run, told in transcripts.items()
    }
    try:
        data = encode(plain)
    except Unportable:
        return None
    return zlib.compress(data, 9) if len(data) <= LARGEST else None


def unpack(data: bytes) -> dict[str, Transcript]:
    """Return what `pack` packed; raises BadValue when the bytes are something else."""
    try:
        unpacker = zlib.decompressobj()
        plain = decode(unpacker.decompress(data, LARGEST + 1))
        return {str(run): tuple(Event(str(a), int(b), bytes(c)) for a, b, c in told) for run, told in plain.items()}
    except (zlib.error, TypeError, ValueError, AttributeError) as error:
        raise BadValue(f"these are no transcripts: {error}") from error


def to_text(data: bytes) -> str:
    """Return packed transcripts as text for a JSON file."""
    return base64.b85encode(data).decode("ascii")


def from_text(text: str) -> bytes:
    """Return what `to_text` was given; raises ValueError."""
    return base64.b85decode(text)
