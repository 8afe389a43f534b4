"""The plot beside results.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.grading.figures import typical

_NAMES = {
    "floor": "plain pytest, no isolation",
    "judging_one_worker": "Proctorch, one worker: judging",
    "proctorch_one_worker": "Proctorch, one worker: with marks",
    "proctorch": "Proctorch, all cores: with marks",
    "nbgrader": "nbgrader autograde",
    "otter": "otter run",
}
_OURS, _OTHERS = "#1f6f8b", "#8c8c8c"
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1}
_DAYS = {"light": "#1f6f8b", "training": "#c1662b"}


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw milliseconds a submission for both days, and time and memory against the size of the class."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(11, 7), constrained_layout=True)
    for axis, day, title in zip(axes[0], ("light", "training"), ("Light day", "Training day"), strict=True):
        _points(axis, results["derived"][day]["ms_a_submission"], title)
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


def _points(axis: Any, each: Mapping[str, float], title: str) -> None:
    """Draw a dot for each grader: on a logarithmic scale a bar's length would mean nothing."""
    names = [name for name in _NAMES if name in each][::-1]
    values = [each[name] for name in names]
    colours = [_OURS if "proctorch" in name or "judging" in name else _OTHERS for name in names]
    axis.scatter(values, range(len(names)), color=colours, s=70, zorder=2)
    for row, value in enumerate(values):
        text = f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms"
        axis.annotate(text, (value, row), xytext=(9, 0), textcoords="offset points", va="center", bbox=_PAPER)
    axis.set_yticks(range(len(names)), [_NAMES[name] for name in names])
    axis.set_ylim(-0.6, len(names) - 0.4)
    axis.set_xscale("log")
    axis.set_xlim(min(values) / 2, max(values) * 15)
    axis.set_xlabel("ms for a further submission (log scale)")
    axis.grid(axis="y", color="#e5e5e5", zorder=0)
    _plain(axis, title, "x")


def _growth(axis: Any, results: Mapping[str, Any]) -> None:
    for day, colour in _DAYS.items():
        derived = results["derived"][day]
        counts, net = zip(*((int(size), each) for size, each in derived["net_ms_by_class"].items()), strict=True)
        raw = [derived["raw_ms_by_class"][str(size)] for size in counts]
        axis.plot(counts, net, marker="o", color=colour, label=f"{day} day, net of start-up")
        axis.plot(counts, raw, ":", marker=".", color=colour, label=f"{day} day, start-up included")
    axis.set_yscale("log")
    axis.set_ylabel("ms a submission (log scale)")
    _by_class(axis, results, "Time of proctorch grade")
    _plain(axis, None, "y")


def _memory(axis: Any, results: Mapping[str, Any]) -> None:
    for day, colour in _DAYS.items():
        runs = typical(results["runs"][day]["proctorch"])
        points = [run["peak_pss"] / 2**20 for run in runs]
        axis.plot([run["count"] for run in runs], points, marker="o", color=colour, label=f"{day} day")
    axis.margins(y=0.1)
    axis.set_ylim(bottom=0)
    axis.set_ylabel("MiB, peak of all processes together (PSS)")
    _by_class(axis, results, "Memory of proctorch grade")


def _by_class(axis: Any, results: Mapping[str, Any], title: str) -> None:
    counts = sorted({run["count"] for day in _DAYS for run in results["runs"][day]["proctorch"]})
    axis.set_xscale("log")
    axis.set_xticks(counts, [f"{count:,}" for count in counts])
    axis.minorticks_off()
    axis.set_xlabel("submissions in the class")
    axis.legend(frameon=False, fontsize=8)
    _plain(axis, title)


def _plain(axis: Any, title: str | None, numbers: str = "") -> None:
    """Take the frame away, and write an axis's numbers out in the place of powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.spines[["top", "right"]].set_visible(False)
    if title is not None:
        axis.set_title(title, loc="left", fontsize=11)
    if numbers:
        chosen = axis.xaxis if numbers == "x" else axis.yaxis
        chosen.set_major_locator(LogLocator(subs=(1.0,) if numbers == "x" else (1.0, 2.0, 5.0)))
        chosen.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        chosen.set_minor_formatter(NullFormatter())
