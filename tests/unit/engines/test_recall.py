"""Passes that are recalled, with real guests: the same results as without, fewer processes, and nothing told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines import judge
from proctorch.engines.jobs import Job
from proctorch.engines.worker import preload_for
from proctorch.grading import sandbox_bench
from proctorch.grading.recall import Passes
from proctorch.grading.runner import Suite
from proctorch.grading.session import with_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.versions import grader_versions
from proctorch.model import Verdict
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS
from tests.unit.engines.test_local import CLASS, DAY, cells

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
RIGHT = "def double(x):\n    return x + x"


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    root = tmp_path_factory.mktemp("recall") / "course"
    shutil.copytree(HERE / "course", root)
    return Course(root)


@pytest.fixture(scope="module")
def with_host(course):
    """Call a function with a host whose zygote is warm."""
    day = load_day(course, DAY)
    files = [course.graders / DAY / name for name in ("public.py", "hidden.py")]

    def run(work):
        def inside(checks):
            suite = Suite(day, checks, with_hidden=True)
            versions = grader_versions(files, [spec.name for spec in day.exercises])
            with Zygote(preload_for(course.solution(DAY), files), masked=(course.root,)) as zygote:
                work(judge.Host(course, day, zygote, suite, versions, b"secret" * 6, DEFAULT_LIMITS))

        with_checks(files, inside)

    return run


@pytest.fixture
def hand_in(course, tmp_path):
    day = load_day(course, DAY)

    def make(name: str, text: str):
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        return submission_from_file(path, day, name)

    return make


@pytest.fixture
def forks(monkeypatch) -> list[Guest]:
    """The guests that were forked, in their order."""
    made = []
    fork = Guest.fork
    monkeypatch.setattr(Guest, "fork", lambda guest: (made.append(guest), fork(guest))[1])
    return made


def told(report):
    """Return what a report says of each check, but how long it took."""
    return [
        (check.id, check.verdict, check.points, check.message, check.output, check.behaviour)
        for result in report.exercises
        for check in result.checks
    ]


def test_a_class_has_the_same_results_whether_passes_are_known_or_not(with_host, hand_in):
    quick = ["right", "wrong", "stub", "raises", "hides", "half of the numbers", "exits on tensors"]
    handed_in = [hand_in(name, cells(f"def double(x):\n    {CLASS[name][0]}")) for name in quick]

    def work(host):
        host.passes = None
        without = [told(host.grade(Job(0, submission)).report) for submission in handed_in]
        host.passes = Passes()
        cold = [told(host.grade(Job(0, submission)).report) for submission in handed_in]
        warm = [told(host.grade(Job(0, submission)).report) for submission in handed_in]
        assert cold == without
        assert warm == without
        assert any(verdict is Verdict.PASSED for result in without for _, verdict, *_ in result)

    with_host(work)


def test_what_was_right_before_is_judged_in_one_process(with_host, hand_in, forks, monkeypatch):
    first, second = hand_in("first", cells(RIGHT)), hand_in("second", cells("def double(x):\n    return 2 * x"))
    checked = []
    call = sandbox_bench.SandboxBench.student
    monkeypatch.setattr(
        sandbox_bench.SandboxBench,
        "student",
        lambda bench, check, run: (checked.append(run), call(bench, check, run))[1],
    )

    def work(host):
        host.grade(Job(0, first))
        known, live = len(forks), len(checked)
        report = host.grade(Job(1, second)).report
        # One for all, and one for `broken`, whose hidden check trips over the reference, too.
        assert len(forks) - known == 2 < known
        assert set(checked[live:]) == {"broken::test_wrong"}
        assert {check.verdict for check in report.exercises[0].checks} == {Verdict.PASSED}

    with_host(work)


def test_code_that_keeps_something_is_judged_apart(with_host, hand_in, forks):
    keeps = "seen = []\ndef double(x):\n    seen.append(x)\n    return x + x if len(seen) < 7 else 0"
    counts = "def quadruple(x):\n    return 4 * x if not seen else 0"
    submission = hand_in("keeps", cells(keeps, quadruple=counts))

    def work(host):
        host.grade(Job(0, hand_in("right", cells(RIGHT))))
        results = [told(host.grade(Job(1, submission)).report) for _ in range(2)]
        assert results[0] == results[1]
        assert {verdict for _, verdict, *_ in results[0][:4]} == {Verdict.PASSED}, results[0]

    with_host(work)


def test_nothing_that_a_student_reads_comes_from_a_process_that_held_other_inputs(with_host, hand_in, monkeypatch):
    """A submission that passes for one that keeps nothing hands a hidden input on to a public check of the next."""
    monkeypatch.setattr(sandbox_bench, "stateless_names", lambda cells: frozenset({"double", "quadruple", "nested"}))
    stash = "seen = []\ndef double(x):\n    seen.append(x)\n    return x + x"
    spill = "def quadruple(x):\n    print(seen)\n    raise ValueError(repr(seen))"
    submission = hand_in("spills", cells(stash, quadruple=spill))

    def work(host):
        host.grade(Job(0, hand_in("right", cells(RIGHT))))
        report = host.grade(Job(1, submission)).report
        spilled = report.exercises[1].checks[0]
        assert spilled.verdict is Verdict.ERROR and "[]" in spilled.message
        assert "317" not in repr(report.to_dict(instructor=False))
        assert "317" not in spilled.detail + spilled.output

    with_host(work)


@pytest.mark.parametrize("only", [(), ("double",)], ids=["among others", "alone, in the guest itself"])
def test_a_check_that_asks_something_else_each_time_is_run_afresh(with_host, hand_in, monkeypatch, only):
    from proctorch.grading import recall

    submission = hand_in("right", cells(RIGHT))
    other = hand_in("other", cells("def double(x):\n    print('hello')\n    return x + x"))

    def work(host):
        before = told(host.grade(Job(0, submission)).report)
        monkeypatch.setattr(recall, "_asked", lambda payload: object())
        for turn in host.passes._first.values():  # as if each check had asked something else then
            turn.payload = _with_another_seed(turn.payload)
        after = host.grade(Job(1, other, only)).report
        assert {check.verdict for check in after.exercises[0].checks} == {Verdict.PASSED}
        assert before[0][1] is Verdict.PASSED

    with_host(work)


def _with_another_seed(payload: bytes) -> bytes:
    from proctorch.sandbox.decoding import decode
    from proctorch.sandbox.encoding import encode

    name, earlier, *rest = decode(payload, lambda reference: reference)
    return encode((name, [(*one[:-1], 5) if one[0] == "begin" else one for one in earlier], *rest))
