"""The real commands where the machine refuses what the sandbox needs: the level is right, and marks are refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CRIPPLED = Path(__file__).with_name("crippled.py")

pytestmark = pytest.mark.slow


@pytest.fixture
def call(tmp_path):
    """Call the command line with a record of its own, on a machine crippled by these words."""

    def run(*arguments: str, refusing: tuple[str, ...] | None = None, path: str | None = None):
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "COLUMNS": "200", "NO_COLOR": "1"}
        if path is not None:
            environment["PATH"] = path
        command = [sys.executable, "-m", "proctorch", *arguments]
        if refusing is not None:
            command = [sys.executable, str(CRIPPLED), *refusing, "--", *command]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240)

    return run


def selftest(call, **machine):
    done = call("selftest", "--json", "-", **machine)
    return done.returncode, json.loads(done.stdout)


def test_a_good_machine_is_full(call):
    code, found = selftest(call)
    assert (code, found["level"], found["marks"], found["succeeded"]) == (0, "full", True, 0)
    assert found["attacks"] >= 28
    assert found["seconds"] < 120


def test_without_bubblewrap_it_is_reduced(call, tmp_path):
    (tmp_path / "empty").mkdir()
    code, found = selftest(call, path=str(tmp_path / "empty"))
    assert (code, found["level"], found["marks"], found["succeeded"]) == (0, "reduced", True, 0)
    assert "bubblewrap is not installed" in found["reasons"]["full"]
    assert any("no loopback" in lack for lack in found["lacks"])


def test_without_user_namespaces_it_is_reduced(call):
    code, found = selftest(call, refusing=())
    assert (code, found["level"], found["marks"], found["succeeded"]) == (0, "reduced", True, 0)
    assert "full" in found["reasons"]
    assert "namespaces" not in found["measures"]


def test_without_landlock_too_it_is_practice_and_gives_no_marks(call):
    code, found = selftest(call, refusing=("landlock",))
    assert (code, found["level"], found["marks"]) == (1, "practice", False)
    assert set(found["reasons"]) == {"full", "reduced"}
    assert "Landlock" in found["reasons"]["reduced"]


@pytest.fixture
def course(tmp_path):
    """A course with one day and one submission."""
    root = tmp_path / "course"
    shutil.copytree(ROOT / "tests" / "faults" / "course", root)
    return root


def test_grading_there_is_refused_unless_it_is_asked_for_and_then_it_is_recorded(call, course):
    day = next((course / "solutions").glob("*.py")).stem
    handed_in = course / "submitted" / "ada" / day
    handed_in.mkdir(parents=True)
    shutil.copy(course / "solutions" / f"{day}.py", handed_in / f"{day}.py")
    grade = ("grade", day, "--no-nbgrader", "--course", str(course), "--json", "-")

    refused = call(*grade, refusing=("landlock",))
    assert refused.returncode == 3, refused.stderr
    assert "cannot be confined on this machine, so no marks are given" in refused.stderr
    assert "--without-sandbox" in refused.stderr
    assert refused.stdout == ""

    asked_for = call(*grade, "--without-sandbox", refusing=("landlock",))
    assert asked_for.returncode == 0, asked_for.stderr
    (student,) = json.loads(asked_for.stdout)["students"]
    assert student["provenance"]["sandbox"] == "practice"
    assert "guests reach the network" in asked_for.stderr

    reduced = call(*grade, refusing=())
    assert reduced.returncode == 0, reduced.stderr
    (again,) = json.loads(reduced.stdout)["students"]
    assert again["provenance"]["sandbox"] == "reduced"
    assert [exercise["points"] for exercise in again["exercises"]] == [
        exercise["points"] for exercise in student["exercises"]
    ]

    full = call(*grade, "--without-sandbox")
    assert json.loads(full.stdout)["students"][0]["provenance"]["sandbox"] == "full"
