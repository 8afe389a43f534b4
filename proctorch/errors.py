"""Everything that can go wrong, as one tree.

ProctorchError
├── CourseError             the course folder or an authored file is not right: an instructor mends it
│   └── AuthoringError      ... at a known file and line
├── EngineError             the engine is broken: no mark is given, and the work is graded again later
│   ├── SandboxUnavailable  guests cannot be confined on this machine
│   ├── GraderBroken        a grader file does not load, or its check fails for the reference solution too
│   ├── StoreUnavailable    the results store cannot be read or written (locked, read-only, disk full)
│   └── HostDied            the process that runs the checks ended
└── GuestFailure            what a guest did instead of answering: becomes the verdict of a check
    ├── StudentRaised       the student's code raised an exception
    ├── NotImplementedYet   ... which was NotImplementedError: the stub is still there
    ├── NameMissing         the submission does not define the name
    ├── GuestTimeout        out of CPU time or of wall-clock time
    ├── GuestOutOfMemory    out of memory
    ├── GuestSentTooMuch    ... of the host's: what it sent during one check
    ├── GuestCrashed        the process ended (a signal, an exit) before it answered
    └── ProtocolViolation   the guest sent something that is not a frame

`CheckFailure` is an AssertionError, not a ProctorchError: it is what a failed check raises.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from proctorch.model import Picture, Verdict


class ProctorchError(Exception):
    """The root of the tree."""


class CourseError(ProctorchError):
    """The course folder or an authored file is not right."""


class AuthoringError(CourseError):
    """An authored file is wrong at a known place; says the file, the line, the problem and the cure."""

    def __init__(self, path: Path, line: int, problem: str, cure: str) -> None:
        super().__init__(f"{path}:{line}: {problem}\n  To mend it: {cure}")
        self.path, self.line, self.problem, self.cure = path, line, problem, cure


class EngineError(ProctorchError):
    """The engine is broken: no mark may be given."""


class SandboxUnavailable(EngineError):
    """Guests cannot be confined on this machine."""


class GraderBroken(EngineError):
    """A grader file does not load, or its check is wrong itself."""


class StoreUnavailable(EngineError):
    """The results store cannot be read or written."""


class HostDied(EngineError):
    """The process that runs the checks ended before it answered."""


class GuestFailure(ProctorchError):
    """A guest did something other than answer; `verdict` says what."""

    verdict = Verdict.CRASHED


class StudentRaised(GuestFailure):
    """The student's code raised an exception.

    `type_name` is the exception's type, `message` its text (written by the student's code: never shown to a student
    for a hidden check), `line` the line in the student's cell, `cell` the cell's label, `trace` the student's frames,
    `bases` the names of the type and of what it inherits from.
    """

    verdict = Verdict.ERROR

    def __init__(self, type_name: str, message: str, line: int | None, cell: str | None, trace: str = "") -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name, self.message, self.line, self.cell, self.trace = type_name, message, line, cell, trace
        self.bases: tuple[str, ...] = (type_name,)


class NotImplementedYet(StudentRaised):
    """The student's code raised NotImplementedError."""

    verdict = Verdict.NOT_IMPLEMENTED


class NameMissing(GuestFailure):
    """The submission does not define a name that the check needs."""

    verdict = Verdict.MISSING

    def __init__(self, name: str, reason: str = "") -> None:
        super().__init__(f"{name} is not defined" + (f": {reason}" if reason else ""))
        self.name, self.reason = name, reason


class GuestTimeout(GuestFailure):
    """The guest used up its time; `seconds` is the limit that it met."""

    verdict = Verdict.TIMEOUT

    def __init__(self, seconds: float, clock: str) -> None:
        super().__init__(f"no answer within {seconds:g} seconds of {clock}")
        self.seconds, self.clock = seconds, clock


class GuestOutOfMemory(GuestFailure):
    """The guest used up its memory; `limit` in bytes."""

    verdict = Verdict.OUT_OF_MEMORY

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit // 2**20} MiB of memory were asked for")
        self.limit = limit


class GuestSentTooMuch(GuestOutOfMemory):
    """What the guest sent during one check came to more than the host keeps for it; `limit` in bytes."""


class GuestCrashed(GuestFailure):
    """The guest's process ended before it answered."""


class ProtocolViolation(GuestFailure):
    """The guest sent bytes that are not a frame of the protocol, or an answer to nothing."""


class CheckFailure(AssertionError):
    """A check's claim does not hold.

    `rung` names the step of the ladder that failed (`type`, `dtype`, `shape`, `device`, `attached`, `finite`,
    `values`, `claim`...). `sentence` tells what was given and what was expected, with values. `safe` is the same told
    without any value: what the author of a submission may read about a hidden check. `share` is the part of the check's
    points that is earned all the same, from 0 to less than 1. `picture` shows the values of a failed comparison.
    """

    def __init__(
        self, rung: str, sentence: str, safe: str, share: Fraction = Fraction(0), picture: Picture | None = None
    ) -> None:
        super().__init__(sentence)
        self.rung, self.sentence, self.safe, self.share, self.picture = rung, sentence, safe, share, picture
