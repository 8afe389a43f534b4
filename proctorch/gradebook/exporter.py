"""ProctorchExporter stands where nbgrader reads a submission: any bytes in, the released notebook with answers out.

nbgrader's own exporter raises for a file that is not JSON and lets doubled or renamed cells through to steps that raise
for them, and Autograde passes by a submission without a notebook. Both would cost a student their verdicts, or stop
the batch. This class is all that is needed: `c.Autograde.exporter_class` names it.

Autograde converts every submission twice. Its first step reads submitted/ and is rebuilt here; its second reads what
the first wrote into autograded/, which is ours and is read as nbgrader reads it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode

from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.gradebook.admission import admit
from proctorch.gradebook.rebuild import clear_answers, rebuild
from proctorch.grading.submission import read_submission
from proctorch.model import DaySpec


class ProctorchExporter(NotebookExporter):
    """Returns the released notebook with the student's cells put in, whatever was handed in."""

    def __init__(self, config: Any = None, **kw: Any) -> None:
        super().__init__(config=config, **kw)  # type: ignore[no-untyped-call]
        self._days: dict[str, tuple[DaySpec, NotebookNode]] = {}
        coursedir = self._coursedir()
        # Autograde makes its exporter when it has listed the notebooks and before it reads the first.
        if coursedir is not None and hasattr(self.parent, "assignments"):
            course = Course(Path(coursedir.root))
            if course.solution(coursedir.assignment_id).is_file():
                admit(self.parent, coursedir.assignment_id)

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Convert one notebook; raises CourseError where the course, not the submission, is at fault."""
        facts = dict((resources or {}).get("nbgrader", {}))
        coursedir = self._coursedir()
        if coursedir is None or not self._is_ours(filename, facts, coursedir):
            return super().from_filename(filename, resources, **kw)
        day, released = self._day(facts["assignment"], coursedir)
        submission = read_submission(Path(filename).parent, day, facts["student"])
        whole: Any = ResourcesDict()
        whole.update(resources or {}, metadata=ResourcesDict())
        whole["metadata"].update(name=facts["notebook"], path=os.path.dirname(filename))
        notebook = rebuild(released, day, submission)
        return self.from_notebook_node(notebook, whole, **kw)  # type: ignore[no-any-return,no-untyped-call]

    def _coursedir(self) -> Any:
        """Return nbgrader's CourseDirectory, or None outside of nbgrader."""
        return getattr(self.parent, "coursedir", None)

    def _is_ours(self, filename: str, facts: dict[str, Any], coursedir: Any) -> bool:
        """True for the day's notebook of a submission; other assignments and Autograde's second step are nbgrader's."""
        day = facts.get("assignment", "")
        if not day or facts.get("notebook") != day or not Course(Path(coursedir.root)).solution(day).is_file():
            return False
        folder = coursedir.format_path(coursedir.autograded_directory, facts["student"], day)
        return Path(os.path.normpath(os.path.dirname(filename))) != Path(os.path.normpath(folder))

    def _day(self, name: str, coursedir: Any) -> tuple[DaySpec, NotebookNode]:
        """Return a day and its released notebook, read once."""
        if name not in self._days:
            from proctorch.authoring.day import load_day

            day = load_day(Course(Path(coursedir.root)), name)
            self._days[name] = day, released_notebook(coursedir, day)
        return self._days[name]


def released_notebook(coursedir: Any, day: DaySpec) -> NotebookNode:
    """Return the notebook as students received it, or else the source with its solutions taken out.

    Raises CourseError where it cannot be read.
    """
    release = Path(coursedir.format_path(coursedir.release_directory, ".", day.name)) / f"{day.name}.ipynb"
    if release.is_file():
        return _read(release, day)
    source = Path(coursedir.format_path(coursedir.source_directory, ".", day.name)) / f"{day.name}.ipynb"
    return clear_answers(_read(source, day), day)


def _read(path: Path, day: DaySpec) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-any-return,no-untyped-call]
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise CourseError(
            f"the released notebook {path} cannot be read: {error}.\n  To mend it: proctorch build {day.name}."
        ) from error
