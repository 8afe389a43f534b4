"""The words in which a grader file is written; each only marks what it decorates.

@exercise("softmax")
class TestSoftmax:
    @weight(2)
    def test_rows_are_probabilities(self, student, rng):
        \"\"\"Every row of softmax(logits) sums to one.\"\"\"
        logits = torch.randn(32, 10, generator=rng)
        assert_close(student.softmax(logits).sum(dim=1), torch.ones(32))
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any, TypeVar

from proctorch.sandbox.limits import DEFAULT_LIMITS, Limits

Marked = TypeVar("Marked", bound=Callable[..., Any])

_MARKS = "__proctorch_marks__"
_DEVICE = re.compile(r"cpu|cuda(:[0-7])?", re.ASCII)


def _mark(target: Marked, **marks: Any) -> Marked:
    merged = {**target.__dict__.get(_MARKS, {}), **marks}
    setattr(target, _MARKS, merged)
    return target


def exercise(name: str) -> Callable[[Marked], Marked]:
    """Say which exercise the checks of a class belong to."""
    return lambda target: _mark(target, exercise=name)


def weight(share: int | float | Fraction) -> Callable[[Marked], Marked]:
    """Give a check its share of the exercise's points; a check without it weighs 1. Raises ValueError unless
    positive.
    """
    exact = Fraction(share).limit_denominator(10_000)
    if exact <= 0:
        raise ValueError(f"a check's weight must be positive, not {share!r}")
    return lambda target: _mark(target, weight=exact)


def limits(
    *, seconds: float | None = None, memory: int | None = None, loopback: bool | None = None
) -> Callable[[Marked], Marked]:
    """Bound a check, or each check of a class: `seconds` of CPU time for all its calls together, `memory` in MiB.

    With `loopback` the student's processes may reach each other over 127.0.0.1, as `torch.distributed` needs; they
    are forked, not spawned. Mark the whole class: checks with and without it do not share a process.
    """
    return lambda target: _mark(target, seconds=seconds, memory=memory, loopback=loopback)


def on_devices(*names: str) -> Callable[[Marked], Marked]:
    """Run a check, or each check of a class, on every one of these devices, which its fixture `device` gives.

    The names are literals, `cpu`, `cuda` or `cuda:1`. A day that names CUDA devices is graded as on a machine that has
    them: they are simulated, unless a student practises where there are real ones. What the student's code says about
    devices is a claim made in its own process: such a check is mistake-proof, not forgery-proof, and carries a small
    weight. All runs together are one check, all or nothing.

        @on_devices("cpu", "cuda")
        def test_positions(self, student, device):
            \"\"\"The positions are where the tokens are.\"\"\"
            tokens = torch.zeros(2, 5, dtype=torch.int64, device=device)
            assert_equal(student.positions(tokens), torch.arange(5, device=device))
    """
    import pytest

    if not names or any(not _DEVICE.fullmatch(name) for name in names):
        raise ValueError(f'on_devices takes "cpu", "cuda" and "cuda:1", not {names!r}')
    runs = pytest.mark.parametrize("device", names, indirect=True)
    return lambda target: runs(target)


def depends(*names: str) -> Callable[[Marked], Marked]:
    """Say which exercises a check, or a class of checks, builds on: while one of them fails, it is `blocked`."""
    return lambda target: _mark(target, depends=names)


@dataclass(frozen=True)
class CheckMarks:
    """What the vocabulary says about one check."""

    exercise: str | None
    weight: Fraction
    limits: Limits
    depends: tuple[str, ...]


def marks_of(function: Callable[..., Any], owner: type | None) -> CheckMarks:
    """Collect the marks of a check and of its class; the check's own come first."""
    outer: dict[str, Any] = getattr(owner, _MARKS, {}) if owner is not None else {}
    inner: dict[str, Any] = getattr(function, _MARKS, {})
    seconds = inner.get("seconds") or outer.get("seconds") or DEFAULT_LIMITS.cpu_seconds
    mebibytes = inner.get("memory") or outer.get("memory")
    memory = mebibytes * 2**20 if mebibytes else DEFAULT_LIMITS.memory
    own = inner.get("loopback")
    loopback = bool(outer.get("loopback") if own is None else own)
    return CheckMarks(
        exercise=inner.get("exercise") or outer.get("exercise"),
        weight=inner.get("weight", Fraction(1)),
        limits=DEFAULT_LIMITS.replace(cpu_seconds=seconds, memory=memory, loopback=loopback),
        depends=tuple(dict.fromkeys((*outer.get("depends", ()), *inner.get("depends", ())))),
    )


@dataclass(frozen=True)
class Variant:
    """Another body for one name of an exercise: a known mistake with its hint, or a right answer in another style."""

    exercise: str
    title: str
    replaces: Any
    hint: str | None


_VARIANTS = "__proctorch_variants__"


def misconception(exercise: str, title: str, *, hint: str) -> Callable[[Marked], Marked]:
    """Write down a mistake that students make, and what its author should look at."""
    return lambda target: _variant(target, exercise, title, hint)


def alternative(exercise: str, title: str) -> Callable[[Marked], Marked]:
    """Write down a right answer in another style; `title` names the style."""
    return lambda target: _variant(target, exercise, title, None)


def _variant(target: Marked, exercise: str, title: str, hint: str | None) -> Marked:
    """Keep the variant in the namespace that defines it: several may share one name, so the name alone loses them."""
    module_names = sys._getframe(2).f_globals
    module_names.setdefault(_VARIANTS, []).append(Variant(exercise, title, target, hint))
    return target


def variants_in(module: ModuleType) -> tuple[Variant, ...]:
    """Return the variants that a module defines, in their order."""
    return tuple(getattr(module, _VARIANTS, ()))
