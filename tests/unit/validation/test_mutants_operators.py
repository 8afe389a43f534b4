"""Every operator makes the mistakes that docs/mutants.md promises, and the text around a change stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctorch.authoring.document import parse_document
from proctorch.validation.mutants import OPERATORS, Mutant, mutants_of, operator_name

ROOT = Path(__file__).parents[3]
SIGNATURE = 'def f(x: Float[Tensor, "n k"], y: Float[Tensor, "n k"], n: int) -> Float[Tensor, "n k"]:'

# operator, lines of a solution, and what must be among the changes: "before -> after".
EXAMPLES = [
    ("swapped-dim", "return x.sum(dim=1)", ["x.sum(dim=1) -> x.sum(dim=0)"]),
    ("swapped-dim", "return torch.softmax(x, 0)", ["torch.softmax(x, 0) -> torch.softmax(x, 1)"]),
    ("swapped-dim", "return x.argmax(-1)", ["x.argmax(-1) -> x.argmax(0)", "x.argmax(-1) -> x.argmax(-2)"]),
    ("swapped-dim", "return torch.cat([x, y], 1)", ["torch.cat([x, y], 1) -> torch.cat([x, y], 0)"]),
    ("swapped-dim", "return x.gather(1, n)", ["x.gather(1, n) -> x.gather(0, n)"]),
    ("swapped-dim", "return x.shape[0]", ["x.shape[0] -> x.shape[1]"]),
    (
        "swapped-dim",
        "return x.mean(dim=(0, 2))",
        ["x.mean(dim=(0, 2)) -> x.mean(dim=(1, 2))", "x.mean(dim=(0, 2)) -> x.mean(dim=(0,))"],
    ),
    ("swapped-transpose-dims", "return x.transpose(1, 2)", ["x.transpose(1, 2) -> x.transpose(0, 2)"]),
    ("swapped-transpose-dims", "return x.permute(0, 2, 1)", ["x.permute(0, 2, 1) -> x.permute(2, 0, 1)"]),
    ("dropped-keepdim", "return x.sum(1, keepdim=True)", ["x.sum(1, keepdim=True) -> x.sum(1, keepdim=False)"]),
    ("added-keepdim", "return x.amax(dim=1)", ["x.amax(dim=1) -> x.amax(dim=1, keepdim=True)"]),
    ("transposed-matrix", "return x @ y.T", ["x @ y.T -> x @ y", "x @ y.T -> y.T @ x", "x @ y.T -> x @ y.T.mT"]),
    ("transposed-matrix", "return torch.mm(x, y)", ["torch.mm(x, y) -> torch.mm(y, x)"]),
    ("transposed-matrix", "return x.mm(y)", ["x.mm(y) -> y.mm(x)"]),
    ("swapped-shape", "return x.reshape(n, 3)", ["x.reshape(n, 3) -> x.reshape(3, n)"]),
    ("swapped-shape", "return torch.zeros((n, 3))", ["torch.zeros((n, 3)) -> torch.zeros((3, n))"]),
    ("swapped-index", "return x[:, None]", ["x[:, None] -> x[None, :]"]),
    ("sum-for-mean", "return x.mean()", ["x.mean() -> x.sum()"]),
    ("sum-for-mean", "return torch.sum(x)", ["torch.sum(x) -> torch.mean(x)"]),
    ("opposite-extreme", "return x.amin(dim=1)", ["x.amin(dim=1) -> x.amax(dim=1)"]),
    ("opposite-extreme", "return max(n, 2)", ["max(n, 2) -> min(n, 2)"]),
    ("kindred-call", "return torch.zeros(n)", ["torch.zeros(n) -> torch.ones(n)"]),
    ("changed-reduction", "return F.mse_loss(x, y)", ["F.mse_loss(x, y) -> F.mse_loss(x, y, reduction='sum')"]),
    (
        "changed-reduction",
        'return F.mse_loss(x, y, reduction="mean")',
        ["F.mse_loss(x, y, reduction=\"mean\") -> F.mse_loss(x, y, reduction='sum')"],
    ),
    ("added-detach", "return x @ y", ["x @ y -> (x @ y).detach()"]),
    ("dropped-detach", "return x.detach() * y", ["x.detach() -> x"]),
    ("dropped-no-grad", "with torch.no_grad():\n    x += y", ["with torch.no_grad(): -> if True:"]),
    ("dropped-training-step", "optimizer.zero_grad()", ["optimizer.zero_grad() -> pass"]),
    ("dropped-training-step", "loss.backward()", ["loss.backward() -> pass"]),
    ("dropped-training-step", "model.eval()", ["model.eval() -> pass"]),
    ("dropped-training-step", "return x.requires_grad_()", ["x.requires_grad_() -> x"]),
    ("swapped-mode", "model.eval()", ["model.eval() -> model.train()"]),
    ("plain-assignment", "for z in x:\n    y += z", ["y += z -> y = z"]),
    ("rebound-name", "for z in x:\n    z -= y", ["z -= y -> z = z - y"]),
    (
        "flipped-flag",
        "return torch.ones(n, requires_grad=True)",
        ["torch.ones(n, requires_grad=True) -> torch.ones(n, requires_grad=False)"],
    ),
    ("flipped-flag", "return x.var(dim=0)", ["x.var(dim=0) -> x.var(dim=0, correction=0)"]),
    ("in-place", "return x.add(y)", ["x.add(y) -> x.add_(y)"]),
    ("in-place", "x.add_(y)", ["x.add_(y) -> x.add(y)"]),
    ("in-place", "return x + y", ["x + y -> x.add_(y)"]),
    ("dropped-call", "return x.clone()", ["x.clone() -> x"]),
    ("dropped-call", "return torch.exp(x)", ["torch.exp(x) -> x"]),
    ("dropped-seed", "return torch.randn(n, generator=g)", ["torch.randn(n, generator=g) -> torch.randn(n)"]),
    ("dropped-keyword", "return torch.ones(n, dtype=d)", ["torch.ones(n, dtype=d) -> torch.ones(n)"]),
    ("swapped-arguments", "return torch.where(n, x, y)", ["torch.where(n, x, y) -> torch.where(n, y, x)"]),
    ("swapped-arguments", "return x, y", ["return x, y -> return (y, x)"]),
    ("returned-argument", "return y / 2", ["y / 2 -> x"]),
    ("changed-dtype", "return x.to(torch.float32)", ["x.to(torch.float32) -> x.to(torch.float64)"]),
    ("changed-dtype", "return x.long()", ["x.long() -> x.int()"]),
    ("off-by-one", "return F.pad(x, padding=1)", ["F.pad(x, padding=1) -> F.pad(x, padding=2)"]),
    ("off-by-one", "return x[:n]", ["x[:n] -> x[:n - 1]", "x[:n] -> x[:n + 1]"]),
    ("off-by-one", "for i in range(n):\n    x[i] = y", ["range(n) -> range(n - 1)"]),
    ("flipped-sign", "return x + y", ["x + y -> x - y"]),
    ("flipped-sign", "return -x", ["return -x -> return x"]),
    ("swapped-product", "return x / n", ["x / n -> x * n"]),
    ("dropped-shift", "return torch.exp(x - x.amax())", ["x - x.amax() -> x"]),
    ("dropped-operand", "return n * (x + y)", ["n * (x + y) -> x + y", "x + y -> x", "x + y -> y"]),
    ("swapped-operands", "return x - y", ["x - y -> y - x"]),
    ("changed-float", "return x + 1e-5", ["x + 1e-5 -> x + 0.0"]),
    ("changed-float", "return 0.5 * x", ["0.5 * x -> 0.0 * x", "0.5 * x -> 1.0 * x"]),
    ("changed-comparison", "return x < y", ["x < y -> x <= y", "x < y -> x > y"]),
    ("changed-comparison", "return x == y", ["x == y -> x != y"]),
    ("changed-logic", "return n and x", ["n and x -> n or x"]),
    ("changed-logic", "return x[~y]", ["x[~y] -> x[y]"]),
    ("forced-condition", "if n == 1:\n    return x\nreturn y", ["n == 1 -> True", "n == 1 -> False"]),
    ("deleted-statement", "x[0] = 1.0", ["x[0] = 1.0 -> pass"]),
    ("deleted-statement", "x += y", ["x += y -> pass"]),
    ("changed-loop", "for i in range(n):\n    x[i] = y", ["range(n) -> range(1, n)"]),
    ("changed-loop", "for i in x:\n    break", ["break -> continue"]),
]


def mutants(folder: Path, body: str, signature: str = SIGNATURE) -> tuple[Mutant, ...]:
    """Return the mutants of a day with one exercise, whose solution is `body`."""
    lines = ["# %% [markdown]", "# # A day", "", '# %% exercise="answer" points=1', signature]
    lines += [f"    {line}" for line in ["### BEGIN SOLUTION", *body.split("\n"), "### END SOLUTION"]]
    path = folder / "day01_small.py"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return mutants_of(parse_document(path), most=None)


def changes(found: tuple[Mutant, ...], operator: str) -> set[str]:
    return {f"{mutant.before} -> {mutant.after}" for mutant in found if mutant.operator == operator}


@pytest.mark.parametrize(("operator", "body", "expected"), EXAMPLES)
def test_an_operator_makes_its_mistake(operator: str, body: str, expected: list[str], tmp_path: Path) -> None:
    assert set(expected) <= changes(mutants(tmp_path, body), operator)


def test_every_operator_has_an_example_here_and_a_row_in_the_docs() -> None:
    names = [operator_name(operator) for operator in OPERATORS]
    assert sorted({operator for operator, _, _ in EXAMPLES}) == sorted(names)
    rows = (ROOT / "docs" / "mutants.md").read_text(encoding="utf-8")
    assert [name for name in names if f"| `{name}` |" not in rows] == []


def test_the_rest_of_the_cell_stays_as_it_was_written(tmp_path: Path) -> None:
    body = "# größer\nä = [  x,y ]  # as it is\nreturn x.mean(\n    dim=1,  # the row\n)"
    original = mutants(tmp_path, body)
    swapped = next(mutant for mutant in original if mutant.operator == "swapped-dim")
    text = (tmp_path / "day01_small.py").read_text(encoding="utf-8").split("\n", 4)[4].rstrip("\n")
    assert swapped.source == text.replace("dim=1", "dim=0")
    assert swapped.line == text.split("\n").index("        dim=1,  # the row") + 5


def test_parentheses_are_put_where_an_expression_would_fall_apart(tmp_path: Path) -> None:
    found = mutants(tmp_path, "return n * torch.exp(x + y)")
    dropped = next(mutant for mutant in found if mutant.operator == "dropped-call")
    assert "return n * (x + y)" in dropped.source


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('raise ValueError(f"{n + 1} rows, not {n - 1}")', "raise"),
        ('z: Float[Tensor, "3 4"] = x\nreturn z', "annotation"),
        ('"""Add 1 to the rows."""\nreturn y.flatten', "docstring"),
        ('print(f"{n + 1}")', "formatted string"),
        ("assert_that(n)", "nothing to change but the call"),
    ],
)
def test_messages_annotations_and_docstrings_are_left_alone(body: str, kept: str, tmp_path: Path) -> None:
    operators = {mutant.operator for mutant in mutants(tmp_path, body)}
    assert operators <= {"returned-argument", "deleted-statement", "added-detach"}, kept


def test_a_loop_that_would_never_end_is_not_made(tmp_path: Path) -> None:
    body = "while n > 0:\n    n -= 1\nreturn x"
    found = mutants(tmp_path, body)
    assert {"n > 0 -> True", "n > 0 -> n < 0"}.isdisjoint(changes(found, "forced-condition"))
    assert changes(found, "flipped-sign") | changes(found, "deleted-statement") == set()
    assert changes(found, "changed-comparison") == {"n > 0 -> n >= 0"}


def test_detach_is_added_only_where_a_gradient_could_come_from(tmp_path: Path) -> None:
    labels = 'def f(x: Float[Tensor, "n k"]) -> Int64[Tensor, "n"]:'
    assert changes(mutants(tmp_path, "return g(x)", labels), "added-detach") == set()
    numbers = 'def f(n: int) -> Float32[Tensor, "n"]:'
    assert changes(mutants(tmp_path, "return g(n)", numbers), "added-detach") == set()
    several = 'def f(x: Float[Tensor, "n k"]) -> list[Float[Tensor, "k"]]:'
    assert changes(mutants(tmp_path, "return g(x)", several), "added-detach") == set()
    pair = 'def f(x: Float[Tensor, "n k"]) -> tuple[Float[Tensor, "k"], Int64[Tensor, "k"]]:'
    assert changes(mutants(tmp_path, "return g(x), h(x)", pair), "added-detach") == {"g(x) -> g(x).detach()"}
