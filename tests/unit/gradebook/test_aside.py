from __future__ import annotations

import pytest

from proctorch.gradebook.aside import kept_aside


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "day"
    folder.mkdir()
    (folder / "mark").write_text("old")
    return folder


def test_the_new_one_takes_the_place_of_the_old(folder):
    with kept_aside(folder):
        assert not folder.exists()
        folder.mkdir()
        (folder / "mark").write_text("new")
    assert (folder / "mark").read_text() == "new"
    assert [each.name for each in folder.parent.iterdir()] == ["day"]


@pytest.mark.parametrize("half_made", [False, True])
def test_the_old_one_comes_back_when_the_new_one_fails(folder, half_made):
    with pytest.raises(KeyboardInterrupt), kept_aside(folder):
        if half_made:
            folder.mkdir()
        raise KeyboardInterrupt
    assert (folder / "mark").read_text() == "old"
    assert [each.name for each in folder.parent.iterdir()] == ["day"]


def test_the_old_one_comes_back_when_nothing_was_made(folder):
    with kept_aside(folder):
        pass
    assert (folder / "mark").read_text() == "old"


def test_a_killed_run_is_put_right_by_the_next(folder):
    folder.rename(folder.with_name(".day.earlier"))
    with pytest.raises(ValueError, match="again"), kept_aside(folder):
        raise ValueError("again")
    assert (folder / "mark").read_text() == "old"


def test_there_need_not_be_an_old_one(tmp_path):
    with kept_aside(tmp_path / "day"):
        (tmp_path / "day").mkdir()
    assert (tmp_path / "day").is_dir()
