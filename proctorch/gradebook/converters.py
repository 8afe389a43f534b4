"""nbgrader's converters for one student: they remember what stopped them, and need no notebook to begin with."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, GenerateFeedback, NbGraderException


class _OneStudent:
    """Converts the day's one notebook of one student, and keeps the exception that nbgrader only logs.

    nbgrader takes students' names for patterns and looks for any notebook; here the name is a name, and other notebooks
    that lie in the folder are left out.
    """

    student: str = ""
    first_failure: Exception | None = None

    def for_student(self: Any, student: str) -> Any:
        """Return the converter, set on one student and on making anew what is there already."""
        self.student = student
        self.coursedir.student_id = glob.escape(student)
        self.force = True
        return self

    def init_notebooks(self: Any) -> None:
        """Name the one notebook."""
        day = self.coursedir.assignment_id
        folder = self._format_source(day, self.student)
        if not Path(folder).is_dir():
            raise NbGraderException(f"there is no folder {folder}")
        self.notebooks: list[str] = []
        self.assignments = {folder: [str(Path(folder) / f"{day}.ipynb")]}

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare the submission."""
        try:
            super().init_assignment(assignment_id, student_id)  # type: ignore[misc]  # nbgrader's class comes next
        except Exception as error:
            self.first_failure = error
            raise

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert the notebook."""
        try:
            super().convert_single_notebook(notebook_filename)  # type: ignore[misc]  # nbgrader's class comes next
        except Exception as error:
            self.first_failure = error
            raise


class DayAutograde(_OneStudent, Autograde):  # type: ignore[misc]  # nbgrader ships no types
    """Autograde for one student, whether there is a notebook or not.

    Where there is none, the exporter makes of nothing what it makes of every damaged file: the released notebook; its
    exercises are missing or come from the `.py` file.
    """


class DayFeedback(_OneStudent, GenerateFeedback):  # type: ignore[misc]  # nbgrader ships no types
    """GenerateFeedback for one student."""
