"""Breaks `proctorch grade` again and again, and counts what that cost: nothing may be lost, doubled, left or different.

    python -m tests.faults --count 200 --seed 1
    python -m tests.faults --seed 1 --only 37      # that round once more

A round runs the real command on a small class, does one kind of harm at a random moment, runs the command again to the
end, and compares every mark, score and autograded file with those of an unbroken run. The seed decides kinds and
moments; which line of code a moment falls on is the machine's to decide, so a rare failure may need several tries.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.faults.injection import KINDS
from tests.faults.template import make

COUNTED = ("lost", "doubled", "orphans", "different")
ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run the rounds; returns the exit code: 0 only when nothing was wrong."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        template = Path(folder)
        clock = make(template)
        numbers = [options.only] if options.only is not None else range(options.count)
        chosen = [number for number in numbers if clock or _kind(number) != "clock"]
        if len(chosen) < len(numbers):
            print("No C compiler (cc), so the rounds that set the wall clock are left out: apt-get install gcc")
        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = list(_told(pool.map(lambda number: _round(template, options.seed, number), chosen)))
    return _sum_up(outcomes, options.seed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=2 * len(KINDS), metavar="N", help="how many rounds")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="decides kinds and moments")
    parser.add_argument("--only", type=int, metavar="N", help="only the round of this number")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--jobs", type=int, default=cores, metavar="N", help="rounds at once (default: one a core)")
    return parser.parse_args()


def _kind(number: int) -> str:
    return KINDS[number % len(KINDS)]


def _round(template: Path, seed: int, number: int) -> dict[str, Any]:
    """Run one round in a process of its own, which adopts whatever the round leaves behind."""
    command = [sys.executable, "-m", "tests.faults.rounds", str(template), str(seed), str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return dict(json.loads(done.stdout))
    problem = ("different", f"the round itself failed: {done.stderr[-2000:]}")
    return {"number": number, "kind": _kind(number), "struck": "", "codes": [], "kept": 0, "problems": [problem]}


def _told(outcomes: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Print each round as it is done."""
    for outcome in outcomes:
        words = outcome["struck"] or "the run ended before"
        print(
            f"{outcome['number']:4} {outcome['kind']:7} {words}; exit codes {outcome['codes']}, "
            f"{outcome['kept']} results kept, {outcome.get('seconds', 0):.0f} s",
            flush=True,
        )
        for kind, text in outcome["problems"]:
            print(f"       {kind.upper()}: {text}", flush=True)
        yield outcome


def _sum_up(outcomes: list[dict[str, Any]], seed: int) -> int:
    """Print what was struck, and the tally as the last line; returns the exit code."""
    for kind in KINDS:
        own = [outcome for outcome in outcomes if outcome["kind"] == kind]
        hits = sum(bool(outcome["struck"]) for outcome in own)
        failed = sum(any(outcome["codes"][:1]) for outcome in own)
        print(f"{kind:7} rounds {len(own)}, struck a running command {hits}, which then did not end with 0: {failed}")
    bad = [outcome["number"] for outcome in outcomes if outcome["problems"]]
    for number in bad:
        print(f"To repeat it: python -m tests.faults --seed {seed} --only {number}")
    found = Counter(kind for outcome in outcomes for kind in {kind for kind, _ in outcome["problems"]})
    if found["rough"]:
        print(f"{found['rough']} broken runs ended with a stack trace instead of an error that says what to do")
    print(" ".join([f"faults {len(outcomes)}", *(f"{kind} {found[kind]}" for kind in COUNTED)]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
