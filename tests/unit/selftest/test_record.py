"""The record of a self-test holds for a machine as it is, and decides whether marks are given."""

from __future__ import annotations

import json

import pytest

from proctorch.errors import SandboxUnavailable
from proctorch.sandbox.level import Level
from proctorch.selftest import attempt as attempts
from proctorch.selftest import record
from proctorch.selftest.findings import Attempt, SelfTest

HOLDS = SelfTest(Level.FULL, {}, ("namespaces",), (Attempt("sleep", "Sleeping", "", 2.0),), 3.0)


@pytest.fixture
def tested(monkeypatch, tmp_path):
    """Let the self-test find what the test says, and count how often it is run; its record lies in an own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = {"result": HOLDS, "runs": 0}

    def run(progress=None):
        found["runs"] += 1
        return found["result"]

    monkeypatch.setattr(attempts, "attempt", run)
    return found


def test_a_second_run_reads_what_the_first_found(tested):
    assert record.require_level() is Level.FULL
    assert record.selftest() == HOLDS
    assert tested["runs"] == 1
    assert record.selftest(fresh=True) == HOLDS
    assert tested["runs"] == 2


@pytest.mark.parametrize("name", ["kernel", "started", "engine", "bubblewrap", "namespaces"])
def test_what_has_changed_is_tested_again(tested, monkeypatch, name):
    record.selftest()
    then = record.conditions()
    monkeypatch.setattr(record, "conditions", lambda: {**then, name: "another"})
    record.selftest()
    assert tested["runs"] == 2


def test_each_environment_has_a_record_of_its_own_and_old_ones_go(tested, monkeypatch):
    then = record.conditions()
    for number in range(record.MOST_KEPT + 5):
        monkeypatch.setattr(record, "conditions", lambda number=number: {**then, "python": number})
        record.selftest()
    record.selftest()
    assert tested["runs"] == record.MOST_KEPT + 5
    assert len(list(record.record_folder().glob("*.json"))) == record.MOST_KEPT


@pytest.mark.parametrize("content", ["", "{", "[]", '{"level": "full"}'])
def test_a_damaged_record_is_no_record(tested, content):
    record.selftest()
    (path,) = record.record_folder().glob("*.json")
    path.write_text(content)
    record.selftest()
    assert tested["runs"] == 2


def test_a_record_says_nothing_of_secrets_and_is_private(tested):
    record.selftest()
    (path,) = record.record_folder().glob("*.json")
    assert json.loads(path.read_text())["level"] == "full"
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_sandbox_that_does_not_hold_gives_no_marks_and_is_not_recorded(tested):
    tested["result"] = SelfTest(Level.FULL, {}, (), (Attempt("network", "Reaching out", "TCP", 0.1),), 1.0)
    for runs in (1, 2):
        with pytest.raises(SandboxUnavailable, match=r"does not hold.*\n  Reaching out: TCP"):
            record.require_level()
        assert tested["runs"] == runs


def test_practice_gives_no_marks_and_says_how_to_have_them_all_the_same(tested):
    tested["result"] = SelfTest(Level.PRACTICE, {"full": "no bubblewrap", "reduced": "no Landlock"})
    with pytest.raises(SandboxUnavailable) as refused:
        record.require_level()
    for words in ("not full: no bubblewrap", "not reduced: no Landlock", "proctorch doctor", "--without-sandbox"):
        assert words in str(refused.value)


def test_a_reduced_sandbox_gives_marks(tested):
    tested["result"] = SelfTest(Level.REDUCED, {"full": "no bubblewrap"})
    assert record.require_level() is Level.REDUCED


def test_another_system_than_linux_is_told_what_to_do(tested, monkeypatch):
    monkeypatch.setattr(record.sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="virtual machine or under WSL 2"):
        record.require_level()
