"""Day 4 examined."""

from __future__ import annotations

import pytest

from tests.content.days import Day, label
from tests.content.examination import Examination

DAY = Day("day04_autograd")


class TestDay(Examination):
    day = DAY
    examples = 41

    @pytest.mark.parametrize("variant", DAY.misconceptions, ids=label)
    def test_a_mistake_is_told_apart_from_every_other(self, variant) -> None:
        assert [label(other) for other in DAY.mistaken_for(variant)] == []
