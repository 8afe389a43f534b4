"""The self-test: attacks that succeed where nothing stops them, fail where something does, and are told."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from proctorch.errors import SandboxUnavailable
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.level import Level
from proctorch.selftest.attempt import ATTACKS, Attack, all_attacks, attempt
from proctorch.selftest.bait import laid_out
from proctorch.selftest.findings import SelfTest

EVERYWHERE = tuple(level.value for level in Level)
# What has to succeed where there are no walls, whoever runs it: otherwise it tries nothing.
UNCONFINED = {
    "change_file", "fill_disk", "kernel_interfaces", "local_sockets", "neighbours", "network", "read_file",
    "run_written", "write_system",
}  # fmt: skip


def at_every_level(names: set[str]) -> list[Attack]:
    return [dataclasses.replace(each, levels=EVERYWHERE) for each in all_attacks() if each.name in names]


def test_every_attack_says_what_it_tries():
    found = all_attacks()
    assert len(found) >= 28
    assert len({each.tries for each in found}) == len(found)
    assert all(each.tries for each in found)
    assert set(UNCONFINED) <= {each.name for each in found}


@pytest.mark.slow
@pytest.mark.parametrize("level", [Level.FULL, Level.REDUCED])
def test_no_attack_gets_anything(level):
    found = attempt([level])
    assert found.level is level
    assert len(found.attempts) == sum(level.value in each.levels for each in all_attacks())
    assert [(each.name, each.got) for each in found.succeeded] == []
    assert found.marks
    assert ("namespaces" in found.measures) == (level is Level.FULL)
    assert {"seccomp", "no_new_privs", "no capabilities"} <= set(found.measures)


@pytest.mark.slow
def test_without_walls_the_attacks_succeed(tmp_path):
    found = attempt([Level.PRACTICE], at_every_level(UNCONFINED))
    try:
        assert {each.name for each in found.succeeded} == UNCONFINED
        assert not found.marks
    finally:
        for path in (
            Path("/dev/shm/neighbour"),
            Path("/var/tmp/mine"),
            Path("/var/tmp/python"),
            Path("/dev/shm/python"),
        ):
            path.unlink(missing_ok=True)


def test_one_success_is_enough_to_give_no_marks(tmp_path):
    path = tmp_path / "easy.py"
    path.write_text('"""Printing."""\n\nprint("GOT a word out")\n')
    found = attempt([Level.FULL], [Attack.read(path)])
    assert [(each.tries, each.got) for each in found.succeeded] == [("Printing", "a word out")]
    assert found.level.confined
    assert not found.marks


def test_an_attack_must_end_as_it_says(tmp_path):
    path = tmp_path / "quick.py"
    path.write_text('"""Ending early."""\n\nENDS_BY = ("GuestTimeout",)\n')
    (ended,) = attempt([Level.FULL], [Attack.read(path)]).attempts
    assert ended.got == "it ended by returned, not by GuestTimeout"


def test_a_level_that_cannot_be_had_is_passed_over(monkeypatch):
    monkeypatch.setenv("PATH", "")
    found = attempt([Level.FULL, Level.REDUCED], ())
    assert found.level is Level.REDUCED
    assert "bubblewrap is not installed" in found.reasons["full"]
    with pytest.raises(SandboxUnavailable, match="full: bubblewrap is not installed"):
        attempt([Level.FULL], ())


def test_a_course_among_what_guests_read_is_refused_without_namespaces():
    inside = Path(os.__file__).parent
    with pytest.raises(SandboxUnavailable, match="nothing hides it"), Zygote(masked=(inside,), level=Level.REDUCED):
        pass


def test_it_survives_json():
    found = SelfTest(Level.REDUCED, {"full": "no"}, ("seccomp",), attempt([Level.FULL], ()).attempts, 1.5)
    assert SelfTest.from_dict(found.to_dict()) == found


def test_harm_to_the_bait_is_seen():
    with laid_out() as bait:
        assert bait.harm() == ""
        bait.file.write_text("mine")
        assert "into a file" in bait.harm()
    with laid_out() as bait:
        (bait.folder / "mine").touch()
        assert "into a folder" in bait.harm()
    with laid_out() as bait:
        bait.file.chmod(0o600)
        assert "without opening it" in bait.harm()
    with laid_out() as bait:
        bait.victim.kill()
        bait.victim.wait()
        assert "ended a process" in bait.harm()
        target = bait.target()
    assert not Path(target["file"]).exists()
    assert os.environ.get("PROCTORCH_SELFTEST_CANARY") is None


def test_attacks_are_found_where_they_are_packed():
    assert ATTACKS.is_dir()
