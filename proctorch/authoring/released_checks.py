"""The checks that students receive: the public ones, and what the engine must know about the day."""

from __future__ import annotations

import json

from proctorch.authoring.stub import generated_line
from proctorch.model import DaySpec


def released_checks_text(day: DaySpec, public_text: str) -> str:
    """Return the text of the released checks.py.

    It is public.py as it stands, one line lower, with `PROCTORCH_DAY = {...}` behind it: there, a docstring and
    `from __future__` imports stay the first statements. Of hidden checks it says how many there are, and no more.
    """
    first = generated_line(day.name, "the public checks; changes to this file do not count.")
    # JSON with its own characters is a Python literal: no null, true or false occur in a day.
    literal = json.dumps(day.to_dict(), indent=4, ensure_ascii=False)
    return f"{first}\n{public_text.rstrip()}\n\n\n# The day as its author wrote it down.\nPROCTORCH_DAY = {literal}\n"
