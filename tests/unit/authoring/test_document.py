from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from proctorch.authoring.document import parse_document
from proctorch.course import Course
from proctorch.errors import AuthoringError

Edit = Callable[[str, str, str], Path]
DAY = "day90_small"
HEADER = '# %% exercise="softmax" points=4'


def test_cells_come_with_kind_name_points_and_line(course: Course) -> None:
    document = parse_document(course.solution(DAY))
    lines = course.solution(DAY).read_text(encoding="utf-8").split("\n")
    assert document.title == "A small day"
    kinds = ["markdown", "code", "markdown", "code", "code", "code", "markdown"]
    assert [cell.kind for cell in document.cells] == kinds
    assert [(cell.exercise, cell.points) for cell in document.exercises] == [
        ("softmax", Fraction(4)),
        ("tiny_net", Fraction("2.5")),
    ]
    for cell in document.cells:
        assert lines[cell.header_line - 1] == cell.header
        assert lines[cell.line - 1] == cell.text.split("\n")[0]


def test_prose_and_magics_are_uncommented_in_the_source_only(course: Course) -> None:
    cells = parse_document(course.solution(DAY)).cells
    assert cells[0].source == "# A small day\nTwo things to do."
    assert (cells[4].source, cells[4].text) == ("%matplotlib inline", "# %matplotlib inline")


def test_a_header_inside_a_string_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "day.py"
    path.write_text('# %% [markdown]\n# # T\n\n# %%\nx = """\n# %% exercise="no" points=1\n"""\n')
    assert len(parse_document(path).cells) == 2


def test_raw_cells_and_prose_in_a_string_are_cells_too(tmp_path: Path) -> None:
    path = tmp_path / "day.py"
    path.write_text('# %% [markdown]\n"""\n# T\ntext\n"""\n\n# %% [raw]\n# as it is\n')
    document = parse_document(path)
    assert document.title == "T"
    assert [(cell.kind, cell.source) for cell in document.cells] == [("markdown", "# T\ntext"), ("raw", "as it is")]


def test_line_ends_of_windows_and_a_byte_order_mark_do_not_matter(course: Course) -> None:
    path = course.solution(DAY)
    before = parse_document(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert parse_document(path) == before


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ('# %% exercise="softmax" points=4 colour="red"', "unknown key: colour"),
        ('# %% exercise="softmax"', "no points"),
        ('# %% exercise="softmax" points=0', "not a positive number"),
        ('# %% exercise="softmax" points=-1', "not a positive number"),
        ('# %% exercise="softmax" points="4"', "not a positive number"),
        ('# %% exercise="softmax" points=true', "not a positive number"),
        ('# %% exercise="softmax" points=NaN', "not a positive number"),
        ('# %% exercise="Soft max" points=4', "cannot be the name"),
        ("# %% exercise=7 points=4", "cannot be the name"),
        ("# %% exercise= points=4", "."),
        ("# %% points=4", "no exercise"),
        ("# %% softmax points=4", "stray text"),
        ('# %% exercise="softmax", points=4', "."),
        ('# %%exercise="softmax" points=4', "not a cell header"),
        ('# %% [markdown] exercise="softmax" points=4', "markdown cell"),
    ],
)
def test_a_bad_header_is_an_error_at_its_line(course: Course, edit: Edit, header: str, says: str) -> None:
    path = edit("solution", HEADER, header)
    line = path.read_text(encoding="utf-8").split("\n").index(header) + 1
    with pytest.raises(AuthoringError, match=says) as caught:
        parse_document(path)
    assert (caught.value.path, caught.value.line) == (path, line)


def test_an_unknown_key_is_answered_with_the_known_ones(edit: Edit) -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_document(edit("solution", HEADER, f"{HEADER} colour=3"))
    assert "exercise and points" in caught.value.cure


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("x = 1\n", 1, "no cells"),
        ("\nimport torch\n\n# %% [markdown]\n# # T\n", 2, "above the first cell"),
        ("# %% [markdown]\n# ## T\n", 2, "no title"),
        ("# %%\nx = 1\n", 1, "no title"),
        ("# %% [markdown]\n# # T\n\n# %%\nx = (\n", 5, "not Python"),
        ("# %%\nx = '\0'\n", 1, "not Python"),
    ],
)
def test_a_file_that_is_no_day_is_an_error(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "day.py"
    path.write_text(text)
    with pytest.raises(AuthoringError, match=says) as caught:
        parse_document(path)
    assert caught.value.line == line


def test_bytes_that_are_not_utf8_are_an_error_at_their_line(tmp_path: Path) -> None:
    path = tmp_path / "day.py"
    path.write_bytes(b"# %% [markdown]\n# # caf\xe9\n")
    with pytest.raises(AuthoringError, match="not UTF-8") as caught:
        parse_document(path)
    assert caught.value.line == 2


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match="no such file"):
        parse_document(tmp_path / "none.py")
    with pytest.raises(AuthoringError, match="cannot be read"):
        parse_document(tmp_path)
