"""Mutants of a day's solution: small mistakes, as students make them, that the day's checks must catch.

Each operator in OPERATORS makes one kind of mistake; docs/mutants.md shows an example of each. Only code inside
solution regions is changed, on the syntax tree, and the change is put into the text, so that the rest of the cell stays
as it was written. Annotations, docstrings and what an exception says are left alone.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from proctorch.authoring.document import AuthoredCell, Document, parse_python
from proctorch.authoring.regions import Region, find_regions
from proctorch.validation import operators_autograd as autograd
from proctorch.validation import operators_axes as axes
from proctorch.validation import operators_calls as calls
from proctorch.validation import operators_logic as logic
from proctorch.validation import operators_numbers as numbers
from proctorch.validation.operators import Code, Edit, Operator

MOST_PER_EXERCISE = 60

# Where two operators make the same mutant, the first one names it.
OPERATORS: tuple[Operator, ...] = (
    axes.swapped_dim,
    axes.swapped_transpose_dims,
    axes.dropped_keepdim,
    axes.added_keepdim,
    axes.transposed_matrix,
    axes.swapped_shape,
    axes.swapped_index,
    calls.sum_for_mean,
    calls.opposite_extreme,
    calls.kindred_call,
    calls.changed_reduction,
    autograd.added_detach,
    autograd.dropped_detach,
    autograd.dropped_no_grad,
    autograd.dropped_training_step,
    autograd.swapped_mode,
    autograd.plain_assignment,
    autograd.rebound_name,
    autograd.flipped_flag,
    calls.in_place,
    calls.dropped_call,
    calls.dropped_seed,
    calls.dropped_keyword,
    calls.swapped_arguments,
    numbers.changed_dtype,
    numbers.off_by_one,
    numbers.flipped_sign,
    numbers.swapped_product,
    numbers.dropped_shift,
    numbers.dropped_operand,
    numbers.swapped_operands,
    numbers.changed_float,
    logic.changed_comparison,
    logic.changed_logic,
    logic.forced_condition,
    logic.deleted_statement,
    logic.changed_loop,
    calls.returned_argument,
)


@dataclass(frozen=True)
class Mutant:
    """One small mistake in the solution of one exercise.

    `line` is the line in solutions/DAY.py, `before` and `after` are the changed expression or line with its white space
    collapsed, `source` is the whole cell of the exercise, mutated. `occurrence` counts, from 1, the places of the
    exercise at which the same operator makes the same change.
    """

    exercise: str
    operator: str
    line: int
    before: str
    after: str
    source: str
    occurrence: int = 1

    def key(self) -> str:
        """Return what names the mutant whatever is edited elsewhere: `softmax: swapped-dim: x.sum(0) -> x.sum(1)`."""
        key = f"{self.exercise}: {self.operator}: {self.before} -> {self.after}"
        return key if self.occurrence == 1 else f"{key} ({self.occurrence})"


def operator_name(operator: Operator) -> str:
    """Return how reports and docs/mutants.md call an operator."""
    return operator.__name__.replace("_", "-")


def mutants_of(document: Document, *, most: int | None = MOST_PER_EXERCISE) -> tuple[Mutant, ...]:
    """Return the mutants of a day, exercise by exercise, in the order of their lines.

    Of an exercise with more than `most` of them some are chosen, the same ones every time, evenly over operators and
    lines; None keeps all. Raises AuthoringError for a region that is not closed and a cell that is not Python.
    """
    chosen: list[Mutant] = []
    for cell in document.exercises:
        chosen += _spread(_mutants_of_cell(cell, document), most)
    return tuple(chosen)


def _mutants_of_cell(cell: AuthoredCell, document: Document) -> list[Mutant]:
    """Return every mutant of one exercise once: two texts with the same syntax tree are one mutant."""
    regions = find_regions(cell.text.split("\n"), document.path, cell.line)
    parse_python(cell.text, document.path, cell.line)
    code = Code(cell.text)
    nodes = [node for node in _mutable(code.tree) if _inside(node, regions)]
    found: dict[str, Mutant] = {}
    original = ast.dump(code.tree)
    for operator in OPERATORS:
        for node in nodes:
            for edit in operator(node, code):
                source = _applied(edit, code)
                tree = None if source is None else _compiled(source)
                if source is not None and tree is not None and tree != original:
                    found.setdefault(tree, _mutant(edit, code, cell, operator_name(operator), source))
    return _counted(sorted(found.values(), key=lambda mutant: mutant.line))


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that may be changed, from the outside in: not annotations, exceptions and formatted strings."""
    yield node
    for name, value in ast.iter_fields(node):
        kept = name in ("annotation", "returns") or (isinstance(node, ast.Assert) and name == "msg")
        for child in () if kept else value if isinstance(value, list) else (value,):
            if isinstance(child, ast.AST) and not isinstance(child, (ast.JoinedStr, ast.Raise)):
                yield from _mutable(child)


def _inside(node: ast.AST, regions: tuple[Region, ...]) -> bool:
    """True where a node lies in a solution region; what has no place of its own (a comprehension) is never inside."""
    if isinstance(node, ast.comprehension):
        return _inside(node.target, regions)
    first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if not isinstance(first, int) or not isinstance(last, int):
        return False
    return any(region.begin < first - 1 and last - 1 < region.end for region in regions)


def _applied(edit: Edit, code: Code) -> str | None:
    """Return the cell with an edit, in parentheses where the expression would fall apart; None if it is no Python."""
    plain = _spliced(edit, code, edit.text)
    if not edit.expression:
        return plain
    enclosed = _spliced(edit, code, f"({edit.text})")
    try:
        meant = ast.dump(ast.parse(enclosed))
    except SyntaxError:
        return None
    try:
        return plain if ast.dump(ast.parse(plain)) == meant else enclosed
    except SyntaxError:
        return enclosed


def _spliced(edit: Edit, code: Code, text: str) -> str:
    return (code.data[: edit.start] + text.encode() + code.data[edit.end :]).decode()


def _compiled(source: str) -> str | None:
    """Return the syntax tree of a cell as text; None for what does not compile."""
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return ast.dump(ast.parse(source))


def _mutant(edit: Edit, code: Code, cell: AuthoredCell, operator: str, source: str) -> Mutant:
    before = code.data[edit.outer_start : edit.outer_end].decode()
    after = source.encode()[edit.outer_start : len(source.encode()) - (len(code.data) - edit.outer_end)].decode()
    line = cell.line + code.data[: edit.start].count(b"\n")
    return Mutant(cell.exercise or "", operator, line, " ".join(before.split()), " ".join(after.split()), source)


def _counted(mutants: list[Mutant]) -> list[Mutant]:
    """Number the mutants that look the same."""
    seen: Counter[str] = Counter()
    numbered: list[Mutant] = []
    for mutant in mutants:
        key = mutant.key()
        seen[key] += 1
        numbered.append(replace(mutant, occurrence=seen[key]))
    return numbered


def _spread(mutants: list[Mutant], most: int | None) -> list[Mutant]:
    """Choose `most` mutants: each time one of the operator, and then of the line, that was chosen least so far."""
    if most is None or len(mutants) <= most:
        return mutants
    left, operators, lines = list(range(len(mutants))), Counter[str](), Counter[int]()
    chosen: list[int] = []
    while len(chosen) < most:
        best = min(left, key=lambda one: (operators[mutants[one].operator], lines[mutants[one].line], one))
        left.remove(best)
        chosen.append(best)
        operators[mutants[best].operator] += 1
        lines[mutants[best].line] += 1
    return [mutants[index] for index in sorted(chosen)]
