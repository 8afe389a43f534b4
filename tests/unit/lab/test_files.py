"""Files for checks."""

from __future__ import annotations

from pathlib import Path

from proctorch.lab.files import scratch_file


def test_a_file_has_a_folder_of_its_own() -> None:
    first, second = Path(scratch_file("a.pt")), Path(scratch_file("a.pt", b"content"))
    assert first.parent != second.parent
    assert not first.exists()
    assert second.read_bytes() == b"content"


def test_only_the_last_part_of_a_name_counts() -> None:
    assert Path(scratch_file("../../a.pt")).name == "a.pt"
