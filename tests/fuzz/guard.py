"""One input at a time under a limit of computing time and of memory: what may go wrong with it, in three words."""

from __future__ import annotations

import contextlib
import faulthandler
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

MEBIBYTE = 2**20
SECONDS = 5.0
# What an input may cost beyond what was there: the syntax tree of the longest cell (or what NumPy may pad texts with),
# and the smallest set, 216 bytes for five on the wire.
FIXED_MEMORY = 192 * MEBIBYTE
MEMORY_OF_A_BYTE = 64
# One call into C that never returns cannot be interrupted: the process ends and says where.
STUCK_SECONDS = 120


class Unsound(AssertionError):
    """An input was read, and what came out breaks a promise."""


class Hang(BaseException):
    """An input took too long. No Exception, so that no code under test takes it for one of its own."""


@dataclass(frozen=True)
class Fault:
    """What an input did that none may do: `kind` is error, hang or memory."""

    kind: str
    text: str


def peak_memory() -> int:
    """Return the most memory that this process held since `forget_peak`, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def forget_peak() -> None:
    """Let the peak be what is held now: an earlier, larger one would hide what an input costs."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "wb", buffering=0) as stream:
        stream.write(b"5")


@contextmanager
def limited(address_space: int = 4096 * MEBIBYTE) -> Iterator[None]:
    """Let nothing allocate more than so many bytes beyond what is mapped now, and no call hang for ever."""
    with open("/proc/self/statm") as stream:
        mapped = int(stream.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (mapped + address_space, before[1]))
    old = signal.signal(signal.SIGPROF, _hang)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)
        faulthandler.cancel_dump_traceback_later()
        resource.setrlimit(resource.RLIMIT_AS, before)


def _hang(number: int, frame: Any) -> None:
    raise Hang


def still_alive() -> None:
    """Put off the end of a process that is stuck; call it now and then."""
    faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)


def tried(judge: Callable[[bytes], object], data: bytes, seconds: float = SECONDS) -> Fault | None:
    """Hand one input to `judge` under the limits; call it inside `limited`. Return what was wrong."""
    forget_peak()
    before = peak_memory()
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            judge(data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except KeyboardInterrupt:
        raise
    except Hang:
        return Fault("hang", f"more than {seconds} s of computing time")
    except BaseException:
        return Fault("error", traceback.format_exc())
    grown = peak_memory() - before
    if grown > FIXED_MEMORY + MEMORY_OF_A_BYTE * len(data):
        return Fault("memory", f"{grown // MEBIBYTE} MiB for {len(data)} bytes")
    return None
