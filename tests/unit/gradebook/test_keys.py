from __future__ import annotations

import dataclasses
import shutil

import pytest

from proctorch.errors import CourseError
from proctorch.gradebook.exercise_versions import ExerciseVersion
from proctorch.gradebook.keys import ResultKeys, digest, engine_fingerprint, grader_hashes
from proctorch.model import Cell, Submission

DAY = "day01_small"


def submission(source: str) -> Submission:
    return Submission("ada", DAY, (Cell("code", source, "cell 1", exercise="double"),), "notebook")


def version(checks="c", task="t", mistakes="m", builds_on=()):
    return ExerciseVersion(checks, task, mistakes, builds_on)


KEYS = ResultKeys({"double": version(), "negate": version()}, "material", "engine", {"os": "x"}, "secret")


def moved(keys: ResultKeys, work: Submission | None = None) -> set[str]:
    """Return the exercises whose key is another one than that of KEYS."""
    before, after = KEYS.exercise_keys(submission("x")), keys.exercise_keys(work or submission("x"))
    return {name for name in after if before.get(name) != after[name]}


def test_a_key_is_one_hash():
    assert {len(key) for key in KEYS.exercise_keys(submission("x")).values()} == {64}
    assert len(set(KEYS.exercise_keys(submission("x")).values())) == 2
    assert len(KEYS.key(submission("x"))) == 64


@pytest.mark.parametrize(
    "change",
    [{"material": "other"}, {"engine": "other"}, {"environment": {"os": "y"}}, {"secret": "other"}],
)
def test_what_concerns_all_moves_every_key(change):
    changed = dataclasses.replace(KEYS, **change)
    assert moved(changed) == {"double", "negate"}
    assert changed.key(submission("x")) != KEYS.key(submission("x"))


@pytest.mark.parametrize("change", [{"checks": "d"}, {"task": "u"}, {"mistakes": "n"}])
def test_what_concerns_one_exercise_moves_its_key_alone(change):
    changed = dataclasses.replace(KEYS, exercises={"double": version(**change), "negate": version()})
    assert moved(changed) == {"double"}
    assert changed.key(submission("x")) != KEYS.key(submission("x"))


def test_what_an_exercise_builds_on_moves_its_key():
    built = dataclasses.replace(KEYS, exercises={"double": version(), "negate": version(builds_on=("double",))})
    mended = {"double": version("d"), "negate": version(builds_on=("double",))}
    before = built.exercise_keys(submission("x"))
    after = dataclasses.replace(KEYS, exercises=mended).exercise_keys(submission("x"))
    assert all(before[name] != after[name] for name in ("double", "negate"))
    hinted = {"double": version(mistakes="n"), "negate": version(builds_on=("double",))}
    after = dataclasses.replace(KEYS, exercises=hinted).exercise_keys(submission("x"))
    assert before["negate"] == after["negate"]


def test_the_code_and_the_places_of_its_cells_move_every_key():
    assert moved(KEYS, submission("y")) == {"double", "negate"}
    (cell,) = submission("x").cells
    shifted = dataclasses.replace(submission("x"), cells=(dataclasses.replace(cell, label="cell 2"),))
    assert moved(KEYS, shifted) == {"double", "negate"}
    assert moved(KEYS, dataclasses.replace(submission("x"), student="ben", notes=("personal",))) == set()


def test_the_order_of_names_does_not_matter():
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})


def test_the_same_work_has_the_same_key(course):
    keys = ResultKeys.of(course, DAY)
    assert keys == ResultKeys.of(course, DAY)
    assert keys.key(submission("x")) == keys.key(submission("x"))
    assert keys.key(submission("x")) != keys.key(submission("y"))


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
