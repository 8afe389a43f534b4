"""The floor: what the checks themselves cost under pytest, in one warm process, with nothing around them.

Checks are collected once. For each submission its cells run in a fresh namespace, and then each check's fixtures and
function (pytest's setup and call): no other process, no limits, no copies, no messages, nothing read or written.
"""

from __future__ import annotations
import __future__

import contextlib
import gc
import io
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from benchmarks.grading.direct import DirectStudent
from benchmarks.grading.measure import Sample
from benchmarks.grading.plan import seed_of
from benchmarks.grading.workload import Graded
from proctorch.grading.bench import runnable
from proctorch.grading.checks import Check, collect_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.versions import grader_versions
from proctorch.model import Cell, Submission
from proctorch.sandbox.cells import new_namespace

Passed = dict[str, frozenset[str]]
_STUDENT: pytest.StashKey[DirectStudent] = pytest.StashKey()
_SEEDS: pytest.StashKey[dict[str, int]] = pytest.StashKey()
_OPTIONS = (
    "-c", os.devnull, "--import-mode=importlib", "--capture=no", "--disable-plugin-autoload", "--noconftest",
    "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:warnings", "-p", "no:faulthandler", "-p", "no:logging",
    "-p", "no:unraisableexception", "-p", "no:threadexception",
)  # fmt: skip


class _Fixtures:
    """What an instructor's conftest.py would hold."""

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> DirectStudent:
        config = request.config
        torch.default_generator.manual_seed(config.stash[_SEEDS][request.node.nodeid])
        return config.stash[_STUDENT]

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> torch.Generator:
        return torch.Generator().manual_seed(request.config.stash[_SEEDS][request.node.nodeid])


@dataclass
class _Loop:
    """Takes the place of pytest's loop over tests."""

    work: Callable[[pytest.Session], None]
    error: BaseException | None = None
    ran: bool = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        try:
            self.work(session)
        except BaseException as error:
            self.error = error
        self.ran = True
        return True


def run_floor(graded: Graded, submissions: Sequence[Submission]) -> tuple[Sample, Passed]:
    """Run all checks on all submissions; return the time and who passed which, raises RuntimeError.

    The reference solution goes first and is not counted: it pays for what torch imports on first use.
    """
    torch.set_num_threads(1)
    reference = submission_from_file(graded.course.solution(graded.day.name), graded.day, "reference")
    found: list[tuple[Sample, Passed]] = []

    def work(session: pytest.Session) -> None:
        checks = collect_checks(session.items)
        session.config.stash[_SEEDS] = _seeds(graded, checks)
        _judge(session, checks, reference.cells)
        gc.collect()
        gc.freeze()  # as in the engine's processes: what was imported is not looked through again and again
        passed: Passed = {}
        wall, cpu = time.perf_counter(), time.process_time()
        for submission in submissions:
            passed[submission.student] = _judge(session, checks, submission.cells)
        sample = Sample(len(submissions), time.perf_counter() - wall, time.process_time() - cpu)
        found.append((sample, passed))

    loop = _Loop(work)
    arguments = [*_OPTIONS, "--rootdir", str(graded.course.graders), *map(str, graded.grader_files)]
    pytest.main(arguments, plugins=[loop, _Fixtures()])
    if loop.error is not None:
        raise loop.error
    if not found:
        raise RuntimeError("pytest could not collect the checks; run `proctorch build` to see why")
    return found[0]


def _seeds(graded: Graded, checks: Sequence[Check]) -> dict[str, int]:
    versions = grader_versions(graded.grader_files, [exercise.name for exercise in graded.day.exercises])
    secret = graded.course.secret()
    return {item.nodeid: seed_of(check, item, secret, versions) for check in checks for item in check.items}


def _judge(session: pytest.Session, checks: Sequence[Check], cells: Sequence[Cell]) -> frozenset[str]:
    """Return the checks that a submission passes."""
    session.config.stash[_STUDENT] = DirectStudent(_load(cells))
    return frozenset(check.id for check in checks if all(_passes(session, item) for item in check.items))


def _load(cells: Sequence[Cell]) -> dict[str, Any]:
    namespace = new_namespace().__dict__
    for cell in runnable(cells):
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            flags = __future__.annotations.compiler_flag
            exec(compile(cell.source, f"<{cell.label}>", "exec", flags=flags, dont_inherit=True), namespace)
    return namespace


def _passes(session: pytest.Session, item: pytest.Function) -> bool:
    state = session._setupstate
    try:
        item._initrequest()
        state.setup(item)
        item.runtest()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        return False
    finally:
        state.teardown_exact(None)
        item.funcargs = {}
    return True
