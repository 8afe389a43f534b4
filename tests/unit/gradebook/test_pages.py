"""Feedback pages in bulk against nbgrader's own: the same bytes, whatever a student wrote."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from proctorch.course import Course
from proctorch.gradebook.config import commands_on_path, load_config
from proctorch.gradebook.marks import autograde_day, feedback_day
from proctorch.gradebook.pages import _whole, tidied

DAY = "day01_small"
RIGHT = {"double": "2 * x", "negate": "-x"}

# What a student may write into a cell of prose.
PROSE = {
    "plain": "Some *prose*, `code`, $x_1 < x_2$ & more\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "open": "<div><div><p>never closed",
    "closing": "</div></div></main></body></html> after all",
    "comment": "<!-- never closed",
    "script": "<script>let x = '</div>'",
    "template": '<div class="cell border-box-sizing code_cell">as if it were a cell</div>',
    "mark": '<i id="proctorch-here"></i><i id="proctorch-end"></i>',
    "picture": "![](https://example.org/x.png) <img src=a> <IMG SRC='b' alt=c>",
    "odd": "&lt;&amp;&nbsp;&unknown; \u2028 \x0b é <br/> <a href=x>link<p></a>",
    "textarea": "<textarea>  \n </textarea><pre>\n\n x </pre><title>t</title>",
    "notebook": '<div class="jp-Notebook"><div class="jp-OutputArea-output">x</div></div>',
}


def with_prose(folder: Path, text: str) -> None:
    path = folder / f"{DAY}.ipynb"
    content = json.loads(path.read_text())
    cell = {"cell_type": "markdown", "id": "own", "metadata": {}, "source": text}
    content["cells"].insert(1, cell)
    path.write_text(json.dumps(content))


def pages(course: Course) -> dict[str, tuple[int, bytes]]:
    folder = course.root / "feedback"
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes()) for path in found}


def nbgraders_own(course: Course) -> None:
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    config = load_config(course)
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id = DAY
    with commands_on_path():
        GenerateFeedback(coursedir=coursedir, config=config, force=True).start()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own sessions
@pytest.mark.filterwarnings("ignore:Alternative text")
def test_the_same_pages_as_nbgraders_own(course, hand_in):
    for name, text in PROSE.items():
        with_prose(hand_in(name, RIGHT if len(name) % 2 else {"double": f"'{name}'"}), text)
    (hand_in("files", RIGHT) / "notes.txt").write_text("mine")
    assert autograde_day(course, DAY).failed == {}
    nbgraders_own(course)
    theirs = pages(course)
    assert len(theirs) > len(PROSE)
    shutil.rmtree(course.root / "feedback")
    assert feedback_day(course, DAY).failed == {}
    ours = pages(course)
    assert ours.keys() == theirs.keys()
    for place, page in theirs.items():
        assert ours[place] == page, place


FRAME = """<!DOCTYPE html>
<html><head><style>a > b {{}}</style></head>
<body>
<main><div><div>
{}
</div>
</div>
</main>
</body></html>
"""
CELL = '<div class="cell border-box-sizing text_cell rendered">\n  {}\n</div>\n'


@pytest.mark.parametrize("name", PROSE)
def test_a_page_that_is_cut_at_its_cells_is_the_same(name):
    page = FRAME.format(CELL.format("<p>before</p>") + CELL.format(PROSE[name]) + CELL.format("<img src=x> after"))
    assert tidied(page) == _whole(page)


def test_equal_pages_are_not_parsed_whole(monkeypatch):
    page = FRAME.format(CELL.format("<p>one</p>") * 3)
    expected = _whole(page)
    monkeypatch.setattr("proctorch.gradebook.pages._whole", None)
    assert tidied(page) == expected
