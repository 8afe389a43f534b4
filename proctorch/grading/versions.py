"""The version of an exercise's checks: a hash of all the source that can change what they decide.

A grader file's text counts for every exercise in it, except the classes of other exercises; so mending one exercise's
checks leaves the inputs, the marks and the kept results of the others as they are.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

import proctorch

# What of the engine decides a verdict or a message; how results are stored and shown does not.
_DECIDING = ("grading", "sandbox", "engines", "lab", "authoring", "model.py", "errors.py")


def grader_versions(files: Iterable[Path], exercises: Iterable[str]) -> dict[str, str]:
    """Return a SHA-256 for each exercise; raises SyntaxError or OSError when a file cannot be read as Python."""
    texts = [path.read_text(encoding="utf-8") for path in files]
    trees = [ast.parse(text) for text in texts]
    versions = {}
    for exercise in exercises:
        digest = hashlib.sha256()
        for text, tree in zip(texts, trees, strict=True):
            digest.update(_without_others(text, tree, exercise).encode())
        versions[exercise] = digest.hexdigest()
    return versions


def _without_others(text: str, tree: ast.Module, exercise: str) -> str:
    lines = text.splitlines()
    for node in tree.body:
        owner = _exercise_of(node) if isinstance(node, ast.ClassDef) else None
        if owner is not None and owner != exercise:
            first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
            lines[first - 1 : node.end_lineno] = [""] * ((node.end_lineno or first) - first + 1)
    return "\n".join(line for line in lines if line.strip())


def _exercise_of(node: ast.ClassDef) -> str | None:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and decorator.args and isinstance(decorator.args[0], ast.Constant):
            name = decorator.func.id if isinstance(decorator.func, ast.Name) else getattr(decorator.func, "attr", "")
            if name == "exercise" and isinstance(decorator.args[0].value, str):
                return decorator.args[0].value
    return None


def engine_fingerprint() -> str:
    """Return the engine's version with a hash of its deciding code, so that a mended engine judges again."""
    root = Path(proctorch.__file__).parent
    files = [root / name for name in _DECIDING if name.endswith(".py")]
    files += [file for name in _DECIDING for file in (root / name).rglob("*.py")]
    return f"{proctorch.__version__}+{file_hash(sorted(files))[:16]}"


def file_hash(files: Iterable[Path]) -> str:
    """Return the SHA-256 of the files' names and bytes."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}\x00{len(content)}\x00".encode())
        digest.update(content)
    return digest.hexdigest()
