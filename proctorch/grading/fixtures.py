"""Running a collected check with the plugin's own fixtures, without pytest's machinery for fixtures.

pytest builds a request, its sub-requests and their signatures anew for every run of an item, 0.3 ms each time, and an
engine runs the same items for every submission. Most checks ask for nothing but what the plugin gives (`student`,
`rng`, `device`) and for parameters: these are handed over directly, with the same values and in the same order.
Whatever else a grader uses (a fixture of its own, `setup_method`, `usefixtures`) goes through pytest as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from proctorch.grading.progress import run
from proctorch.grading.seeds import seeded_state
from proctorch.grading.stash import CHECK, run_name

if TYPE_CHECKING:
    from proctorch.grading.bench import Bench

GIVEN = frozenset({"student", "rng", "device"})
ALWAYS = "_seeded_state"
PLUGIN = "proctorch.grading.plugin"  # where these fixtures are defined
PLAIN: pytest.StashKey[bool] = pytest.StashKey()


def is_plain(item: pytest.Function) -> bool:
    """Say whether a check asks for the plugin's fixtures and its own parameters only."""
    if PLAIN not in item.stash:
        definitions = item._fixtureinfo.name2fixturedefs
        # The plugin's fixtures ask for `request`; a check that does so itself is not plain.
        asked = (set(item._fixtureinfo.names_closure) - {"request"}) | set(item._fixtureinfo.argnames)
        ours = all(
            [definition.func.__module__ for definition in definitions.get(name, ())] == [PLUGIN]
            for name in asked
            if name not in _parameters(item) or name in GIVEN
        )
        item.stash[PLAIN] = ours and ALWAYS in asked
    return item.stash[PLAIN]


def call_plainly(item: pytest.Function, bench: Bench) -> None:
    """Run a plain check on a bench as pytest would; raises whatever the check raises."""
    import torch

    from proctorch.lab.gpu.choice import device_called, devices_for_checks

    check, name = item.stash[CHECK], run_name(item)
    seed = bench.seed(check, name)
    wanted = item._fixtureinfo.argnames
    parameters = _parameters(item)
    with seeded_state(seed), devices_for_checks(bench.devices, real=bench.real_devices):
        values: dict[str, Any] = {wish: parameters[wish] for wish in wanted if wish not in GIVEN}
        if "rng" in wanted:
            values["rng"] = torch.Generator().manual_seed(seed)
        if "device" in wanted:
            values["device"] = device_called(parameters.get("device", "cpu"))
        function = getattr(item.cls(), item.originalname) if item.cls else item.obj
        if "student" not in wanted:
            function(**values)
            return
        values["student"] = student = bench.student(check, name)
        with run(student._client.progress) as progress:
            function(**values)
            progress.settle()


def _parameters(item: pytest.Function) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}
