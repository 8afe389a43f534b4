"""Every message of the ladder is a folder: `case.py` is what was given and expected, `expected.txt` what is said.

A case sets `given` and `expected`, and may set `assertion` (close, equal, type or fail; close by default), `options`
for it, `what`, and `call`, `arguments`, `axes` for a tensor that came out of a call. With `header`, `args` and `given`
it is a returned value against a signature.
"""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from proctorch.errors import CheckFailure
from proctorch.grading.assertions import assert_close, assert_equal, assert_type, fail
from proctorch.grading.signature import check_return, parse_signature

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/case.py"))


@dataclass(frozen=True)
class RecordedCall:
    """The call that a case says its tensor came out of."""

    name: str
    arguments: Sequence[object] = ()
    axes: Sequence[str] = ()


def run_case(case: dict[str, Any]) -> None:
    """Make the comparison that a case describes."""
    given = case["given"]
    if "header" in case:
        signature = parse_signature(case["header"])
        check_return(signature, signature.name, case.get("args", ()), case.get("kwargs", {}), given)
        return
    if "call" in case and isinstance(given, torch.Tensor):
        given._proctorch_call = RecordedCall(case["call"], case.get("arguments", ()), case.get("axes", ()))
    options = case.get("options", {}) | ({"what": case["what"]} if "what" in case else {})
    assertion = case.get("assertion", "close")
    if assertion == "fail":
        fail(given, **options)
    assertions = {"close": assert_close, "equal": assert_equal, "type": assert_type}
    assertions[assertion](given, case["expected"], **options)


def told(failure: CheckFailure) -> str:
    """Return what `expected.txt` holds."""
    return f"rung: {failure.rung}\nsentence: {failure.sentence}\nsafe: {failure.safe}\n"


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_message(folder: Path) -> None:
    with pytest.raises(CheckFailure) as caught:
        run_case(runpy.run_path(str(folder / "case.py")))
    assert told(caught.value) == (folder / "expected.txt").read_text(encoding="utf-8")


def test_every_rung_has_a_message() -> None:
    rungs = {(folder / "expected.txt").read_text(encoding="utf-8").split("\n")[0] for folder in CASES}
    wanted = ["type", "dtype", "shape", "device", "attached", "finite", "values", "claim"]
    assert rungs >= {f"rung: {rung}" for rung in wanted}
