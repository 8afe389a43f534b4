"""The canaries of hidden checks, solution and secret are in the host alone: not in the zygote, not in the release."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from proctorch.authoring.build import build_days
from proctorch.engines.local import LocalEngine
from proctorch.grading.submission import submission_from_file
from proctorch.sandbox.meter import Meter

pytestmark = pytest.mark.slow
CANARY = re.compile(rb"CANARY-[a-z]{4,12}-[0-9a-f]{16}")


def memory_of(pid: int) -> bytes:
    """Return the canaries in every readable page of a process; of one that ends meanwhile, those found so far."""
    found = b""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return found
    for line in maps:
        area, rights, *_, name = line.split(maxsplit=5) if line.count(" ") > 5 else (*line.split(), "")
        if "r" not in rights or name.strip() in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
            continue
        start, end = (int(part, 16) for part in area.split("-"))
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            while start < end:
                try:
                    memory.seek(start)
                    piece = memory.read(min(end - start, 2**24))
                except OSError:
                    break
                found += b" ".join(CANARY.findall(piece))
                start += max(len(piece), 1)
    return found


def files_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_sandbox_holds_no_canary_while_the_host_does(target, tmp_path, monkeypatch):
    monkeypatch.setenv("PROCTORCH_TEST_CANARY", target.canaries.environment)
    honest = Path(__file__).parent / "control" / "honest" / "submission.py"
    with LocalEngine(target.course, target.day, workers=1) as engine:
        (report,) = engine.grade([submission_from_file(honest, target.day, "honest")])
        assert report.points == report.max_points
        host = engine._workers[0].process.pid
        assert host is not None
        sandboxed = [pid for pid in Meter(host).pids() if pid != host]
        assert len(sandboxed) >= 2
        try:
            in_host = memory_of(host)
            in_sandbox = [memory_of(pid) for pid in sandboxed]
        except PermissionError:
            pytest.skip("the kernel does not let us read our children's memory: run as root, or set ptrace_scope to 0")
    assert target.canaries.hidden.encode() in in_host
    assert in_sandbox == [b""] * len(sandboxed)


def test_nothing_that_is_released_holds_a_canary(target):
    root = target.course.root
    build_days(target.course)
    for folder in (root / "release", root / "exercises"):
        content = files_below(folder)
        assert b"hostile_day" in content or b"attack" in content
        assert not CANARY.search(content)
        assert not [text for text in target.canaries.texts() if text.encode() in content]
    assert target.canaries.hidden.encode() in files_below(root / "graders")
    assert target.canaries.solution.encode() in files_below(root / "solutions")
