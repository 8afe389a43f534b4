from __future__ import annotations

import sqlite3

import pytest

from proctorch.cli.diagnosis import classroom


@pytest.fixture
def gradebook(course):
    path = course.root / "gradebook.db"
    sqlite3.connect(path).executescript("CREATE TABLE t (n INTEGER);")
    return path


def test_a_gradebook_that_nobody_made_yet(course):
    found = classroom.database(course)
    assert found.good
    assert "not made yet" in found.found
    assert not (course.root / "gradebook.db").exists()


def test_a_gradebook_that_works(course, gradebook):
    assert classroom.database(course).good


def test_a_locked_gradebook(course, gradebook, monkeypatch):
    monkeypatch.setattr(classroom, "SECONDS", 0.1)
    other = sqlite3.connect(gradebook, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        found = classroom.database(course)
    finally:
        other.close()
    assert not found.good
    assert "locked" in found.found


def test_a_gradebook_that_is_no_database(course):
    (course.root / "gradebook.db").write_text("this is not a database, and it is long enough to be asked about it" * 20)
    assert not classroom.database(course).good


def test_a_configuration_that_does_not_load(course):
    (course.root / "nbgrader_config.py").write_text("c = get_config(\n")
    assert not classroom.database(course).good


def test_a_server_that_does_not_answer_and_a_password_that_is_not_shown(course, monkeypatch):
    monkeypatch.setenv("PROCTORCH_DB_URL", "postgresql+psycopg://grader:topsecret@127.0.0.1:1/marks")
    found = classroom.database(course)
    assert not found.good
    assert "topsecret" not in found.found + found.cure


def test_a_url_that_is_none(course, monkeypatch):
    monkeypatch.setenv("PROCTORCH_DB_URL", "what?")
    assert not classroom.database(course).good


def test_a_secret_that_others_can_read(course):
    assert classroom.secret(course).good
    course.secret()
    assert classroom.secret(course).good
    (course.state / "secret").chmod(0o644)
    assert "chmod 600" in classroom.secret(course).cure


def test_a_damaged_secret(course):
    course.secret()
    (course.state / "secret").write_text("no")
    assert not classroom.secret(course).good


def test_nbgrader_off_the_path(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert not classroom.nbgrader().good
    assert not classroom.alembic().good


def test_no_course():
    assert classroom.course_folder(None, "here is none\n  To mend it: ...").found == "here is none"
