"""Day 7 examined."""

from __future__ import annotations

from tests.content.days import Day
from tests.content.examination import Examination


class TestDay(Examination):
    day = Day("day07_softmax_regression")
    training = frozenset({"fit_digits"})
    examples = 15
