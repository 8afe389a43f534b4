"""How long a Jupyter server keeps others waiting while its formgrader autogrades.

    python -m benchmarks.formgrader [--submissions 8] [--json PATH]

Two servers in turn, on copies of the same course, with the same released notebooks of day02_tensors handed in: one with
nbgrader's formgrader alone, one with Proctorch's extension beside it. The autograde button is pressed for one
submission after another, over HTTP; meanwhile /api/status is asked, 10 ms after each answer. The first click, which
starts the engine's processes, is counted apart. For comparison stands what the same server takes when it is idle.
Promise: 50 ms. About a minute on two idle cores.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.jupyter_server import JupyterServer, serve
from proctorch.authoring.build import build_days
from proctorch.cli.demo.classroom import find_origin, open_classroom

DAY = "day02_tensors"
PAUSE = 0.01
WAYS = {"nbgrader alone": False, "with Proctorch": True}


def hand_in(course: Path, count: int) -> list[str]:
    """Let `count` students hand in the release, each with a remark of their own, so that each is run; return them."""
    students = [f"s{number:03}" for number in range(count)]
    for student in students:
        folder = course / "submitted" / student / DAY
        shutil.copytree(course / "release" / DAY, folder)
        path = folder / f"{DAY}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = f"{''.join(cell['source'])}\n# by {student}"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        (folder / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
    return students


def waits_during(server: JupyterServer, work: Callable[[], object]) -> dict[str, float]:
    """Do the work, and ask for the status meanwhile; return figures in milliseconds, and the seconds of the work."""
    waits: list[float] = []
    ended = threading.Event()

    def poll() -> None:
        connection = server.connection()
        while not ended.is_set():
            start = time.perf_counter()
            connection.request("GET", "/api/status", headers=server.headers())
            reply = connection.getresponse()
            reply.read()
            if reply.status != 200:
                raise RuntimeError(f"/api/status was answered with {reply.status}")
            waits.append(1000 * (time.perf_counter() - start))
            time.sleep(PAUSE)

    poller = threading.Thread(target=poll)
    start = time.perf_counter()
    poller.start()
    try:
        work()
    finally:
        seconds = time.perf_counter() - start
        ended.set()
        poller.join()
    parts = statistics.quantiles(waits, n=20, method="inclusive") if len(waits) > 1 else waits * 19
    return {"p50": parts[9], "p95": parts[18], "max": max(waits), "calls": len(waits), "seconds": seconds}


def measure(course: Path, own: Path, students: list[str], *, ours: bool) -> dict[str, dict[str, float]]:
    """Return the waits of one server: idle, during its first autograde, and during all others."""

    def press(chosen: list[str]) -> None:
        for student in chosen:
            answer = server.autograde(DAY, student)
            if not answer["success"]:
                raise RuntimeError(f"{student} was not graded:\n{answer.get('log', '')}\n{answer['error']}")

    with serve(course, own, ours=ours) as server:
        return {
            "idle": waits_during(server, lambda: time.sleep(3)),
            "first": waits_during(server, lambda: press(students[:1])),
            "later": waits_during(server, lambda: press(students[1:])),
        }


def run(count: int) -> dict[str, Any]:
    """Measure both ways in turn."""
    found: dict[str, Any] = {"load_before": os.getloadavg()[0], "cores": len(os.sched_getaffinity(0))}
    with tempfile.TemporaryDirectory(prefix="proctorch-formgrader-") as work:
        for number, (name, ours) in enumerate(WAYS.items()):
            course = open_classroom(find_origin(DAY), Path(work) / str(number)).course
            build_days(course, [DAY], database=f"sqlite:///{course.root / 'gradebook.db'}")
            students = hand_in(course.root, count)
            found[name] = measure(course.root, Path(work) / f"own{number}", students, ours=ours)
    found["load_after"] = os.getloadavg()[0]
    return found


def table(found: dict[str, Any]) -> str:
    """Return the figures as lines of text."""
    lines = [f"{'/api/status, milliseconds':34}{'p50':>9}{'p95':>9}{'max':>9}{'calls':>8}{'seconds of work':>18}"]
    for name in WAYS:
        for phase, row in found[name].items():
            lines.append(
                f"{f'{name}, {phase}':34}{row['p50']:9.1f}{row['p95']:9.1f}{row['max']:9.1f}"
                f"{row['calls']:8.0f}{row['seconds']:18.2f}"
            )
    lines.append(
        f"load average {found['load_before']:.1f} before, {found['load_after']:.1f} after; {found['cores']} cores"
    )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long a server keeps others waiting while it autogrades.")
    parser.add_argument("--submissions", type=int, default=8, help="how many are autograded (default: 8)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    if options.submissions < 2:
        parser.error("--submissions must be at least 2: the first one is counted apart.")
    found = run(options.submissions)
    print(table(found))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
