"""Give up uid 0, then become another program. Run by the launcher as a program of its own, only when started as root.

Its argument is JSON: `command` (what to execute), and what an ordinary user must be able to read for that: `staging`
(any folder) with `sources` (paths to bind below it, numbered), or `in_place` (paths to show where they are). In a
private mount namespace an empty file system is put over what an ordinary user may not enter, and the binds into that,
so that all vanishes with the program; they let an ordinary user read a Python environment below, say, root's home.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType

UNPRIVILEGED = 61_184


def main(plan_text: str) -> None:
    """Follow the plan; raises OSError, and then nothing is executed."""
    plan = json.loads(plan_text)
    kernel = _load_kernel()
    if "staging" in plan:
        _show_below(kernel, plan["staging"], plan["sources"])
    else:
        _show_in_place(kernel, plan["in_place"])
    os.setgroups([])
    os.setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)
    os.setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)
    os.chdir("/")
    os.execv(plan["command"][0], plan["command"])


def _show_below(kernel: ModuleType, staging: str, paths: list[str]) -> None:
    _leave_mounts(kernel)
    # Opened first: a source may lie in the folder that is about to be covered.
    sources = [os.open(path, os.O_PATH | os.O_CLOEXEC) for path in paths]
    _cover(kernel, staging)
    for number, source in enumerate(sources):
        _bind(kernel, source, Path(staging) / str(number))


def _show_in_place(kernel: ModuleType, paths: list[str]) -> None:
    """Show `paths` to everybody; folders above them that others may not enter are covered, with all else in them."""
    hidden = {closed: path for path in paths if (closed := _closed_above(Path(path))) is not None}
    if not hidden:
        return
    _leave_mounts(kernel)
    wanted = [path for path in paths if _closed_above(Path(path)) is not None]
    sources = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in wanted}
    for folder in hidden:
        _cover(kernel, str(folder))
    for path, source in sources.items():
        _bind(kernel, source, Path(path))


def _closed_above(path: Path) -> Path | None:
    """Return the outermost folder above a path that others may not enter."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)


def _leave_mounts(kernel: ModuleType) -> None:
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)


def _cover(kernel: ModuleType, folder: str) -> None:
    kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=0755")


def _bind(kernel: ModuleType, source: int, target: Path) -> None:
    opened = f"/proc/self/fd/{source}"
    folder = target if os.path.isdir(opened) else target.parent
    folder.mkdir(parents=True, exist_ok=True)
    if folder is not target:
        target.touch()
    kernel.mount(opened, str(target), None, kernel.MS_BIND | kernel.MS_REC)


def _load_kernel() -> ModuleType:
    """Load `kernel` from beside this file; the package itself is not imported, because it would import torch."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("kernel", Path(__file__).with_name("kernel.py"))
    if spec is None or spec.loader is None:
        raise ImportError("kernel.py is not beside this file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(sys.argv[1])
