"""Recalling a conversation: what a check does once the guest has answered, byte for byte, as another guest did before.

A check is a function of what the guest tells it: its inputs come from its seed, which is the same for every student.
So where two guests answer alike, the host would do the same work twice, to ask the same questions and to find the same
in the answers. It does that work once:

- Host and guest speak in turns: the host asks, or answers a callback; the guest replies, or calls back. The known
  conversations of one run of a check form a tree of turns (`Turn`): what the guest says chooses the branch, and at the
  end of each (`End`) lies what the check found.
- `hold` holds such a conversation with the guest at hand. Every question is asked of it, in a live process and within
  the check's limits, and each only after the answer before it was the same; at the end of a branch lies the outcome.
- Where the guest says anything that was not heard there before, the check's own code takes over (`Retold`): it is run
  from its start, is given what the guest has said so far, and goes on live from there. So a guest hears each question
  once, in the same order, and nothing that it would not have heard; what it knows is what it would know.

What is recalled is what the check's own code found in these very answers (`recallable`): that the claim holds, that it
does not, what the student's code raised, or that the stub is there. A guest that ended, hung or broke the protocol, an
exception of the check itself, and what a submission fails of which a cell failed are judged by the check's code each
time, and nothing is kept of a submission of which a cell failed. What a student's code printed and the lines that it
names are part of its answers, so they are the same, too; an outcome that names a line is recalled only where the
submission at hand has that line as well. A check whose questions do not follow from the answers (it looked at a clock,
say) is noticed when it is retold: it asks something else than it did. It is then run afresh, and never recalled again.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from proctorch.errors import EngineError, GuestFailure
from proctorch.grading.outcome import Outcome
from proctorch.grading.transcript import Event, Transcript
from proctorch.model import Verdict
from proctorch.sandbox.decoding import decode
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.transport import Answer
from proctorch.sandbox.values import BadValue
from proctorch.sandbox.wire import Frame, Kind

MOST_BYTES = 2**26
MOST_ENDS = 256
_RECALLABLE = (Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.NOT_IMPLEMENTED)
# A check in a file that imports one of these may find something else each time, with the same answers.
MOODS = frozenset(
    {
        "asyncio", "concurrent", "datetime", "multiprocessing", "os", "psutil", "resource", "secrets", "signal",
        "socket", "subprocess", "sys", "tempfile", "threading", "time", "timeit", "tracemalloc", "uuid",
    }
)  # fmt: skip
_SHORT = 1024

Heard = tuple[int, int, int, bytes]
Place = tuple[str, int | None]


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
    then: dict[Heard, Turn | End] = field(default_factory=dict)


@dataclass(frozen=True)
class End:
    """What a check found: its outcome, the operations of its transcript in their order, and what was printed.

    `places` are the cells and lines that the guest named, and whether the submission has them.
    """

    outcome: Outcome
    operations: tuple[str, ...]
    printed: str
    places: Mapping[Place, tuple[bool, bool]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many characters it holds, about."""
        return len(self.printed) + len(self.outcome.message) + len(self.outcome.detail)


@dataclass(frozen=True)
class Spoken:
    """One turn that was taken; `frame` is None where the guest failed instead of speaking."""

    kind: Kind
    payload: bytes
    frame: Frame | None


@dataclass(frozen=True)
class Recalled:
    """An outcome that was recalled: what it is, what the guest told, and what it printed."""

    outcome: Outcome
    told: Transcript
    printed: str


def recallable(outcome: Outcome) -> bool:
    """Say whether an outcome says what is in the guest's answers, and nothing of this one run."""
    return outcome.verdict in _RECALLABLE and not outcome.doubt


def heard(frame: Frame) -> Heard:
    """Return what stands for a frame of the guest among those that were heard: the whole of it, or its digest."""
    payload = frame.payload
    content = payload if len(payload) <= _SHORT else hashlib.blake2b(payload, digest_size=32).digest()
    return frame.kind, frame.id if frame.kind is Kind.CALLBACK else 0, len(payload), content


class Conversations:
    """The known conversations of a day's checks, by run; what is kept is bounded, and the first come stay.

    Those that passed have half of the room for themselves: right answers are alike, and wrong ones differ. `names`
    tells submissions apart of which the host knows different things before the first question (which names they
    define).
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._first: dict[tuple[str, str], Turn] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._asked: dict[tuple[str, str], frozenset[str] | None] = {}
        self._room, self._reserved = most_bytes, most_bytes // 2
        self._moody: set[str] = set()

    def first(self, run: str, names: str) -> Turn | None:
        """Return the first turn of a run, where one is known."""
        return self._first.get((run, names))

    def asked(self, run: str, names: str) -> frozenset[str] | None:
        """Return the names of the submission that a run is known to ask for; None where it asks for more."""
        return self._asked.get((run, names))

    def give_up(self, run: str) -> None:
        """Recall a run no more."""
        self._moody.add(run)
        for key in [key for key in self._first if key[0] == run]:
            del self._first[key]

    def keep(
        self, run: str, names: str, spoken: Sequence[Spoken], end: End, asked: frozenset[str] | None = None
    ) -> None:
        """Keep a conversation, if its outcome may be recalled, it is a whole one, and there is room.

        `asked` are the names of the submission that it asks for; None where it asks for more than its functions.
        """
        key = run, names
        if run in self._moody or not spoken or not recallable(end.outcome) or self._counts.get(key, 0) >= MOST_ENDS:
            return
        if len(end.operations) != len(spoken) or any(one.frame is None for one in spoken):
            return
        room = self._room if end.outcome.verdict is Verdict.PASSED else self._room - self._reserved
        if room < end.size + sum(len(turn.payload) + _SHORT for turn in spoken):
            return
        if not self._grow(self._first.setdefault(key, Turn(spoken[0].kind, spoken[0].payload)), spoken, end):
            self.give_up(run)
            return
        earlier = self._asked.get(key, frozenset())
        self._room -= end.size
        self._asked[key] = None if asked is None or earlier is None else earlier | asked
        self._counts[key] = self._counts.get(key, 0) + 1

    def _grow(self, turn: Turn, spoken: Sequence[Spoken], end: End) -> bool:
        """Add a conversation to the tree; False where another one ends in its middle, or goes on where it ends."""
        for one, following in itertools.pairwise(spoken):
            self._room -= len(one.payload) + _SHORT
            after = turn.then.setdefault(_said(one), Turn(following.kind, following.payload))
            if isinstance(after, End):
                return False
            turn = after
        self._room -= len(spoken[-1].payload) + _SHORT
        return isinstance(turn.then.setdefault(_said(spoken[-1]), end), End)


def _said(one: Spoken) -> Heard:
    assert one.frame is not None
    return heard(one.frame)


def places(spoken: Sequence[Spoken], lines: Mapping[str, int]) -> dict[Place, tuple[bool, bool]]:
    """Return the cells and lines that a guest's failures name, and whether a submission has the cell and the line."""
    failures = (one.frame.payload for one in spoken if one.frame is not None and one.frame.kind is Kind.FAILURE)
    return {place: _there(place, lines) for place in map(_place, failures) if place is not None}


def _place(payload: bytes) -> Place | None:
    try:
        said = decode(payload, lambda reference: reference)
    except BadValue:
        return None
    cell, line = (said.get("cell"), said.get("line")) if type(said) is dict else (None, None)
    return (cell, line if type(line) is int else None) if type(cell) is str else None


def _there(place: Place, lines: Mapping[str, int]) -> tuple[bool, bool]:
    cell, line = place
    return cell in lines, cell in lines and line is not None and 1 <= line <= lines[cell]


def hold(first: Turn, wire: Speaker, lines: Mapping[str, int]) -> tuple[list[Spoken], Recalled | None]:
    """Hold a known conversation with a guest, as far as it is one; return what was said, and the outcome at its end.

    `lines` are the numbers of lines of the submission's cells.
    """
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
        if isinstance(after, End):
            same = all(_there(place, lines) == there for place, there in after.places.items())
            return spoken, _recalled(spoken, after) if same else None
        turn = after


def _recalled(spoken: Sequence[Spoken], end: End) -> Recalled:
    frames = [one.frame for one in spoken if one.frame is not None]
    told = (Event(name, frame.kind, frame.payload) for name, frame in zip(end.operations, frames, strict=True))
    return Recalled(end.outcome, tuple(told), end.printed)


class Retold:
    """The transport of a check that takes over a conversation: it hears again what was said, then goes on live.

    `spoken` grows with what is said live, so at the end it is the whole conversation; `failed` says that the guest was
    ended for what it sent.
    """

    def __init__(self, wire: Speaker, spoken: list[Spoken]) -> None:
        self._wire, self.spoken = wire, spoken
        self._place, self._live = 0, not spoken
        self.lost = self.failed = False

    def begin(self, limits: Limits) -> None:
        """Give the guest a new budget, unless it has been talking on this one already."""
        if self._live:
            self._wire.begin(limits)

    def fail(self, failure: GuestFailure) -> None:
        """End the guest because of what it sent."""
        self.failed = True
        self._wire.fail(failure)

    def exchange(self, payload: bytes, answer: Answer) -> tuple[Kind, bytes]:
        """Ask as `SocketTransport.exchange` does; raises GuestFailure, and LostThread where the check strayed."""
        frame = self._turn(Kind.REQUEST, payload)
        try:
            while frame.kind is Kind.CALLBACK:
                frame = self._turn(*answer(frame.id, frame.payload))
        except GuestFailure as failure:
            self.fail(failure)
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
