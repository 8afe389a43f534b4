"""The mutants of a day: inside the regions, each once, compiling, evenly chosen, with keys that last."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from proctorch.authoring.document import Document, parse_document
from proctorch.course import Course
from proctorch.errors import AuthoringError
from proctorch.validation.mutants import mutants_of

ROOT = Path(__file__).parents[3]
DAY = """\
# %% [markdown]
# # A day

# %%
week = [1, 2, 3]

# %% exercise="first" points=1
def first(x: Float[Tensor, "n k"], rows: int = 3) -> Float[Tensor, "k"]:
    ### BEGIN SOLUTION
    total = x.sum(dim=0)
    other = x.sum(dim=0)
    return total + other
    ### END SOLUTION


def given(x):
    return x.mean(dim=1)

# %% exercise="second" points=1
def second(x: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]:
    ### BEGIN SOLUTION
    return x * 2 + 1
    ### END SOLUTION
"""


def document(folder: Path, text: str = DAY) -> Document:
    path = folder / "day01_small.py"
    path.write_text(text, encoding="utf-8")
    return parse_document(path)


@pytest.fixture(scope="module")
def day02() -> Document:
    return parse_document(Course(ROOT).solution("day02_tensors"))


def test_only_code_inside_solution_regions_changes(tmp_path: Path) -> None:
    lines = DAY.split("\n")
    for mutant in mutants_of(document(tmp_path)):
        assert "    return x.mean(dim=1)" in mutant.source or mutant.exercise == "second"
        assert "rows: int = 3" in mutant.source or mutant.exercise == "second"
        assert lines[mutant.line - 1].strip().startswith(("total =", "other =", "return total", "return x *"))


def test_every_mutant_compiles_and_differs_from_the_solution_and_from_the_others(day02: Document) -> None:
    solutions = {cell.exercise: ast.dump(ast.parse(cell.text)) for cell in day02.exercises}
    found = mutants_of(day02, most=None)
    trees = [ast.dump(ast.parse(mutant.source)) for mutant in found]
    assert len(set(trees)) == len(trees) > 150
    for mutant, tree in zip(found, trees, strict=True):
        compile(mutant.source, "mutant", "exec", dont_inherit=True)
        assert tree != solutions[mutant.exercise]


def test_the_line_is_that_of_the_solution_file(day02: Document) -> None:
    lines = day02.path.read_text(encoding="utf-8").split("\n")
    for mutant in mutants_of(day02):
        assert any(word in lines[mutant.line - 1] for word in mutant.before.split()), mutant.key()


def test_keys_are_unique_and_count_what_looks_the_same(tmp_path: Path) -> None:
    keys = [mutant.key() for mutant in mutants_of(document(tmp_path))]
    assert len(set(keys)) == len(keys)
    assert "first: swapped-dim: x.sum(dim=0) -> x.sum(dim=1)" in keys
    assert "first: swapped-dim: x.sum(dim=0) -> x.sum(dim=1) (2)" in keys


def test_keys_survive_edits_elsewhere(tmp_path: Path) -> None:
    before = {mutant.key() for mutant in mutants_of(document(tmp_path)) if mutant.exercise == "second"}
    edited = DAY.replace("# # A day", "# # A day\n#\n# More words.").replace("total + other", "other - total")
    after = {mutant.key() for mutant in mutants_of(document(tmp_path, edited)) if mutant.exercise == "second"}
    assert before == after and before


def test_a_bound_chooses_evenly_and_always_the_same(day02: Document) -> None:
    bounded = mutants_of(day02, most=12)
    assert bounded == mutants_of(day02, most=12)
    per_exercise = Counter(mutant.exercise for mutant in bounded)
    assert max(per_exercise.values()) == 12
    everything = mutants_of(day02, most=None)
    assert set(bounded) < set(everything)
    for name in per_exercise:
        chosen = Counter(mutant.operator for mutant in bounded if mutant.exercise == name)
        known = {mutant.operator for mutant in everything if mutant.exercise == name}
        assert len(chosen) == min(len(known), per_exercise[name])


def test_a_region_that_is_not_closed_is_said(tmp_path: Path) -> None:
    text = DAY.replace("    return x * 2 + 1\n    ### END SOLUTION\n", "    return x * 2 + 1\n")
    with pytest.raises(AuthoringError, match="not closed"):
        mutants_of(document(tmp_path, text))
