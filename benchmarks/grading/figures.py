"""From raw runs to ratios: start-up apart from what each further submission costs, overheads, growth, agreement.

A run is a plain dict with `count`, `wall`, `cpu`, `guest_cpu` (seconds) and `peak_pss` (bytes), as in results.json.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping, Sequence
from typing import Any

Run = Mapping[str, Any]


def typical(runs: Sequence[Run]) -> list[Run]:
    """Return one run for each size of class, the smallest first: medians over the runs of that size.

    A small class takes seconds, mostly to start; one run of it says little about what a submission costs.
    """
    sizes = sorted({run["count"] for run in runs})
    return [_median([run for run in runs if run["count"] == size]) for size in sizes]


def _median(runs: Sequence[Run]) -> Run:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def slope(small: Run, large: Run, key: str = "wall") -> float:
    """Return the seconds that each further submission costs, from two sizes of a class: start-up cancels out."""
    return float((large[key] - small[key]) / (large["count"] - small["count"]))


def start_up(small: Run, large: Run) -> float:
    """Return the seconds that a run takes however small the class is."""
    return float(small["wall"] - small["count"] * slope(small, large))


def rounds(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Return the pairs of a smallest class and the one that is next in size, in the order in which they were run."""
    smallest, small, *_ = sorted({run["count"] for run in runs})
    pairs = ([run for run in runs if run["count"] == size] for size in (smallest, small))
    return list(zip(*pairs, strict=True))


def net_of_start(runs: Sequence[Run]) -> dict[int, float]:
    """Return the seconds a submission by size of class, without what a run takes however small the class is.

    What that is, each round of small classes says for itself; larger classes are held against the median of all.
    """
    pairs = rounds(runs)
    start = statistics.median(start_up(*pair) for pair in pairs)
    each = statistics.median(slope(*pair) for pair in pairs)
    smallest, small, *larger = typical(runs)
    known = {smallest["count"]: each, small["count"]: each}
    return known | {run["count"]: (run["wall"] - start) / run["count"] for run in larger}


def growth(runs: Sequence[Run]) -> float:
    """Return by which share a submission costs more in the largest class than in small ones, net of start-up.

    0.05 says five per cent more. `runs` have at least three sizes; start-up and the cost in small classes come from the
    two smallest. Where these were run in turn several times, it is the median over the rounds: a machine that is slower
    for a while is so for both of a round.
    """
    largest = typical(runs)[-1]
    return statistics.median(_growth(*pair, largest) for pair in rounds(runs))


def _growth(smallest: Run, small: Run, largest: Run) -> float:
    net = (largest["wall"] - start_up(smallest, small)) / largest["count"]
    return float(net / slope(smallest, small) - 1)


def overhead(rounds: Sequence[tuple[Run, Run]], key: str = "wall") -> float:
    """Return how many times as long a submission takes as on the floor: the median over rounds of (grader, floor)."""
    return statistics.median(per_submission(grader, key) / per_submission(floor, key) for grader, floor in rounds)


def per_submission(run: Run, key: str = "wall") -> float:
    """Return seconds a submission, whatever it took to start included."""
    return float(run[key] / run["count"])


def disagreements(
    right: Collection[str], everything: Collection[str], passed: Mapping[str, Mapping[str, Collection[str]]]
) -> list[dict[str, Any]]:
    """Return where a contestant does not give a right submission every check, or two judge a wrong one differently.

    `passed` maps contestant and student to the checks that passed; the first contestant is whom others are held
    against.
    """
    (_, reference), *_ = passed.items()
    found = []
    for contestant, students in passed.items():
        for student, checks in students.items():
            expected = set(everything if student in right else reference.get(student, checks))
            if expected != set(checks):
                missing, extra = sorted(expected - set(checks)), sorted(set(checks) - expected)
                found.append({"contestant": contestant, "student": student, "missing": missing, "extra": extra})
    return found
