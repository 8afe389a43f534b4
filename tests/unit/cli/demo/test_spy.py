"""The spy must be able to find something, or finding nothing says nothing."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.cli.demo import spy
from proctorch.cli.demo.students import DAY
from proctorch.course import Course
from proctorch.model import CheckResult, ExerciseResult, Provenance, Report, Verdict

PROVENANCE = Provenance("0", "3", "2", "2", "linux", "", 1, "cpu", "full", "", "", {})


@pytest.fixture
def answer(origin: Course, tmp_path: Path) -> str:
    """The spy's answer without the walks over all files and all processes, which are long outside of a sandbox."""
    course = Course(tmp_path)
    for name in ("solutions", "graders"):
        (tmp_path / name).symlink_to(origin.root / name)
    text = spy.spying_answer(course, course, DAY)
    everything = {'os.walk("/")': "()", 'filter(str.isdigit, os.listdir("/proc"))': '["self"]'}
    for long, short in everything.items():
        assert long in text
        text = text.replace(long, short)
    return text


def look(answer: str, before: str = "") -> str:
    """Run the answer in a process of its own, and return what it raised."""
    code = f"{before}\n{answer}\npassport(None)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    return done.stderr.strip().splitlines()[-1]


def test_outside_of_a_sandbox_the_files_are_found(answer: str, origin: Course) -> None:
    told = look(answer)
    assert "hidden.py" in told and "solutions" in told


def test_what_lies_in_memory_is_found(answer: str, tmp_path: Path) -> None:
    secret = Course(tmp_path).secret().hex()
    held = f"held = [bytes.fromhex('{secret.encode().hex()}').decode() * 3 for _ in range(2)]"
    assert "memory of " in look(answer, held)


def test_what_the_spy_looks_for_is_not_in_their_own_text(answer: str, tmp_path: Path) -> None:
    for secret in spy.secrets_of(Course(tmp_path), DAY):
        assert len(secret) > 25
        assert secret not in answer


def report(detail: str, message: str = "") -> Report:
    check = CheckResult(
        "c", spy.EXERCISE, True, "claim", Verdict.ERROR, Fraction(0), Fraction(2), message=message, detail=detail
    )
    return Report("kira", DAY, (ExerciseResult(spy.EXERCISE, "", Fraction(2), (check,)),), PROVENANCE)


def test_finding_nothing_is_no_trouble() -> None:
    assert spy.trouble_with(report(f"  raise\nRuntimeError: {spy.FOUND_NOTHING}\n"), ["secret"]) == ""


@pytest.mark.parametrize(
    ("detail", "message"),
    [
        ("RuntimeError: found /course/graders", ""),
        (f'  told = "{spy.FOUND_NOTHING}"\nRuntimeError: found /x', ""),
        (f"RuntimeError: {spy.FOUND_NOTHING}", "the secret is out"),
        ("killed by the system", ""),
    ],
)
def test_anything_else_is(detail: str, message: str) -> None:
    assert spy.trouble_with(report(detail, message), ["secret"]).startswith("c: ")
