"""A day with an exercise in data parallel: it alone gets a loopback, and what another exercise does finds none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.local import LocalEngine
from proctorch.grading.submission import submission_from_file
from proctorch.model import DaySpec, Report

pytestmark = pytest.mark.slow

DAY = "day17_parallel"
SOLUTION = '''# %% [markdown]
# # Parallel

# %%
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def connected():
    """Whether this process can talk to itself over 127.0.0.1."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError:
        return False
    return True


at_load = connected()

# %% [markdown]
# ## Total


# %% exercise="total" points=2
def work(rank, values, answers):
    """Add up with the other process and answer."""
    ### BEGIN SOLUTION
    dist.init_process_group("gloo", init_method="tcp://127.0.0.1:29500", rank=rank, world_size=len(values))
    part = values[rank].clone()
    dist.all_reduce(part)
    answers.put(part.tolist())
    dist.destroy_process_group()
    ### END SOLUTION


def total(values):
    """Return the sum of tensors, each added by a process of its own."""
    ### BEGIN SOLUTION
    context = mp.get_context("fork")
    answers = context.Queue()
    workers = [context.Process(target=work, args=(rank, values, answers)) for rank in range(len(values))]
    for worker in workers:
        worker.start()
    sums = [answers.get(timeout=20) for _ in workers]
    for worker in workers:
        worker.join()
    return torch.tensor(sums[0])
    ### END SOLUTION


# %% [markdown]
# ## Alone


# %% exercise="alone" points=1
def alone():
    """Return whether this process can talk to itself over 127.0.0.1."""
    ### BEGIN SOLUTION
    return connected() or at_load
    ### END SOLUTION
'''

CHECKS = '''import torch

from proctorch import assert_close, assert_equal, exercise, limits


@exercise("total")
@limits(loopback=True, seconds=10)
class TestTotal:
    def test_total(self, student, rng):
        """The processes' tensors add up."""
        values = [torch.randn(3, generator=rng), torch.randn(3, generator=rng)]
        assert_close(student.total(values), values[0] + values[1])


@exercise("alone")
class TestAlone:
    def test_alone(self, student):
        """There is nobody to talk to."""
        assert_equal(student.alone(), False)

    @limits(loopback=True)
    def test_together(self, student):
        """Where it was asked for, there is."""
        assert_equal(student.alone(), True)
'''


@pytest.fixture
def course(tmp_path: Path) -> tuple[Course, DaySpec]:
    made = Course(tmp_path)
    (made.graders / DAY).mkdir(parents=True)
    made.solutions.mkdir()
    (made.solutions / f"{DAY}.py").write_text(SOLUTION)
    (made.graders / DAY / "public.py").write_text(CHECKS)
    return made, load_day(made, DAY)


@pytest.fixture
def report(course: tuple[Course, DaySpec]) -> Iterator[Report]:
    made, day = course
    submission = submission_from_file(made.solutions / f"{DAY}.py", day, "ada")
    with LocalEngine(made, day, workers=1) as engine:
        (found,) = engine.grade([submission])
        yield found


def test_only_checks_that_ask_have_a_loopback(report):
    shown = [(check.id, check.verdict.value, check.message) for part in report.exercises for check in part.checks]
    assert [verdict for _, verdict, _ in shown] == ["passed"] * 3, shown


def test_the_report_says_with_what_student_code_was_confined(report):
    assert report.provenance.sandbox == "full"
    assert {"namespaces", "no capabilities", "no_new_privs", "seccomp"} <= set(report.provenance.measures)
