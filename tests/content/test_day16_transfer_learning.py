"""Day 16 examined."""

from __future__ import annotations

from tests.content.days import Day
from tests.content.examination import Examination


class TestDay(Examination):
    day = Day("day16_transfer_learning")
    training = frozenset({"fit_head", "fine_tune"})
    examples = 15
