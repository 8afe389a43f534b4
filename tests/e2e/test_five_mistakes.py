"""Five known mistakes in one submission: each is named in results, feedback, on the command line, in a notebook."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from proctorch.authoring.day import load_day
from proctorch.authoring.variants import Variant, read_variants
from proctorch.course import HINTS_FILE, Course
from proctorch.engines.local import LocalEngine
from proctorch.grading.feedback import exercise_html
from proctorch.grading.submission import submission_from_file

COURSE = Course(Path(__file__).resolve().parents[2])
DAY = "day02_tensors"


@pytest.fixture(scope="module")
def mistakes() -> list[Variant]:
    """The first misconception of five exercises that a public check catches."""
    known = json.loads((COURSE.release / DAY / HINTS_FILE).read_text())["exercises"]
    variants = read_variants(COURSE.graders / DAY / "misconceptions.py").variants
    titles = [(exercise, rows[0]["title"]) for exercise, rows in known.items() if rows][:5]
    return [next(v for v in variants if (v.exercise, v.title) == title) for title in titles]


@pytest.fixture(scope="module")
def answers(mistakes) -> dict[str, str]:
    """The solution's exercise cells, five of them with a mistake behind the right definitions."""
    day = load_day(COURSE, DAY)
    cells = submission_from_file(COURSE.solution(DAY), day, "five").cells
    wrong = {variant.exercise: variant.source for variant in mistakes}
    right = {cell.exercise: cell.source for cell in cells if cell.exercise}
    return {name: f"{source}\n\n{wrong.get(name, '')}" for name, source in right.items()}


@pytest.fixture(scope="module")
def folder(answers, tmp_path_factory) -> Path:
    """A student's folder: the released files with the answers in the notebook."""
    folder = tmp_path_factory.mktemp("five") / DAY
    shutil.copytree(COURSE.release / DAY, folder)
    preamble = read_variants(COURSE.graders / DAY / "misconceptions.py").preamble
    path = folder / f"{DAY}.ipynb"
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            cell.source = f"{preamble}\n\n{answers[name]}"
    nbformat.write(notebook, path)
    return folder


@pytest.mark.slow
def test_results_and_feedback_name_all_five(folder, mistakes) -> None:
    day = load_day(COURSE, DAY)
    submission = submission_from_file(folder / f"{DAY}.ipynb", day, "five")
    with LocalEngine(COURSE, day, workers=1) as engine:
        (report,) = engine.grade([submission])
    data = report.to_dict(instructor=False)
    named = {check["misconception"] for result in data["exercises"] for check in result["checks"]} - {None}
    assert named == {variant.title for variant in mistakes}
    pages = "".join(exercise_html(result) for result in report.exercises)
    for variant in mistakes:
        assert f"<strong>This looks like:</strong> {variant.title}".replace("'", "&#39;") in pages


@pytest.mark.slow
def test_the_command_line_names_all_five(folder, mistakes) -> None:
    command = [sys.executable, "-m", "proctorch", "check", "--json", "-"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    checks = [check for result in json.loads(done.stdout)["exercises"] for check in result["checks"]]
    assert {check["misconception"] for check in checks} - {None} == {variant.title for variant in mistakes}


@pytest.mark.slow
def test_a_notebook_names_all_five(folder, mistakes) -> None:
    from nbclient import NotebookClient

    notebook = nbformat.read(folder / f"{DAY}.ipynb", 4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    shown = "\n".join(
        output["data"]["text/html"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    )
    for variant in mistakes:
        assert variant.title.replace("'", "&#39;") in shown
