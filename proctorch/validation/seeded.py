"""The course as an exam sees it: the same days and checks, with a secret that comes from a seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from proctorch.course import Course


@dataclass(frozen=True)
class SeededCourse(Course):
    """A course whose hidden inputs come from `seed`: an exam says the same in every copy of the course."""

    seed: int = 0

    def secret(self) -> bytes:
        """Return 32 bytes that depend on the seed alone; the course's own secret is neither read nor made."""
        return hashlib.sha256(f"proctorch examination {self.seed}".encode()).digest()
