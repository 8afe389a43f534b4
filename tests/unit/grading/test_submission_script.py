"""How a `.py` file is cut into cells."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctorch.grading.recognition import Reading
from proctorch.grading.script_reader import read_script_bytes
from proctorch.model import DaySpec, ExerciseSpec, Verdict

STUB_A = "def a(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
STUB_B = "class B:\n    def go(self):\n        # YOUR CODE HERE\n        raise NotImplementedError()"
A = "@decorated\ndef a(x):\n    return x + 1"
B = "class B:\n    def go(self):\n        return 1"
DAY = DaySpec(
    "day01",
    "One",
    (
        ExerciseSpec("first", "First", Fraction(1), STUB_A, ("a",)),
        ExerciseSpec("second", "Second", Fraction(1), STUB_B, ("B",)),
    ),
)


def read(text: str) -> Reading:
    return read_script_bytes(text.encode(), DAY, "day01.py")


def answers(reading: Reading) -> dict[str, str]:
    return {cell.exercise: cell.source for cell in reading.cells if cell.exercise}


def test_by_headers() -> None:
    reading = read(
        f'# gen\n# %% [markdown]\n# # T\n#\n# text\n# %%\nimport os\n# %% exercise="first" points=1\n{A}\n\n'
        f"# %% exercise='second'\n{B}\n# %%\nprint(1)\n"
    )
    assert answers(reading) == {"first": A, "second": B}
    assert [cell.kind for cell in reading.cells] == ["markdown", "code", "code", "code", "code"]
    assert reading.cells[0].source == "# T\n\ntext"
    assert reading.cells[2].label == "the cell at line 9 (first)"


@pytest.mark.parametrize("header", ["#%%", "# %%", "# %% a title", "# In[3]:", "# In[ ]:"])
def test_renamed_headers(header: str) -> None:
    reading = read(f"{header}\nimport os\n{header}\n{A}\n{header}\n{B}\n")
    assert answers(reading) == {"first": A, "second": B}


def test_no_headers_at_all() -> None:
    reading = read(f"import os\n\n# about a\n{A}\n\n\nHELP = 3\n{B}\n\nif True:\n    a(1)\n")
    found = {name: text.strip() for name, text in answers(reading).items()}
    assert found == {"first": "# about a\n" + A, "second": B}
    assert [cell.source.strip() for cell in reading.cells if not cell.exercise] == [
        "import os",
        "HELP = 3",
        "if True:\n    a(1)",
    ]


def test_no_headers_and_a_syntax_error_spoils_one_cell() -> None:
    reading = read("def a(x):\n    return (x\n\n" + B + "\n")
    assert set(answers(reading)) == {"first", "second"}
    assert answers(reading)["second"] == B


def test_one_header_deleted() -> None:
    reading = read(f'# %% exercise="first"\n{A}\n\n{B}\n\nprint(1)\n')
    assert {name: text.strip() for name, text in answers(reading).items()} == {"first": A, "second": B}


def test_an_untouched_file_has_no_answers() -> None:
    reading = read(f'# %% exercise="first"\n{STUB_A}\n# %% exercise="second"\n{STUB_B}\n')
    assert reading.answers == {} and set(answers(reading)) == {"first", "second"}


def test_a_header_inside_a_string_is_text() -> None:
    inside = 'def a(x):\n    """Doc.\n\n# %% exercise="second"\n    """\n    return 1'
    assert answers(read(f'# %% exercise="first"\n{inside}\n# %% exercise="second"\n{B}\n')) == {
        "first": inside,
        "second": B,
    }


def test_an_open_string_spoils_one_cell() -> None:
    broken = 'def a(x):\n    """Doc\n    return 1'
    reading = read(f'# %% exercise="first"\n{broken}\n# %% exercise="second"\n{B}\n')
    assert answers(reading) == {"first": broken, "second": B}


def test_an_open_bracket_spoils_one_cell() -> None:
    reading = read(f'# %% exercise="first"\ndef a(x):\n    return (((x\n# %% exercise="second"\n{B}\n')
    assert answers(reading)["second"] == B


def test_a_deleted_exercise_is_missing() -> None:
    reading = read(f"# %%\n{B}\n")
    assert reading.problems["first"].verdict is Verdict.MISSING and "second" not in reading.problems


def test_too_long() -> None:
    reading = read("x = 1\n" * 400_000)
    assert reading.problem is not None and reading.problem.verdict is Verdict.UNREADABLE


def test_no_syntax_tree_is_made_of_a_very_long_file() -> None:
    text = '"""\n# %%\n"""\n' + "a;" * 150_000
    tracemalloc.start()
    try:
        read_script_bytes(text.encode(), DAY, "n.py")
        assert tracemalloc.get_traced_memory()[1] < 20 * len(text)
    finally:
        tracemalloc.stop()


def test_lines_and_labels_agree() -> None:
    text = f'# %% exercise="first"\n\n\n{A}\n'
    (cell,) = [cell for cell in read(text).cells if cell.exercise]
    assert cell.label == "the cell at line 4 (first)" and text.split("\n")[3] == cell.source.split("\n")[0]


pieces = st.sampled_from(
    [
        A,
        B,
        STUB_A,
        "# %%",
        '# %% exercise="first"',
        "# %% [markdown]",
        '"""',
        "'''",
        "(",
        ")",
        "\\",
        "# c",
        "!ls \\",
        "a = 1",
        "    x",
        "",
        "@d",
        "%%bash",
        "a = !ls",
        "f'{",
        "\x00",
        "\ufeff",
    ]
)


@given(st.lists(pieces, max_size=15).map("\n".join))
@settings(max_examples=400, deadline=None)
def test_any_mixture_is_read(text: str) -> None:
    reading = read(text)
    found = [cell.exercise for cell in reading.cells if cell.exercise]
    assert len(found) == len(set(found))
    assert reading.problem is None
