"""GetMarks takes the place of nbgrader's GetGrades in feedback: a page never shows 0 where there is no mark."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import GetGrades
from nbgrader.utils import is_solution, is_task

from proctorch.errors import EngineError


class GetMarks(GetGrades):  # type: ignore[misc]  # nbgrader ships no types
    """GetGrades, which raises for a grade cell of the engine that has no mark; nbgrader reads NULL as 0.0."""

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        """Note a cell's mark in the notebook; raises EngineError where there is none."""
        super()._get_score(cell, resources)
        if cell.cell_type != "code" or is_solution(cell) or is_task(cell):
            return  # a person grades those
        name = cell.metadata.nbgrader["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        if grade.auto_score is None and grade.manual_score is None:
            raise EngineError(
                f"{self.student_id!r} has no mark for {name} of {self.assignment_id}; no feedback was written.\n"
                "  To mend it: autograde the submission again."
            )
