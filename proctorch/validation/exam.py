"""The grader's own exam: what was found about the checks of one day, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be: about which subject, in which check, and what happened."""

    subject: str
    check: str
    what: str


@dataclass(frozen=True)
class Survivor:
    """A mutant of the solution that no check caught."""

    exercise: str
    operator: str
    line: int
    before: str
    after: str
    key: str


@dataclass(frozen=True)
class Tally:
    """How many subjects of one kind there are, how many did what they must, and what the others did."""

    total: int = 0
    right: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def complete(self) -> bool:
        """True when every subject did what it must."""
        return self.right == self.total


@dataclass(frozen=True)
class Mutants:
    """Mutants of the solution: those marked as equivalent do not count."""

    total: int = 0
    equivalent: int = 0
    killed: int = 0
    survivors: tuple[Survivor, ...] = ()

    @property
    def share(self) -> float:
        """The part of the mutants that count which was caught; 1 when there are none."""
        counting = self.total - self.equivalent
        return self.killed / counting if counting else 1.0


@dataclass(frozen=True)
class Exam:
    """The whole exam of one day."""

    day: str
    solution: Tally
    stub: Tally
    alternatives: Tally
    caught: Tally
    named: Tally
    mutants: Mutants | None = None
    flaky: Tally = field(default_factory=Tally)
    seeds: int = 0
    seconds: float = 0.0

    def passes(self, least_killed: float) -> bool:
        """True when nothing is wrong and at least this part of the mutants is caught."""
        tallies = (self.solution, self.stub, self.alternatives, self.caught, self.named, self.flaky)
        killed = self.mutants is None or self.mutants.share >= least_killed
        return killed and all(tally.complete for tally in tallies)

    def findings(self) -> tuple[Finding, ...]:
        """Return all that is not as it must be, survivors apart."""
        tallies = (self.solution, self.stub, self.alternatives, self.caught, self.named, self.flaky)
        return tuple(finding for tally in tallies for finding in tally.findings)

    def to_dict(self, least_killed: float) -> dict[str, Any]:
        """Return JSON-ready data; `flaky` counts the runs of right answers that failed, out of `runs`."""
        return {
            "day": self.day,
            "passes": self.passes(least_killed),
            "solution": {"full": self.solution.complete, "checks": self.solution.total},
            "stub": {"zero": self.stub.complete, "checks": self.stub.total},
            "alternatives": {"total": self.alternatives.total, "full": self.alternatives.right},
            "misconceptions": {"total": self.caught.total, "caught": self.caught.right, "named": self.named.right},
            "mutants": None if self.mutants is None else {**asdict(self.mutants), "share": self.mutants.share},
            "flaky": self.flaky.total - self.flaky.right,
            "runs": self.flaky.total,
            "seeds": self.seeds,
            "findings": [asdict(finding) for finding in self.findings()],
            "seconds": round(self.seconds, 1),
        }

    @classmethod
    def from_saved(cls, data: dict[str, Any]) -> Exam:
        """Rebuild an exam from `dataclasses.asdict`; raises KeyError or TypeError when the data is something else."""

        def tally(part: dict[str, Any]) -> Tally:
            return Tally(part["total"], part["right"], tuple(Finding(**finding) for finding in part["findings"]))

        mutants = data["mutants"]
        parts = {name: tally(data[name]) for name in ("solution", "stub", "alternatives", "caught", "named", "flaky")}
        return cls(
            day=data["day"],
            seeds=data["seeds"],
            seconds=data["seconds"],
            mutants=None
            if mutants is None
            else Mutants(
                mutants["total"],
                mutants["equivalent"],
                mutants["killed"],
                tuple(Survivor(**survivor) for survivor in mutants["survivors"]),
            ),
            **parts,
        )
