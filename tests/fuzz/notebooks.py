"""Notebooks as students hand them in, and damage to them: to their bytes, and to the tree that their JSON is."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.model import DaySpec, ExerciseSpec
from tests.fuzz.damage import damaged

LARGEST = 2 * 2**20  # longer ones take longer, and show nothing else
SOFTMAX_STUB = "def softmax(logits):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
NORM_STUB = "class Norm:\n    # YOUR CODE HERE\n    raise NotImplementedError()"
SOFTMAX = "def softmax(logits):\n    return logits.exp() / logits.exp().sum()"
DAY = DaySpec(
    "day01_small",
    "Small",
    (
        ExerciseSpec("softmax", "Softmax", Fraction(4), SOFTMAX_STUB, ("softmax",)),
        ExerciseSpec("norm", "Norm", Fraction(2), NORM_STUB, ("Norm", "scale")),
    ),
)
_SOURCES = (
    SOFTMAX, SOFTMAX_STUB, NORM_STUB, "scale = 2\nscale: int = 3", "!pip install torch\n%matplotlib inline\nx = !ls",
    "%%time\n%%capture\nx = 1", "%%bash\nls", 'x = """\n# %%\n', "from proctorch import check\n\ncheck('softmax')",
    "((" * 300,
    "x = " + "+".join("1" * 1200) + "  # await", "await f()", "\x00", "\ud800", "-" * 3000 + "1", "a" + ".a" * 3000,
    "x = (",
    "def softmax(x):\r\n\treturn 1\r", "\\\n" * 50, "?softmax", "softmax??", "# %% exercise=norm\nclass Norm: pass",
    "\u2028",
    "f'{" * 50, "'" * 99, "\\n" * 400, "if 1:\n" * 5 + "  x", "lambda: " * 300 + "1", "@" * 50, " " * 5000 + "!",
)  # fmt: skip
_NAMES = ("softmax", "norm", "softmax_check", "softmax-check", "norm_check", "", "other", "\x1b[2J", "x" * 5000)
_KEYS = (
    "cells", "metadata", "nbgrader", "grade_id", "source", "input", "cell_type", "id", "outputs", "worksheets",
    "nbformat",
    "proctorch_placeholder",
)  # fmt: skip


def _cell(source: Any, name: str = "", kind: str = "code") -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": name, "locked": False, "schema_version": 3}} if name else {}
    number = name.replace("_", "-") or "a1"
    return {"cell_type": kind, "id": number, "metadata": metadata, "outputs": [], "source": source}


def _notebook(*cells: Any, **more: Any) -> bytes:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


@cache
def small() -> tuple[bytes, ...]:
    """Return small notebooks for `DAY`, and a script."""
    output = {"output_type": "stream", "name": "stdout", "text": ["loss 0.5\n"] * 3}
    whole = (
        _cell(["# Small\n", "Text."], kind="markdown"),
        _cell("import torch"),
        {**_cell(SOFTMAX.splitlines(keepends=True), "softmax"), "outputs": [output], "execution_count": 3},
        _cell("from proctorch import check\n\ncheck('softmax')", "softmax_check"),
        _cell(NORM_STUB, "norm"),
    )
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": SOFTMAX}]}]}
    script = f'# %% [markdown]\n# # Small\n\n# %% exercise="softmax"\n{SOFTMAX}\n\n# %% exercise="norm"\n{NORM_STUB}\n'
    return (
        _notebook(*whole),
        _notebook(_cell(SOFTMAX + "\n\nclass Norm: pass\nscale = 1")),
        _notebook(*[_cell(source) for source in _SOURCES]),
        _notebook(_cell("!ls\n?x", "softmax"), _cell("", "softmax"), _cell("x", "norm", "markdown")),
        _notebook(metadata={"proctorch_placeholder": True}),
        json.dumps(old).encode(),
        _notebook(*whole).decode().encode("utf-16"),
        script.encode(),
    )


@cache
def released(root: Path, days: int | None = None) -> tuple[tuple[DaySpec, bytes], ...]:
    """Return the released notebooks and scripts of a course's first days (or all), and their days."""
    course = Course(root)
    found = []
    for name in course.days()[:days]:
        day = load_day(course, name)
        for file in (course.release / name / f"{name}.ipynb", course.release / name / f"{name}.py"):
            found.append((day, file.read_bytes()))
    return tuple(found)


def harmed(data: bytes, rng: random.Random) -> bytes:
    """Return a damaged notebook: its bytes, its tree, or first the one and then the other."""
    chance = rng.random()
    if chance < 0.4:
        return damaged(data, rng)
    made = _written(_harmed_tree(data, rng), rng)[:LARGEST]
    return made if chance < 0.85 else damaged(made, rng, 2)


def _harmed_tree(data: bytes, rng: random.Random) -> Any:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        tree = {"cells": [_cell(data.decode("utf-8", "replace"), rng.choice(_NAMES))]}
    for _ in range(rng.randint(1, 4)):
        places = list(_places(tree, []))
        if not places:
            return tree
        rng.choice(_TREE_KINDS)(tree, places, rng)
    return tree


def _places(tree: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return every container of a tree with each key of it."""
    waiting = [tree]
    while waiting and len(found) < 20_000:
        node = waiting.pop()
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, child in items:
            found.append((node, key))
            waiting.append(child)
    return found


def _odd(rng: random.Random) -> Any:
    """Return something that does not belong where it will stand."""
    nest: Any = 0
    for _ in range(rng.choice((1, 3, 90))):
        nest = [nest] if rng.random() < 0.5 else {rng.choice(_KEYS): nest}
    return rng.choice((
        None, True, 0, -1, 10**18, 10**400, 1e308, float("nan"), float("inf"), "", "\ud800", "\x00\x1b]0;", [], {},
        nest,
        ["a", 1], [[]], {"a": 1}, "x" * 200_001, [SOFTMAX] * 30, rng.choice(_SOURCES), rng.choice(_NAMES),
        "\u202e\u2066",
    ))  # fmt: skip


def _exchange(tree: Any, places: list[tuple[Any, Any]], rng: random.Random) -> None:
    (one, first), (other, second) = rng.choice(places), rng.choice(places)
    one[first], other[second] = copy.copy(other[second]), copy.copy(one[first])


def _replace(tree: Any, places: list[tuple[Any, Any]], rng: random.Random) -> None:
    node, key = rng.choice(places)
    node[key] = _odd(rng)


def _drop(tree: Any, places: list[tuple[Any, Any]], rng: random.Random) -> None:
    node, key = rng.choice(places)
    del node[key]


def _answer(tree: Any, places: list[tuple[Any, Any]], rng: random.Random) -> None:
    sources = [(node, key) for node, key in places if key == "source"]
    if sources:
        node, key = rng.choice(sources)
        lines = "".join(map(str, node[key])) if isinstance(node[key], (str, list)) else ""
        node[key] = rng.choice((rng.choice(_SOURCES), f"{rng.choice(_SOURCES)}\n{lines}", lines + rng.choice(_SOURCES)))


def _claim(tree: Any, places: list[tuple[Any, Any]], rng: random.Random) -> None:
    claims = [(node, key) for node, key in places if key in ("grade_id", "id", "cell_type")]
    if claims:
        node, key = rng.choice(claims)
        node[key] = rng.choice((*_NAMES, "code", "markdown", "raw", "html"))


def _repeat(tree: Any, places: list[tuple[Any, Any]], rng: random.Random) -> None:
    lists = [node for node, key in places if isinstance(node, list) and key == 0]
    if lists:
        node = rng.choice(lists)
        node.insert(rng.randrange(len(node) + 1), copy.copy(rng.choice(node)))
        if rng.random() < 0.02:
            node.extend(node[:3] * 1500)


_TREE_KINDS: tuple[Callable[[Any, list[tuple[Any, Any]], random.Random], None], ...] = (
    _exchange, _replace, _drop, _answer, _answer, _claim, _repeat,
)  # fmt: skip


def _written(tree: Any, rng: random.Random) -> bytes:
    """Return a tree as JSON; now and then with keys given twice, deep nesting, long numbers, or in another encoding."""
    try:
        text = json.dumps(tree, ensure_ascii=rng.random() < 0.7, indent=rng.choice((None, None, 1)))
    except (RecursionError, ValueError):  # exchanged with something inside itself
        return b"[" * 100_000
    extra = rng.random()
    if extra < 0.04:
        text = text.replace('"source":', '"source": 5, "source":')
    elif extra < 0.06:
        text = text.replace('"metadata":', '"deep": ' + "[" * 5000 + "]" * 5000 + ', "metadata":', 1)
    elif extra < 0.08:
        text = text.replace(
            '"nbformat":', '"big": ' + "9" * 20_000 + ', "small": -1e-' + "9" * 500 + ', "nbformat":', 1
        )
    elif extra < 0.1:
        text = text.replace(" ", "\u00a0", 3)
    encoding = rng.choice(("utf-8",) * 8 + ("utf-16", "utf-32", "utf-8-sig", "latin-1"))
    return text.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")
