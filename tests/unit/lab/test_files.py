"""Files for checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from proctorch.lab.files import scratch_file


def test_a_file_has_a_folder_of_its_own() -> None:
    first, second = scratch_file("a.pt"), scratch_file("a.pt", b"content")
    assert first.parent != second.parent
    assert not first.exists()
    assert second.read_bytes() == b"content"
    assert second.parent.stat().st_mode & 0o077 == 0


def test_only_the_last_part_of_a_name_counts() -> None:
    assert scratch_file("../../a.pt").name == "a.pt"


def test_two_processes_that_do_the_same_get_the_same_path_and_leave_nothing(tmp_path: Path) -> None:
    code = "from proctorch.lab.files import scratch_file; print(scratch_file('a.pt', b'1'))"
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"TMPDIR": str(tmp_path)})
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout != ""
    assert list(tmp_path.iterdir()) == []
