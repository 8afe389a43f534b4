"""What is run and what stands, with an engine that gives ready-made results and notes what it was asked."""

from __future__ import annotations

import dataclasses
import sqlite3
from fractions import Fraction

import pytest

from proctorch.gradebook.exercise_versions import ExerciseVersion
from proctorch.gradebook.judging import judge, longest_first
from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.store import ResultsStore
from proctorch.model import Cell, CheckResult, ExerciseResult, Provenance, Report, Submission, Verdict

DAY = "day01_small"
NAMES = ("double", "negate", "build")


def keys_of(**changed: str) -> ResultKeys:
    """Return the keys of a day whose `build` builds on `double`; `changed` gives checks another version."""
    below = {"build": ("double",)}
    versions = {name: ExerciseVersion(changed.get(name, "1"), "t", "m", below.get(name, ())) for name in NAMES}
    return ResultKeys(versions, "", "engine", {"os": "x"}, "secret")


KEYS = keys_of()


def submission(student: str, source: str | None = None, **changes) -> Submission:
    cells = (Cell("code", source or f"by {student}", "cell 1", exercise="double"),)
    return Submission(student, DAY, cells, "notebook", **changes)


class Engine:
    """Runs nothing; `wrong` and `unjudged` are exercises, `asked` what was run, by student."""

    def __init__(self, keys=KEYS, *, wrong=(), unjudged=(), when="first"):
        self.keys, self.wrong, self.unjudged, self.when = keys, wrong, unjudged, when
        self.asked: dict[str, tuple[str, ...]] = {}
        self.taken = 0

    def grade(self, submissions, *, only=None):
        for each in submissions:
            self.taken += 1
            assert each.student not in self.asked
            self.asked[each.student] = (only or {}).get(each.student) or NAMES
            notes = (*each.notes, f"{each.cells[0].label} could not be run")
            results = tuple(self.result(name) for name in self.asked[each.student])
            yield Report(each.student, DAY, results, self.provenance(each), notes, each.problem, 1.0)

    def result(self, name):
        verdict = Verdict.FAILED if name in self.wrong else Verdict.PASSED
        verdict = Verdict.NOT_JUDGED if name in self.unjudged else verdict
        points = Fraction(verdict is Verdict.PASSED)
        check = CheckResult(f"{name}::a", name, True, "Claim.", verdict, points, Fraction(1), self.when, seconds=0.25)
        return ExerciseResult(name, name, Fraction(1), (check,))

    def provenance(self, work):
        graders = {name: version.checks for name, version in self.keys.exercises.items()}
        facts = ("0", "3", "2", "2", "x", "y", 1, "cpu", "full", "s", work.content_hash)
        return Provenance(*facts, graders, self.when)


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "results.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE student (id TEXT)")
    return ResultsStore(f"sqlite:///{path}")


def run(store, work, keys=KEYS, engine=None, **options):
    engine = engine or Engine(keys)
    reports = {report.student: report for report in judge(work, store, keys, engine, **options)}
    return reports, engine


def test_only_the_exercise_whose_checks_were_mended_is_run_again(store):
    work = [submission(f"student {number}") for number in range(20)]
    run(store, work)
    mended = keys_of(negate="2")
    reports, engine = run(store, work, mended, Engine(mended, wrong=("negate",), when="later"))
    assert engine.asked == {each.student: ("negate",) for each in work}
    for report in reports.values():
        assert [result.exercise for result in report.exercises] == list(NAMES)
        assert report.points == 2
        assert [result.checks[0].message for result in report.exercises] == ["first", "later", "first"]
    reports, engine = run(store, work, mended)
    assert engine.asked == {}
    assert len(reports) == 20


def test_a_merged_report_tells_of_each_exercise_when_and_by_which_checks_it_was_judged(store):
    run(store, [submission("ada")])
    mended = keys_of(negate="2")
    (report,) = run(store, [submission("ada")], mended, Engine(mended, when="later"))[0].values()
    assert report.provenance.graders == {"double": "1", "negate": "2", "build": "1"}
    assert report.provenance.graded_at == "later"
    assert report.provenance.kept_from == {"double": "first", "build": "first"}
    assert report.seconds == 1.5
    assert store.latest("ada", DAY) == report
    number = store.newest(DAY, ["ada"])["ada"].number
    bases = store.bases([number])[number]
    assert {name: basis.judged_in == number for name, basis in bases.items()} == {
        "double": False,
        "negate": True,
        "build": False,
    }


def test_what_builds_on_a_mended_exercise_is_run_again_with_it(store):
    run(store, [submission("ada")])
    _, engine = run(store, [submission("ada")], keys_of(double="2"))
    assert engine.asked == {"ada": ("double", "build")}


def test_an_exercise_is_run_with_what_it_builds_on(store):
    run(store, [submission("ada")])
    _, engine = run(store, [submission("ada")], keys_of(build="2"))
    assert engine.asked == {"ada": ("double", "build")}  # without double's verdict nobody knows whether build waits


def test_an_exercise_that_was_added_is_run_alone(store):
    older = dataclasses.replace(KEYS, exercises={name: KEYS.exercises[name] for name in ("double", "build")})
    run(store, [submission("ada")], older)
    (report,), engine = (lambda found: (found[0].values(), found[1]))(run(store, [submission("ada")]))
    assert engine.asked == {"ada": ("negate",)}
    assert report.judged


def test_what_was_not_judged_never_stands(store):
    work = [submission("ada")]
    (first,) = run(store, work, engine=Engine(unjudged=("negate",)))[0].values()
    assert not first.judged
    (second,), engine = (lambda found: (found[0].values(), found[1]))(run(store, work))
    assert engine.asked == {"ada": ("negate",)}
    assert second.judged


def test_equal_code_is_run_once_and_everybody_has_a_report_of_their_own(store):
    work = [submission(name, "the same", notes=(f"a note for {name}",)) for name in ("ada", "ben", "cleo")]
    reports, engine = run(store, work)
    assert engine.asked == {"ada": NAMES}
    assert sorted(reports) == ["ada", "ben", "cleo"]
    for name, report in reports.items():
        assert report.notes == (f"a note for {name}", "cell 1 could not be run")
        assert store.latest(name, DAY) == report
        assert "ada" not in repr(dataclasses.replace(report, student="", notes=())) or name == "ada"


def test_equal_code_that_another_student_handed_in_before_is_not_run_again(store):
    run(store, [submission("ada", "the same", notes=("a note for ada",))])
    reports, engine = run(store, [submission("ben", "the same", notes=("a note for ben",))])
    assert engine.asked == {}
    assert reports["ben"].notes == ("a note for ben", "cell 1 could not be run")
    assert store.latest("ben", DAY) == reports["ben"]
    number = store.newest(DAY, ["ben"])["ben"].number
    assert {basis.judged_in for basis in store.bases([number])[number].values()} == {number - 1}


def test_equal_code_in_other_places_is_run_again(store):
    run(store, [submission("ada", "the same")])
    shifted = dataclasses.replace(
        submission("ben", "the same"), cells=(Cell("code", "the same", "cell 2", "", "double"),)
    )
    reports, engine = run(store, [shifted])
    assert engine.asked == {"ben": NAMES}
    assert reports["ben"].notes == ("cell 2 could not be run",)


def test_who_hands_in_the_first_version_again_has_its_result_as_the_latest(store):
    run(store, [submission("ada", "one")])
    run(store, [submission("ada", "two")], engine=Engine(wrong=("negate",)))
    reports, engine = run(store, [submission("ada", "one")])
    assert engine.asked == {}
    assert reports["ada"].points == 3
    assert store.latest("ada", DAY).provenance.submission == submission("ada", "one").content_hash


def test_a_fresh_run_takes_nothing_from_before_and_runs_equal_code_once(store):
    work = [submission(f"student {number:03}", f"version {number % 3}") for number in range(400)]
    run(store, work)
    reports, engine = run(store, work, engine=Engine(when="later"), again=True)
    assert len(reports) == 400
    assert len(engine.asked) == 3
    assert {report.exercises[0].checks[0].message for report in reports.values()} == {"later"}


def test_results_of_checks_that_changed_meanwhile_do_not_stand(store):
    reports, _ = run(store, [submission("ada")], engine=Engine(keys_of(negate="saved meanwhile")))
    assert reports["ada"].judged
    _, engine = run(store, [submission("ada")])
    assert engine.asked == {"ada": ("negate",)}


def test_results_without_a_basis_do_not_stand_and_stay(store, report):
    (made,) = Engine().grade([submission("ada")])
    store.save(made, "k" * 64)
    _, engine = run(store, [submission("ada")])
    assert engine.asked == {"ada": NAMES}
    assert len(store.history("ada", DAY)) == 2


def test_proposals_are_seen_by_nothing_until_they_are_applied(store):
    work = [submission("ada"), submission("ben")]
    first, _ = run(store, work)
    mended = keys_of(negate="2")
    offered, engine = run(store, work, mended, Engine(mended, wrong=("negate",)), proposing=True)
    assert engine.asked == {"ada": ("negate",), "ben": ("negate",)}
    assert {report.day for report in offered.values()} == {DAY}
    assert store.reports(DAY) == (first["ada"], first["ben"])
    assert store.latest("ada", DAY) == first["ada"]
    assert len(store.history("ada", DAY)) == 1
    again, engine = run(store, work, mended, proposing=True)
    assert engine.asked == {}
    assert again == offered
    assert store.apply(DAY, ["ada"]) == ("ada",)
    assert store.reports(DAY) == (offered["ada"], first["ben"])
    assert store.apply(DAY, ["ada"]) == ()
    assert run(store, work, mended)[1].asked == {}


def test_a_proposal_older_than_a_result_is_not_applied(store):
    run(store, [submission("ada")])
    run(store, [submission("ada")], keys_of(negate="2"), proposing=True)
    reports, _ = run(store, [submission("ada")], keys_of(double="2"))
    assert store.apply(DAY, ["ada"]) == ()
    assert store.latest("ada", DAY) == reports["ada"]


def test_a_proposal_that_was_not_judged_is_run_again(store):
    run(store, [submission("ada")])
    mended = keys_of(negate="2")
    run(store, [submission("ada")], mended, Engine(mended, unjudged=("negate",)), proposing=True)
    reports, engine = run(store, [submission("ada")], mended, proposing=True)
    assert engine.asked == {"ada": ("negate",)}
    assert reports["ada"].judged


def test_the_long_ones_come_first(store):
    work = [submission(name, f"{name} " + "x" * size) for name, size in (("a", 1), ("b", 9), ("c", 5), ("d", 3))]
    _, engine = run(store, work, expected={"c": 9.0, "d": 0.1})
    assert list(engine.asked) == ["c", "b", "a", "d"]
    assert longest_first("abcd", {"c": 9.0, "d": 0.1}) == ["c", "a", "b", "d"]
    assert store.expected_seconds(DAY) == dict.fromkeys("abcd", 1.0)


def test_submissions_are_taken_as_they_are_needed(store):
    engine, read = Engine(), 0

    def submissions():
        nonlocal read
        for number in range(5_000):
            read += 1
            yield submission(f"student {number}")

    reports = judge(submissions(), store, KEYS, engine)
    next(reports)
    assert read <= 400
    assert engine.taken < read
    reports.close()
    assert len(store.reports(DAY)) == len(engine.asked)


def test_names_that_a_database_cannot_hold_come_back_as_they_are(store):
    work = [submission("na\udc80me")]
    assert list(run(store, work)[0]) == ["na\udc80me"]
    reports, engine = run(store, work)
    assert engine.asked == {}
    assert list(reports) == ["na\udc80me"]
