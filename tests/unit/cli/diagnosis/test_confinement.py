from __future__ import annotations

import subprocess

import pytest

from proctorch.cli.diagnosis import confinement


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


def test_a_sandbox_that_refuses_says_why_and_what_to_do(monkeypatch):
    from proctorch.errors import SandboxUnavailable
    from proctorch.sandbox import host

    def refuse(preload=(), masked=()):
        raise SandboxUnavailable("the sandbox did not start: no.\n  To mend it: try this.")

    monkeypatch.setattr(host, "start_zygote", refuse)
    found = confinement.sandbox()
    assert (found.good, found.found, found.cure) == (False, "the sandbox did not start: no.", "try this.")
