"""What the figures were measured on, and of which state of the code."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "numpy", "pytest", "nbgrader", "nbconvert")


def describe_machine() -> dict[str, Any]:
    """Return processor, memory, kernel, versions, and how busy the machine is now."""
    return {
        "processor": _after_colon("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_after_colon("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "load_average_at_start": round(os.getloadavg()[0], 2),
    }


def describe_code(root: Path) -> dict[str, Any]:
    """Return the commit and whether files that git knows were changed since; both None outside of a repository."""
    commit = _git(root, "rev-parse", "HEAD")
    changed = None if commit is None else bool(_git(root, "status", "--porcelain", "--untracked-files=no"))
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"commit": commit, "changed_since": changed, "date": now}


def otter_version(otter: Path) -> str:
    """Return the version of otter-grader in its environment."""
    script = "import importlib.metadata as m; print(m.version('otter-grader'))"
    done = subprocess.run([str(otter.with_name("python")), "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _after_colon(path: str, key: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "unknown 0"


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
