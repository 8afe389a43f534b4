from __future__ import annotations

import nbformat
from nbgrader.nbgraderformat import MetadataValidator

from proctorch.authoring.document import parse_document
from proctorch.authoring.notebook import notebook_text
from proctorch.course import Course

DAY = "day90_small"


def test_the_notebook_is_valid_for_nbformat_and_nbgrader(course: Course) -> None:
    notebook = nbformat.reads(notebook_text(parse_document(course.solution(DAY))), as_version=4)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_a_locked_grade_cell_stands_behind_each_exercise(course: Course) -> None:
    notebook = nbformat.reads(notebook_text(parse_document(course.solution(DAY))), as_version=4)
    ids = [
        "text-01",
        "code-01",
        "text-02",
        "softmax",
        "softmax-check",
        "code-02",
        "tiny_net",
        "tiny_net-check",
        "text-03",
    ]
    assert [cell.id for cell in notebook.cells] == ids
    cells = {cell.id: cell for cell in notebook.cells}
    flags = {"schema_version": 3, "task": False}
    answer = {"grade_id": "tiny_net", "grade": False, "solution": True, "locked": False}
    graded = {"grade_id": "tiny_net_check", "grade": True, "solution": False, "locked": True, "points": 2.5}
    assert cells["tiny_net"].metadata.nbgrader == answer | flags
    assert cells["tiny_net-check"].metadata.nbgrader == graded | flags
    assert cells["tiny_net-check"].source == 'from proctorch import check\n\ncheck("tiny_net")'
    assert cells["softmax-check"].metadata.nbgrader.points == 4
    assert "### BEGIN SOLUTION" in cells["softmax"].source
    assert "nbgrader" not in cells["code-01"].metadata
