"""A small class graded through the pool: each way to go wrong has its verdict, and a worker's death loses nothing."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.jobs import Done, Job
from proctorch.engines.local import LocalEngine
from proctorch.errors import GraderBroken, SandboxUnavailable
from proctorch.grading.submission import submission_from_file
from proctorch.model import Problem, Submission, Verdict

pytestmark = pytest.mark.slow

DAY = "day01_tiny"
HERE = Path(__file__).parent
REST = {
    "quadruple": "def quadruple(x):\n    return double(double(x))",
    "broken": "def broken(x):\n    return x",
    "nested": "def nested(x):\n    return [x]",
}
POINTS = {"double": 5, "quadruple": 2, "broken": 1, "nested": 1}
ALL, PUBLIC, NONE = Fraction(5), Fraction(5) * 4 / 7, Fraction(0)

# The body of `double`, the verdicts of its three checks, and its points.
CLASS = {
    "right": ("return x + x", ["passed"] * 3, ALL),
    "wrong": ("return x * 3", ["failed"] * 3, NONE),
    "stub": ("raise NotImplementedError()", ["not_implemented"] * 3, NONE),
    "raises": ("raise ValueError(repr(x))", ["error"] * 3, NONE),
    "hides": ("if isinstance(x, int):\n        return x + x\n    print(x)\n    raise ValueError(repr(x))",
              ["passed", "passed", "error"], PUBLIC),
    "half of the numbers": ("return x + x if not isinstance(x, int) or x < 3 else 0", ["passed", "failed", "passed"],
                            Fraction(5) * 4 / 7),
    "loops": ("while True:\n        pass", ["timeout"] * 3, NONE),
    "sleeps on tensors": ("if not isinstance(x, int):\n        import time\n        time.sleep(99)\n    return x + x",
                          ["passed", "passed", "timeout"], PUBLIC),
    "hoards": ("return torch.ones(2**31)", ["out_of_memory"] * 3, NONE),
    "exits": ("import os\n    os._exit(0)", ["crashed"] * 3, NONE),
    "exits on tensors": ("if not isinstance(x, int):\n        import os\n        os._exit(0)\n    return x + x",
                         ["passed", "passed", "crashed"], PUBLIC),
}  # fmt: skip


@pytest.fixture(scope="session")
def course(tmp_path_factory) -> Course:
    root = tmp_path_factory.mktemp("engines") / "course"
    shutil.copytree(HERE / "course", root)
    return Course(root)


@pytest.fixture(scope="session")
def day(course):
    return load_day(course, DAY)


def cells(double: str | None, **changed: str) -> str:
    bodies = {**({"double": double} if double is not None else {}), **REST, **changed}
    parts = [f'# %% exercise="{name}" points={POINTS[name]}\n{body}\n' for name, body in bodies.items()]
    return "# %%\nimport torch\n\n" + "\n".join(parts)


@pytest.fixture(scope="session")
def submissions(course, day, tmp_path_factory) -> list[Submission]:
    folder = tmp_path_factory.mktemp("handed_in")
    texts = {name: cells(f"def double(x):\n    {body}") for name, (body, _, _) in CLASS.items()}
    texts["missing"] = cells(None)
    texts["syntax"] = cells("def double(x:\n    return x")
    texts["nests"] = cells(
        "def double(x):\n    return x + x",
        nested="def nested(x):\n    for _ in range(28):\n        x = [x]\n    return x",
    )
    made = []
    for name, text in texts.items():
        path = folder / f"{name}.py"
        path.write_text(text)
        made.append(submission_from_file(path, day, name))
    problem = Problem(Verdict.UNREADABLE, "The notebook is cut short. To mend it: hand it in again.")
    return [*made, Submission("unreadable", DAY, (), "none", problem=problem)]


@pytest.fixture(scope="session")
def reports(course, day, submissions):
    with LocalEngine(course, day, workers=1) as engine:
        return {report.student: report for report in engine.grade(submissions)}


def exercise(report, name="double"):
    return next(result for result in report.exercises if result.exercise == name)


@pytest.mark.parametrize("name", CLASS)
def test_every_way_has_its_verdict_and_points(reports, name):
    _, verdicts, points = CLASS[name]
    result = exercise(reports[name])
    found = [(check.verdict.value, check.message, check.detail) for check in result.checks]
    assert [check.verdict.value for check in result.checks] == verdicts, found
    assert result.points == points
    assert sum((check.max_points for check in result.checks), Fraction(0)) == 5
    assert [check.max_points for check in result.checks] == [Fraction(5, 7), Fraction(15, 7), Fraction(15, 7)]


def test_what_builds_on_a_failure_is_blocked(reports):
    assert exercise(reports["right"], "quadruple").points == 2
    blocked = exercise(reports["wrong"], "quadruple").checks[0]
    assert blocked.verdict is Verdict.BLOCKED and "`double`" in blocked.message


def test_a_missing_answer_and_a_syntax_error(reports):
    assert {check.verdict for check in exercise(reports["missing"]).checks} == {Verdict.MISSING}
    broken = exercise(reports["syntax"])
    assert {check.verdict for check in broken.checks} == {Verdict.ERROR}
    assert all("SyntaxError" in check.message for check in broken.checks)
    assert exercise(reports["syntax"], "nested").points == 1


def test_an_unreadable_submission_is_not_run(reports):
    report = reports["unreadable"]
    assert {check.verdict for result in report.exercises for check in result.checks} == {Verdict.UNREADABLE}
    assert report.points == 0 and report.judged
    assert all("hand it in again" in check.message for result in report.exercises for check in result.checks)


def test_a_check_that_the_reference_does_not_pass_is_not_judged(reports):
    for name in ("right", "wrong"):
        result = exercise(reports[name], "broken")
        assert [check.verdict for check in result.checks] == [Verdict.PASSED, Verdict.NOT_JUDGED]
        assert not result.judged and result.to_dict(instructor=True)["points"] is None


def test_a_strange_value_costs_its_author_and_not_the_grader(reports):
    """What cannot be handed back is the student's doing when the reference's can."""
    assert exercise(reports["right"], "nested").checks[0].verdict is Verdict.PASSED
    assert exercise(reports["nests"], "nested").checks[0].verdict is Verdict.FAILED


def test_students_read_no_value_of_a_hidden_check(reports):
    hidden = exercise(reports["hides"]).checks[2]
    assert not hidden.public
    read = repr(hidden.to_dict(instructor=False))
    assert "317.2" not in read and "ValueError" in read and hidden.line == 5
    assert "317.2" in hidden.detail and "317.2" in hidden.output
    public = exercise(reports["raises"]).checks[0]
    assert "ValueError" in public.message and public.message.endswith(": 2")


def test_what_died_is_run_once_more_alone_and_only_that(course, day, submissions, reports):
    """A check that dies by bad luck passes the second time, which costs nothing."""
    asked: list[tuple[list[Job], int]] = []
    unlucky, lucky = replace(reports["exits"], notes=("a cell ended the process",)), reports["right"]

    class Pool(LocalEngine):
        def _run(self, jobs, workers):
            taken = list(iter(jobs.take, None))
            asked.append((taken, workers))
            if not taken[0].second:
                yield taken[0], Done(0, unlucky, again=("double",))
                yield taken[1], Done(1, lucky)
            else:
                only = tuple(result for result in lucky.exercises if result.exercise == "double")
                yield taken[0], Done(0, replace(unlucky, exercises=only, notes=()))

    found = list(Pool(course, day, workers=2).grade(submissions[:2]))
    assert [(job.only, job.second) for job in asked[1][0]] == [(("double",), True)] and asked[1][1] == 1
    assert [exercise(report).points for report in found] == [5, 5]
    assert found[1].exercises[1:] == unlucky.exercises[1:]
    assert found[1].notes == ()


def test_submissions_are_taken_as_they_are_needed(course, day, submissions):
    taken: list[str] = []

    def source():
        for submission in submissions[:4]:
            taken.append(submission.student)
            yield submission

    with LocalEngine(course, day, workers=1) as engine:
        first = next(iter(engine.grade(source())))
    assert first.student == submissions[0].student
    assert len(taken) <= 2


def test_a_worker_s_death_loses_nothing_and_doubles_nothing(course, day, submissions, reports):
    chosen = [
        found for found in submissions if found.student in ("right", "wrong", "raises", "stub", "missing", "exits")
    ]
    with LocalEngine(course, day, workers=1) as engine:
        found = []
        for report in engine.grade(chosen):
            found.append(report)
            if len(found) in (1, 5):  # once in the middle of a job, once where only the second run is left
                os.kill(engine._workers[0].process.pid, signal.SIGKILL)
                engine._workers[0].process.join()
    assert sorted(report.student for report in found) == sorted(submission.student for submission in chosen)
    for report in found:
        assert report.points == reports[report.student].points


def test_a_grader_with_a_syntax_error_gives_no_marks(tmp_path, course, day, submissions):
    root = tmp_path / "course"
    shutil.copytree(course.root, root)
    (root / "graders" / DAY / "hidden.py").write_text("def (:\n")
    with pytest.raises(GraderBroken, match=r"hidden\.py"), LocalEngine(Course(root), day, workers=1) as engine:
        list(engine.grade(submissions))


def test_without_bubblewrap_there_are_no_marks(tmp_path, course, day, submissions, monkeypatch):
    (tmp_path / "python3").symlink_to(shutil.which("python3") or "/usr/bin/python3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="bubblewrap"), LocalEngine(course, day, workers=1) as engine:
        list(engine.grade(submissions))


def test_workers_for_every_core_have_one_each(course, day, submissions):
    cores = os.sched_getaffinity(0)
    right = next(found for found in submissions if found.student == "right")
    with LocalEngine(course, day) as engine:
        for report in engine.grade([right] * len(cores)):
            assert report.student == "right"
        bound = [worker for worker in engine._workers if worker.ready]
        assert {worker.core for worker in bound} <= cores and len({worker.core for worker in bound}) == len(bound)
        for worker in bound:
            assert os.sched_getaffinity(worker.process.pid or 0) == {worker.core}
    assert os.sched_getaffinity(0) == cores


@pytest.mark.parametrize("more", [-1, 1])
def test_fewer_workers_and_more_go_where_there_is_room(course, day, more):
    count = len(os.sched_getaffinity(0)) + more
    if count < 1:
        pytest.skip("this machine has one core")
    assert LocalEngine(course, day, workers=count)._free_core() is None


def test_half_of_the_workers_start_first(course, day, submissions, monkeypatch):
    started = []
    start = LocalEngine._start
    monkeypatch.setattr(LocalEngine, "_start", lambda engine, count: (started.append(count), start(engine, count))[1])
    chosen = [found for found in submissions if found.student in ("right", "wrong", "stub", "raises")]
    with LocalEngine(course, day, workers=2) as engine:
        assert len(list(engine.grade(chosen))) == len(chosen)
        assert started[0] == 1 and len(engine._workers) == 2


def test_nothing_to_grade_starts_nothing(course, day):
    with LocalEngine(course, day, workers=1) as engine:
        assert list(engine.grade([])) == []
        assert engine._workers == []
