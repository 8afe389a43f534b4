"""Score curves: what a threshold is worth when it is nearly reached, so that nobody loses all by bad luck."""

from __future__ import annotations

import math
from fractions import Fraction

from proctorch.errors import CheckFailure


def assert_score(score: float, *, floor: float, target: float, what: str = "the score") -> None:
    """Pass when a score reaches `target`; between `floor` and `target` earn points that rise linearly from none to all.

    `score` must be computed by the check itself, from values: an accuracy, averaged over several seeds.

        assert_score(accuracy, floor=0.80, target=0.93, what="accuracy on the test set")

    Raises CheckFailure with the share that is earned, and ValueError when floor and target are not in order.
    """
    if not floor < target:
        raise ValueError(f"the floor {floor!r} must be less than the target {target!r}")
    if math.isfinite(score) and score >= target:
        return
    exact = Fraction(score - floor) / Fraction(target - floor) if math.isfinite(score) else Fraction(0)
    share = max(Fraction(0), min(exact, Fraction(1))).limit_denominator(10_000)
    earned = f"that is worth {round(100 * float(share))} % of this check's points" if share else "that earns no points"
    needed = f"full points need {target:g}, points begin above {floor:g}"
    safe = f"{what} is below the target: {needed}"
    raise CheckFailure(
        "score", f"{what} is {score:.4g}; {earned} ({needed})", safe, min(share, Fraction(9_999, 10_000))
    )
