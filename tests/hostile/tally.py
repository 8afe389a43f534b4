"""The tally of a run: attacks, and those that got anything, by family, with the time that each took."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")


@dataclass
class Family:
    """One family of attacks; `seconds` is the time in the grader and in the test."""

    attacks: int = 0
    succeeded: int = 0
    seconds: float = 0.0


@dataclass
class Tally:
    """What has been counted so far; a test that failed is an attack that got something."""

    families: dict[str, Family] = field(default_factory=lambda: defaultdict(Family))

    def add(self, family: str, seconds: float, *, succeeded: bool) -> None:
        """Count one attack."""
        counted = self.families[family]
        counted.attacks += 1
        counted.succeeded += succeeded
        counted.seconds += seconds

    def lines(self) -> list[str]:
        """Return a table: a line for each family, then the sum."""
        rows = [(name, counted) for name, counted in sorted(self.families.items())]
        rows.append(("in all", self._sum()))
        return [
            f"{name:<18} {row.attacks:4} attacks  {row.succeeded:3} got anything  {row.seconds:7.1f} s"
            for name, row in rows
        ]

    def write(self, path: Path = RESULTS) -> None:
        """Write the tally as JSON."""
        whole = self._sum()
        families = {name: vars(counted) for name, counted in sorted(self.families.items())}
        path.write_text(json.dumps({**vars(whole), "families": families}, indent=1) + "\n")

    def _sum(self) -> Family:
        every = list(self.families.values())
        return Family(
            sum(each.attacks for each in every),
            sum(each.succeeded for each in every),
            round(sum(each.seconds for each in every), 1),
        )
