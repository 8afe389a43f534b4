"""From what a check raised to a verdict and two texts: what the student may read, and the whole story.

Of a public check the student reads everything. Of a hidden one they read the rung, the type of an exception and their
own line number; never a value, and never a message that their own code wrote, because it could print the input.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from proctorch.errors import (
    CheckFailure,
    EngineError,
    GraderBroken,
    GuestFailure,
    GuestOutOfMemory,
    GuestSentTooMuch,
    GuestTimeout,
    NameMissing,
    NotImplementedYet,
    ProtocolViolation,
    StudentRaised,
)
from proctorch.grading.hearsay import known_exception
from proctorch.model import Picture, Verdict

SUSPICIOUS = (Verdict.TIMEOUT, Verdict.OUT_OF_MEMORY, Verdict.CRASHED)


@dataclass(frozen=True)
class Outcome:
    """What became of one run of one check; `doubt` marks an exception that the check's own code raised.

    `share` is the part of the check's points that is earned: 1 when it passed, between 0 and 1 on a score curve. Only a
    public check has a `picture`.
    """

    verdict: Verdict
    message: str = ""
    detail: str = ""
    rung: str | None = None
    exception: str | None = None
    line: int | None = None
    doubt: bool = False
    share: Fraction = Fraction(0)
    picture: Picture | None = None


def passed() -> Outcome:
    """Return the outcome of a check whose claim holds."""
    return Outcome(Verdict.PASSED, share=Fraction(1))


def judge(error: BaseException | None, *, public: bool) -> Outcome:
    """Return the outcome of a check that raised `error`, or passed when it is None."""
    if error is None:
        return passed()
    if isinstance(error, CheckFailure):
        message = error.sentence if public else error.safe
        picture = error.picture if public else None
        return Outcome(Verdict.FAILED, message, error.sentence, error.rung, share=error.share, picture=picture)
    if isinstance(error, GuestFailure):
        return _of_guest(error, public)
    if isinstance(error, EngineError):
        message = "The grader could not judge this; it is not your fault."
        return Outcome(Verdict.NOT_JUDGED, message, str(error), doubt=isinstance(error, GraderBroken))
    if isinstance(error, AssertionError) or type(error).__name__ == "Failed":
        return _of_claim(error, public)
    return _of_check_code(error, public)


def _of_claim(error: BaseException, public: bool) -> Outcome:
    text = str(error).strip() or "the claim does not hold"
    safe = "The claim does not hold for the inputs of this check."
    return Outcome(Verdict.FAILED, text if public else safe, text, "claim")


def _of_check_code(error: BaseException, public: bool) -> Outcome:
    """Judge an exception in the check's own code: usually it tripped over what the student's code returned."""
    text = f"{type(error).__name__}: {error}"
    if type(error).__name__ == "GradcheckError":
        safe = "The gradient is not the derivative of the function."
        return Outcome(Verdict.FAILED, f"{safe}\n{error}" if public else safe, text, "gradient")
    if "does not require grad" in str(error):
        safe = "The result is detached from the graph, so no gradient can flow through it."
        return Outcome(Verdict.FAILED, safe, text, "attached", doubt=True)
    safe = "The check could not go on with what your code returned; look at its type and shape."
    return Outcome(Verdict.FAILED, f"{safe}\n{text}" if public else safe, text, "type", doubt=True)


def _of_guest(error: GuestFailure, public: bool) -> Outcome:
    verdict, detail = error.verdict, str(error)
    if isinstance(error, NotImplementedYet):
        where = f" ({_place(error)})" if error.cell else ""
        return Outcome(verdict, f"This is still to be written: the stub is there{where}.", detail, line=error.line)
    if isinstance(error, StudentRaised):
        return _of_exception(error, public)
    if isinstance(error, NameMissing):
        reason = f" {error.reason}" if error.reason else ""
        message = f"Nothing called {error.name} is defined in the submission.{reason}"
        return Outcome(verdict, message, detail)
    return Outcome(verdict, _of_process(error), detail)


def _of_exception(error: StudentRaised, public: bool) -> Outcome:
    if error.type_name == "Unportable":
        message = (
            "Your code returned something that cannot be read as a value: nested too deep, or far too large a number."
        )
        return Outcome(Verdict.FAILED, message, str(error), "type")
    place, kind = _place(error), _type_name(error, public)
    message = f"Your code raised {kind}" + (f" at {place}" if place else "") + "."
    if public and error.message:
        message = f"{message[:-1]}: {error.message}"
    detail = error.trace or str(error)
    return Outcome(error.verdict, message, detail, exception=kind, line=error.line)


def _type_name(error: StudentRaised, public: bool) -> str:
    """Return the exception's type; of a hidden check only a well-known one, for a name could be made of the input."""
    name = error.type_name
    if not public:
        return known_exception([name, *error.bases])
    return (
        name if name.isidentifier() and name.isascii() and len(name) <= 60 and len(error.bases) > 1 else "an exception"
    )


def _place(error: StudentRaised) -> str:
    parts = [f"line {error.line}" if error.line else "", error.cell or ""]
    return " of ".join(part for part in parts if part)


def _of_process(error: GuestFailure) -> str:
    if isinstance(error, GuestTimeout):
        return (
            f"Your code did not answer within {error.seconds:g} seconds of {error.clock}. "
            "Is there a loop that never ends, or one that could be a tensor operation?"
        )
    if isinstance(error, GuestSentTooMuch):
        return (
            f"What your code returned came to more than {error.limit // 2**20} MiB in one check. "
            "Is some tensor larger than you mean?"
        )
    if isinstance(error, GuestOutOfMemory):
        return (
            f"Your code asked for more than {error.limit // 2**20} MiB of memory. Is some tensor larger than you mean?"
        )
    if isinstance(error, ProtocolViolation):
        return "Your code wrote to the channel that carries its results, so no result could be read."
    return "Your code ended its own process before it returned a result (exit, os._exit, or a crash in native code)."
