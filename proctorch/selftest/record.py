"""Keeping what the self-test found, for the machine as it is, and asking for it before marks are given."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from proctorch.errors import SandboxUnavailable
from proctorch.files import replace_file
from proctorch.sandbox import landlock
from proctorch.sandbox.level import Level
from proctorch.selftest.findings import SelfTest

Progress = Callable[[int, int, str], None]
MOST_KEPT = 20
CURE = "\n  To mend it: "
BOOT = Path("/proc/sys/kernel/random/boot_id")


def selftest(*, fresh: bool = False, progress: Progress | None = None) -> SelfTest:
    """Return what the self-test says of this machine: what is kept of it where that still holds, or a new one.

    Raises SandboxUnavailable where not even processes can be made, or on a system that is not Linux.
    """
    if sys.platform != "linux":
        raise SandboxUnavailable(
            f"{platform.system() or 'this system'} cannot confine student code: checks can be run here, marks are not "
            "given.\n  To mend it: grade on Linux, in a virtual machine or under WSL 2."
        )
    path = record_folder() / f"{_digest()}.json"
    found = None if fresh else _kept(path)
    if found is None:
        from proctorch.selftest.attempt import attempt  # which imports torch

        found = attempt(progress=progress)
        _keep(path, found)
    return found


def require_level(*, progress: Progress | None = None) -> Level:
    """Return the level at which marks may be given on this machine, after a self-test if there is none that holds.

    Raises SandboxUnavailable, with the reason and the cure, where none may.
    """
    found = selftest(progress=progress)
    if found.marks:
        return found.level
    if found.succeeded:
        what = "\n".join(f"  {attempt.tries}: {attempt.got}" for attempt in found.succeeded)
        raise SandboxUnavailable(
            f"the sandbox of this machine does not hold, so no marks are given:\n{what}\n"
            "  To mend it: `proctorch selftest` tries again, `proctorch doctor` looks at each part of it."
        )
    reasons = "\n".join(f"  not {level}: {reason.partition(CURE)[0]}" for level, reason in found.reasons.items())
    raise SandboxUnavailable(
        f"student code cannot be confined on this machine, so no marks are given:\n{reasons}\n"
        "  To mend it: run `proctorch doctor`. To have marks all the same, from code that nothing holds back: "
        "`proctorch grade DAY --without-sandbox`, which is recorded with every mark."
    )


def record_folder() -> Path:
    """Return where this account keeps its self-tests, one for each environment; student code never sees it."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "proctorch" / "selftest"


def conditions() -> dict[str, Any]:
    """Return what a self-test depends on; it holds as long as all of this is the same."""
    import proctorch
    from proctorch.grading.versions import engine_fingerprint, file_hash

    attacks = Path(proctorch.__file__).parent / "selftest"
    bubblewrap = shutil.which("bwrap")
    return {
        "engine": engine_fingerprint(),
        "attacks": file_hash(sorted(attacks.rglob("*.py"))),
        "kernel": platform.release(),
        "landlock": landlock.version(),
        "started": _text(BOOT),
        "python": f"{sys.version} {os.path.realpath(sys.executable)} {sys.prefix}",
        "bubblewrap": [bubblewrap, os.stat(bubblewrap).st_mtime_ns] if bubblewrap else None,
        "account": [os.getuid(), os.getgid()],
        "namespaces": {
            name: _text(Path("/proc/sys") / name)
            for name in (
                "user/max_user_namespaces",
                "kernel/unprivileged_userns_clone",
                "kernel/apparmor_restrict_unprivileged_userns",
            )
        },
        "filter": [line for line in _text(Path("/proc/self/status")).splitlines() if line.startswith("Seccomp")],
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _digest() -> str:
    return hashlib.sha256(json.dumps(conditions(), sort_keys=True).encode()).hexdigest()


def _kept(path: Path) -> SelfTest | None:
    try:
        return SelfTest.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, found: SelfTest) -> None:
    """Write the record in one step; where that is not possible, the next run tests again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if found.succeeded:
            path.unlink(missing_ok=True)
            return
        replace_file(path, (json.dumps(found.to_dict(), indent=1) + "\n").encode())
        for old in sorted(path.parent.glob("*.json"), key=os.path.getmtime)[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
