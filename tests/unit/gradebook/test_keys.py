from __future__ import annotations

import shutil

import pytest

from proctorch.errors import CourseError
from proctorch.gradebook.keys import ResultKeys, engine_fingerprint, grader_hashes, result_key
from proctorch.model import Cell, Submission

DAY = "day01_small"


def submission(source: str) -> Submission:
    return Submission("ada", DAY, (Cell("code", source, "cell 1", exercise="double"),), "notebook")


def test_a_key_is_one_hash_and_depends_on_everything():
    parts = {"submission_hash": "s", "graders": {"a": "1"}, "engine": "e", "environment": {"os": "x"}, "secret": "f"}
    key = result_key(**parts)
    assert len(key) == 64
    changed = {"submission_hash": "t", "graders": {"a": "2"}, "engine": "f", "environment": {"os": "y"}, "secret": "g"}
    others = {result_key(**(parts | {name: value})) for name, value in changed.items()}
    assert len(others) == 5
    assert key not in others


def test_the_order_of_names_does_not_matter():
    first = result_key("s", {"a": "1", "b": "2"}, "e", {}, "f")
    assert first == result_key("s", {"b": "2", "a": "1"}, "e", {}, "f")


def test_the_same_work_has_the_same_key(course):
    keys = ResultKeys.of(course, DAY)
    assert keys == ResultKeys.of(course, DAY)
    assert keys.key(submission("x")) == keys.key(submission("x"))
    assert keys.key(submission("x")) != keys.key(submission("y"))


@pytest.mark.parametrize(
    "file", ["graders/day01_small/hidden.py", "graders/day01_small/public.py", "solutions/day01_small.py"]
)
def test_a_changed_grader_changes_the_key(course, file):
    before = ResultKeys.of(course, DAY).key(submission("x"))
    path = course.root / file
    path.write_text(path.read_text() + "\n# changed\n")
    assert ResultKeys.of(course, DAY).key(submission("x")) != before


def test_another_secret_or_sandbox_changes_the_key(course):
    keys = ResultKeys.of(course, DAY)
    assert ResultKeys.of(course, DAY, sandbox="reduced") != keys
    shutil.rmtree(course.state)
    assert ResultKeys.of(course, DAY).secret != keys.secret
    assert keys.secret not in course.secret().hex()


def test_caches_do_not_count(course):
    before = grader_hashes(course, DAY)
    cache = course.graders / DAY / "__pycache__"
    cache.mkdir()
    (cache / "hidden.pyc").write_bytes(b"x")
    assert grader_hashes(course, DAY) == before


def test_a_grader_that_is_a_dangling_link_says_so(course):
    (course.graders / DAY / "loop.py").symlink_to("loop.py")
    assert "loop.py" not in grader_hashes(course, DAY)


def test_a_solution_that_cannot_be_read_says_so(course):
    course.solution(DAY).unlink()
    course.solution(DAY).mkdir()
    with pytest.raises(CourseError, match="cannot be read"):
        grader_hashes(course, DAY)


def test_the_engine_has_a_version():
    assert engine_fingerprint().startswith("0.")
    assert engine_fingerprint() == engine_fingerprint()
