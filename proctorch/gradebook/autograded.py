"""Autograded notebooks of a day, made in memory: what nbgrader's two steps over a submission would write.

nbgrader's first step ("sanitizing") depends on nothing that a student handed in, once the submission is put into the
released notebook: so it is run once a day, by nbgrader's own preprocessors, on the released notebook itself. Of the
second step there remain the grade cells and what is read out of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode, from_dict
from nbgrader.converters import Autograde
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from proctorch.gradebook.exporter import released_notebook
from proctorch.gradebook.graded_cells import fill_grade_cells
from proctorch.gradebook.rebuild import rebuilt_cells
from proctorch.model import DaySpec, Report, Submission

_NO_RESPONSE = "No response."  # nbgrader's words for an answer that is as it was released


@dataclass(frozen=True)
class AutogradedNotebook:
    """One student's notebook as text, the score of each grade cell and the automatic comment of each answer."""

    text: str
    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]


class AutogradedNotebooks:
    """Makes the autograded notebooks of one day; raises what nbgrader raises where the release is damaged."""

    def __init__(self, autograde: Autograde, day: DaySpec) -> None:
        self._day = day
        self._released = _sanitized(released_notebook(autograde.coursedir, day), autograde, day.name)
        rest = {"metadata": {**self._released.metadata}, "nbformat": 4, "nbformat_minor": 5}
        self._tail = _encoded(rest).removeprefix("{")

    @property
    def recipe(self) -> str:
        """What every student's notebook is made from, as text."""
        return self._text(self._released.cells)

    def make(self, submission: Submission, report: Report) -> AutogradedNotebook:
        """Return the notebook of one submission; raises EngineError where there is no mark."""
        cells = rebuilt_cells(self._released, self._day, submission)
        known = {number: _node(cell) for number, cell in enumerate(cells) if "nbgrader" in cell["metadata"]}
        graded = list(known.values())
        fill_grade_cells(graded, report)
        scores = {cell.metadata.nbgrader["grade_id"]: determine_grade(cell)[0] for cell in graded if is_grade(cell)}
        return AutogradedNotebook(
            self._text([known.get(number, cell) for number, cell in enumerate(cells)]), scores, _comments(graded)
        )

    def _text(self, cells: Sequence[Mapping[str, Any]]) -> str:
        """Return a notebook as `nbformat.writes` and nbgrader's writer put it, byte by byte."""
        body = ",\n  ".join(_encoded(_split(cell), "\n  ") for cell in cells)
        return f'{{\n "cells": [\n  {body}\n ],{self._tail}\n' if cells else f'{{\n "cells": [],{self._tail}\n'


def _encoded(value: Any, margin: str = "\n") -> str:
    """Return JSON, indented by one space a level and with sorted keys; `margin` is a line break and the indentation.

    The standard library does this in Python, several times as slowly.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    inner = f"{margin} "
    if isinstance(value, Mapping) and value:
        pairs = (f"{inner}{encode_basestring(name)}: {_encoded(value[name], inner)}" for name in sorted(value))
        return f"{{{','.join(pairs)}{margin}}}"
    if isinstance(value, list) and value:
        if all(type(each) is str for each in value):
            return f"[{inner}{f',{inner}'.join(map(encode_basestring, value))}{margin}]"
        return f"[{','.join(inner + _encoded(each, inner) for each in value)}{margin}]"
    return json.dumps(value)


def _split(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell with its texts in lists of lines, and without what nbformat never keeps."""
    metadata = {name: value for name, value in cell["metadata"].items() if name != "trusted"}
    split: dict[str, Any] = {**cell, "metadata": metadata, "source": cell["source"].splitlines(True)}
    if "outputs" in cell:
        split["outputs"] = [
            {**output, "data": {kind: text.splitlines(True) for kind, text in output["data"].items()}}
            for output in cell["outputs"]
        ]
    return split


def _comments(cells: Sequence[NotebookNode]) -> dict[str, str | None]:
    """Return nbgrader's comment on each answer: that there is none, or nothing."""
    return {
        cell.metadata.nbgrader["grade_id"]: _NO_RESPONSE if not is_task(cell) and _untouched(cell) else None
        for cell in cells
        if is_solution(cell) or is_task(cell)
    }


def _untouched(cell: NotebookNode) -> bool:
    return bool(cell.metadata.nbgrader.get("checksum") == compute_checksum(cell))


def _node(cell: dict[str, Any]) -> NotebookNode:
    return from_dict(cell)  # type: ignore[no-any-return,no-untyped-call]


def _sanitized(released: NotebookNode, autograde: Autograde, day: str) -> NotebookNode:
    """Run nbgrader's first step on the released notebook."""
    resources: Any = ResourcesDict()
    resources["nbgrader"] = {"student": "", "assignment": day, "notebook": day, "db_url": autograde.coursedir.db_url}
    for kind in autograde.sanitize_preprocessors:
        released, resources = kind(parent=autograde).preprocess(released, resources)
    return released
