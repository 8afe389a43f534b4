"""Trying the levels from the best one down, and attacking the first that this machine can have."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proctorch.errors import GuestFailure, SandboxUnavailable
from proctorch.grading.client import Client
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.level import Level
from proctorch.sandbox.limits import DEFAULT_LIMITS, MEBIBYTE
from proctorch.selftest.bait import Bait, laid_out
from proctorch.selftest.findings import Attempt, SelfTest

ATTACKS = Path(__file__).parent / "attacks"
# Small, so that running into them takes no time; the mechanisms are those of grading.
LIMITS = DEFAULT_LIMITS.replace(cpu_seconds=1.0, load_seconds=1.0, wall_factor=2.0, memory=256 * MEBIBYTE)
FAREWELL_SECONDS = 3.0
NEIGHBOUR = """
import os, tempfile
for folder in (os.getcwd(), tempfile.gettempdir(), "/dev/shm"):
    try:
        open(os.path.join(folder, "neighbour"), "w").write("the work of somebody else")
    except OSError:
        continue
"""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Attack:
    """A program of `attacks/`: what it tries, at which levels it must fail, and how it must end where it does not."""

    name: str
    tries: str
    source: str
    levels: tuple[str, ...] = (Level.FULL.value, Level.REDUCED.value)
    ends_by: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Attack:
        """Read an attack from its file: its docstring says what it tries, LEVELS and ENDS_BY the rest."""
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        said = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in ("LEVELS", "ENDS_BY")
        }  # fmt: skip
        tries = (ast.get_docstring(tree) or "").rstrip(".")
        return cls(path.stem, tries, source, said.get("LEVELS", cls.levels), said.get("ENDS_BY", ()))


def all_attacks(folder: Path = ATTACKS) -> tuple[Attack, ...]:
    """Return the attacks in the order of their names."""
    return tuple(Attack.read(path) for path in sorted(folder.glob("*.py")))


def attempt(
    levels: Sequence[Level] = tuple(Level), attacks: Sequence[Attack] | None = None, progress: Progress | None = None
) -> SelfTest:
    """Find the best of `levels` that this machine can have, and attack it; `practice` has nothing to attack.

    Raises SandboxUnavailable where not even processes can be made.
    """
    start = time.perf_counter()
    reasons: dict[str, str] = {}
    for level in levels:
        try:
            with Zygote(level=level) as zygote, _neighbour(zygote):
                chosen = all_attacks() if attacks is None else attacks
                chosen = [each for each in chosen if level.value in each.levels]
                attempts = tuple(_attack_all(zygote, chosen, progress))
                seconds = time.perf_counter() - start
                return SelfTest(level, reasons, zygote.measures or (), attempts, seconds)
        except SandboxUnavailable as error:
            reasons[level.value] = str(error)
    raise SandboxUnavailable("\n".join(f"{level}: {reason}" for level, reason in reasons.items()))


@contextmanager
def _neighbour(zygote: Zygote) -> Iterator[Guest]:
    """Somebody else's guest, which lives through all attacks."""
    guest = zygote.guest(LIMITS)
    try:
        _client(guest).load("neighbour", NEIGHBOUR)
        yield guest
    finally:
        guest.kill()


def _attack_all(zygote: Zygote, attacks: Sequence[Attack], progress: Progress | None) -> Iterator[Attempt]:
    with laid_out() as bait:
        for done, attack in enumerate(attacks, start=1):
            start = time.perf_counter()
            got = _attack(zygote, attack, bait)
            yield Attempt(attack.name, attack.tries, got, round(time.perf_counter() - start, 3))
            if progress is not None:
                progress(done, len(attacks), attack.tries)


def _attack(zygote: Zygote, attack: Attack, bait: Bait) -> str:
    """Run one attack in a guest of its own; return what it got, or nothing."""
    guest = zygote.guest(LIMITS)
    printed, ended = "", "returned"
    try:
        client = _client(guest)
        client.load("target", f"TARGET = {bait.target()!r}")
        try:
            client.load("attack", attack.source)
        except GuestFailure as failure:
            ended = type(failure).__name__
        printed = client.printed
        left = guest.meter.pids()
    finally:
        guest.kill()
    finds = [line[4:] for line in printed.splitlines() if line.startswith("GOT ")]
    if attack.ends_by and ended not in attack.ends_by:
        finds.append(f"it ended by {ended}, not by {' or '.join(attack.ends_by)}")
    if still := _still_there(left):
        finds.append(f"{len(still)} processes that outlived their guest")
    finds += [harm] if (harm := bait.harm()) else []
    return "; ".join(finds)[:1000]


def _client(guest: Guest) -> Client:
    client = Client(guest.base, lambda *parts: None)
    client.begin(LIMITS, 0)
    return client


def _still_there(pids: Sequence[int]) -> list[int]:
    """Return those processes that live on after a while."""
    end = time.monotonic() + FAREWELL_SECONDS
    while (left := [pid for pid in pids if os.path.exists(f"/proc/{pid}/fd/0")]) and time.monotonic() < end:
        time.sleep(0.01)
    return left
