from __future__ import annotations

from pathlib import Path

import pytest

from proctorch.cli.demo.commands import NbGrader
from proctorch.errors import CourseError


def test_a_command_that_fails_says_why_and_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'c'\nc.Exchange.root = {str(exchange)!r}\n"
    )
    nbgrader, before = NbGrader(tmp_path / "log.txt"), Path.cwd()
    with pytest.raises(
        CourseError, match=r"(?s)nbgrader fetch_assignment day99 failed:.*Assignment not found.*log\.txt"
    ):
        nbgrader(tmp_path, "fetch_assignment", "day99")
    assert Path.cwd() == before
    said = capfd.readouterr()
    assert "Assignment not found" not in said.out + said.err
    assert "$ nbgrader fetch_assignment day99" in (tmp_path / "log.txt").read_text()
