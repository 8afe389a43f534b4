"""nbgrader's converters, which also remember what stopped them and take a submission without a notebook."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import Autograde, GenerateFeedback, NbGraderException


class _Remembers:
    """Keeps the exception that nbgrader only logs."""

    first_failure: Exception | None = None

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Prepare one submission."""
        try:
            super().init_assignment(assignment_id, student_id)  # type: ignore[misc]  # nbgrader's class comes next
        except Exception as error:
            self.first_failure = error
            raise

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one notebook."""
        try:
            super().convert_single_notebook(notebook_filename)  # type: ignore[misc]  # nbgrader's class comes next
        except Exception as error:
            self.first_failure = error
            raise


class DayAutograde(_Remembers, Autograde):  # type: ignore[misc]  # nbgrader ships no types
    """Autograde for one student and the day's one notebook, whether it was handed in or not.

    Other notebooks beside it are not the day's and are left out. Where there is none, the exporter makes of nothing
    what it makes of every damaged file: the released notebook; its exercises are missing or come from the `.py` file.
    """

    def init_notebooks(self) -> None:
        """Name the one notebook."""
        day = self.coursedir.assignment_id
        folder = self._format_source(day, self._student())
        if not Path(folder).is_dir():
            raise NbGraderException(f"there is no folder {folder}")
        self.notebooks: list[str] = []
        self.assignments = {folder: [str(Path(folder) / f"{day}.ipynb")]}

    def _student(self) -> str:
        """Return the student's name, which `coursedir` holds as a pattern."""
        return unescaped(self.coursedir.student_id)


class DayFeedback(_Remembers, GenerateFeedback):  # type: ignore[misc]  # nbgrader ships no types
    """GenerateFeedback for one student."""


def unescaped(pattern: str) -> str:
    """Return the name of which `glob.escape` made `pattern`."""
    for special in "*?[":
        pattern = pattern.replace(f"[{special}]", special)
    return pattern
