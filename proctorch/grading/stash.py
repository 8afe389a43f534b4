"""What pytest's items and configuration carry for us; a module of its own, because the plugin must import nothing
heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    pass

BENCH = pytest.StashKey["Bench"]()
CHECK = pytest.StashKey["Check"]()
