"""What pytest's items and configuration carry for us; apart, because the plugin must import nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from proctorch.grading.bench import Bench
    from proctorch.grading.checks import Check

BENCH: pytest.StashKey[Bench] = pytest.StashKey()
CHECK: pytest.StashKey[Check] = pytest.StashKey()


def run_name(item: pytest.Item) -> str:
    """Return the id of one run of a check, which tells the runs of a parametrised one apart."""
    check = item.stash[CHECK]
    suffix = item.name.removeprefix(getattr(item, "originalname", None) or item.name)
    return f"{check.id}{suffix}"
