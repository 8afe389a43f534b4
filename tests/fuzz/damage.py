"""Damage to bytes: what a cable, an editor or an attacker does to them without knowing what they mean."""

from __future__ import annotations

import random
from collections.abc import Callable

# Where lengths, counts and texts break: bounds of bytes and words, quotes and brackets, halves of characters.
TELLING = (
    b"", b"\0", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80",
    b"\xff" * 8, b"\0" * 7 + b"\x80", b"\0\0\0\0\1\0\0\0", b'"', b"\\", b"{", b"[", b"]", b"}", b",", b"\\ud800",
    b"\xed\xa0\x80", b"\xc3", b"\xef\xbb\xbf", b"\xff\xfe", b"1e999", b"-", b"\n", b"\r\n", b"\x1b[2J",
)  # fmt: skip


def _flip(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data))
    data[place] ^= 1 << rng.randrange(8)


def _byte(data: bytearray, rng: random.Random) -> None:
    data[rng.randrange(len(data))] = rng.randrange(256)


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _remove(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data))
    del data[place : place + rng.choice((1, 2, 4, 8, 100))]


def _telling(data: bytearray, rng: random.Random) -> None:
    place, told = rng.randrange(len(data) + 1), rng.choice(TELLING)
    data[place : place + rng.choice((0, len(told)))] = told


def _double(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data))
    piece = data[place : place + rng.choice((1, 5, 9, 40))]
    data[place:place] = piece * rng.choice((1, 1, 2, 30))


def _swap(data: bytearray, rng: random.Random) -> None:
    size = rng.choice((1, 4, 20))
    first, second = rng.randrange(len(data)), rng.randrange(len(data))
    one, other = bytes(data[first : first + size]), bytes(data[second : second + size])
    data[first : first + size] = other
    data[second : second + size] = one


_KINDS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _byte, _cut, _remove, _telling, _telling, _double, _swap,
)  # fmt: skip


def damaged(data: bytes, rng: random.Random, most: int = 4) -> bytes:
    """Return bytes with one to `most` pieces of damage."""
    made = bytearray(data)
    for _ in range(rng.randint(1, most)):
        if made:
            rng.choice(_KINDS)(made, rng)
    return bytes(made)
