from __future__ import annotations

import subprocess

import pytest

from proctorch.cli.diagnosis import confinement
from proctorch.cli.diagnosis.finding import Need
from proctorch.errors import SandboxUnavailable
from proctorch.sandbox import host


@pytest.fixture
def answers(monkeypatch):
    """Let bubblewrap answer as the test says, whether it is installed or not."""

    def answer(code: int, said: str = "") -> None:
        monkeypatch.setattr(confinement.shutil, "which", lambda name: "/usr/bin/bwrap")
        monkeypatch.setattr(
            confinement, "_as_ordinary_user", lambda command: subprocess.CompletedProcess(command, code, "", said)
        )

    return answer


def test_no_bubblewrap(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert not confinement.bubblewrap().good
    assert not confinement.confinement().good
    assert "apt-get install bubblewrap" in confinement.bubblewrap().cure


def test_namespaces_work(answers):
    answers(0)
    assert confinement.confinement().good


def test_namespaces_are_forbidden_by_a_switch(answers, monkeypatch):
    answers(1, "bwrap: No permissions to create new namespace\n")
    monkeypatch.setattr(confinement, "_switch", lambda name: "0" if name == "user/max_user_namespaces" else "")
    found = confinement.confinement()
    assert "No permissions" in found.found
    assert found.cure == "sudo sysctl -w user.max_user_namespaces=15000"


def test_namespaces_are_forbidden_by_a_container(answers, monkeypatch):
    answers(1, "bwrap: Creating new namespace failed")
    monkeypatch.setattr(confinement, "_switch", lambda name: "")
    assert "container" in confinement.confinement().cure


def test_the_kernel_is_asked():
    for found in (confinement.landlock(), confinement.seccomp(), confinement.cgroups()):
        assert found.found
        assert found.good or found.cure


def test_a_full_sandbox_says_with_what_it_confines():
    found = confinement.sandbox()
    assert found.good
    assert found.found.startswith("level full: namespaces, ordinary user, no capabilities")


def test_without_bubblewrap_the_sandbox_is_reduced_and_says_what_it_lacks(monkeypatch):
    monkeypatch.setenv("PATH", "")
    found = confinement.sandbox()
    assert not found.good
    assert found.needed_for is Need.NOTHING
    assert found.found.startswith("level reduced: ordinary user")
    assert "It lacks: guests see the names of files" in found.found
    assert "not full: bubblewrap is not installed" in found.found
    assert "apt-get install bubblewrap" in found.cure


def test_a_sandbox_that_refuses_says_why_and_what_to_do(monkeypatch):
    def refuse(preload=(), masked=(), level=None):
        raise SandboxUnavailable(f"the sandbox did not start: no {level}.\n  To mend it: try this.")

    monkeypatch.setattr(host, "start_zygote", refuse)
    found = confinement.sandbox()
    assert (found.good, found.needed_for) == (False, Need.GRADING)
    assert "no full" in found.found
