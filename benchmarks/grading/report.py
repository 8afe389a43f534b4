"""results.json: the five ratios that are quoted, what else follows from the runs, and the runs themselves."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.grading.figures import (
    Run,
    growth,
    net_of_start,
    overhead,
    per_submission,
    rounds,
    slope,
    start_up,
    typical,
)

Runs = Mapping[str, Sequence[Run]]


def results_of(about: Mapping[str, Any], runs: Mapping[str, Runs], agreement: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything; `light.speedup_nbgrader` and its like are nested: results["light"]["speedup_nbgrader"]."""
    light, training = runs["light"], runs["training"]
    classes = typical(light["proctorch"])
    return {
        "light": {
            "speedup_nbgrader": _rounded(_nbgrader(light) / _each(classes)),
            "speedup_otter": _rounded(_otter(light) / _each(classes)),
            "overhead_floor": _rounded(_overhead(light)),
            "growth_10_1000": _rounded(growth(light["proctorch"])),
        },
        "training": {"overhead_floor": _rounded(_overhead(training))},
        "complete": True,
        **about,
        "derived": {day: derived(found) for day, found in runs.items()},
        "agreement": agreement,
        "runs": runs,
    }


def derived(runs: Runs) -> dict[str, Any]:
    """Return what else follows from a day's runs: milliseconds a submission, start-up, memory, other ratios."""
    command, floor = typical(runs["proctorch"]), statistics.median(map(per_submission, runs["floor_beside"]))
    one_worker = slope(*typical(runs["proctorch_one_worker"])[:2])
    found: dict[str, Any] = {
        "ms_a_submission": {
            "floor": 1000 * floor,
            "judging_one_worker": 1000 * statistics.median(map(per_submission, runs["judging_one_worker"])),
            "proctorch_one_worker": 1000 * one_worker,
            "proctorch": 1000 * _each(command),
            "proctorch_cpu": 1000 * slope(command[0], command[-1], "cpu"),
            "proctorch_sandbox_cpu": 1000 * slope(command[0], command[-1], "guest_cpu"),
        },
        "start_seconds": {"proctorch": statistics.median(start_up(*pair) for pair in rounds(runs["proctorch"]))},
        "known_mistakes_once_seconds": runs["known_mistakes_once"][0]["wall"],
        "overhead_floor_cpu": _overhead(runs, "cpu"),
        "overhead_floor_with_marks": one_worker / floor,
        "peak_mib": {name: max(run["peak_pss"] for run in part) / 2**20 for name, part in runs.items()},
        "peak_mib_by_class": {str(run["count"]): run["peak_pss"] / 2**20 for run in command},
        "net_ms_by_class": {str(size): 1000 * each for size, each in net_of_start(runs["proctorch"]).items()},
        "raw_ms_by_class": {str(run["count"]): 1000 * per_submission(run) for run in command},
        "raw_growth": per_submission(command[-1]) / per_submission(command[0]) - 1,
    }
    each = found["ms_a_submission"]
    if "nbgrader" in runs:
        each["nbgrader"] = 1000 * _nbgrader(runs)
        each["nbgrader_cpu"] = 1000 * slope(*runs["nbgrader"][:2], "cpu")
        found["start_seconds"]["nbgrader"] = start_up(*runs["nbgrader"][:2])
    if "otter" in runs:
        each["otter"] = 1000 * _otter(runs)
        each["otter_cpu"] = 1000 * statistics.median(run["cpu"] for run in runs["otter"])
    return {key: _rounded_all(value) for key, value in found.items()}


def _each(command: Sequence[Run]) -> float:
    """Return the seconds that a further submission takes in a class, marks written, from smallest to largest."""
    return slope(command[0], command[-1])


def _nbgrader(runs: Runs) -> float:
    """Return nbgrader's seconds for a further submission: the start of its command is not held against it."""
    return slope(*runs["nbgrader"][:2])


def _otter(runs: Runs) -> float:
    """Return the seconds of one `otter run`, start included: it grades one submission a call."""
    return statistics.median(run["wall"] for run in runs["otter"])


def _overhead(runs: Runs, key: str = "wall") -> float:
    return overhead(list(zip(runs["judging_one_worker"], runs["floor_beside"], strict=True)), key)


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _rounded_all(value: Any) -> Any:
    return {key: _rounded(one) for key, one in value.items()} if isinstance(value, dict) else _rounded(value)


def publish(results: Mapping[str, Any], path: Path) -> None:
    """Write the results, and their plot beside them; a partial run's leftovers go."""
    from benchmarks.grading.plot import draw

    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".partial.json").unlink(missing_ok=True)
    draw(results, path.with_suffix(".png"))


def summary(results: Mapping[str, Any]) -> str:
    """Return the quoted figures as text."""
    light, each = results["light"], results["derived"]["light"]["ms_a_submission"]
    wrong = sum(len(day["disagreements"]) for day in results["agreement"].values())
    lines = [
        f"A light day: {each['proctorch']:.1f} ms a submission, marks written;",
        f"  {light['speedup_nbgrader']:.0f} times nbgrader's autograde, {light['speedup_otter']:.0f} times otter run",
        f"  {light['overhead_floor']:.2f} times plain pytest (one worker, judging only)",
        f"  {100 * light['growth_10_1000']:+.1f} % a submission from the smallest class to the largest",
        f"A training day: {results['training']['overhead_floor']:.2f} times plain pytest",
        f"{wrong} disagreements between the graders on which checks pass",
    ]
    return "\n".join(lines)
