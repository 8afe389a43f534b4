from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proctorch.cli.main import run
from proctorch.errors import EngineError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command asks the demo to do; `good` says what it answers."""
    seen: dict[str, Any] = {"good": True}

    def instead(course: Any, **options: Any) -> bool:
        seen.update(course=course, **options)
        if isinstance(seen["good"], Exception):
            raise seen["good"]
        return bool(seen["good"])

    monkeypatch.setattr("proctorch.cli.demo.run", instead)
    return seen


def test_as_expected_is_a_success(asked: dict[str, Any]) -> None:
    assert run(["demo"]) == 0
    assert asked == {"good": True, "course": None, "folder": None, "workers": None, "json_target": None}


def test_a_mark_that_differs_is_a_failure(asked: dict[str, Any]) -> None:
    asked["good"] = False
    assert run(["demo"]) == 1


def test_an_engine_that_fails_is_told_apart(asked: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    asked["good"] = EngineError("no sandbox here")
    assert run(["demo"]) == 3
    assert "no sandbox here" in capsys.readouterr().err


def test_options_reach_the_demo(asked: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("")
    options = ["--folder", str(tmp_path / "class"), "--workers", "1", "--json", "-"]
    assert run(["--course", str(tmp_path), "demo", *options]) == 0
    assert asked["course"].root == tmp_path.resolve()
    assert (asked["folder"], asked["workers"], asked["json_target"]) == (tmp_path / "class", 1, "-")


def test_a_folder_that_holds_something_is_an_error_of_the_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("")
    assert run(["demo", "--folder", str(tmp_path)]) == 2
    assert "holds something already" in capsys.readouterr().err
