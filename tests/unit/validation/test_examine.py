"""The exam of a small day: what is right passes, and each thing that is wrong is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctorch.authoring.build import build_days
from proctorch.course import Course
from proctorch.validation.exam import Exam
from proctorch.validation.examine import examine
from proctorch.validation.kept import keep_exam, kept_exam

DAY = "day01_small"

SOLUTION = '''# %% [markdown]
# # A small day

# %%
import torch
from torch import Tensor

# %% [markdown]
# ## Mean
# Return the mean of each row.

# %% exercise="row_mean" points=4
def row_mean(x: Tensor) -> Tensor:
    """Return the mean of each row."""
    ### BEGIN SOLUTION
    return x.mean(dim=1)
    ### END SOLUTION
'''

PUBLIC = '''import torch

from proctorch import assert_close, exercise


@exercise("row_mean")
class TestRowMean:
    def test_rows(self, student, rng):
        """row_mean gives the mean of each row."""
        x = torch.randn(3, 5, generator=rng)
        assert_close(student.row_mean(x), x.sum(dim=1) / 5)
'''

HIDDEN = '''import torch

from proctorch import assert_close, exercise


@exercise("row_mean")
class TestRowMeanHidden:
    def test_one_row(self, student, rng):
        """row_mean works for one row, and gradients flow."""
        x = torch.randn(1, 7, generator=rng, requires_grad=True)
        assert_close(student.row_mean(x), x.sum(dim=1) / 7, grad=True)
'''

MISCONCEPTIONS = """import torch

from proctorch.grading.vocabulary import misconception


@misconception("row_mean", "sums", hint="What is divided by what?")
def row_mean(x):
    return x.sum(dim=1)


@misconception("row_mean", "walks down", hint="Which axis is left?")
def row_mean(x):
    return x.mean(dim=0)
"""

ALTERNATIVES = """import torch

from proctorch.grading.vocabulary import alternative


@alternative("row_mean", "a loop")
def row_mean(x):
    return torch.stack([row.sum() / len(row) for row in x])
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    root = tmp_path / "course"
    files = {
        f"solutions/{DAY}.py": SOLUTION,
        f"graders/{DAY}/public.py": PUBLIC,
        f"graders/{DAY}/hidden.py": HIDDEN,
        f"graders/{DAY}/misconceptions.py": MISCONCEPTIONS,
        f"graders/{DAY}/alternatives.py": ALTERNATIVES,
        "nbgrader_config.py": "c = get_config()\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".proctorch").mkdir()
    (root / ".proctorch" / "secret").write_text("07" * 32)
    course = Course(root.resolve())
    build_days(course, [DAY])
    return course


def sit(course: Course, *, full: bool = False) -> Exam:
    return examine(course, DAY, full=full, workers=1, progress=lambda done, total, label: None)


def append(course: Course, name: str, text: str) -> None:
    path = course.graders / DAY / name
    path.write_text(path.read_text() + "\n\n" + text)


@pytest.mark.slow
def test_a_sound_day_passes_in_full_and_its_exam_is_kept(course: Course) -> None:
    exam = sit(course, full=True)
    assert exam.findings() == ()
    assert exam.passes(0.95), exam.mutants
    assert (exam.caught.right, exam.named.right, exam.alternatives.right) == (2, 2, 1)
    assert exam.mutants is not None
    assert exam.mutants.killed >= 3
    assert exam.flaky.total == exam.flaky.right >= 2 * 2 * 100
    keep_exam(course, exam, full=True)
    assert kept_exam(course, DAY, full=True) == exam
    assert kept_exam(course, DAY, full=False) == exam
    append(course, "hidden.py", "# another version\n")
    assert kept_exam(course, DAY, full=True) is None


@pytest.mark.slow
def test_everything_that_is_wrong_is_found(course: Course) -> None:
    append(
        course,
        "misconceptions.py",
        '@misconception("row_mean", "is no mistake", hint="?")\ndef row_mean(x):\n    return x.mean(dim=1)\n',
    )
    append(
        course,
        "alternatives.py",
        '@alternative("row_mean", "is wrong")\ndef row_mean(x):\n    return x.mean(dim=1) + 1\n',
    )
    append(
        course,
        "public.py",
        '@exercise("row_mean")\nclass TestMore:\n'
        "    def test_luck(self, student, rng):\n"
        '        """A coin shows heads."""\n'
        "        assert torch.rand(1, generator=rng).item() < 0.8\n",
    )
    exam = sit(course)
    assert not exam.passes(0.95)
    said = {
        (finding.subject.rpartition(": ")[2], finding.check, finding.what.partition(":")[0])
        for finding in exam.findings()
    }
    assert ("is no mistake", "row_mean", "no check catches it") in said
    assert any(subject == "is wrong" and check == "row_mean::test_rows" for subject, check, _ in said)
    assert any(check == "row_mean::test_luck" and what.startswith("seed ") for _, check, what in said)
    assert ("stub", "row_mean::test_luck", "the stub earns points") in said
