"""What pytest's items and configuration carry for us; apart, because the plugin must import nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from proctorch.grading.bench import Bench
    from proctorch.grading.checks import Check

BENCH: pytest.StashKey[Bench] = pytest.StashKey()
CHECK: pytest.StashKey[Check] = pytest.StashKey()
