"""How well a machine confines guests: three levels, one of which stands on every result."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """How guests are confined; `full` has every wall, `reduced` no namespaces, `practice` next to nothing."""

    FULL = "full"
    REDUCED = "reduced"
    PRACTICE = "practice"

    @property
    def confined(self) -> bool:
        """True where student code meets walls: marks are given without anybody asking for them."""
        return self is not Level.PRACTICE

    @property
    def lacks(self) -> tuple[str, ...]:
        """What `full` has and this level does not, in words for an operator."""
        return _LACKS[self]


_WITHOUT_NAMESPACES = (
    "guests see the names of files, and which processes run here",
    "what guests write is bounded by file, not in sum",
    "no /dev/shm: locks and shared tensors of several processes do not work",
    "no loopback: exercises with processes that talk over a network are not judged",
)
_WITHOUT_WALLS = (
    "guests read and write every file that the account they run as can read and write",
    "guests reach the network",
    "guests can end other processes of their account, the grader's own among them",
    "guests make any system call",
)
_LACKS: dict[Level, tuple[str, ...]] = {
    Level.FULL: (),
    Level.REDUCED: _WITHOUT_NAMESPACES,
    Level.PRACTICE: _WITHOUT_WALLS,
}
