"""Whatever a submission is, the rebuilt notebook is valid and keeps the release's structure."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.nbgraderformat import MetadataValidator

from proctorch.gradebook.rebuild import clear_answers, rebuild
from proctorch.model import Cell, DaySpec, ExerciseSpec, Problem, Submission, Verdict

STUB = "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
DAY = DaySpec("day", "Day", (ExerciseSpec("f", "F", Fraction(1), STUB, ("f",)),))


def released(answer: str = STUB) -> Any:
    graded = {"schema_version": 3, "grade_id": "f", "grade": False, "solution": True, "locked": False, "task": False}
    check = {**graded, "grade_id": "f_check", "grade": True, "solution": False, "locked": True, "points": 1}
    return new_notebook(
        cells=[
            new_markdown_cell("# Day", id="text-01"),
            new_code_cell("import torch", id="code-01"),
            new_code_cell(answer, id="f", metadata={"nbgrader": graded}),
            new_code_cell('check("f")', id="f-check", metadata={"nbgrader": check}),
        ]
    )


def submitted(*cells: Cell, **more: Any) -> Submission:
    return Submission("ada", "day", cells, "notebook", **more)


def sources(submission: Submission) -> list[str]:
    return [cell.source for cell in rebuild(released(), DAY, submission).cells]


def test_an_answer_and_own_cells() -> None:
    cells = [
        Cell("markdown", "before", ""),
        Cell("code", "import torch\nimport math", "", "code-01"),
        Cell("code", "mine = 1", "", "f-check"),
        Cell("code", "def f(x): return x", "", "f", exercise="f"),
        Cell("code", "4", "", "f-check", check_of="f"),
        Cell("markdown", "#  Day", ""),
        Cell("markdown", "after", ""),
    ]
    assert sources(submitted(*cells)) == [
        "before", "# Day".replace("# ", "#  "), "import torch\nimport math", "mine = 1", "def f(x): return x",
        'check("f")', "after",
    ]  # fmt: skip


def test_why_an_answer_is_not_there() -> None:
    missing = Problem(Verdict.MISSING, "It is missing.")
    assert sources(submitted(problems={"f": missing}))[2] == "# It is missing."
    assert sources(submitted(Cell("code", "def f(x): 1", "")))[3] == "# The answer to f stands in another cell."
    assert sources(submitted(problem=missing))[2] == STUB


def test_a_source_notebook_without_its_solutions() -> None:
    assert clear_answers(released("def f(x):\n    return 1"), DAY).cells[2].source == STUB


cells = st.builds(
    Cell,
    kind=st.sampled_from(["code", "markdown", "raw"]),
    source=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    label=st.just(""),
    cell_id=st.sampled_from(["", "f", "f-check", "text-01", "code-01", "own-1"]) | st.text(max_size=5),
    exercise=st.sampled_from([None, None, "f"]),
    check_of=st.sampled_from([None, None, "f", "unknown", ""]),
)


@given(st.lists(cells, max_size=8))
@settings(max_examples=150, deadline=None)
def test_always_a_valid_notebook(found: list[Cell]) -> None:
    notebook = rebuild(released(), DAY, submitted(*found))
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert [cell.id for cell in notebook.cells if not cell.id.startswith("own-")] == [
        "text-01",
        "code-01",
        "f",
        "f-check",
    ]
    assert [cell.source for cell in notebook.cells if cell.id == "f-check"] == ['check("f")']
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
