"""GetMarks takes the place of nbgrader's GetGrades in feedback: a page never shows 0 where there is no mark."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from nbgrader.utils import is_solution, is_task

from proctorch.errors import EngineError


class GetMarks(GetGrades):  # type: ignore[misc]  # nbgrader ships no types
    """GetGrades, which raises for a grade cell of the engine that has no mark; nbgrader reads NULL as 0.0."""

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        """Note a cell's mark in the notebook; raises EngineError where there is none."""
        super()._get_score(cell, resources)
        self._require_mark(cell, self._grade(cell))

    def _grade(self, cell: NotebookNode) -> Any:
        name = cell.metadata.nbgrader["grade_id"]
        return self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)

    def _require_mark(self, cell: NotebookNode, grade: Any) -> None:
        if cell.cell_type != "code" or is_solution(cell) or is_task(cell):
            return  # a person grades those
        name = cell.metadata.nbgrader["grade_id"]
        if grade.auto_score is None and grade.manual_score is None:
            raise EngineError(
                f"{self.student_id!r} has no mark for {name} of {self.assignment_id}; no feedback was written.\n"
                "  To mend it: autograde the submission again."
            )


class GetMarksAtOnce(GetMarks):
    """GetMarks for many students: it keeps the gradebook open, and asks for all cells of a student at once."""

    _book: Gradebook | None = None

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Note all marks and comments of one student in the notebook; raises EngineError where a mark is missing."""
        facts = resources["nbgrader"]
        self.notebook_id, self.assignment_id = facts["notebook"], facts["assignment"]
        self.student_id, self.db_url = facts["student"], facts["db_url"]
        if self._book is None:
            self._book = Gradebook(self.db_url)
        try:
            own = self._book.find_submission_notebook(self.notebook_id, self.assignment_id, self.student_id)
            self._grades = {grade.name: grade for grade in own.grades}
            self._comments = {comment.name: comment for comment in own.comments}
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            penalty = own.late_submission_penalty or 0
            facts |= {"score": own.score - penalty, "max_score": own.max_score, "late_penalty": penalty}
        finally:
            self._book.db.remove()  # ends the transaction, and lets the next student be read anew
        return nb, resources

    def close(self) -> None:
        """Close the gradebook."""
        if self._book is not None:
            self._book.close()

    def _get_comment(self, cell: NotebookNode, resources: Any) -> None:
        cell.metadata.nbgrader["comment"] = self._comments[cell.metadata.nbgrader["grade_id"]].comment

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        grade = self._grades[cell.metadata.nbgrader["grade_id"]]
        cell.metadata.nbgrader["score"], cell.metadata.nbgrader["points"] = grade.score, grade.max_score
        self._require_mark(cell, grade)
