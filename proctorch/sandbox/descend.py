"""Give up uid 0, then become bubblewrap. Run by the launcher as a program of its own, only when it was started as root.

Its argument is JSON: `staging` (any folder), `sources` (paths to bind below it, numbered), `command` (what to execute).
An empty file system is put over the folder, and the binds into that, all in a private mount namespace, so that it
vanishes with it; they let an ordinary user read a Python environment that lies, say, below root's home.
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
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    # Opened first: a source may lie in the folder that is about to be covered.
    sources = [os.open(source, os.O_PATH | os.O_CLOEXEC) for source in plan["sources"]]
    kernel.mount("tmpfs", plan["staging"], "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=0755")
    for number, source in enumerate(sources):
        target, opened = Path(plan["staging"]) / str(number), f"/proc/self/fd/{source}"
        target.mkdir() if os.path.isdir(opened) else target.touch()
        kernel.mount(opened, str(target), None, kernel.MS_BIND | kernel.MS_REC)
    os.setgroups([])
    os.setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)
    os.setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)
    os.chdir("/")
    os.execv(plan["command"][0], plan["command"])


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
