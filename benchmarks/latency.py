"""How long a student waits: four promises, measured side by side in one run.

    python benchmarks/latency.py [--rounds 5] [--json PATH]

- `proctorch check` on the solved `.py` file of each day, against `python -c "import torch"`: fresh processes in turn,
  as many rounds as asked for. Beside the whole time stands the CPU time without the submission's own functions (and
  without what torch imports when they first use it: torch._dynamo at the first optimizer, SymPy at the first gradient
  that was given a direction), as a cold process measures it. Promise: at most 1.3 times.
- `proctorch --help`. Promise: 0.25 s.
- The watcher: from the moment a solved file was saved with one exercise changed to the last line of the report.
  Promise: 200 ms, the submission's own functions apart.
- `check("x")` in a Jupyter kernel that has run the notebook's cells: what it takes beyond the submission's own
  functions, HTML included; the import and first call (pytest's session, collecting, the template) apart from the later
  ones, for every exercise of the day. Promise for the later ones: 50 ms.

Wall-clock times are medians; where CPU time (user and system, children included) is known it stands beside, because a
busy machine spoils the wall clock. Less than two minutes on two idle cores.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
TORCH = "import torch"
# A save of one exercise: what is replaced by the same with a remark behind it.
EDITS = {
    "day02_tensors": "return a @ b",
    "day04_autograd": "return x * torch.sigmoid(x)",
    "day07_softmax_regression": "return logits.argmax(dim=1)",
}
OWN_TIME = """
import sys, time, types
from pathlib import Path
import proctorch.grading.bench
proctorch.grading.bench.time = types.SimpleNamespace(perf_counter=time.process_time)
from proctorch.grading.practice import PracticeBench, day_of_checks, run_public, submission_from_file
path = Path(sys.argv[1])
checks = path.parent / "checks.py"
day = day_of_checks(checks)
bench = PracticeBench.of_cells(day, submission_from_file(path, day, "you").cells)
run_public(checks, day, bench, None)
print(bench.seconds_in_submission)
"""
IN_KERNEL = """
import json as _json, time as _time
_start = _time.perf_counter()
from proctorch import check
_import = _time.perf_counter() - _start
_found = []
for _name in NAMES * 4:
    _start = _time.perf_counter()
    _report = check(_name)
    _report._repr_html_()
    _found.append(_time.perf_counter() - _start - _report.seconds_in_submission)
print("FOUND" + _json.dumps([_import, *_found]))
"""


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return its wall-clock and CPU seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def solved_folders(work: Path) -> dict[str, Path]:
    """Make a released folder of each day with its solution as the student's work; return them by day."""
    folders = {}
    for day in EDITS:
        folders[day] = work / day
        shutil.copytree(ROOT / "release" / day, work / day)
        shutil.copy(ROOT / "solutions" / f"{day}.py", work / day)
        shutil.copy(ROOT / "source" / day / f"{day}.ipynb", work / day)
    return folders


def measure_check(folders: dict[str, Path], rounds: int) -> dict[str, dict[str, float]]:
    """Run everything in turn; return medians and ratios to importing torch."""
    commands = {"import torch": ([PYTHON, "-c", TORCH], ROOT), "--help": ([PYTHON, "-m", "proctorch", "--help"], ROOT)}
    for day, folder in folders.items():
        commands[day] = ([PYTHON, "-m", "proctorch", "check", f"{day}.py"], folder)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (command, folder) in commands.items():
            taken = run(command, folder)
            if number:  # the first round fills the caches of the file system
                times[name].append(taken)
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in times.items()}
    base_wall, base_cpu = medians["import torch"]
    found: dict[str, dict[str, float]] = {}
    for name, (wall, cpu) in medians.items():
        own = own_seconds(folders[name] / f"{name}.py") if name in folders else 0.0
        found[name] = {
            "seconds": wall,
            "cpu_seconds": cpu,
            "own_seconds": own,
            "ratio": wall / base_wall,
            "cpu_ratio": cpu / base_cpu,
            "cpu_ratio_without_own": (cpu - own) / base_cpu,
        }
    return found


def own_seconds(path: Path) -> float:
    """Return the CPU seconds of the submission's own functions in a process that starts cold."""
    command = [PYTHON, "-c", OWN_TIME, str(path)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure_watch(day: str, folder: Path, saves: int) -> dict[str, float]:
    """Save one changed exercise again and again; return milliseconds from the save to the end of the report."""
    script = folder / f"{day}.py"
    text = script.read_text(encoding="utf-8")
    command = [PYTHON, "-u", "-m", "proctorch", "watch", script.name]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    answers, own = [], []
    try:
        _read_until(process, "Ctrl-C to stop")
        time.sleep(4)  # the watcher imports what later saves may need
        for number in range(saves):
            script.write_text(text.replace(EDITS[day], f"{EDITS[day]}  # {number}"), encoding="utf-8")
            start = time.perf_counter()
            last = _read_until(process, "of which your code")
            answers.append(1000 * (time.perf_counter() - start))
            match = re.search(r"your code ([\d.]+) s", last)
            own.append(1000 * float(match[1]) if match else 0.0)
            time.sleep(0.4)
    finally:
        process.kill()
        process.wait()
        script.write_text(text, encoding="utf-8")
    return {"milliseconds": statistics.median(answers), "largest": max(answers), "own": statistics.median(own)}


def _read_until(process: subprocess.Popen[str], words: str) -> str:
    for line in process.stdout or ():
        if words in line:
            return line
    raise RuntimeError(f"the watcher ended before it said {words!r}")


def measure_notebook(day: str, folder: Path) -> dict[str, float]:
    """Return the milliseconds that `check` adds to the submission's own functions, in a kernel that has its names."""
    from jupyter_client.manager import start_new_kernel

    notebook = json.loads((folder / f"{day}.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names = [match[1] for source in sources if (match := re.search(r'^check\("(\w+)"\)', source, re.MULTILINE))]
    printed: list[str] = []
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    try:
        for source in [*(text for text in sources if "proctorch import check" not in text), f"NAMES = {names!r}"]:
            client.execute_interactive(source, output_hook=lambda _: None, timeout=120)
        client.execute_interactive(
            IN_KERNEL, output_hook=lambda message: printed.append(message["content"].get("text", "")), timeout=120
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    imported, first, *later = json.loads("".join(printed).split("FOUND")[1])
    later = later[len(names) - 1 :]
    return {
        "import": 1000 * imported,
        "first": 1000 * first,
        "later": 1000 * statistics.median(later),
        "later_95": 1000 * statistics.quantiles(later, n=20)[-1],
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as lines of text."""
    lines = [f"{'':28}{'seconds':>9}{'CPU':>8}{'ratio':>8}{'CPU':>8}{'own':>8}{'CPU without own':>20}"]
    for name, row in found["check"].items():
        lines.append(
            f"{name:28}{row['seconds']:9.2f}{row['cpu_seconds']:8.2f}{row['ratio']:8.2f}{row['cpu_ratio']:8.2f}"
            f"{row['own_seconds']:8.2f}{row['cpu_ratio_without_own']:20.2f}"
        )
    lines.append(f"\n{'milliseconds':28}{'median':>9}{'largest':>9}{'own':>7}")
    for day, row in found["watch"].items():
        lines.append(f"{'watch ' + day:28}{row['milliseconds']:9.0f}{row['largest']:9.0f}{row['own']:7.0f}")
    lines.append(f"\n{'milliseconds':32}{'import':>9}{'first':>9}{'later':>9}{'later, 95 %':>13}")
    for day, row in found["notebook"].items():
        lines.append(
            f"{'notebook ' + day:32}{row['import']:9.0f}{row['first']:9.0f}{row['later']:9.1f}{row['later_95']:13.1f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long a student waits.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each command is run (default: 5)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folders = solved_folders(Path(work))
        found = {
            "check": measure_check(folders, options.rounds),
            "watch": {day: measure_watch(day, folder, 5) for day, folder in folders.items()},
            "notebook": {day: measure_notebook(day, folder) for day, folder in folders.items()},
        }
    print(table(found))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
