"""What a self-test found; read again at every grading, so nothing that imports torch is imported here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from proctorch.sandbox.level import Level


@dataclass(frozen=True)
class Attempt:
    """What became of one attack; `got` is empty where it was stopped."""

    name: str
    tries: str
    got: str
    seconds: float


@dataclass(frozen=True)
class SelfTest:
    """What the sandbox of this machine is worth.

    `level` is the best one that can be had, `reasons` why there is no better one, by level; `measures` confine each
    guest, as provenance names them.
    """

    level: Level
    reasons: dict[str, str] = field(default_factory=dict)
    measures: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    seconds: float = 0.0

    @property
    def succeeded(self) -> tuple[Attempt, ...]:
        """The attacks that got something."""
        return tuple(attempt for attempt in self.attempts if attempt.got)

    @property
    def marks(self) -> bool:
        """True where marks may be given: guests are confined, and no attack got anything."""
        return self.level.confined and not self.succeeded

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "level": self.level.value,
            "marks": self.marks,
            "lacks": list(self.level.lacks),
            "reasons": self.reasons,
            "measures": list(self.measures),
            "attacks": len(self.attempts),
            "succeeded": len(self.succeeded),
            "attempts": [{**asdict(attempt), "stopped": not attempt.got} for attempt in self.attempts],
            "seconds": round(self.seconds, 1),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SelfTest:
        """Rebuild what `to_dict` returned; raises KeyError, TypeError or ValueError where it is something else."""
        names = ("name", "tries", "got", "seconds")
        attempts = tuple(Attempt(*(each[name] for name in names)) for each in data["attempts"])
        level = Level(data["level"])
        return cls(level, dict(data["reasons"]), tuple(data["measures"]), attempts, data["seconds"])
