"""Conversations that are recalled, with real guests: the same results as without, fewer processes, and nothing told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines import judge
from proctorch.engines.jobs import Job
from proctorch.engines.worker import preload_for
from proctorch.grading import processes, sandbox_bench
from proctorch.grading.recall import Conversations
from proctorch.grading.runner import Suite
from proctorch.grading.session import with_checks
from proctorch.grading.submission import submission_from_file
from proctorch.grading.transcript import agree
from proctorch.grading.versions import grader_versions
from proctorch.model import Verdict
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS
from tests.unit.engines.test_local import CLASS, DAY, REST, cells

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
RIGHT = "def double(x):\n    return x + x"
SOME = frozenset({"double", "quadruple", "nested"})
EVERYTHING = SOME | {"broken"}


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


def test_a_class_has_the_same_results_whether_outcomes_are_known_or_not(with_host, hand_in):
    quick = ["right", "wrong", "stub", "raises", "hides", "half of the numbers", "exits on tensors"]
    handed_in = [hand_in(name, cells(f"def double(x):\n    {CLASS[name][0]}")) for name in quick]

    def work(host):
        host.conversations = None
        without = [told(host.grade(Job(0, submission)).report) for submission in handed_in]
        host.conversations = Conversations()
        cold = [told(host.grade(Job(0, submission)).report) for submission in handed_in]
        warm = [told(host.grade(Job(0, submission)).report) for submission in handed_in]
        assert cold == without
        assert warm == without
        assert any(verdict is Verdict.PASSED for result in without for _, verdict, *_ in result)

    with_host(work)


@pytest.fixture
def live(monkeypatch) -> list[str]:
    """The runs of checks for which the check's own code was run, in their order."""
    ran = []
    call = sandbox_bench.SandboxBench.student
    monkeypatch.setattr(
        sandbox_bench.SandboxBench, "student", lambda bench, check, run: (ran.append(run), call(bench, check, run))[1]
    )
    return ran


def test_what_was_right_before_is_judged_in_the_guest_itself(with_host, hand_in, forks, live):
    first, second = hand_in("first", cells(RIGHT)), hand_in("second", cells("def double(x):\n    return 2 * x"))

    def work(host):
        host.grade(Job(0, first))
        known, before = len(forks), len(live)
        report = host.grade(Job(1, second)).report
        # One for `broken`, whose hidden check trips over the reference, too.
        assert len(forks) - known == 1 < known
        assert set(live[before:]) == {"broken::test_wrong"}
        assert {check.verdict for check in report.exercises[0].checks} == {Verdict.PASSED}

    with_host(work)


@pytest.mark.parametrize("how", ["wrong", "stub", "raises"])
def test_what_was_wrong_before_is_told_the_same_again(with_host, hand_in, live, how):
    first = hand_in("first", cells(f"def double(x):\n    {CLASS[how][0]}"))
    second = hand_in("second", cells(f"def double(x):\n    {CLASS[how][0]}\n# another end"))

    def work(host):
        one = told(host.grade(Job(0, first)).report)
        before = len(live)
        other = told(host.grade(Job(1, second)).report)
        assert other == one and one[0][1] is not Verdict.PASSED
        assert set(live[before:]) == {"broken::test_wrong"}

    with_host(work)


def test_a_line_is_believed_only_of_a_submission_that_has_it(with_host, hand_in):
    """Two guests name the same line of the same cell, and only one of them has it."""
    label = next(cell.label for cell in hand_in("any", cells(RIGHT)).cells if cell.exercise == "double")
    forged = f"def double(x):\n    exec(compile('\\n' * 29 + 'raise ValueError', '<{label}>', 'exec'))"
    short, long = hand_in("short", cells(forged)), hand_in("long", cells(forged + "\n# more" * 40))

    def work(host):
        lines = {}
        for submission in (long, short, long, short):
            check = host.grade(Job(0, submission)).report.exercises[0].checks[0]
            assert check.verdict is Verdict.ERROR
            lines.setdefault(submission.student, []).append(check.line)
        assert lines == {"long": [30, 30], "short": [None, None]}

    with_host(work)


@pytest.mark.parametrize("end", ["import os\n    os._exit(3)", "while True:\n        pass"], ids=["exits", "hangs"])
def test_the_end_of_a_guest_that_serves_all_exercises_concerns_one(with_host, hand_in, monkeypatch, end):
    ends = hand_in("ends", cells(RIGHT, quadruple=f"def quadruple(x):\n    {end}"))

    def work(host):
        known, host.conversations = host.conversations, None
        expected = told(host.grade(Job(0, ends)).report)
        host.conversations = known
        host.grade(Job(1, hand_in("right", cells(RIGHT))))
        monkeypatch.setattr(processes, "stateless_names", lambda cells: EVERYTHING)
        assert told(host.grade(Job(2, ends)).report) == expected
        passed = {name for name, verdict, *_ in expected if verdict is Verdict.PASSED}
        assert {"broken::test_one", "nested::test_twice", "double::test_tensor"} <= passed

    with_host(work)


def test_the_guest_itself_serves_while_a_fork_of_it_was_asked_for_ahead(with_host, hand_in):
    """Only `nested` is known, so what goes before it is judged in forks, each made while the one before works."""
    other = hand_in("other", cells("def double(x):\n    return 2 * x"))

    def work(host):
        known, host.conversations = host.conversations, None
        expected = told(host.grade(Job(0, other)).report)
        host.conversations = known
        host.grade(Job(1, hand_in("right", cells(RIGHT)), only=("nested",)))
        assert told(host.grade(Job(2, other)).report) == expected

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


@pytest.mark.parametrize("passing_for", [SOME, EVERYTHING], ids=["some", "all of it"])
def test_nothing_that_a_student_reads_tells_of_another_exercise(with_host, hand_in, monkeypatch, passing_for):
    """A submission that passes for one that keeps nothing hands what it has heard on to a public check of the next."""
    monkeypatch.setattr(processes, "stateless_names", lambda cells: passing_for)
    stash = "seen = []\ndef double(x):\n    seen.append(x)\n    return x + x"
    spill = "def quadruple(x):\n    print(seen)\n    raise ValueError(repr(seen))"
    submission = hand_in("spills", cells(stash, quadruple=spill))

    def work(host):
        host.grade(Job(0, hand_in("right", cells(RIGHT))))
        report = host.grade(Job(1, submission)).report
        spilled = report.exercises[1].checks[0]
        assert spilled.verdict is Verdict.ERROR
        assert "317.25" not in repr(report.to_dict(instructor=False))
        assert "317.25" not in spilled.detail + spilled.output

    with_host(work)


ASKED_AGAIN = """
def double(x):
    with open("/tmp/heard", "a+") as heard:
        heard.seek(0)
        again = repr(x) in heard.read()
        heard.write(repr(x))
    return x + x if again else x * 5
"""
FILLS = "kept = []\ndef quadruple(x):\n    kept.append(torch.empty(100_000_000))\n    return 4 * x"
FILLS_MORE = "def nested(x):\n    kept.append(torch.empty(100_000_000))\n    return [x]"
WARNS = "def double(x):\n    torch.ones(2, 3, 4).T\n    return x + x"
WARNS_AGAIN = "def nested(x):\n    torch.ones(2, 3, 4).T\n    return [x]"
THREADS = "torch.set_num_threads(4)\ndef double(x):\n    torch.ones(1000, 1000).exp()\n    return x + x"
BUSY = "def broken(x):\n    torch.ones(1000, 1000).exp()\n    return x"


@pytest.mark.parametrize("passing_for", [SOME, EVERYTHING], ids=["some", "all of it"])
@pytest.mark.parametrize(
    "text",
    [
        cells(ASKED_AGAIN),
        cells(RIGHT, quadruple=FILLS, nested=FILLS_MORE),
        cells(WARNS, nested=WARNS_AGAIN),
        cells("import warnings\nwarnings.simplefilter('error')\n" + WARNS, nested=WARNS_AGAIN),
        cells(THREADS, broken=BUSY),
    ],
    ids=["guesses twice", "fills the memory", "warns once", "warns of errors", "has threads"],
)
def test_what_is_shared_makes_no_difference(with_host, hand_in, monkeypatch, passing_for, text):
    """What one process would remember for several exercises: questions, tensors, warnings, threads."""
    monkeypatch.setattr(processes, "stateless_names", lambda cells: passing_for)
    submission = hand_in("odd", text)

    def work(host):
        known, host.conversations = host.conversations, None
        expected = told(host.grade(Job(0, submission)).report)
        host.conversations = known
        host.grade(Job(1, hand_in("right", cells(RIGHT))))
        assert told(host.grade(Job(2, submission)).report) == expected

    with_host(work)


@pytest.mark.parametrize(("more", "line"), [("", 5), ("\n" * 200, None)], ids=["short", "long"])
def test_a_hidden_check_names_a_line_of_a_short_cell_only(with_host, hand_in, more, line):
    submission = hand_in("raises", cells(f"def double(x):\n    {CLASS['hides'][0]}{more}\nend = 0"))

    def work(host):
        for conversations in (None, host.conversations):
            host.conversations = conversations
            hidden = host.grade(Job(0, submission)).report.exercises[0].checks[2]
            assert (hidden.public, hidden.verdict, hidden.line) == (False, Verdict.ERROR, line)
            assert ("line" in hidden.message) == (line is not None)

    with_host(work)


def test_what_a_submission_with_a_failed_cell_comes_to_is_not_kept(with_host, hand_in):
    fails = hand_in("fails", cells("raise ValueError('no')"))

    def work(host):
        host.grade(Job(0, fails))
        assert not host.conversations._first

    with_host(work)


def test_a_mistake_whose_guest_died_by_bad_luck_is_run_again(with_host, hand_in, monkeypatch):
    wrong = hand_in("wrong", cells("def double(x):\n    return x * 3")).cells
    call = sandbox_bench.SandboxBench.student
    benches = []

    def unlucky(bench, check, run):
        if bench not in benches:
            benches.append(bench)
            if len(benches) == 1:
                bench._processes.loaded(False).guest.kill()
        return call(bench, check, run)

    def work(host):
        expected = host._transcribe(wrong, "double")
        monkeypatch.setattr(sandbox_bench.SandboxBench, "student", unlucky)
        told, failing = host._transcribe(wrong, "double")
        assert (told.keys(), failing) == (expected[0].keys(), expected[1])
        assert all(agree(told[run], expected[0][run]) for run in told)
        assert len(benches) == 2

    with_host(work)


def test_a_second_run_shares_no_process(with_host, hand_in, forks):
    submission = hand_in("right", cells(RIGHT))

    def work(host):
        first = told(host.grade(Job(0, submission)).report)
        before = len(forks)
        assert told(host.grade(Job(1, submission, second=True)).report) == first
        assert len(forks) - before > len(REST)

    with_host(work)


@pytest.mark.parametrize("only", [(), ("double",)], ids=["among others", "alone, in the guest itself"])
def test_a_check_that_asks_something_else_each_time_is_run_afresh(with_host, hand_in, monkeypatch, only):
    from proctorch.grading import recall

    submission = hand_in("right", cells(RIGHT))
    other = hand_in("other", cells("def double(x):\n    print('hello')\n    return x + x"))

    def work(host):
        before = told(host.grade(Job(0, submission)).report)
        monkeypatch.setattr(recall, "_asked", lambda payload: object())
        for turn in host.conversations._first.values():  # as if each check had asked something else then
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
