"""The same inputs' judges under atheris: libFuzzer keeps what reaches new code, and goes on from there.

libFuzzer ends the process as it pleases, so it gets one of its own: `python -m tests.fuzz.guided TARGET COMMAND ...`.
The command is how libFuzzer starts itself once more, with other arguments, when it makes a corpus smaller.
"""

from __future__ import annotations

import importlib.util
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.guard import MEBIBYTE
from tests.fuzz.tally import summary

CORPUS = Path(__file__).parent / "corpus"
ROOT = Path(__file__).parents[2]
SECONDS = 10  # wall-clock time of one input
MEMORY = 2048  # MiB of the whole process, most of which is torch and atheris
LONGEST = {"wire": 4096, "notebooks": 16_384}
LONGEST_KEPT = {"wire": 512, "notebooks": 4096}


def run(target: str, kept: Path, *, runs: int, seed: int, keep: bool) -> int:
    """Run the fuzzer in a process of its own and sum up; with `keep`, take into the corpus what adds to it."""
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed; to mend it: make fuzz, or leave out --guided.", file=sys.stderr)
        return 2
    if keep:
        return _keep(target, kept)
    found = kept / "found"
    found.mkdir(exist_ok=True)
    done = _libfuzzer(
        target, f"-runs={runs}", f"-seed={seed}", f"-max_len={LONGEST[target]}", f"-artifact_prefix={kept}/",
        "-print_final_stats=1", str(found), str(CORPUS / target),
    )  # fmt: skip
    executed, peak = (int(_said(name, done.stderr)) for name in ("number_of_executed_units", "peak_rss_mb"))
    hang = "libFuzzer: timeout" in done.stderr
    wrong = done.returncode != 0
    if wrong:
        print(done.stderr[-5000:], file=sys.stderr)
    reached = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", done.stderr)
    if reached:
        print("edges {} features {} inputs {}".format(*reached[-1]))
    print(summary(target, executed, int(wrong and not hang), int(hang), peak * MEBIBYTE))
    return int(wrong)


def _said(name: str, text: str) -> str:
    found = re.search(rf"stat::{name}:\s*(\d+)", text)
    return found.group(1) if found else "0"


def _keep(target: str, kept: Path) -> int:
    """Make the corpus anew: the fewest small inputs that reach all that it and the found ones reach."""
    folder = CORPUS / target
    with tempfile.TemporaryDirectory(prefix="fuzz-") as made:
        done = _libfuzzer(
            target, "-set_cover_merge=1", f"-max_len={LONGEST_KEPT[target]}", made, str(folder), str(kept / "found")
        )
        if done.returncode:
            print(done.stderr[-5000:], file=sys.stderr)
            return 1
        shutil.rmtree(folder)
        shutil.copytree(made, folder)
    files = list(folder.iterdir())
    print(f"{len(files)} inputs, {sum(file.stat().st_size for file in files)} bytes")
    return 0


def _libfuzzer(target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ROOT / "build" / "fuzz" / target / "again"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fuzz.guided {target} "$0" "$@"\n')
    command.chmod(0o755)
    limits = (f"-timeout={SECONDS}", f"-rss_limit_mb={MEMORY}")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", target, str(command), *limits, *arguments],
        cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, errors="replace", check=False,
    )  # fmt: skip


def _fuzz(target: str, command: list[str]) -> None:
    """Hand this process to libFuzzer; does not return."""
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["proctorch.sandbox", "proctorch.grading"], enable_loader_override=False):
        from tests.fuzz import notebook_target, wire_target
    from tests.fuzz import frames, notebooks

    def mutated(data: bytes, longest: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.6:
            return bytes(atheris.Mutate(data, len(data) + 64 if len(data) + 64 < longest else longest))
        if target == "wire":
            return frames.made(rng)[:longest]
        return notebooks.harmed(data if rng.random() < 0.8 and data else rng.choice(notebooks.small()), rng)[:longest]

    judge = wire_target.judge if target == "wire" else notebook_target.judge
    atheris.Setup(command, judge, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    _fuzz(sys.argv[1], sys.argv[2:])
