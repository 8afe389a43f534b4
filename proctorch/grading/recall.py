"""Recalling a pass: what a check does once the guest has answered, byte for byte, as another guest did that passed.

A check is a function of what the guest tells it: its inputs come from its seed, which is the same for every student.
So where two guests answer alike, the host would do the same work twice, to ask the same questions and to find the same
answers right. It does that work once:

- Host and guest speak in turns: the host asks, or answers a callback; the guest replies, or calls back. The passed
  conversations of one run of a check form a tree of turns (`Turn`), in which what the guest says chooses the branch.
- `hold` holds such a conversation with the guest at hand. Every question is asked of it, in a live process and within
  the check's limits, and each only after the answer before it was the same; at the end of a branch the check is passed.
- Where the guest says anything that was not heard there before, the check's own code takes over (`Retold`): it is run
  from its start, is given what the guest has said so far, and goes on live from there. So a guest hears each question
  once, in the same order, and nothing that it would not have heard; what it knows is what it would know.

Only passes are recalled: whatever costs a mark was found by the check itself. What a student's code printed is part of
its answers, so it is the same, too. A check whose questions do not follow from the answers (it looked at a clock, say)
is noticed when it is retold: it asks something else than it did. It is then run afresh, and never recalled again.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from proctorch.errors import EngineError, GuestFailure
from proctorch.grading.transcript import Event, Transcript
from proctorch.sandbox.decoding import decode
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.transport import Answer
from proctorch.sandbox.wire import Frame, Kind

MOST_BYTES = 2**26
MOST_PASSES = 64
# A check in a file that imports one of these may find something else each time, with the same answers.
MOODS = frozenset(
    {
        "asyncio", "concurrent", "datetime", "multiprocessing", "os", "psutil", "resource", "secrets", "signal",
        "socket", "subprocess", "sys", "tempfile", "threading", "time", "timeit", "tracemalloc", "uuid",
    }
)  # fmt: skip
_SHORT = 1024

Heard = tuple[int, int, int, bytes]


class Speaker(Protocol):
    """The host's end of a guest's wire, one turn at a time (`SocketTransport`)."""

    def begin(self, limits: Limits) -> None:
        """Give the guest a new budget."""

    def say(self, kind: Kind, payload: bytes) -> None:
        """Send a request, or the answer to the last callback; raises GuestFailure."""

    def hear(self) -> Frame:
        """Return what the guest says next; raises GuestFailure."""
        ...

    def fail(self, failure: GuestFailure) -> None:
        """End the guest."""


class LostThread(EngineError):
    """A check asked something else than it did when the guest answered the same."""


@dataclass
class Turn:
    """What the host says, and what follows on each thing that a guest was heard to say then."""

    kind: Kind
    payload: bytes
    then: dict[Heard, Turn | Pass] = field(default_factory=dict)


@dataclass(frozen=True)
class Pass:
    """The end of a conversation that passed: the operations of its transcript in their order, and what was printed."""

    operations: tuple[str, ...]
    printed: str


@dataclass(frozen=True)
class Spoken:
    """One turn that was taken; `frame` is None where the guest failed instead of speaking."""

    kind: Kind
    payload: bytes
    frame: Frame | None


@dataclass(frozen=True)
class Recalled:
    """A pass that was recalled: what the guest told, and what it printed."""

    told: Transcript
    printed: str


def heard(frame: Frame) -> Heard:
    """Return what stands for a frame of the guest among those that were heard: the whole of it, or its digest."""
    payload = frame.payload
    content = payload if len(payload) <= _SHORT else hashlib.blake2b(payload, digest_size=32).digest()
    return frame.kind, frame.id if frame.kind is Kind.CALLBACK else 0, len(payload), content


class Passes:
    """The passed conversations of a day's checks, by run; what is kept is bounded, and the first come stay.

    `names` tells submissions apart of which the host knows different things before the first question (which names
    they define).
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._first: dict[tuple[str, str], Turn] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._asked: dict[tuple[str, str], frozenset[str] | None] = {}
        self._room = most_bytes
        self._moody: set[str] = set()

    def first(self, run: str, names: str) -> Turn | None:
        """Return the first turn of a run, where one is known."""
        return self._first.get((run, names))

    def asked(self, run: str, names: str) -> frozenset[str] | None:
        """Return the names of the submission that the known passes of a run ask for; None where they ask for more."""
        return self._asked.get((run, names))

    def give_up(self, run: str) -> None:
        """Recall a run no more."""
        self._moody.add(run)
        for key in [key for key in self._first if key[0] == run]:
            del self._first[key]

    def keep(
        self, run: str, names: str, spoken: Sequence[Spoken], end: Pass, asked: frozenset[str] | None = None
    ) -> None:
        """Keep a conversation that passed, if it was a whole one and there is room.

        `asked` are the names of the submission that it asks for; None where it asks for more than its functions.
        """
        key = run, names
        if run in self._moody or not spoken or self._counts.get(key, 0) >= MOST_PASSES:
            return
        if len(end.operations) != len(spoken) or self._room < sum(len(turn.payload) + _SHORT for turn in spoken):
            return
        turn = self._first.setdefault(key, Turn(spoken[0].kind, spoken[0].payload))
        for place, one in enumerate(spoken):
            if one.frame is None:
                return
            self._room -= len(one.payload) + _SHORT
            said = heard(one.frame)
            if place + 1 == len(spoken):
                turn.then.setdefault(said, end)
                break
            following = spoken[place + 1]
            after = turn.then.setdefault(said, Turn(following.kind, following.payload))
            if isinstance(after, Pass):  # it ended here once, and goes on now
                self.give_up(run)
                return
            turn = after
        earlier = self._asked.get(key, frozenset())
        self._asked[key] = None if asked is None or earlier is None else earlier | asked
        self._counts[key] = self._counts.get(key, 0) + 1


def hold(first: Turn, wire: Speaker) -> tuple[list[Spoken], Recalled | None]:
    """Hold a known conversation with a guest, as far as it is one; return what was said, and the pass at its end."""
    spoken: list[Spoken] = []
    turn = first
    while True:
        try:
            wire.say(turn.kind, turn.payload)
            frame = wire.hear()
        except GuestFailure:
            spoken.append(Spoken(turn.kind, turn.payload, None))
            return spoken, None
        spoken.append(Spoken(turn.kind, turn.payload, frame))
        after = turn.then.get(heard(frame))
        if after is None:
            return spoken, None
        if isinstance(after, Pass):
            return spoken, _recalled(spoken, after)
        turn = after


def _recalled(spoken: Sequence[Spoken], end: Pass) -> Recalled:
    frames = [one.frame for one in spoken if one.frame is not None]
    told = (Event(name, frame.kind, frame.payload) for name, frame in zip(end.operations, frames, strict=True))
    return Recalled(tuple(told), end.printed)


class Retold:
    """The transport of a check that takes over a conversation: it hears again what was said, then goes on live.

    `spoken` grows with what is said live, so at the end it is the whole conversation.
    """

    def __init__(self, wire: Speaker, spoken: list[Spoken]) -> None:
        self._wire, self.spoken = wire, spoken
        self._place, self._live = 0, not spoken
        self.lost = False

    def begin(self, limits: Limits) -> None:
        """Give the guest a new budget, unless it has been talking on this one already."""
        if self._live:
            self._wire.begin(limits)

    def fail(self, failure: GuestFailure) -> None:
        """End the guest because of what it sent."""
        self._wire.fail(failure)

    def exchange(self, payload: bytes, answer: Answer) -> tuple[Kind, bytes]:
        """Ask as `SocketTransport.exchange` does; raises GuestFailure, and LostThread where the check strayed."""
        frame = self._turn(Kind.REQUEST, payload)
        try:
            while frame.kind is Kind.CALLBACK:
                frame = self._turn(*answer(frame.id, frame.payload))
        except GuestFailure as failure:
            self._wire.fail(failure)
            raise
        return frame.kind, frame.payload

    def _turn(self, kind: Kind, payload: bytes) -> Frame:
        if self.lost:
            raise LostThread("the check has lost its thread")
        if self._live:
            self._wire.say(kind, payload)
            frame = self._wire.hear()
            self.spoken.append(Spoken(kind, payload, frame))
            return frame
        earlier = self.spoken[self._place]
        if earlier.kind is not kind or (earlier.payload != payload and _asked(earlier.payload) != _asked(payload)):
            self.lost = True
            raise LostThread("the check asked something else than it did when the guest answered the same")
        self._place += 1
        self._live = self._place == len(self.spoken)
        if earlier.frame is None:  # the guest is dead, and its wire says of what
            return self._wire.hear()
        return earlier.frame

    def ended(self) -> bool:
        """Say whether the check has heard all that the guest said; note otherwise that it lost its thread."""
        self.lost = self.lost or not self._live
        return not self.lost


def _asked(payload: bytes) -> object:
    """Return what a request asks, without what it lets the guest forget: when that is sent is chance."""
    value = decode(payload, lambda reference: reference)
    if type(value) is not tuple or len(value) < 3 or value[0] != "after":
        return payload
    earlier = [one for one in value[1] if one[0] != "drop"]
    return encode(("after", earlier, *value[2:]) if earlier else value[2:])


@functools.cache
def is_moody(path: Path) -> bool:
    """Say whether a grader file imports what may make its checks find something else in the same answers."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return True
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.split(".")[0] in MOODS for name in names):
            return True
    return False
