from __future__ import annotations

import json

import pytest

from proctorch.cli.output import write_json, write_text
from proctorch.errors import CourseError


def test_json_to_standard_output_is_only_json(capsys):
    write_json({"student": "Ägypten", "points": None}, "-")
    assert json.loads(capsys.readouterr().out) == {"student": "Ägypten", "points": None}


def test_json_to_a_file(tmp_path, capsys):
    target = tmp_path / "result.json"
    target.write_text("old")
    write_json([1, 2], str(target))
    assert json.loads(target.read_text()) == [1, 2]
    assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_nan_is_not_json():
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json({"points": float("nan")}, "-")


def test_half_a_surrogate_pair_is_written_as_a_question_mark(tmp_path):
    write_text("a\ud800b", tmp_path / "x.txt")
    assert (tmp_path / "x.txt").read_bytes() == b"a?b"


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(CourseError, match="cannot be written"):
        write_text("x", tmp_path / "no" / "x.txt")
    assert list(tmp_path.iterdir()) == []


def test_half_a_surrogate_pair_on_standard_output(capsysbinary):
    write_json({"message": "a\ud800"}, "-")
    assert json.loads(capsysbinary.readouterr().out)["message"] in {"a?", "a\ud800"}
