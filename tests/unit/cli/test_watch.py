"""`proctorch watch` as students use it: a real process, real saves, real endless loops."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DAY = "day02_tensors"
RIGHT = "return a @ b"

pytestmark = pytest.mark.slow


class Watching:
    """A running watcher and what it says."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self.script = folder, folder / f"{DAY}.py"
        command = [sys.executable, "-u", "-m", "proctorch", "watch", *arguments]
        environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, words: str, seconds: float = 90) -> str:
        """Return what is said up to a line that holds the words."""
        said, end = "", time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                continue
            said += line
            if words in line:
                return said
        raise AssertionError(f"{words!r} was not said within {seconds} s, but:\n{said}")

    def save(self, text: str) -> None:
        """Save as some editors do: in place."""
        self.script.write_text(text, encoding="utf-8")

    def save_by_rename(self, text: str) -> None:
        """Save as other editors do: a new file takes the place of the old one."""
        other = self.folder / ".editing"
        other.write_text(text, encoding="utf-8")
        other.replace(self.script)


@pytest.fixture(scope="module")
def solved() -> str:
    return (ROOT / "solutions" / f"{DAY}.py").read_text(encoding="utf-8")


@pytest.fixture
def watch(tmp_path: Path, solved: str):
    """Start watching a released folder whose `.py` file is solved."""
    folder = tmp_path / DAY
    shutil.copytree(ROOT / "release" / DAY, folder)
    (folder / f"{DAY}.py").write_text(solved, encoding="utf-8")
    started: list[Watching] = []

    def start(*arguments: str) -> Watching:
        started.append(Watching(folder, *arguments))
        return started[-1]

    yield start
    for watching in started:
        watching.process.kill()
        watching.process.wait()


def ended(watching: Watching) -> tuple[int, str]:
    watching.process.send_signal(signal.SIGINT)
    said = watching.until("Stopped after") + watching.until("hidden checks")
    return watching.process.wait(timeout=20), said


def test_a_save_runs_what_changed_and_what_builds_on_it(watch, solved):
    watching = watch(f"{DAY}.py")
    assert "All 35 public checks pass." in watching.until("public checks pass")
    watching.until("Ctrl-C to stop")
    watching.save(solved.replace(RIGHT, "return b @ a"))
    said = watching.until("public checks pass")
    assert f"{DAY}.py: matrix_product, batched_matrix_product" in said
    assert "passed before: matrix_product multiplies rows with columns" in said
    assert "swaps the two matrices" in said
    assert "fewer than before" in said
    watching.save_by_rename(solved)
    said = watching.until("public checks pass")
    assert "matrix_product  3 of 3  complete now" in said
    assert "All 35 public checks pass." in said
    code, said = ended(watching)
    assert code == 0
    assert "2 saves" in said
    assert f"{DAY}.py: 35 of 35 public checks pass" in said


@pytest.mark.parametrize("how", ["forked", "fresh"])
def test_crashes_and_endless_loops_end_nothing(watch, solved, how):
    watching = watch(f"{DAY}.py", "matrix_product", *(["--fresh-process"] if how == "fresh" else []))
    watching.until("Ctrl-C to stop")
    watching.save(solved.replace(RIGHT, "import os; os._exit(0)"))
    assert "the process ended before it was done" in watching.until("public checks pass")
    watching.save(solved.replace(RIGHT, "while True: pass"))
    said = watching.until("public checks pass")
    assert "matrix_product multiplies rows with columns" in said
    assert "it did not end within 6 s, and was stopped. The watcher goes on." in said
    assert "0 of 3 public checks pass" in said
    watching.save(solved)
    assert "complete now" in watching.until("public checks pass")


def test_a_save_while_checks_run_is_taken_instead(watch, solved):
    watching = watch(f"{DAY}.py", "matrix_product")
    watching.until("Ctrl-C to stop")
    watching.save(solved + "\n# %%\nwhile True: pass\n")
    watching.until("matrix_product")
    watching.save(solved)
    said = watching.until("public checks pass")
    assert "saved again: starting over" in said
    assert "did not end" not in said


def test_syntax_errors_and_half_written_files_are_told(watch, solved):
    watching = watch(f"{DAY}.py", "matrix_product")
    watching.until("Ctrl-C to stop")
    watching.save(solved.replace(RIGHT, "return a @@ b("))
    assert "SyntaxError" in watching.until("public checks pass")
    watching.script.write_text("")
    time.sleep(0.2)
    watching.save(solved)
    assert "complete now" in watching.until("public checks pass")


def test_notebooks_are_watched_too(watch):
    watching = watch()
    watching.until("Ctrl-C to stop")
    notebook = watching.folder / f"{DAY}.ipynb"
    notebook.write_text('{"cells": [')
    assert "cannot be read" in watching.until("cannot be read")
    solved = ROOT / "source" / DAY / f"{DAY}.ipynb"
    other = watching.folder / ".~day02_tensors.ipynb"
    other.write_bytes(solved.read_bytes())
    other.replace(notebook)
    assert "All 35 public checks pass." in watching.until("public checks pass")
