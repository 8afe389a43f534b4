"""Feeds the host what nobody vouches for: guests' frames and students' notebooks, damaged in every way.

    python -m tests.fuzz wire --runs 1000000          # made by chance from a seed; needs nothing but the environment
    python -m tests.fuzz notebooks --runs 10000
    python -m tests.fuzz wire --guided --runs 200000  # by atheris, which looks for inputs that reach new code
    python -m tests.fuzz wire --replay FILE           # one input once more, with its traceback

No input may raise anything but the documented errors, take longer than its limit, or take more memory than its size
allows. Whatever does is kept in build/fuzz/. The last line sums up; the exit code is 0 only when nothing was wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from tests.fuzz import guided, notebook_target, wire_target
from tests.fuzz.guard import MEBIBYTE, SECONDS, Fault, limited, peak_memory, still_alive, tried
from tests.fuzz.notebooks import DAY, harmed, released, small
from tests.fuzz.tally import summary

ROOT = Path(__file__).parents[2]
Input = tuple[Callable[[bytes], None], bytes]


def main() -> int:
    """Run what was asked for; returns the exit code: 0 only when nothing was wrong."""
    options = _options()
    warnings.simplefilter("ignore")  # numpy's and torch's opinions of odd values
    kept = ROOT / "build" / "fuzz" / options.target
    kept.mkdir(parents=True, exist_ok=True)
    if options.replay:
        return _replay(options.target, options.replay)
    if options.guided or options.keep:
        return guided.run(options.target, kept, runs=options.runs, seed=options.seed, keep=options.keep)
    counts, peak = _run(options.target, options.runs, options.seed, kept)
    print(summary(options.target, options.runs, counts["error"] + counts["memory"], counts["hang"], peak))
    return 1 if counts else 0


def _options() -> argparse.Namespace:
    about, _, usage = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=about, epilog=usage, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("target", choices=("wire", "notebooks"))
    parser.add_argument("--runs", type=int, default=10_000, metavar="N", help="how many inputs (default: 10000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="decides all that chance decides (default: 1)")
    parser.add_argument("--guided", action="store_true", help="let atheris look for inputs that reach new code")
    parser.add_argument("--keep", action="store_true", help="make the corpus anew with what --guided found")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="only this input, outside of any limit")
    return parser.parse_args()


def _replay(target: str, file: Path) -> int:
    data = file.read_bytes()
    if target == "wire":
        wire_target.judge(data)
    else:
        for day in (DAY, *(day for day, _ in released(ROOT))):
            notebook_target.judge(data, day)
    print(f"{file}: nothing was wrong")
    return 0


def _run(target: str, runs: int, seed: int, kept: Path) -> tuple[Counter[str], int]:
    """Try inputs made by chance, keep those that did what none may do; return their count and the most memory held."""
    inputs = _frames(seed) if target == "wire" else _notebooks(seed)
    counts: Counter[str] = Counter()
    peak, told = 0, time.monotonic()
    with limited():
        for number in range(runs):
            if number % 1000 == 0:
                still_alive()
            judge, data = next(inputs)
            fault = tried(judge, data)
            peak = max(peak, peak_memory())
            if fault is not None:
                counts[fault.kind] += 1
                _tell(fault, data, kept)
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(f"{number + 1} of {runs}, peak {peak // MEBIBYTE} MiB", file=sys.stderr, flush=True)
    return counts, peak


def _frames(seed: int) -> Iterator[Input]:
    from tests.fuzz.frames import made

    rng = random.Random(seed)
    while True:
        yield wire_target.judge, made(rng)


def _notebooks(seed: int) -> Iterator[Input]:
    rng = random.Random(seed)
    pool = [(DAY, data) for data in small()] + list(released(ROOT))
    while True:
        day, data = rng.choice(pool)
        yield (lambda damaged, day=day: notebook_target.judge(damaged, day)), harmed(data, rng)


def _tell(fault: Fault, data: bytes, kept: Path) -> None:
    file = kept / f"{fault.kind}-{sha256(data).hexdigest()[:16]}"
    file.write_bytes(data)
    limit = f" (limit: {SECONDS} s)" if fault.kind == "hang" else ""
    print(f"{fault.kind}{limit}: {file}\n{fault.text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
