from __future__ import annotations

import itertools
import json
import sys
from types import ModuleType

import pytest

from proctorch.errors import SandboxUnavailable
from proctorch.model import Cell, Submission, Verdict


@pytest.fixture
def engine(course, day, monkeypatch, make_report, make_check, empty_store):
    """An engine that passes everybody but those in `verdicts`; it ends at the student called `fault`."""
    from proctorch.authoring import day as authored
    from proctorch.gradebook import exercise_versions, writing
    from proctorch.grading import submission

    class Engine:
        verdicts: dict = {}  # noqa: RUF012  # replaced below, one a test
        asked: list = []  # noqa: RUF012
        workers = None

        def __call__(self, course, day, workers=None, level=None):
            self.workers = workers
            return self

        def __enter__(self):
            return self

        def __exit__(self, *failure):
            return None

        def grade(self, submissions, *, only=None):
            for handed_in in submissions:
                if handed_in.student == "fault":
                    raise SandboxUnavailable("bubblewrap is gone")
                self.asked.append(handed_in.student)
                verdict = self.verdicts.get(handed_in.student, Verdict.PASSED)
                checks = [make_check(name, verdict, detail="for instructors") for name in ("softmax", "one_hot")]
                yield make_report(*checks, student=handed_in.student)

    code: dict[str, Cell] = {}
    fake, module = Engine(), ModuleType("proctorch.engines.local")
    fake.verdicts, fake.asked = {}, []
    fake.code = code
    module.LocalEngine = fake
    monkeypatch.setitem(sys.modules, "proctorch.engines.local", module)
    (course.graders / "day02_tensors").mkdir(parents=True)
    course.solution("day02_tensors").write_text("# %% [markdown]\n# # Tensors\n")
    monkeypatch.setenv("PROCTORCH_DB_URL", empty_store)
    # Imported before the name is replaced: else they would keep the replacement for the tests that follow.
    for place in (authored, exercise_versions, writing):
        monkeypatch.setattr(place, "load_day", lambda course, name: day)
    monkeypatch.setattr(
        submission,
        "read_submission",
        lambda folder, day, student: Submission(student, day.name, (code.get(student, own(student)),), "script"),
    )
    return fake


def own(text: str) -> Cell:
    return Cell("code", text, "cell 1", exercise="softmax")


def submit(course, *students: str) -> None:
    for student in students:
        (course.submitted / student / "day02_tensors").mkdir(parents=True)


def grade(proctorch, *more):
    return proctorch("grade", "day02_tensors", "--no-nbgrader", *more)


def test_a_class(proctorch, course, engine):
    submit(course, "bob", "ada")
    engine.verdicts["bob"] = Verdict.TIMEOUT
    ended = grade(proctorch, "--workers", "2")
    assert ended.code == 0
    assert [line.split()[:2] for line in ended.out.splitlines()[1:]] == [["ada", "2/8"], ["bob", "0/8"]]
    assert engine.workers == 2


def test_json_holds_every_check_and_nothing_else_is_printed(proctorch, course, engine):
    submit(course, "ada")
    ended = grade(proctorch, "--json", "-")
    (student,) = json.loads(ended.out)["students"]
    assert (student["student"], student["points"], student["max"]) == ("ada", 2.0, 8.0)
    (check,) = student["exercises"][0]["checks"]
    assert {"id", "public", "claim", "verdict", "message", "points", "seconds"} <= check.keys()
    assert check["detail"] == "for instructors"


def test_what_has_not_changed_is_not_run_again(proctorch, course, engine):
    submit(course, "ada")
    grade(proctorch)
    submit(course, "bob")
    ended = grade(proctorch)
    assert engine.asked == ["ada", "bob"]
    assert len(ended.out.splitlines()) == 3
    grade(proctorch, "--fresh")
    assert engine.asked == ["ada", "bob", "ada", "bob"]


def test_only_one_student(proctorch, course, engine):
    submit(course, "ada", "bob")
    grade(proctorch, "--student", "bob")
    assert engine.asked == ["bob"]


def test_an_engine_fault_keeps_what_is_done_and_gives_no_mark(proctorch, course, engine):
    submit(course, "ada long", "fault", "zoe")
    ended = grade(proctorch)
    assert ended.code == 3
    assert "bubblewrap is gone" in ended.err
    assert "of 3 submissions are judged, and their results kept" in ended.err
    assert ended.out == ""
    (course.submitted / "fault" / "day02_tensors").rmdir()
    assert grade(proctorch).code == 0
    assert sorted(engine.asked) == ["ada long", "zoe"]


def test_a_result_that_is_not_judged_ends_with_3_and_is_run_again(proctorch, course, engine):
    submit(course, "ada")
    engine.verdicts["ada"] = Verdict.NOT_JUDGED
    ended = grade(proctorch)
    assert ended.code == 3
    assert "not judged" in ended.out
    assert "ada" in ended.err
    engine.verdicts.clear()
    assert grade(proctorch).code == 0


def test_marks_are_handed_to_nbgrader_and_its_complaints_shown(proctorch, course, engine, monkeypatch):
    from proctorch.gradebook import background
    from proctorch.gradebook.conversion import DayOutcome

    class Marks(background.BackgroundMarks):
        def add(self, submission, report):
            seen.append((submission.student, report.student, report.exercises[0].checks[0].claim))

        def finish(self, progress):
            return DayOutcome(("bob",), {"ada": "the notebook is locked"})

    seen = []
    monkeypatch.setattr(background, "BackgroundMarks", Marks)
    submit(course, "ada", "bob")
    ended = proctorch("grade", "day02_tensors")
    claim = "Every row sums to one."
    assert sorted(seen) == [("ada", "ada", claim), ("bob", "bob", claim)]
    assert ended.code == 3
    assert "ada: judged, but nbgrader could not write it: the notebook is locked" in ended.err


def test_nobody_handed_in(proctorch, course, engine):
    ended = grade(proctorch)
    assert ended.code == 2
    assert "nbgrader collect day02_tensors" in ended.err


def test_a_student_who_handed_in_nothing(proctorch, course, engine):
    submit(course, "ada")
    ended = grade(proctorch, "--student", "eve")
    assert ended.code == 2
    assert "eve handed in nothing for day02_tensors" in ended.err


def test_outside_a_course(proctorch, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = grade(proctorch)
    assert ended.code == 2
    assert "is not inside a course" in ended.err


def test_equal_submissions_are_run_once_and_everybody_has_a_report(proctorch, course, engine):
    submit(course, "ada", "bob", "zoe")
    engine.code |= {"ada": own("the same"), "bob": own("the same")}
    ended = grade(proctorch, "--json", "-")
    assert len(engine.asked) == 2
    assert [student["student"] for student in json.loads(ended.out)["students"]] == ["ada", "bob", "zoe"]
    assert ended.err == ""


def test_lines_of_progress_where_there_is_no_terminal(proctorch, course, engine):
    submit(course, "ada")
    ended = grade(proctorch)
    assert ended.err.startswith("Grading day02_tensors: 1/1")


def test_ctrl_c_keeps_what_is_finished_and_tells_how_to_go_on(proctorch, course, engine, monkeypatch):
    submit(course, "ada", "bob", "the last")
    run = engine.grade

    def interrupted(submissions, *, only=None):
        yield from run(itertools.islice(submissions, 2))
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "grade", interrupted)
    ended = grade(proctorch, "--student", "ada", "--student", "bob", "--student", "the last")
    assert ended.code == 130
    assert "2 of 3 submissions are judged, and their results kept." in ended.err
    again = "proctorch grade day02_tensors --student ada --student bob --student 'the last'"
    assert f"To go on: {again}" in ended.err
    monkeypatch.setattr(engine, "grade", run)
    assert grade(proctorch).code == 0
    assert sorted(engine.asked) == ["ada", "bob", "the last"]
