from __future__ import annotations

import pytest

from proctorch.cli.diagnosis import machine
from proctorch.cli.diagnosis.finding import Need


@pytest.mark.parametrize(("text", "numbers"), [("2.13.0+cpu", (2, 13)), ("2.9.1", (2, 9)), ("2.10.0rc1", (2, 10))])
def test_versions_are_compared_as_numbers(text, numbers):
    assert machine.version_numbers(text) == numbers


def test_an_old_torch_is_refused(monkeypatch):
    monkeypatch.setattr(machine, "version_of", lambda package: "2.9.1+cpu")
    found = machine.torch()
    assert (found.good, found.found, found.needed_for) == (False, "2.9.1+cpu, older than 2.10", Need.PRACTICE)


def test_no_torch(monkeypatch):
    monkeypatch.setattr(machine, "version_of", lambda package: None)
    assert not machine.torch().good
    assert "pip install" in machine.torch().cure


def test_this_machine_has_what_the_tests_need():
    assert machine.python().good
    assert machine.packages().good
    assert machine.torch().good
    assert machine.devices().found.startswith("cpu")


def test_memory_of_a_cgroup_counts(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    limit.write_text(str(2**30))
    monkeypatch.setattr(machine, "CGROUP_MEMORY", (tmp_path / "none", limit))
    found = machine.memory()
    assert (found.good, found.found) == (False, "1.0 GiB")
    limit.write_text("max")
    assert machine.memory().found != "1.0 GiB"


def test_a_folder_that_is_not_there(tmp_path):
    assert not machine.disk(tmp_path / "nowhere").good
