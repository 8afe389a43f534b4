"""A day that asks for a GPU, graded without one: in the sandbox and at home, with the same verdicts and words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.local import LocalEngine
from proctorch.errors import AuthoringError
from proctorch.grading.practice import check_file
from proctorch.grading.submission import submission_from_file
from proctorch.model import CheckResult, DaySpec, Report, Verdict

pytestmark = pytest.mark.slow

DAY = "day17_devices"
SOLUTION = '''# %% [markdown]
# # Devices

# %%
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# %% [markdown]
# ## Positions


# %% exercise="positions" points=2
def positions(tokens):
    """Return 0, 1, 2, ... for tokens of shape (batch, time), on their device."""
    ### BEGIN SOLUTION
    return torch.arange(tokens.shape[1], device=tokens.device)
    ### END SOLUTION


# %% [markdown]
# ## Net


# %% exercise="net" points=4
class Net(nn.Module):
    """A linear layer and a table that moves with it."""

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION
        self.layer = nn.Linear(3, 2)
        self.register_buffer("table", torch.ones(3))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.layer(x + self.table)
        ### END SOLUTION


# %% [markdown]
# ## Best device


# %% exercise="best" points=1
def best():
    """Return the device to train on."""
    ### BEGIN SOLUTION
    return device
    ### END SOLUTION
'''

CHECKS = '''import torch
from torch import nn

from proctorch import assert_close, assert_equal, exercise, on_devices


@exercise("positions")
class TestPositions:
    @on_devices("cpu", "cuda")
    def test_device(self, student, device):
        """The positions are where the tokens are."""
        tokens = torch.zeros(2, 5, dtype=torch.int64, device=device)
        assert_equal(student.positions(tokens), torch.arange(5, device=device))


@exercise("net")
@on_devices("cpu", "cuda")
class TestNet:
    def test_forward(self, student, device, rng):
        """Net computes where it and its input are, and its gradients come back there."""
        net = student.Net().to(device)
        x = torch.randn(4, 3, generator=rng).to(device).requires_grad_()
        given = net(x)
        assert_close(given, nn.functional.linear(x + 1, net.layer.weight, net.layer.bias))
        given.sum().backward()
        assert x.grad.device == net.layer.weight.grad.device == device
        assert {value.device for value in net.state_dict().values()} == {device}

    def test_step(self, student, device):
        """One step of SGD changes the weights by their gradients."""
        net = student.Net().to(device)
        before = net.layer.weight.detach().clone()
        optimizer = student.lab("optimizer", "SGD", net, lr=0.5)
        net(torch.ones(1, 3, device=device)).sum().backward()
        optimizer.step()
        assert_close(net.layer.weight, before - torch.ones(2, 3, device=device), what="the weights")


@exercise("best")
class TestBest:
    def test_best(self, student):
        """The GPU is used where there is one."""
        assert_equal(student.best(), torch.device("cuda"))
'''

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        {init}

    def forward(self, x):
        return self.layer({forward})"""
TWO = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"

# What was handed in for one exercise, its verdicts, and what the first failure says.
ANSWERS: dict[str, tuple[str, str, list[str], str]] = {
    "no device": (
        "positions",
        "def positions(tokens):\n    return torch.arange(tokens.shape[1])",
        ["failed"],
        "positions returned a tensor on cpu, expected it on cuda:0",
    ),
    "always cuda": (
        "positions",
        'def positions(tokens):\n    return torch.arange(tokens.shape[1], device="cuda")',
        ["failed"],
        "positions returned a tensor on cuda:0, expected it on cpu",
    ),
    "the global device": (
        "positions",
        "def positions(tokens):\n    return torch.arange(tokens.shape[1], device=device)",
        ["failed"],
        "positions returned a tensor on cuda:0, expected it on cpu",
    ),
    "positions like": (
        "positions",
        "def positions(tokens):\n    return torch.ones_like(tokens[0]).cumsum(0) - 1",
        ["passed"],
        "",
    ),
    "not a buffer": (
        "net",
        NET.format(init="self.table = torch.ones(3)", forward="x + self.table"),
        ["error"] * 2,
        TWO,
    ),
    "new tensor in forward": ("net", NET.format(init="", forward="x + torch.ones(3)"), ["error"] * 2, TWO),
    "moves its input home": (
        "net",
        NET.format(init="", forward="x.cpu() + 1"),
        ["error"] * 2,
        "but got mat1 is on cpu, different from other tensors on cuda:0 (when checking argument in method "
        "wrapper_CUDA_addmm)",
    ),
    "goes through numpy": (
        "net",
        NET.format(init="", forward="torch.from_numpy(x.detach().numpy()) + 1"),
        ["failed", "error"],
        "",
    ),
    "a parameter for a table": (
        "net",
        NET.format(init="self.table = nn.Parameter(torch.ones(3), requires_grad=False)", forward="x + self.table"),
        ["passed"] * 2,
        "",
    ),
}


@dataclass(frozen=True)
class Classroom:
    """The course, its day, and a folder as it is released."""

    course: Course
    day: DaySpec
    home: Path


def handed_in(classroom: Classroom, title: str) -> Path:
    exercise, answer, _, _ = ANSWERS[title]
    cells = SOLUTION.split("# %% ")
    changed = [f'exercise="{exercise}"\n{answer}\n\n' if f'exercise="{exercise}"' in cell else cell for cell in cells]
    path = classroom.home / f"{title.replace(' ', '_')}.py"
    path.write_text("# %% ".join(changed))
    return path


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    root = tmp_path_factory.mktemp("devices")
    (root / "graders" / DAY).mkdir(parents=True)
    (root / "solutions").mkdir()
    (root / "home").mkdir()
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    (root / "solutions" / f"{DAY}.py").write_text(SOLUTION)
    (root / "graders" / DAY / "public.py").write_text(CHECKS)
    course = Course(root)
    day = load_day(course, DAY)
    (root / "home" / "checks.py").write_text(f"PROCTORCH_DAY = {day.to_dict()!r}\n{CHECKS}")
    return Classroom(course, day, root / "home")


@pytest.fixture(scope="module")
def graded(classroom: Classroom) -> Iterator[dict[str, Report]]:
    """Every answer's report from the sandbox, and the solution's."""
    paths = {title: handed_in(classroom, title) for title in ANSWERS}
    paths["solution"] = classroom.course.solution(DAY)
    submissions = [submission_from_file(path, classroom.day, title) for title, path in paths.items()]
    with LocalEngine(classroom.course, classroom.day, workers=1) as engine:
        yield {report.student: report for report in engine.grade(submissions)}


def checks_of(report: Report, exercise: str) -> tuple[CheckResult, ...]:
    (result,) = [result for result in report.exercises if result.exercise == exercise]
    return result.checks


def test_a_day_says_how_many_devices_its_checks_ask_for(classroom: Classroom) -> None:
    assert classroom.day.devices == 1
    assert DaySpec.from_dict(classroom.day.to_dict()) == classroom.day


def test_the_solution_passes(classroom: Classroom, graded: dict[str, Report]) -> None:
    for report in (
        graded["solution"],
        check_file(classroom.course.solution(DAY), day_checks=classroom.home / "checks.py"),
    ):
        told = [(check.id, check.verdict, check.message) for result in report.exercises for check in result.checks]
        assert {verdict for _, verdict, _ in told} == {Verdict.PASSED}, told


@pytest.mark.parametrize("title", ANSWERS)
def test_the_sandbox_and_the_students_machine_say_the_same(
    title: str, classroom: Classroom, graded: dict[str, Report]
) -> None:
    exercise, _, verdicts, words = ANSWERS[title]
    there = checks_of(graded[title], exercise)
    here = checks_of(check_file(handed_in(classroom, title), exercises=[exercise]), exercise)
    assert [check.verdict.value for check in there] == verdicts, [check.message for check in there]
    assert [check.verdict for check in there] == [check.verdict for check in here]
    assert words in there[0].message
    assert words in here[0].message


def test_devices_are_literals(classroom: Classroom, tmp_path: Path) -> None:
    from proctorch.authoring.checks import list_checks

    path = tmp_path / "public.py"
    for written in ("on_devices(*NAMES)", "on_devices", 'on_devices("gpu")', "on_devices()"):
        path.write_text(CHECKS.replace('on_devices("cpu", "cuda")\n    def', f"{written}\n    def"))
        with pytest.raises(AuthoringError, match="does not name devices"):
            list_checks(path)
    path.write_text(CHECKS.replace('on_devices("cpu", "cuda")\nclass', 'on_devices("cuda:1")\nclass'))
    assert [check.devices for check in list_checks(path)] == [1, 2, 2, 0]
