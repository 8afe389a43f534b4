from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proctorch.course import Course

DAY = "day90_small"

SOLUTION = '''\
"""The author's own remark, which stays behind."""

# %% [markdown]
# # A small day
# Two things to do.

# %%
from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

# %% [markdown]
# ## Setting out
# ## The *softmax* of rows
# ### An example
# ```
# ## not a heading
# ```

# %% exercise="softmax" points=4
def softmax(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]:
    """Row-wise softmax."""
    ### BEGIN SOLUTION
    weights = (logits - logits.amax(dim=1, keepdim=True)).exp()  # ÜBERSOLUTION
    return weights / weights.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %%
# %matplotlib inline

# %% exercise="tiny_net" points=2.5
class Net(nn.Module):
    """One layer."""

    def __init__(self, width: int = 3) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.layer = nn.Linear(width, 1)
        ### END SOLUTION

    def forward(
        self,
        x: Float[Tensor, "n width"],  # the batch
    ) -> Float[Tensor, "n 1"]:
        ### BEGIN SOLUTION
        return self.layer(x)
        ### END SOLUTION

    def _secret(self): ...

# %% [markdown]
# Well done.
'''

PUBLIC = '''\
"""Public checks."""

from __future__ import annotations

import torch

from proctorch import assert_close, exercise, weight


@exercise("softmax")
class TestSoftmax:
    @weight(2)
    def test_rows(self, student, rng):
        """Every row of softmax(logits)
        sums to one.

        More for authors.
        """
        logits = torch.randn(32, 10, generator=rng)
        assert_close(student.softmax(logits).sum(dim=1), torch.ones(32))


@exercise("tiny_net")
class TestNet:
    def test_shape(self, student):
        """The net gives one number a row."""
        assert student.Net()(torch.zeros(2, 3)).shape == (2, 1)
'''

HIDDEN = '''\
import proctorch
from proctorch import exercise


@exercise("softmax")
class TestSoftmaxHidden:
    @proctorch.weight(1)
    def test_large(self, student):
        """Large logits stay finite."""

    @proctorch.weight(0.5)
    def test_small(self, student):
        """Small logits too."""
'''


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with one day of two exercises."""
    root = tmp_path / "a course"
    (root / "solutions").mkdir(parents=True)
    (root / "graders" / DAY).mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'small'\n")
    (root / "solutions" / f"{DAY}.py").write_text(SOLUTION, encoding="utf-8")
    (root / "graders" / DAY / "public.py").write_text(PUBLIC, encoding="utf-8")
    (root / "graders" / DAY / "hidden.py").write_text(HIDDEN, encoding="utf-8")
    return Course(root)


@pytest.fixture
def edit(course: Course) -> Callable[[str, str, str], Path]:
    """Replace `old` by `new` in one of the day's files: "solution", "public" or "hidden"."""

    def replace(which: str, old: str, new: str) -> Path:
        path = course.solution(DAY) if which == "solution" else course.graders / DAY / f"{which}.py"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path

    return replace
