"""Every message of the ladder is a folder: `case.py` is what was given and expected, `expected.txt` what is said.

A case sets `given` and `expected`, and may set `assertion` (close, equal, type or fail; close by default), `options`
for it, `what`, and `call`, `arguments`, `axes` for a tensor that came out of a call. With `header`, `args` and `given`
it is a returned value against a signature. With `submission`, a student's code, it is a whole check, `check(student)`,
and `header` the signature of a function; such a case is told in the student's own process and in the sandbox alike.
With PROCTORCH_REWRITE_GOLDEN=1 in the environment, this test writes what is said.
"""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from proctorch.errors import CheckFailure, SandboxUnavailable
from proctorch.grading.assertions import assert_close, assert_equal, assert_type, fail
from proctorch.grading.progress import run
from proctorch.grading.signature import check_return, parse_signature
from proctorch.grading.student import Student
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS
from proctorch.sandbox.server import GuestServer, no_host
from proctorch.sandbox.transport import Loopback, Transport

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/case.py"))


@dataclass(frozen=True)
class RecordedCall:
    """The call that a case says its tensor came out of."""

    name: str
    arguments: Sequence[object] = ()
    axes: Sequence[str] = ()


def loopback() -> Transport:
    """Return the way to a submission in this process."""
    return Loopback(GuestServer(new_namespace().__dict__, no_host, Capture(DEFAULT_LIMITS.output)))


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """The process that guests are forked from."""
    try:
        with Zygote(("numpy", "torch")) as started:
            yield started
    except SandboxUnavailable as error:
        pytest.skip(f"guests cannot be confined here ({error}): install bubblewrap, see `proctorch doctor`")


def run_check(case: dict[str, Any], transport: Transport) -> None:
    """Run the check of a case as the plugin does."""
    headers = [parse_signature(case["header"])] if "header" in case else []
    student = Student(transport, {signature.name: signature for signature in headers})
    student._client.begin(DEFAULT_LIMITS, 5)
    assert student._client.load("cell 1", case["submission"]) is None
    with run(student._client.progress) as progress:
        case["check"](student)
        progress.settle()


def run_case(case: dict[str, Any]) -> None:
    """Make the comparison that a case describes."""
    if "submission" in case:
        run_check(case, loopback())
        return
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
    golden = folder / "expected.txt"
    if os.environ.get("PROCTORCH_REWRITE_GOLDEN"):
        golden.write_text(told(caught.value), encoding="utf-8")
    assert told(caught.value) == golden.read_text(encoding="utf-8")


WHOLE = [folder for folder in CASES if "submission = " in (folder / "case.py").read_text(encoding="utf-8")]


@pytest.mark.parametrize("folder", WHOLE, ids=lambda folder: folder.name)
def test_message_from_the_sandbox(folder: Path, zygote: Zygote) -> None:
    guest = zygote.guest(DEFAULT_LIMITS)
    try:
        with pytest.raises(CheckFailure) as caught:
            run_check(runpy.run_path(str(folder / "case.py")), guest.base)
    finally:
        guest.kill()
    assert told(caught.value) == (folder / "expected.txt").read_text(encoding="utf-8")


def test_every_rung_has_a_message() -> None:
    rungs = {(folder / "expected.txt").read_text(encoding="utf-8").split("\n")[0] for folder in CASES}
    wanted = ["type", "dtype", "shape", "device", "attached", "finite", "values", "claim"]
    wanted += ["inplace", "random", "gradient"]
    assert rungs >= {f"rung: {rung}" for rung in wanted}
