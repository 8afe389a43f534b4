"""Misconceptions and alternatives, read from their files as text: other bodies for the names of an exercise.

    @misconception("softmax", "normalises over the batch", hint="Which axis holds the classes?")
    def softmax(logits):
        return torch.softmax(logits, dim=0)

Nothing is run here. A variant's source is put behind the solution's cells, where it takes the place of the name that it
defines; the file's imports and helpers come before it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from proctorch.authoring.document import read_text
from proctorch.authoring.syntax import parses
from proctorch.errors import AuthoringError

KINDS = ("misconception", "alternative")


@dataclass(frozen=True)
class Variant:
    """Another body for one name: `kind` is `misconception` (with a hint) or `alternative` (a right one)."""

    kind: str
    exercise: str
    title: str
    hint: str | None
    name: str
    source: str
    line: int


@dataclass(frozen=True)
class VariantFile:
    """The variants of a file, and the rest of it: imports and helpers that they need."""

    preamble: str
    variants: tuple[Variant, ...]

    def of(self, exercise: str) -> tuple[Variant, ...]:
        """Return the variants of one exercise."""
        return tuple(variant for variant in self.variants if variant.exercise == exercise)


NO_VARIANTS = VariantFile("", ())


@parses
def read_variants(path: Path) -> VariantFile:
    """Return the variants of `misconceptions.py` or `alternatives.py`; none when the file does not exist.

    Raises AuthoringError for a file that is not Python and for a decorator without its texts.
    """
    if not path.exists():
        return NO_VARIANTS
    text = read_text(path)
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise AuthoringError(path, error.lineno or 1, f"this is not Python: {error.msg}", "mend the syntax") from error
    lines = text.splitlines()
    variants: list[Variant] = []
    preamble: list[str] = []
    for node in tree.body:
        variant = _variant(node, lines, path)
        if variant is not None:
            variants.append(variant)
        elif not _is_of_the_engine(node):
            preamble.append(_text(node, lines))
    return VariantFile("\n".join(preamble), tuple(variants))


def _text(node: ast.stmt, lines: list[str]) -> str:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return "\n".join(lines[first - 1 : node.end_lineno])


def _is_of_the_engine(node: ast.stmt) -> bool:
    """Say whether a statement imports the engine, or is a docstring: neither belongs beside student code."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in ("proctorch", "__future__")
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _variant(node: ast.stmt, lines: list[str], path: Path) -> Variant | None:
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return None
    for decorator in node.decorator_list:
        kind = decorator.func.id if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) else ""
        if kind in KINDS and isinstance(decorator, ast.Call):
            others = [other for other in node.decorator_list if other is not decorator]
            first = min([node.lineno, *(other.lineno for other in others)])
            source = "\n".join(lines[first - 1 : node.end_lineno])
            exercise, title, hint = _texts(decorator, kind, path)
            return Variant(kind, exercise, title, hint, node.name, source, node.lineno)
    return None


def _texts(call: ast.Call, kind: str, path: Path) -> tuple[str, str, str | None]:
    """Return exercise, title and hint of a decorator."""
    texts = [_constant(argument) for argument in call.args]
    hints = [_constant(keyword.value) for keyword in call.keywords if keyword.arg == "hint"]
    if len(texts) != 2 or not all(texts) or (kind == "misconception" and not all(hints or [""])):
        wanted = '"exercise", "title"' + (', hint="..."' if kind == "misconception" else "")
        raise AuthoringError(path, call.lineno, f"@{kind} lacks one of its texts", f"write @{kind}({wanted})")
    return texts[0], texts[1], hints[0] if hints else None


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
