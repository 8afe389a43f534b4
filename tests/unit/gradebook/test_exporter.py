"""nbgrader's own Autograde over a class of damaged submissions: everyone gets a row, nobody stops the batch."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from traitlets.config import Config

from proctorch.course import Course
from proctorch.gradebook.exporter import ProctorchExporter
from proctorch.gradebook.intake import prepare

DAY = "day01_small"


def settings(course: Course) -> Config:
    """nbgrader with our exporter, and with nothing in the place of Execute."""
    c = Config()
    c.CourseDirectory.root = str(course.root)
    c.CourseDirectory.db_url = f"sqlite:///{course.root / 'gradebook.db'}"
    c.Autograde.exporter_class = ProctorchExporter
    c.Autograde.exclude_overwriting = {DAY: [f"{DAY}.py"]}
    c.Autograde.autograde_preprocessors = [
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    return c


@pytest.fixture
def autograde(course: Course) -> Callable[..., None]:
    """Run nbgrader's converter, as `nbgrader autograde` and the formgrader do."""

    def run(student: str = "*", notebook: str = "*") -> None:
        config = settings(course)
        coursedir = CourseDirectory(config=config, assignment_id=DAY, student_id=student, notebook_id=notebook)
        Autograde(coursedir=coursedir, config=config, log=logging.Logger("quiet")).start()

    return run


@pytest.fixture
def graded(course: Course) -> Callable[[str], dict[str, str]]:
    """The sources of a student's autograded notebook by nbgrader's names, after what must hold of it was checked."""

    def read(student: str) -> dict[str, str]:
        notebook = nbformat.read(course.root / "autograded" / student / DAY / f"{DAY}.ipynb", as_version=4)
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        ids = [cell.id for cell in notebook.cells]
        assert len(ids) == len(set(ids))
        assert all(not cell.get("outputs") for cell in notebook.cells)
        named = {c.metadata.nbgrader.grade_id: c.source for c in notebook.cells if "nbgrader" in c.metadata}
        assert set(named) == {"double", "double_check", "negate", "negate_check"}
        assert 'check("double")' in named["double_check"]
        with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
            grades = gradebook.find_submission(DAY, student).notebooks[0].grades
            assert sorted((grade.name, grade.max_score) for grade in grades) == [
                ("double_check", 4.0),
                ("negate_check", 3.0),
            ]
        return named

    return read


def cells_of(folder: Path) -> tuple[Path, dict[str, Any]]:
    path = folder / f"{DAY}.ipynb"
    return path, json.loads(path.read_text())


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path, content = cells_of(folder)
    change(content)
    path.write_text(json.dumps(content))


def duplicate(content: dict[str, Any]) -> None:
    content["cells"] += content["cells"]


def strip(content: dict[str, Any]) -> None:
    content["nbformat_minor"] = 4
    for cell in content["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {}


def corrupt(content: dict[str, Any]) -> None:
    for cell in content["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"].update(schema_version=99, grade="perhaps", points=-3, locked="no")


def extra(content: dict[str, Any]) -> None:
    odd = {
        "cell_type": "code",
        "source": "z = '\ud800'\n!ls",
        "metadata": {"nbgrader": {"grade_id": "mine"}},
        "id": "a b",
    }
    content["cells"].insert(
        0, {"cell_type": "markdown", "source": "# Mine", "metadata": {"nbgrader": 3}, "id": "own-1"}
    )
    content["cells"] += [odd, {"cell_type": "raw", "source": "raw", "metadata": []}, 7, {"cell_type": "code"}]
    content["metadata"] = {"kernelspec": 4}


RIGHT = {"double": "x + x"}


def test_a_class_of_hostile_submissions(
    course: Course,
    hand_in: Callable[..., Path],
    autograde: Callable[..., None],
    graded: Callable[[str], dict[str, str]],
) -> None:
    stub = json.loads((course.release / DAY / f"{DAY}.ipynb").read_text())
    released = {c["metadata"].get("nbgrader", {}).get("grade_id"): "".join(c["source"]) for c in stub["cells"]}
    answer = "def double(x):\n    return x + x\n"
    answered, untouched, explained = [], [], []
    for name, change in {
        "whole": lambda content: None, "doubled": duplicate, "stripped": strip, "corrupt": corrupt, "more": extra,
        "with space": duplicate, "\u00fcn\u00ef\u2713 \u0645": strip, "a[b]*c": duplicate, "dots..": extra,
        "q'\"%s{x}": strip,
    }.items():  # fmt: skip
        edit(hand_in(name, RIGHT), change)
        answered.append(name)
    for name, raw in {"notjson": b"\x80no", "empty": b"", "list": b"[]", "deep": b'{"cells":' + b"[" * 9999}.items():
        hand_in(name, raw=raw)
        untouched.append(name)
    edit(hand_in("removed", RIGHT), lambda content: content.update(cells=content["cells"][:1]))
    explained.append("removed")

    def without_notebook(name: str, answers: bool) -> Path:
        folder = hand_in(name)
        (folder / f"{DAY}.ipynb").unlink()
        if answers:
            path = folder / f"{DAY}.py"
            path.write_text(path.read_text().replace("raise NotImplementedError()", "return x + x", 1))
        return folder

    without_notebook("script", True)
    without_notebook("nothing", False)
    (without_notebook("folder", False) / f"{DAY}.ipynb").mkdir()
    (without_notebook("folder and script", True) / f"{DAY}.ipynb").mkdir()
    (course.root / "secret").write_text("the solution")
    (without_notebook("link", False) / f"{DAY}.ipynb").symlink_to(course.root / "secret")
    (without_notebook("dangling", False) / f"{DAY}.ipynb").symlink_to("/nowhere")
    (without_notebook("loop", False) / f"{DAY}.ipynb").symlink_to(f"{DAY}.ipynb")
    os.mkfifo(without_notebook("pipe", False) / f"{DAY}.ipynb")
    shutil.rmtree(course.submitted / "bare", ignore_errors=True)
    (course.submitted / "bare" / DAY).mkdir(parents=True)
    hand_in("renamed", RIGHT).joinpath(f"{DAY}.ipynb").rename(course.submitted / "renamed" / DAY / f"{DAY} (1).ipynb")
    untouched += ["nothing", "folder", "link", "dangling", "loop", "pipe", "bare"]
    answered.append("renamed")

    autograde()

    for name in answered:
        assert graded(name)["double"] == answer, name
        assert graded(name)["negate"] == released["negate"], name
    for name in untouched:
        assert graded(name)["double"] == released["double"], name
    for name in explained:
        assert "not in day01_small.ipynb" in graded(name)["double"], name
    for name in ("script", "folder and script"):
        assert "return x + x" in graded(name)["double"], name
    assert not any("the solution" in path.read_text() for path in course.root.glob("autograded/link/**/*.*"))


def test_a_second_run_grades_again(
    course: Course,
    hand_in: Callable[..., Path],
    autograde: Callable[..., None],
    graded: Callable[[str], dict[str, str]],
) -> None:
    folder = hand_in("ada", RIGHT)
    autograde()
    (folder / f"{DAY}.ipynb").write_bytes(b"no longer a notebook")
    (folder / "timestamp.txt").write_text("2026-11-21 10:00:00 UTC")
    autograde()
    assert "raise NotImplementedError()" in graded("ada")["double"]


def test_files_that_cannot_be_copied(
    course: Course,
    hand_in: Callable[..., Path],
    autograde: Callable[..., None],
    graded: Callable[[str], dict[str, str]],
) -> None:
    folder = hand_in("ada", RIGHT)
    (folder / "notes.txt").write_text("kept")
    (folder / "dangling").symlink_to("/nowhere")
    (folder / "secret").symlink_to(course.root / "gradebook.db")
    os.mkfifo(folder / "pipe")
    (folder / "checks.py").unlink(missing_ok=True)
    (folder / "checks.py").mkdir()
    (folder / "checks.py" / "x").write_text("in the way")
    autograde()
    assert "x + x" in graded("ada")["double"]
    there = {path.name for path in (course.root / "autograded" / "ada" / DAY).iterdir()}
    assert "notes.txt" in there and not there & {"dangling", "secret", "pipe"}


@pytest.mark.parametrize("text", ["soon", "99999-99-99", "\udcff", "1" * 5000, "10" * 60])
def test_a_timestamp_that_is_none(
    course: Course,
    hand_in: Callable[..., Path],
    autograde: Callable[..., None],
    graded: Callable[[str], dict[str, str]],
    text: str,
) -> None:
    folder = hand_in("ada", RIGHT)
    (folder / "timestamp.txt").write_bytes(text.encode("utf-8", "surrogateescape"))
    autograde()
    assert "x + x" in graded("ada")["double"]


def test_one_student_without_a_notebook_after_prepare(
    course: Course,
    hand_in: Callable[..., Path],
    autograde: Callable[..., None],
    graded: Callable[[str], dict[str, str]],
) -> None:
    (hand_in("ada") / f"{DAY}.ipynb").unlink()
    (sentence,) = prepare(course, DAY)
    assert "a placeholder was laid" in sentence
    assert prepare(course, DAY) == ()
    autograde("ada")
    assert "raise NotImplementedError()" in graded("ada")["double"]


def test_the_source_stands_in_for_a_lost_release(
    course: Course,
    hand_in: Callable[..., Path],
    autograde: Callable[..., None],
    graded: Callable[[str], dict[str, str]],
) -> None:
    hand_in("ada", RIGHT)
    shutil.rmtree(course.release)
    autograde()
    named = graded("ada")
    assert "x + x" in named["double"] and "raise NotImplementedError()" in named["negate"]
    assert "return -x" not in (course.root / "autograded" / "ada" / DAY / f"{DAY}.ipynb").read_text()


def test_a_lost_course_is_no_verdict(
    course: Course, hand_in: Callable[..., Path], autograde: Callable[..., None]
) -> None:
    hand_in("ada", RIGHT)
    (course.release / DAY / f"{DAY}.ipynb").write_text("{")
    with pytest.raises(NbGraderException):
        autograde()
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        assert [grade.auto_score for grade in gradebook.find_submission(DAY, "ada").notebooks[0].grades] == [None, None]


def test_own_cells_keep_their_order(
    course: Course, hand_in: Callable[..., Path], autograde: Callable[..., None]
) -> None:
    def change(content: dict[str, Any]) -> None:
        own = [
            {"cell_type": "code", "source": f"own = {n}", "metadata": {}, "outputs": [], "execution_count": 1}
            for n in range(4)
        ]
        first, second, *rest = content["cells"]
        content["cells"] = [own[0], first, own[1], second, *rest, own[2], own[3]]

    edit(hand_in("ada", RIGHT), change)
    autograde()
    _, content = cells_of(course.root / "autograded" / "ada" / DAY)
    sources = ["".join(cell["source"]) for cell in content["cells"]]
    assert [source for source in sources if source.startswith("own")] == [f"own = {n}" for n in range(4)]
    assert sources[0] == "own = 0" and sources[-1] == "own = 3"
    release = [cell["id"] for cell in cells_of(course.release / DAY)[1]["cells"]]
    assert [cell["id"] for cell in content["cells"] if cell["id"] in release] == release


def test_another_notebook_of_the_folder_is_not_ours(course: Course, hand_in: Callable[..., Path]) -> None:
    """Outside of a day, the exporter is nbgrader's own."""
    folder = hand_in("ada", RIGHT)
    exporter = ProctorchExporter(config=settings(course))
    output, _ = exporter.from_filename(str(folder / f"{DAY}.ipynb"))
    assert "return x + x" in str(output)
