"""Day 9 examined."""

from __future__ import annotations

from tests.content.days import Day
from tests.content.examination import Examination


class TestDay(Examination):
    day = Day("day09_training_loops")
    training = frozenset({"train_classifier"})
    examples = 12
