"""The pytest plugin: graders are ordinary pytest files, and these fixtures are all they need.

    pytest graders/day02_tensors --submission my_notebook.ipynb
    pytest checks.py                      # beside a released notebook

`student` is the submission, `rng` a seeded torch.Generator. On a student's machine the submission runs in this process;
when marks count, the same files run in the host, and the submission in the sandbox (`proctorch.engines`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from proctorch.grading.stash import BENCH, CHECK, run_name

if TYPE_CHECKING:
    import torch

    from proctorch.grading.bench import Bench
    from proctorch.grading.checks import Check
    from proctorch.grading.student import Student

GRADER_FILES = ("public.py", "hidden.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a plain pytest run."""
    group = parser.getgroup("proctorch", "grading a submission")
    group.addoption("--submission", metavar="FILE", help="the notebook or .py file to run the checks against")
    group.addoption(
        "--check-seed", metavar="N", type=int, default=0, help="the seed of the checks' inputs (default: 0)"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Collect a day's graders when their folder is named; files that are named themselves are collected anyway.

    A run over a whole project leaves them alone: without a submission they have nothing to check.
    """
    if file_path.name not in GRADER_FILES or file_path.parent.parent.name != "graders":
        return None
    invocation = parent.config.invocation_params.dir
    named = {(invocation / argument.partition("::")[0]).resolve() for argument in parent.config.args}
    if named & {file_path.parent.resolve(), file_path.parent.parent.resolve()} and file_path.resolve() not in named:
        return pytest.Module.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Iterator[Student]:
    """The submission: `student.softmax(x)` calls its softmax, elsewhere, and returns plain values."""
    from proctorch.grading.progress import run

    item = request.node
    submission = _bench(request).student(_check_of(item), run_name(item))
    with run(submission._client.progress):
        yield submission


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    """Say what concerns a whole check once its function has found nothing wrong."""
    result = yield
    if CHECK in pyfuncitem.stash:
        from proctorch.grading.progress import running

        progress = running()
        if progress is not None:
            progress.settle()
    return result


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> torch.Generator:
    """A generator for a check's inputs, seeded from the check's own number."""
    import torch

    item = request.node
    return torch.Generator().manual_seed(_bench(request).seed(_check_of(item), run_name(item)))


@pytest.fixture
def device(request: pytest.FixtureRequest) -> torch.device:
    """The device of this run of the check, as `on_devices` names it."""
    from proctorch.lab.gpu.choice import device_called

    return device_called(getattr(request, "param", "cpu"))


@pytest.fixture(autouse=True)
def _seeded_state(request: pytest.FixtureRequest) -> Iterator[None]:
    """Start every check from the same state of the process, and leave the process as it was."""
    if not _is_check(request.node):
        yield
        return
    from proctorch.grading.seeds import seeded_state
    from proctorch.lab.gpu.choice import devices_for_checks

    item, bench = request.node, _bench(request)
    seeded = seeded_state(bench.seed(_check_of(item), run_name(item)))
    with seeded, devices_for_checks(bench.devices, real=bench.real_devices):
        yield


def _is_check(item: pytest.Item) -> bool:
    """Say whether an item is one of ours: other projects have fixtures called `student` and `rng` of their own."""
    from proctorch.grading.vocabulary import marks_of

    function = getattr(item, "function", None)
    return function is not None and marks_of(function, getattr(item, "cls", None)).exercise is not None


def _check_of(item: pytest.Item) -> Check:
    """Return the check that an item runs; in a plain pytest run it is worked out here."""
    if CHECK not in item.stash:
        from proctorch.grading.checks import collect_checks

        item.stash[CHECK] = collect_checks([item])[0]
    check: Check = item.stash[CHECK]
    return check


def _bench(request: pytest.FixtureRequest) -> Bench:
    """Return the bench of this run; a plain pytest run makes one from `--submission`."""
    config = request.config
    if BENCH not in config.stash:
        from proctorch.grading.practice import bench_for_pytest

        config.stash[BENCH] = bench_for_pytest(
            Path(request.path), config.getoption("--submission"), config.getoption("--check-seed")
        )
    bench: Bench = config.stash[BENCH]
    return bench


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """Give plain pytest the student's words in the place of a traceback through ours."""
    report = yield
    if call.excinfo is not None and CHECK in item.stash and call.when != "teardown":
        report.longrepr = _words(item, call.excinfo.value) or report.longrepr
    return report


def _words(item: pytest.Item, error: BaseException) -> str | None:
    from proctorch.grading.outcome import judge

    outcome = judge(error, public=True)
    if outcome.doubt or not outcome.verdict.judged:
        return None
    seed = getattr(item.config.stash.get(BENCH, None), "chosen_seed", 0)
    again = f"\n  --check-seed {seed} repeats this." if seed else ""
    return f"{item.stash[CHECK].claim}\n  {outcome.verdict.value}: {outcome.message}{again}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what a run of public checks is worth: how much is decided by checks that are not here."""
    config = terminalreporter.config
    bench = config.stash.get(BENCH, None)
    summary = getattr(bench, "summary", None)
    if summary is not None:
        passed = len(terminalreporter.stats.get("passed", []))
        failed = len(terminalreporter.stats.get("failed", [])) + len(terminalreporter.stats.get("error", []))
        terminalreporter.write_line(summary(passed, passed + failed))
