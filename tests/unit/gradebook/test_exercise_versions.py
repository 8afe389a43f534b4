from __future__ import annotations

import pytest

from proctorch.errors import CourseError
from proctorch.gradebook.keys import ResultKeys
from proctorch.model import Cell, Submission

DAY = "day01_small"
WORK = Submission("ada", DAY, (Cell("code", "x", "cell 1", exercise="double"),), "notebook")
BOTH = {"double", "negate"}
GRADERS = f"graders/{DAY}"
MISTAKES = """
SHARED = 1

@misconception("double", "adds one", hint="What is 3 + 3?")
def double(x):
    return x + SHARED

@misconception("negate", "gives the size", hint="What is the size of 3?")
def negate(x):
    return abs(x)
"""


@pytest.fixture
def moved(course):
    """Return the exercises whose keys move when a file's text changes, or when it is written."""

    def change(file: str, old: str, new: str) -> set[str]:
        path = course.root / file
        before = ResultKeys.of(course, DAY).exercise_keys(WORK)
        text = path.read_text() if path.exists() else ""
        assert old in text
        path.write_text(text.replace(old, new) if old else new)
        after = ResultKeys.of(course, DAY).exercise_keys(WORK)
        return {name for name in after if before.get(name) != after[name]}

    return change


@pytest.mark.parametrize(
    ("file", "old", "new", "exercises"),
    [
        (f"{GRADERS}/hidden.py", "double(0), 0", "double(0), 1 - 1", {"double"}),
        (f"{GRADERS}/public.py", "negate(3), -3", "negate(3), 0 - 3", {"negate"}),
        (f"{GRADERS}/public.py", "from proctorch", "SHARED = 1\nfrom proctorch", BOTH),
        (f"{GRADERS}/table.csv", "", "1,2,3", BOTH),
        (f"{GRADERS}/alternatives.py", "", "# a style", set()),
        (f"solutions/{DAY}.py", "Return twice the number, as $2x$.", "Return two times the number.", set()),
        (f"solutions/{DAY}.py", "points=4", "points=5", {"double"}),
        (f"solutions/{DAY}.py", "## Negate", "## The other sign", {"negate"}),
        (f"solutions/{DAY}.py", "negate(x: float)", "negate(x: int)", {"negate"}),
        (f"solutions/{DAY}.py", "return -x", "return 0 - x", {"negate"}),
        (f"solutions/{DAY}.py", "import torch", "import torch\nimport math", BOTH),
    ],
)
def test_a_change_moves_the_keys_of_what_it_can_decide(moved, file, old, new, exercises):
    assert moved(file, old, new) == exercises


def test_a_misconception_counts_for_its_exercise(moved):
    file = f"{GRADERS}/misconceptions.py"
    assert moved(file, "", MISTAKES) == BOTH
    assert moved(file, "What is 3 + 3?", "What is 4 + 4?") == {"double"}
    assert moved(file, "abs(x)", "+abs(x)") == {"negate"}
    assert moved(file, "SHARED = 1", "SHARED = 2") == BOTH
    assert moved(file, "\n\n@", "\n\n\n\n@") == set()


def test_a_solution_that_another_one_uses_counts_for_both(moved):
    file = f"solutions/{DAY}.py"
    assert moved(file, "return -x", "return x - double(x)") == {"negate"}
    assert moved(file, "return 2 * x", "return x * 2") == BOTH


@pytest.mark.parametrize("marker", ['@depends("double")', "@depends(NAME)", "@proctorch.depends(*NAMES)"])
def test_checks_that_build_on_another_exercise(course, moved, marker):
    file = f"{GRADERS}/hidden.py"
    text = (course.root / file).read_text()
    (course.root / file).write_text(text.replace('@exercise("negate")', f'{marker}\n@exercise("negate")'))
    assert ResultKeys.of(course, DAY).exercises["negate"].builds_on == ("double",)
    assert moved(file, "double(0), 0", "double(0), 1 - 1") == BOTH
    assert moved(file, "negate(0), 0", "negate(0), 1 - 1") == {"negate"}


def test_a_grader_that_is_no_python_says_so(course):
    (course.graders / DAY / "hidden.py").write_text("def (")
    with pytest.raises(CourseError, match=r"hidden\.py"):
        ResultKeys.of(course, DAY)
