"""One round, in a process of its own: break a run, run again as an operator would, and look at what is there then.

    python -m tests.faults.rounds TEMPLATE SEED NUMBER

`TEMPLATE` is a folder that `template` has made. What was done and what was found wrong is printed as one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from proctorch.sandbox import kernel
from tests.faults.classroom import DAY
from tests.faults.injection import KINDS, Scene, set_clock, strike
from tests.faults.processes import adopt_orphans, end_all, left_over
from tests.faults.records import Books, different, different_files, doubled, lost

LONGEST = 240.0
DISK = "size=64m,mode=0755"


@dataclass
class Outcome:
    """What a round did and found; `problems` are pairs of a kind (lost, doubled, ..., rough) and words."""

    number: int
    kind: str
    struck: str = ""
    codes: list[int | None] = field(default_factory=list)
    kept: int = 0
    seconds: float = 0.0
    problems: list[tuple[str, str]] = field(default_factory=list)


class Round:
    """One round in a folder of its own, on a small disk of its own where this user may mount one."""

    def __init__(self, template: Path, folder: Path, seed: int, number: int, kind: str = "") -> None:
        self._template, self._folder = template, folder
        self._root, self._scratch, self._clock = folder / "course", folder / "scratch", folder / "clock"
        self._chance = random.Random(f"{seed}/{number}")
        self._log = folder.with_suffix(".log")
        self.outcome = Outcome(number, kind or KINDS[number % len(KINDS)])

    def run(self) -> Outcome:
        """Do it; whatever was wrong is in the outcome."""
        begin = time.monotonic()
        self._prepare()
        whole = Books.load(self._template / "whole.json")
        broken = self._broken(json.loads((self._template / "seconds.json").read_text()))
        self._judge_broken(whole, broken)
        self._finish(self._start())
        self._look_for_orphans("after the second run")
        mended = Books.read(self._root)
        if self.outcome.codes[-1] != 0:
            self._problem("lost", f"the second run ended with {self.outcome.codes[-1]}: {self._last_words()}")
        for kind, found in (
            ("lost", lost(whole, broken, mended)),
            ("doubled", doubled(mended)),
            ("different", different(whole, mended, "in the end")),
            ("different", different_files(whole, mended, self._template / "whole", self._root)),
        ):
            for text in found:
                self._problem(kind, text)
        self.outcome.seconds = time.monotonic() - begin
        return self.outcome

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o755)
        if os.getuid() == 0:
            kernel.unshare(kernel.CLONE_NEWNS)
            kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
            kernel.mount("tmpfs", str(self._folder), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, DISK)
        shutil.copytree(self._template / "course", self._root)
        self._scratch.mkdir(mode=0o755)
        set_clock(self._clock, 0)
        adopt_orphans()

    def _broken(self, seconds: float) -> Books:
        """Run with the fault, make an end of the fault, and return what is in the books."""
        command = self._start()
        scene = Scene(command, self._root, self._clock, self._chance, seconds)
        try:
            self.outcome.struck = strike(self.outcome.kind, scene)
            self._finish(command)
        finally:
            scene.end()
        self._look_for_orphans("after the broken run")
        return Books.read(self._root)

    def _judge_broken(self, whole: Books, broken: Books) -> None:
        """Note what even a broken run must not do: a wrong mark, a stack trace, silence about what is not done."""
        self.outcome.kept = len(broken.results)
        for text in different(whole, broken, "after the broken run"):
            self._problem("different", text)
        if "Traceback" in self._log.read_text(encoding="utf-8", errors="replace"):
            self._problem("rough", f"the broken run ended with a stack trace: {self._last_words()}")
        if self.outcome.codes == [0]:
            for text in lost(whole, broken, broken):
                self._problem("lost", f"the broken run ended with 0, and {text}")

    def _start(self) -> subprocess.Popen[str]:
        """Start `proctorch grade`; its words go to a file that no full disk holds back."""
        environment = {name: value for name, value in os.environ.items() if name != "PROCTORCH_DB_URL"}
        environment |= {"TMPDIR": str(self._scratch), "COLUMNS": "120", "NO_COLOR": "1"}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
        if self.outcome.kind == "clock":
            environment |= {"LD_PRELOAD": str(self._template / "clock.so"), "FAULTS_CLOCK": str(self._clock)}
        arguments = [sys.executable, "-m", "proctorch", "grade", DAY, "--workers", "2"]
        with self._log.open("w") as log:
            return subprocess.Popen(
                arguments, cwd=self._root, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True
            )

    def _finish(self, command: subprocess.Popen[str]) -> None:
        try:
            self.outcome.codes.append(command.wait(LONGEST))
        except subprocess.TimeoutExpired:
            self._problem("orphans", f"the run had not ended after {LONGEST:.0f} s: {self._last_words()}")
            command.kill()
            self.outcome.codes.append(command.wait())
            end_all(os.getpid())

    def _look_for_orphans(self, when: str) -> None:
        for process in left_over():
            self._problem("orphans", f"{when}: {process.command[:200]!r} still runs")
        end_all(os.getpid())
        for path in sorted(self._scratch.iterdir()):
            self._problem("orphans", f"{when}: {path.name} is left in the folder for temporary files")
            shutil.rmtree(path, ignore_errors=True)

    def _last_words(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-1500:].strip()

    def _problem(self, kind: str, text: str) -> None:
        self.outcome.problems.append((kind, text))


def main(template: str, seed: str, number: str, kind: str = "") -> None:
    """Run one round and print its outcome."""
    folder = Path(template) / "rounds" / number
    each = Round(Path(template), folder, int(seed), int(number), kind)
    try:
        print(json.dumps(asdict(each.run())), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
