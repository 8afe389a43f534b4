"""The last line of a run."""

from __future__ import annotations

from tests.fuzz.guard import MEBIBYTE

_UNITS = {"wire": "frames", "notebooks": "notebooks"}


def summary(target: str, runs: int, errors: int, hangs: int, peak: int) -> str:
    """Return, for example, `fuzz wire 1000000 frames 0 errors 0 hangs peak 312 MiB`; `peak` is in bytes.

    Too much memory counts as an error.
    """
    return f"fuzz {target} {runs} {_UNITS[target]} {errors} errors {hangs} hangs peak {peak // MEBIBYTE} MiB"
