"""The plot beside results.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_NAMES = {
    "floor": "plain pytest, no isolation",
    "judging_one_worker": "Proctorch, one worker: judging",
    "proctorch_one_worker": "Proctorch, one worker: with marks",
    "proctorch": "Proctorch, all cores: with marks",
    "nbgrader": "nbgrader autograde",
    "otter": "otter run",
}
_OURS, _OTHERS = "#1f6f8b", "#b0b0b0"


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw milliseconds a submission for both days, and time and memory against the size of the class."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(11, 7), constrained_layout=True)
    for axis, day, title in zip(axes[0], ("light", "training"), ("Light day", "Training day"), strict=True):
        _bars(axis, results["derived"][day]["ms_a_submission"], title)
    _growth(axes[1][0], results)
    _memory(axes[1][1], results)
    machine, code = results["machine"], results["code"]
    figure.suptitle(
        f"Grading a class: {machine['cores']} cores, {machine['processor']}, commit {(code['commit'] or 'none')[:9]}"
        + (", QUICK" if results["quick"] else ""),
        fontsize=10,
    )
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _bars(axis: Any, each: Mapping[str, float], title: str) -> None:
    names = [name for name in _NAMES if name in each][::-1]
    values = [each[name] for name in names]
    colours = [_OURS if "proctorch" in name or "judging" in name else _OTHERS for name in names]
    bars = axis.barh([_NAMES[name] for name in names], values, color=colours)
    axis.bar_label(bars, [f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" for value in values], padding=4)
    axis.set_xscale("log")
    axis.set_xlim(min(values) / 2, max(values) * 5)
    axis.set_xlabel("milliseconds for a further submission (log scale)")
    axis.set_title(title, loc="left", fontsize=11)
    axis.spines[["top", "right"]].set_visible(False)


def _growth(axis: Any, results: Mapping[str, Any]) -> None:
    for day, style in (("light", "-"), ("training", "--")):
        start = results["derived"][day]["start_seconds"]["proctorch"]
        runs = results["runs"][day]["proctorch"]
        counts = [run["count"] for run in runs]
        net = [1000 * (run["wall"] - start) / run["count"] for run in runs]
        axis.plot(counts, net, style, marker="o", color=_OURS, label=f"{day} day, net of start-up")
        raw = [1000 * run["wall"] / run["count"] for run in runs]
        axis.plot(counts, raw, style, marker=".", color=_OTHERS, label=f"{day} day, start-up included")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("submissions in the class")
    axis.set_ylabel("ms a submission")
    axis.set_title("proctorch grade, by size of the class", loc="left", fontsize=11)
    axis.legend(frameon=False, fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)


def _memory(axis: Any, results: Mapping[str, Any]) -> None:
    for day, style in (("light", "-"), ("training", "--")):
        runs = results["runs"][day]["proctorch"]
        points = [run["peak_pss"] / 2**20 for run in runs]
        axis.plot([run["count"] for run in runs], points, style, marker="o", color=_OURS, label=f"{day} day")
    axis.set_xscale("log")
    axis.set_ylim(bottom=0)
    axis.set_xlabel("submissions in the class")
    axis.set_ylabel("MiB, peak of all processes (PSS)")
    axis.set_title("Memory of proctorch grade", loc="left", fontsize=11)
    axis.legend(frameon=False, fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)
