"""A file is replaced whole, or stays as it was with nothing beside it."""

from __future__ import annotations

import os

import pytest

from proctorch.files import replace_file


def test_a_file_is_made_and_replaced(tmp_path):
    path = tmp_path / "marks.csv"
    replace_file(path, b"one")
    replace_file(path, b"two", mode=0o600)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["marks.csv"]


def test_where_there_is_no_room_the_old_file_stays_and_nothing_lies_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "marks.csv"
    path.write_bytes(b"old")

    def full(descriptor: int, mode: str) -> object:
        os.close(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["marks.csv"]


def test_where_it_cannot_be_put_in_place_nothing_lies_beside_it(tmp_path):
    path = tmp_path / "marks.csv"
    path.mkdir()
    with pytest.raises(OSError, match=r"marks\.csv"):
        replace_file(path, b"new")
    assert os.listdir(tmp_path) == ["marks.csv"]


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "no" / "marks.csv", b"new")
    assert os.listdir(tmp_path) == []
