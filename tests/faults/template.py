"""What all rounds begin with: the class, not yet graded, and what an unbroken run makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.classroom import DAY, build
from tests.faults.injection import set_clock
from tests.faults.records import Books

_DAY_BACK = -86_400


def make(folder: Path) -> bool:
    """Make the template in an empty folder; returns whether wall clocks can be set here."""
    folder.chmod(0o755)
    (folder / "rounds").mkdir()
    build(folder / "course")
    shutil.copytree(folder / "course", folder / "whole")
    begin = time.monotonic()
    grade(folder / "whole")
    (folder / "seconds.json").write_text(json.dumps(time.monotonic() - begin))
    Books.read(folder / "whole").save(folder / "whole.json")
    return _make_clock(folder)


def grade(root: Path) -> None:
    """Grade the course at `root` without any fault; raises CalledProcessError."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [sys.executable, "-m", "proctorch", "grade", DAY, "--workers", "2"]
    subprocess.run(command, cwd=root, env={**os.environ, "PATH": path}, check=True, stdout=subprocess.DEVNULL)


def _make_clock(folder: Path) -> bool:
    """Compile the wall clock that can be set, and try it; False where there is no C compiler or it has no effect."""
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    library, offset = folder / "clock.so", folder / "tried"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    set_clock(offset, _DAY_BACK)
    environment = {**os.environ, "LD_PRELOAD": str(library), "FAULTS_CLOCK": str(offset)}
    said = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    wall, monotonic = map(float, said)
    return abs(wall - time.time() - _DAY_BACK) < 3_600 and abs(monotonic - time.monotonic()) < 3_600
