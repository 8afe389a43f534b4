from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proctorch.authoring.lint import lint_course, lint_day, require_sound
from proctorch.course import Course
from proctorch.errors import AuthoringError, CourseError

Edit = Callable[[str, str, str], Path]
DAY = "day90_small"
FIRST_END = "    ### END SOLUTION\n\n\n# %%"


def only(course: Course) -> AuthoringError:
    """The one finding, whose line exists in its file."""
    (found,) = lint_day(course, DAY)
    assert 1 <= found.line <= len(found.path.read_text(encoding="utf-8").split("\n"))
    assert str(found) == f"{found.path}:{found.line}: {found.problem}\n  To mend it: {found.cure}"
    return found


def line_of(path: Path, text: str, nth: int = 0) -> int:
    return [number for number, line in enumerate(path.read_text().split("\n"), 1) if text in line][nth]


def test_a_sound_day_has_no_findings(course: Course) -> None:
    assert lint_day(course, DAY) == ()
    assert lint_course(course) == ()


@pytest.mark.parametrize(
    ("which", "old", "new", "at", "says"),
    [
        ("solution", FIRST_END, "\n# %%", "### BEGIN SOLUTION", "not closed"),
        ("solution", 'classes"]:\n', 'classes"]:\n    ### END SOLUTION\n', "### END SOLUTION", "without a BEGIN"),
        ("solution", "# Two things", "# ### BEGIN SOLUTION", "### BEGIN SOLUTION", "outside an exercise cell"),
        ("solution", "# Two things", "Two = 1 #", "Two = 1", "code in a prose cell"),
        ("solution", "# Two things", "# AUTOTEST x", "AUTOTEST", "nbgrader would take"),
        ("solution", "class Net(", "class softmax(", "class softmax", "softmax is defined by exercise 'softmax' too"),
        ("public", '"""The net gives one number a row."""', "pass", "test_shape", "has no docstring"),
        ("hidden", "test_large", "test_rows", "test_rows", "another check test_rows"),
        ("hidden", "test_small", "test_large", "proctorch.weight(0.5)", "another check test_large"),
        ("public", "import torch\n", "import torch\nimport hidden\n", "import hidden", "imports hidden"),
        ("public", "import torch\n", "import torch\nimport solutions.day as s\n", "import sol", "imports solutions"),
        (
            "public",
            "import torch\n",
            "import torch\nfrom . import misconceptions\n",
            "from . ",
            "imports misconceptions",
        ),
        ("public", "import torch\n", "import torch\nfrom .hidden import x\n", "from .h", "imports hidden"),
        ("public", "import torch\n", "import torch\nfrom graders.day import a\n", "from gra", "imports graders"),
        ("public", "import torch\n", "import torch\nfrom .tools import x\n", "from .t", "relative import"),
        (
            "public",
            "    @weight(2)\n",
            '    x = importlib.import_module("graders.a.hidden")\n    @weight(2)\n',
            "import_module",
            "imports graders",
        ),
    ],
)
def test_a_mistake_is_found_where_it_is(
    course: Course, edit: Edit, which: str, old: str, new: str, at: str, says: str
) -> None:
    path = edit(which, old, new)
    found = only(course)
    assert says in found.problem
    assert found.path == path
    assert found.line - line_of(path, at) in (0, 1)  # a decorated check is named at its `def`


def test_imports_of_the_engine_and_of_packages_are_allowed(course: Course, edit: Edit) -> None:
    edit("public", "import torch\n", "import torch\nfrom proctorch.lab import digits\nfrom other import hidden\n")
    assert lint_day(course, DAY) == ()


def test_two_exercises_of_one_name_are_found(course: Course, edit: Edit) -> None:
    path = edit("solution", 'exercise="tiny_net"', 'exercise="softmax"')
    edit("public", '"tiny_net"', '"softmax"')
    found = only(course)
    assert found.line == line_of(path, "exercise=", 1)
    assert f"line {line_of(path, 'exercise=')}" in found.problem


def test_an_exercise_may_not_be_called_like_a_grade_cell(course: Course, edit: Edit) -> None:
    edit("solution", 'exercise="tiny_net"', 'exercise="softmax_check"')
    edit("public", '"tiny_net"', '"softmax_check"')
    assert "grade cell" in only(course).problem


def test_exercises_without_checks_and_checks_without_exercise_are_found(course: Course, edit: Edit) -> None:
    path = edit("public", '"tiny_net"', '"tinynet"')
    without, orphan = lint_day(course, DAY)
    assert "'tiny_net' has no checks" in without.problem and str(path) in without.cure
    assert (orphan.path, "softmax, tiny_net" in orphan.cure) == (path, True)


def test_an_exercise_with_hidden_checks_alone_is_found(course: Course, edit: Edit) -> None:
    edit("public", '"softmax"', '"tiny_net"')
    assert "no public check" in only(course).problem


def test_a_day_without_grader_files_is_found(course: Course) -> None:
    for path in (course.graders / DAY).iterdir():
        path.unlink()
    assert ["has no checks" in found.problem for found in lint_day(course, DAY)] == [True, True]


def test_an_exercise_needs_a_region_and_a_name(course: Course, edit: Edit) -> None:
    path = course.solution(DAY)
    text = path.read_text()
    path.write_text(text.replace("    ### BEGIN SOLUTION\n    weights", "    weights").replace(FIRST_END, "\n# %%"))
    assert "no solution region" in only(course).problem
    path.write_text(
        text.replace("points=4\n", "points=4\n### BEGIN SOLUTION\n").replace("    ### BEGIN SOLUTION\n    w", "    w")
    )
    assert "defines no name" in only(course).problem


def test_a_stub_that_does_not_parse_is_found_at_the_authored_line(course: Course, edit: Edit) -> None:
    old = "    ### BEGIN SOLUTION\n    weights ="
    path = edit("solution", old, "    if True:\n    ### BEGIN SOLUTION\n        pass\n    weights =")
    found = only(course)
    assert "does not parse" in found.problem
    assert found.line == line_of(path, "### BEGIN SOLUTION")


def test_a_day_without_exercises_is_found(course: Course) -> None:
    course.solution(DAY).write_text("# %% [markdown]\n# # T\n")
    assert "no exercises" in lint_day(course, DAY)[0].problem


def test_a_file_that_does_not_parse_does_not_hide_what_is_wrong_elsewhere(course: Course, edit: Edit) -> None:
    edit("solution", "import torch", "import")
    edit("public", '"""The net gives one number a row."""', "pass")
    assert {found.path.name for found in lint_day(course, DAY)} == {f"{DAY}.py", "public.py"}


def test_misnamed_days_and_graders_without_a_day_are_found(course: Course) -> None:
    (course.solutions / "07-days.py").write_text("")
    (course.graders / "day91").mkdir()
    (course.graders / "day91" / "public.py").write_text("")
    misnamed, orphan = lint_course(course)
    assert "cannot be the name of a day" in misnamed.problem
    assert "belong to no day" in orphan.problem


def test_several_findings_are_told_together(course: Course, edit: Edit) -> None:
    require_sound(())
    edit("public", '"tiny_net"', '"tinynet"')
    findings = lint_day(course, DAY)
    with pytest.raises(AuthoringError):
        require_sound(findings[:1])
    with pytest.raises(CourseError, match="2 mistakes") as caught:
        require_sound(findings)
    assert all(str(found) in str(caught.value) for found in findings)
