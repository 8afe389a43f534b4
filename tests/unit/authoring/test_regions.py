from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctorch.authoring.regions import clear_solutions, find_regions, stub_lines
from proctorch.errors import AuthoringError

FILE = Path("solutions/day.py")


def nbgrader_clears(text: str) -> str:
    from nbformat.v4 import new_code_cell
    from nbgrader.preprocessors import ClearSolutions

    cell = new_code_cell(text)
    cell.metadata["nbgrader"] = {"solution": True}
    cleared, _ = ClearSolutions().preprocess_cell(cell, {"language": "python"}, 0)
    return str(cleared.source)


plain = st.text(st.characters(exclude_characters="\n\r", codec="utf-8"), max_size=12).filter(
    lambda s: "SOLUTION" not in s
)
indent = st.sampled_from(["", "    ", "\t", "  "])
region = st.builds(
    lambda space, body, tail: [f"{space}### BEGIN SOLUTION{tail}", *body, f"{space}### END SOLUTION"],
    indent,
    st.lists(plain, max_size=3),
    st.sampled_from(["", " ###", " of it"]),
)


@given(st.lists(plain, max_size=3), region, st.lists(st.one_of(plain.map(lambda line: [line]), region), max_size=4))
def test_clearing_gives_what_nbgrader_gives(before: list[str], first: list[str], blocks: list[list[str]]) -> None:
    text = "\n".join([*before, *first, *(line for block in blocks for line in block)])
    assert clear_solutions(text, FILE, 1) == nbgrader_clears(text)


def test_text_without_a_region_stays() -> None:
    assert clear_solutions("a\n\nb", FILE, 1) == "a\n\nb"


def test_every_stub_line_knows_its_authored_line() -> None:
    lines = ["def f():", "    ### BEGIN SOLUTION", "    x", "    ### END SOLUTION", "    # after"]
    assert [index for index, _ in stub_lines(lines, FILE, 1)] == [0, 1, 1, 4]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a\n### BEGIN SOLUTION\nb", 11, "not closed"),
        ("a\nb\n### END SOLUTION", 12, "without a BEGIN"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", 11, "line 10"),
        ("### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION", 12, "without a BEGIN"),
    ],
)
def test_a_broken_region_is_named_with_file_line_and_cure(text: str, line: int, problem: str) -> None:
    with pytest.raises(AuthoringError, match=problem) as caught:
        find_regions(text.split("\n"), FILE, 10)
    assert str(caught.value).startswith(f"{FILE}:{line}: ")
    assert "To mend it: " in str(caught.value)
