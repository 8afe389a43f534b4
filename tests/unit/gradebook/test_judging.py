from __future__ import annotations

import dataclasses
import time
from contextlib import nullcontext

import pytest

from proctorch.course import Course
from proctorch.errors import EngineError, HostDied
from proctorch.gradebook.exercise_versions import ExerciseVersion
from proctorch.gradebook.judging import WarmEngine, judge, standing
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.store import ResultsStore
from proctorch.model import Cell, DaySpec, Submission, Verdict

DAY = "day07_softmax"
KEYS = ResultKeys({"softmax": ExerciseVersion("6" * 64, "t", "m")}, "", "engine", {"os": "x"}, "secret")
MENDED = dataclasses.replace(KEYS, exercises={"softmax": ExerciseVersion("6" * 64, "another text", "m")})


def submission(student: str, source: str = "x") -> Submission:
    source = f"{source}  # by {student}"  # equal code would be run once
    return Submission(student, DAY, (Cell("code", source, "cell 1", exercise="softmax"),), "notebook")


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "results.db"
    store = ResultsStore(f"sqlite:///{path}")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE student (id TEXT)")
    return store


class Engine:
    """Gives ready-made reports, and counts what it was asked."""

    def __init__(self, make, *, dies_after=None):
        self.make, self.dies_after, self.asked = make, dies_after, []

    def grade(self, submissions, *, only=None):
        for number, each in enumerate(submissions):
            if number == self.dies_after:
                raise HostDied("gone")
            self.asked.append(each.student)
            yield self.make(each.student)


def test_only_what_is_missing_is_graded(store, report):
    engine = Engine(report)
    assert [each.student for each in judge([submission("ada")], store, KEYS, engine)] == ["ada"]
    both = [submission("ben"), submission("ada")]
    assert sorted(each.student for each in judge(both, store, KEYS, engine)) == ["ada", "ben"]
    assert engine.asked == ["ada", "ben"]


def test_a_changed_submission_or_grader_is_graded_again(store, report):
    engine = Engine(report)
    list(judge([submission("ada")], store, KEYS, engine))
    list(judge([submission("ada", "changed")], store, KEYS, engine))
    list(judge([submission("ada")], store, MENDED, engine))
    list(judge([submission("ada")], store, KEYS, engine, again=True))
    assert engine.asked == ["ada"] * 4


def test_a_run_that_breaks_goes_on_where_it_stopped(store, report):
    work = [submission(name) for name in ("ada", "ben", "cat")]
    with pytest.raises(HostDied):
        list(judge(work, store, KEYS, Engine(report, dies_after=2)))
    engine = Engine(report)
    assert len(list(judge(work, store, KEYS, engine))) == 3
    assert engine.asked == ["cat"]


def test_what_was_not_judged_is_kept_and_tried_again(store, report, check):
    unjudged = Engine(lambda student: report(student, check(verdict=Verdict.NOT_JUDGED)))
    (first,) = judge([submission("ada")], store, KEYS, unjudged)
    assert not first.judged
    assert store.latest("ada", DAY) == first
    assert standing(submission("ada"), store, KEYS) is None
    (second,) = judge([submission("ada")], store, KEYS, Engine(report))
    assert second.judged


def test_a_result_for_somebody_else_is_refused(store, report):
    engine = Engine(lambda _: report("mallory"))
    with pytest.raises(EngineError, match="mallory"):
        list(judge([submission("ada")], store, KEYS, engine))
    assert store.reports(DAY) == ()


def test_a_result_that_does_not_come_is_an_error(store):
    class Silent:
        def grade(self, submissions, *, only=None):
            return []

    with pytest.raises(HostDied, match="ada"):
        list(judge([submission("ada")], store, KEYS, Silent()))


class Factory:
    """Makes engines and remembers how many ran and ended."""

    def __init__(self, make, **options):
        self.make, self.options, self.started, self.ended = make, options, 0, 0

    def __call__(self, course, day):
        self.started += 1
        factory = self

        class Counted(nullcontext):
            def __exit__(self, *_):
                factory.ended += 1

        return Counted(Engine(self.make, **self.options))


def test_one_engine_serves_call_after_call(tmp_path, report):
    factory, warm = Factory(report), WarmEngine()
    course, day = Course(tmp_path), DaySpec(DAY, "", ())
    for student in ("ada", "ben"):
        assert [each.student for each in warm.grade(factory, course, day, KEYS, [submission(student)])] == [student]
    assert (factory.started, factory.ended) == (1, 0)
    warm.grade(factory, course, day, MENDED, [submission("ada")])
    assert (factory.started, factory.ended) == (2, 1)
    warm.close()
    assert (factory.started, factory.ended) == (2, 2)


def test_an_idle_engine_is_ended_and_started_again(tmp_path, report):
    factory, warm = Factory(report), WarmEngine(idle=0.05)
    day = DaySpec(DAY, "", ())
    warm.grade(factory, Course(tmp_path), day, KEYS, [submission("ada")])
    until = time.monotonic() + 10
    while not factory.ended and time.monotonic() < until:
        time.sleep(0.01)
    assert (factory.started, factory.ended) == (1, 1)
    warm.grade(factory, Course(tmp_path), day, KEYS, [submission("ada")])
    assert factory.started == 2
    warm.close()
    assert factory.ended == 2


def test_an_engine_that_failed_is_not_used_again(tmp_path, report):
    factory, warm = Factory(report, dies_after=0), WarmEngine()
    for _ in range(2):
        with pytest.raises(HostDied):
            warm.grade(factory, Course(tmp_path), DaySpec(DAY, "", ()), KEYS, [submission("ada")])
    assert (factory.started, factory.ended) == (2, 2)
