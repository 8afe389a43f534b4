"""A worker's host: what it imports beforehand, and that its own failure concerns one submission only."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.jobs import Broken, Done, Job
from proctorch.engines.judge import Host, _answer
from proctorch.engines.worker import preload_for
from proctorch.grading.runner import Suite, suspicious
from proctorch.grading.session import with_checks
from proctorch.model import CheckResult, ExerciseResult, Submission, Verdict
from proctorch.sandbox.level import Level
from proctorch.sandbox.limits import DEFAULT_LIMITS

COURSE = Course(Path(__file__).resolve().parents[3])
DAY = "day02_tensors"
TINY = Course(Path(__file__).resolve().parent / "course")


class Pipe:
    """A pipe that holds jobs, and collects what is sent."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = [*jobs, None]
        self.sent: list[Done | Broken] = []

    def recv(self):
        return self.jobs.pop(0)

    def send(self, answer) -> None:
        self.sent.append(answer)


class BrokenZygote:
    """A zygote with a bug: asked for a guest, it divides by zero."""

    measures = ("namespaces",)
    level = Level.FULL

    def guest(self, limits):
        return 1 / 0


def test_a_bug_of_ours_leaves_one_submission_without_a_mark_and_the_next_one_is_asked_for() -> None:
    day = load_day(COURSE, DAY)
    versions = {spec.name: "v" for spec in day.exercises}
    pipe = Pipe(*(Job(number, Submission(f"s{number}", DAY, (), "notebook")) for number in (1, 2)))

    def work(checks) -> None:
        host = Host(COURSE, day, BrokenZygote(), Suite(day, checks, True), versions, b"secret" * 6, DEFAULT_LIMITS)
        _answer(pipe, host)

    with_checks([COURSE.graders / DAY / "public.py", COURSE.graders / DAY / "hidden.py"], work)
    assert [answer.number for answer in pipe.sent] == [1, 2]
    for answer in pipe.sent:
        assert isinstance(answer, Done)
        assert not answer.report.judged
        assert answer.report.points == 0
        verdicts = {check.verdict for result in answer.report.exercises for check in result.checks}
        assert verdicts == {Verdict.NOT_JUDGED}
        check = answer.report.exercises[0].checks[0]
        assert "ZeroDivisionError" in check.detail
        assert "ZeroDivisionError" not in check.message


def test_a_zygote_imports_what_the_solution_imports_and_what_that_needs(tmp_path: Path) -> None:
    solution = tmp_path / "day.py"
    solution.write_text("import pandas as pd\nfrom torch import nn\noptimizer = torch.optim.SGD\n")
    preload = preload_for(solution)
    assert {"numpy", "pandas", "torch", "torch._dynamo"} <= set(preload)
    assert "sklearn.datasets" not in preload
    assert "torch.fx.experimental.symbolic_shapes" not in preload
    solution.write_text("import torch\ntotal.backward(direction)\n")
    assert "torch.fx.experimental.symbolic_shapes" in preload_for(solution)
    solution.write_text("from proctorch.lab import digits\nfrom proctorch import check\n")
    assert "proctorch.lab" in preload_for(solution)
    assert not {"sklearn.datasets", "proctorch"} & set(preload_for(solution))
    solution.write_text("from proctorch import lab\nlab.iris()\n")
    assert "sklearn.datasets" in preload_for(solution)
    grader = tmp_path / "hidden.py"
    grader.write_text("flowers = student.lab('wine')\n")
    solution.write_text("import torch\n")
    assert "sklearn.datasets" in preload_for(solution, [grader])
    assert "proctorch.lab.gpu" in preload_for(solution, devices=1)
    assert "proctorch.lab.gpu" not in preload_for(solution)


def test_what_waits_for_something_doubtful_is_run_again_with_it() -> None:
    day = load_day(TINY, "day01_tiny")

    def result(name: str, verdict: Verdict) -> ExerciseResult:
        check = CheckResult(f"{name}::test", name, True, "claim", verdict, Fraction(0), Fraction(1))
        return ExerciseResult(name, name, Fraction(1), (check,))

    right, slow = result("broken", Verdict.PASSED), result("double", Verdict.TIMEOUT)
    waiting, wrong = result("quadruple", Verdict.BLOCKED), result("double", Verdict.FAILED)
    assert suspicious([right, slow, waiting]) == ("double", "quadruple")
    assert suspicious([right, wrong, waiting]) == ()

    def work(checks) -> None:
        suite = Suite(day, checks, True)
        assert suite.needed_for(["quadruple"]) == {"double", "quadruple"}
        assert suite.needed_for(["nested"]) == {"nested"}

    with_checks([TINY.graders / day.name / "public.py"], work)
