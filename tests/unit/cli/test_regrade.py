from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest

from proctorch.gradebook.store import ResultsStore
from proctorch.model import Cell, ExerciseSpec, Submission, Verdict

DAY = "day02_tensors"


@pytest.fixture
def engine(course, day, monkeypatch, make_report, make_check, empty_store):
    """An engine that passes everybody but those in `verdicts`, in both of the day's exercises."""
    from proctorch.authoring import day as authored
    from proctorch.gradebook import exercise_versions, writing
    from proctorch.grading import submission

    class Engine:
        def __init__(self):
            self.asked, self.verdicts = [], {}

        def __call__(self, course, day, workers=None, level=None):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *failure):
            return None

        def grade(self, submissions, *, only=None):
            for each in submissions:
                self.asked.append(each.student)
                verdict = self.verdicts.get(each.student, Verdict.PASSED)
                checks = [make_check("softmax", verdict), make_check("one_hot")]
                yield make_report(*checks, student=each.student)

    fake, module = Engine(), ModuleType("proctorch.engines.local")
    module.LocalEngine = fake
    monkeypatch.setitem(sys.modules, "proctorch.engines.local", module)
    (course.graders / DAY).mkdir(parents=True)
    course.solution(DAY).write_text("# %% [markdown]\n# # Tensors\n")
    monkeypatch.setenv("PROCTORCH_DB_URL", empty_store)
    # Imported before the name is replaced: else they would keep the replacement for the tests that follow.
    for module in (authored, exercise_versions, writing):
        monkeypatch.setattr(module, "load_day", lambda course, name: day)
    monkeypatch.setattr(
        "proctorch.gradebook.exercise_versions.load_day", lambda course, name: mended(day) if fake.mended else day
    )
    fake.mended = False
    monkeypatch.setattr(submission, "read_submission", lambda folder, day, student: work(student, day.name))
    return fake


def work(student: str, day: str) -> Submission:
    return Submission(student, day, (Cell("code", student, "cell 1", exercise="softmax"),), "script")


def mended(day):
    """Return the day with another text of softmax, so that results of softmax stand no more."""
    softmax, one_hot = day.exercises
    changed = ExerciseSpec(**(vars(softmax) | {"stub": "def softmax(logits): ..."}))
    return type(day)(day.name, day.title, (changed, one_hot))


@pytest.fixture
def graded(proctorch, course, engine):
    """A class of three that was graded, and then the exercise was changed: bob would lose a point."""
    for student in ("ada", "bob", "zoe"):
        (course.submitted / student / DAY).mkdir(parents=True)
    assert proctorch("grade", DAY, "--no-nbgrader").code == 0
    engine.asked.clear()
    engine.mended = True
    engine.verdicts["bob"] = Verdict.FAILED
    return engine


def regrade(proctorch, *more):
    return proctorch("regrade", DAY, "--no-nbgrader", *more)


def kept_marks(url: str) -> dict[str, int]:
    with ResultsStore(url) as store:
        return {report.student: int(report.points) for report in store.reports(DAY)}


def test_nothing_changes_before_it_was_agreed_to(proctorch, graded, empty_store):
    ended = regrade(proctorch)
    assert ended.code == 1
    assert kept_marks(empty_store) == {"ada": 2, "bob": 2, "zoe": 2}
    assert "1 down, 2 unchanged" in ended.out
    row = next(line for line in ended.out.splitlines() if line.startswith("bob"))
    assert row.split()[:6] == ["bob", "2", "→", "1", "of", "8"]
    assert "−1" in row
    assert "passed → failed: Every row sums to one." in ended.out
    assert f"proctorch regrade {DAY} --yes" in ended.err


@pytest.mark.parametrize("option", ["--yes", "--apply"])
def test_agreeing_later_needs_no_second_run(proctorch, graded, empty_store, option):
    regrade(proctorch)
    assert sorted(graded.asked) == ["ada", "bob", "zoe"]
    ended = regrade(proctorch, option)
    assert ended.code == 0
    assert len(graded.asked) == 3
    assert kept_marks(empty_store) == {"ada": 2, "bob": 1, "zoe": 2}
    assert "The new results of 3 stand." in ended.err
    again = regrade(proctorch)
    assert (again.code, again.out) == (0, "3 unchanged\n")
    assert proctorch("grade", DAY, "--no-nbgrader").code == 0
    assert len(graded.asked) == 3


@pytest.mark.parametrize(("answer", "code", "points"), [(True, 0, 1), (False, 1, 2)])
def test_it_asks_on_a_terminal(proctorch, graded, empty_store, monkeypatch, answer, code, points):
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda text, err: asked.append(text) or answer)
    assert regrade(proctorch).code == code
    assert asked == [f"Let the new results of 3 for {DAY} stand, and write their marks?"]
    assert kept_marks(empty_store)["bob"] == points


def test_json_for_programs_changes_nothing(proctorch, graded, empty_store):
    ended = regrade(proctorch, "--json", "-")
    data = json.loads(ended.out)
    assert ended.code == 1
    assert data["summary"] == {"up": 0, "down": 1, "first": 0, "not_judged": 0, "unchanged": 2}
    assert data["applied"] == []
    (bob,) = [change for change in data["changes"] if change["difference"]]
    assert (bob["student"], bob["before"], bob["after"]) == ("bob", 2.0, 1.0)
    (softmax,) = bob["exercises"]
    assert softmax["reasons"] == ["the exercise itself was changed"]
    assert softmax["checks"][0]["after"] == "failed"
    assert kept_marks(empty_store)["bob"] == 2


def test_what_is_not_judged_keeps_its_mark(proctorch, graded, empty_store):
    graded.verdicts["zoe"] = Verdict.NOT_JUDGED
    ended = regrade(proctorch, "--yes")
    assert ended.code == 3
    assert kept_marks(empty_store) == {"ada": 2, "bob": 1, "zoe": 2}
    assert "1 not judged" in ended.out
    assert "the marks of before stay: zoe" in ended.err


def test_only_one_student(proctorch, graded, empty_store):
    assert regrade(proctorch, "--student", "bob", "--yes").code == 0
    assert graded.asked == ["bob"]
    assert kept_marks(empty_store)["bob"] == 1


def test_a_first_mark_is_shown_as_such(proctorch, course, graded, empty_store):
    (course.submitted / "eve" / DAY).mkdir(parents=True)
    ended = regrade(proctorch, "--student", "eve")
    assert ended.code == 1
    assert "1 for the first time, 0 unchanged" in ended.out
    assert "eve" not in kept_marks(empty_store)


def test_fresh_judges_what_stands_too(proctorch, graded):
    graded.mended = False
    assert regrade(proctorch).out == "3 unchanged\n"
    assert graded.asked == []
    assert "1 down" in regrade(proctorch, "--fresh").out
    assert sorted(graded.asked) == ["ada", "bob", "zoe"]


def test_marks_of_those_who_agreed_are_written_for_nbgrader(proctorch, graded, monkeypatch):
    from proctorch.gradebook import marks
    from proctorch.gradebook.conversion import DayOutcome

    seen = []

    def autograde_day(course, day, students, progress):
        seen.append(sorted(students))
        return DayOutcome(("ada", "zoe"), {"bob": "the notebook is locked"})

    monkeypatch.setattr(marks, "autograde_day", autograde_day)
    assert proctorch("regrade", DAY).code == 1
    assert seen == []
    ended = proctorch("regrade", DAY, "--yes")
    assert seen == [["ada", "bob", "zoe"]]
    assert ended.code == 3
    assert "bob: judged, but nbgrader could not write it: the notebook is locked" in ended.err


def test_help_has_examples(proctorch):
    ended = proctorch("regrade", "--help")
    assert f"proctorch regrade {DAY} --yes" in ended.out
