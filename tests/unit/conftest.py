"""What tests of several packages share: a warm sandbox, and results made by hand for whatever shows or adds them up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest

from proctorch.model import CheckResult, ExerciseResult, Problem, Provenance, Report, Verdict
from proctorch.sandbox.host import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """One zygote for all tests: it takes two seconds to start, a guest of it twenty milliseconds."""
    with Zygote(("numpy", "pandas", "torch.fx.experimental.symbolic_shapes", "torch._dynamo")) as started:
        yield started


@pytest.fixture
def provenance() -> Provenance:
    return Provenance(
        engine="0.1.0",
        python="3.11.9",
        torch="2.13.0",
        numpy="2.3.0",
        platform="Linux x86_64",
        cpu_capability="AVX2",
        threads=1,
        device="cpu",
        sandbox="full",
        secret="abcd",
        submission="5" * 64,
        graders={"softmax": "6" * 64},
        graded_at="2026-11-20T10:00:00+00:00",
        measures=("namespaces", "seccomp", "landlock 7"),
    )


@pytest.fixture
def check() -> Callable[..., CheckResult]:
    """Make a check of softmax worth 4/3 points."""

    def make(name: str = "rows", **changes) -> CheckResult:
        facts = {
            "id": f"softmax::{name}",
            "exercise": "softmax",
            "public": True,
            "claim": "Every row of softmax(logits) sums to one.",
            "verdict": Verdict.PASSED,
            "points": Fraction(4, 3),
            "max_points": Fraction(4, 3),
            "seconds": 0.01,
        }
        return CheckResult(**(facts | changes))

    return make


@pytest.fixture
def report(check, provenance) -> Callable[..., Report]:
    """Make a report of one student about softmax."""

    def make(student: str = "ada", *checks: CheckResult, problem: Problem | None = None, **changes) -> Report:
        softmax = ExerciseResult("softmax", "Softmax", Fraction(4), checks or (check(),))
        facts = {"day": "day07_softmax", "exercises": (softmax,), "provenance": provenance, "seconds": 0.5}
        return Report(student=student, problem=problem, **(facts | changes))

    return make
