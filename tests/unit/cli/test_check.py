from __future__ import annotations

import json

import pytest

from proctorch.cli.check import find_checks, find_work, sort_targets
from proctorch.errors import CourseError
from proctorch.grading import practice
from proctorch.model import Verdict


@pytest.fixture
def handed_out(tmp_path, monkeypatch, day):
    """The folder that a student received; the working folder is inside it."""
    folder = tmp_path / "day02_tensors"
    folder.mkdir()
    (folder / "checks.py").write_text(f"import no_such_module\nPROCTORCH_DAY = {day.to_dict()!r}\n")
    (folder / "day02_tensors.py").write_text("# %%\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def asked(monkeypatch, make_report, make_check):
    """What `check_file` was asked, and the report that it gives back."""

    class Practice:
        calls: list = []  # noqa: RUF012  # one object a test
        report = make_report(make_check())

        def check_file(self, path, *, day_checks=None, exercises=None, seed=0):
            self.calls.append((path.name, day_checks.name, exercises, seed))
            return self.report

    fake = Practice()
    fake.calls = []
    monkeypatch.setattr(practice, "check_file", fake.check_file)
    return fake


def test_nothing_named_means_everything_here(proctorch, handed_out, asked):
    ended = proctorch("check")
    assert asked.calls == [("day02_tensors.py", "checks.py", None, 0)]
    assert ended.code == 0
    assert "1 of 1 public check passes; 2 hidden checks (3 points) run when it is graded." in ended.out


def test_exercises_and_seed_are_handed_on(proctorch, handed_out, asked):
    proctorch("check", "softmax", "one_hot", "--seed", "7")
    assert asked.calls == [("day02_tensors.py", "checks.py", ["softmax", "one_hot"], 7)]


def test_a_failing_check_ends_with_1(proctorch, handed_out, asked, make_report, make_check):
    asked.report = make_report(make_check(verdict=Verdict.FAILED, message="wrong shape"))
    ended = proctorch("check")
    assert ended.code == 1
    assert "wrong shape" in ended.out


def test_json_is_what_the_student_may_read(proctorch, handed_out, asked, make_report, make_check):
    asked.report = make_report(make_check(detail="the whole story"))
    ended = proctorch("check", "--json", "-")
    found = json.loads(ended.out)
    assert found["exercises"][0]["checks"][0]["verdict"] == "passed"
    assert "the whole story" not in ended.out


def test_json_to_a_file_leaves_the_report_on_the_screen(proctorch, handed_out, asked):
    ended = proctorch("check", "--json", "result.json")
    assert json.loads((handed_out / "result.json").read_text())["day"] == "day02_tensors"
    assert "public check" in ended.out


def test_a_json_file_in_no_folder_is_refused_before_the_work(proctorch, handed_out, asked):
    ended = proctorch("check", "--json", "nowhere/result.json")
    assert ended.code == 2
    assert "does not exist" in ended.err
    assert asked.calls == []


def test_an_unknown_exercise_is_told_the_known_ones(proctorch, handed_out):
    ended = proctorch("check", "sofmax")
    assert ended.code == 2
    assert "has no exercise 'sofmax'; it has softmax, one_hot" in ended.err


def test_a_missing_file_is_told(proctorch, handed_out, asked):
    ended = proctorch("check", "day03.ipynb")
    assert ended.code == 2
    assert "there is no file day03.ipynb" in ended.err


def test_two_files_are_refused():
    with pytest.raises(CourseError, match="one file at a time"):
        sort_targets(["a.py", "b.ipynb"])


def test_a_folder_stands_for_the_work_in_it(handed_out, monkeypatch):
    monkeypatch.chdir(handed_out.parent)
    path, exercises = sort_targets(["day02_tensors", "softmax"])
    assert (path.name, exercises) == ("day02_tensors.py", ["softmax"])


def test_outside_a_released_folder(tmp_path):
    with pytest.raises(CourseError, match=r"there is no checks\.py"):
        find_work(tmp_path)


def test_a_released_folder_without_work(handed_out):
    (handed_out / "day02_tensors.py").unlink()
    with pytest.raises(CourseError, match=r"neither day02_tensors\.ipynb nor day02_tensors\.py"):
        find_work(handed_out)


def test_checks_of_a_course_are_found_from_a_solution(course):
    checks = course.source / "day02_tensors" / "checks.py"
    checks.parent.mkdir(parents=True)
    checks.write_text("")
    assert find_checks(course.solution("day02_tensors")) == checks


def test_no_checks_anywhere(tmp_path):
    with pytest.raises(CourseError, match=r"there is no checks\.py beside"):
        find_checks(tmp_path / "day02_tensors.py")


@pytest.mark.parametrize("text", ["def broken(", "PROCTORCH_DAY = open('x')", "PROCTORCH_DAY = {}", "x = 1"])
def test_a_damaged_checks_file_is_told(proctorch, handed_out, text):
    (handed_out / "checks.py").write_text(text)
    ended = proctorch("check")
    assert ended.code == 2
    assert "checks.py" in ended.err
    assert "fetch the day again" in ended.err
