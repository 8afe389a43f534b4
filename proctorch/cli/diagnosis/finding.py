"""One thing that was looked at, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Need(StrEnum):
    """What cannot be done without the thing."""

    PRACTICE = "practice"
    GRADING = "grading"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Finding:
    """`topic` was looked at, `found` is what is there; when it is not `good`, `cure` says how to mend it."""

    topic: str
    good: bool
    found: str
    needed_for: Need = Need.NOTHING
    cure: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {**asdict(self), "needed_for": self.needed_for.value}


def possible(findings: tuple[Finding, ...], need: Need) -> bool:
    """True when nothing is amiss that `need` cannot do without; grading needs all that practice needs."""
    needs = {need, Need.PRACTICE}
    return all(finding.good for finding in findings if finding.needed_for in needs)
