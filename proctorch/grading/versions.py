"""The version of an exercise's checks: a hash of all the source that can change what they decide.

A grader file's text counts for every exercise in it, except the classes of other exercises that nothing else names;
so mending one exercise's checks leaves the inputs, the marks and the kept results of the others as they are.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import proctorch

# What of the engine decides a verdict or a message; how results are stored and shown does not.
_DECIDING = ("grading", "sandbox", "engines", "lab", "authoring", "model.py", "errors.py")
_WORD = re.compile(r"\w+")


def grader_versions(files: Iterable[Path], exercises: Iterable[str]) -> dict[str, str]:
    """Return a SHA-256 for each exercise; raises SyntaxError or OSError when a file cannot be read as Python."""
    texts = grader_texts(files, exercises)
    return {exercise: hashlib.sha256(text.encode()).hexdigest() for exercise, text in texts.items()}


def grader_texts(files: Iterable[Path], exercises: Iterable[str]) -> dict[str, str]:
    """Return the source that can change what the checks of each exercise decide; raises as `grader_versions` does."""
    texts = [path.read_text(encoding="utf-8") for path in files]
    parsed = [(text, ast.parse(text)) for text in texts]
    return {exercise: "".join(_without_others(text, tree, exercise) for text, tree in parsed) for exercise in exercises}


def _without_others(text: str, tree: ast.Module, exercise: str) -> str:
    """Return a grader file without the classes of other exercises, except those that the rest of it names."""
    others = [node for node in tree.body if isinstance(node, ast.ClassDef) and _of_others(node, exercise)]
    while True:
        kept = _without(text, others)
        words = set(_WORD.findall(kept))
        left = [node for node in others if node.name not in words]
        if len(left) == len(others):
            return kept
        others = left


def _of_others(node: ast.ClassDef, exercise: str) -> bool:
    names = owners(node)
    return bool(names) and exercise not in names


def _without(text: str, nodes: Iterable[ast.ClassDef]) -> str:
    lines = text.splitlines()
    for node in nodes:
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        lines[first - 1 : node.end_lineno] = [""] * ((node.end_lineno or first) - first + 1)
    return "\n".join(line for line in lines if line.strip())


def owners(node: ast.ClassDef) -> frozenset[str]:
    """Return the exercises that a class of checks, or a check in it, says that it belongs to."""
    inner = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    decorated: list[ast.ClassDef | ast.FunctionDef] = [node, *inner]
    names = [_exercise_of(each) for each in decorated]
    return frozenset(name for name in names if name is not None)


def _exercise_of(node: ast.ClassDef | ast.FunctionDef) -> str | None:
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
