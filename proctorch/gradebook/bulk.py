"""Marks, autograded notebooks and other files of many students at once, as nbgrader's Autograde would write them.

    submissions and reports ──▶ notebooks and files, beside what was there
                            ──▶ rows of the gradebook, one transaction a batch
                            ──▶ the new folders take the place of the old ones

Killed at any moment, every student has the marks and the folder of before or of after, and the next run writes both
again. Who is up to date (see `receipts`) is left alone. What this module does not do as nbgrader would (settings of
`nbgrader_config.py` that put other steps into Autograde, several notebooks in one assignment) is left to nbgrader's own
converter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import SQLAlchemyError

from proctorch.gradebook.aside import Successor
from proctorch.gradebook.autograded import AutogradedNotebooks
from proctorch.gradebook.config import AUTOGRADE_PREPROCESSORS, commands_on_path
from proctorch.gradebook.conversion import silent_log
from proctorch.gradebook.converters import DayAutograde
from proctorch.gradebook.intake import lay_placeholder, set_aside_bad_timestamp
from proctorch.gradebook.other_files import OtherFiles
from proctorch.gradebook.receipts import Making, folder_state, hash_of
from proctorch.gradebook.recipe import recipe
from proctorch.gradebook.rows import GradebookRows, StudentMarks
from proctorch.gradebook.store import ResultsStore
from proctorch.gradebook.trouble import database_fault, store_trouble
from proctorch.gradebook.turns import in_turn
from proctorch.gradebook.withdrawal import withdraw_marks
from proctorch.model import DaySpec, Report, Submission

_EXPORTER = "proctorch.gradebook.exporter.ProctorchExporter"

# Settings of nbgrader's and nbconvert's steps that would change what Autograde writes.
_FOREIGN = (
    "BaseConverter",
    "CheckCellMetadata",
    "ClearMetadataPreprocessor",
    "Exporter",
    "FilesWriter",
    "NbConvertBase",
    "NbGraderPreprocessor",
    "NotebookExporter",
    "Preprocessor",
    "ProctorchExporter",
    "SaveAutoGrades",
    "WriterBase",
)
_OWN_STEPS = ("exporter_class", "autograde_preprocessors", "exclude_overwriting", "permissions", "force")


def is_plain(coursedir: Any) -> bool:
    """True where the course's settings leave Autograde's steps as `configure` made them."""
    config, section = coursedir.config, coursedir.config.Autograde
    if any(config[name] for name in _FOREIGN if name in config) or set(section) - set(_OWN_STEPS):
        return False
    if coursedir.groupshared or coursedir.notebook_id != "*":
        return False
    return section.get("exporter_class") == _EXPORTER and list(section.get("autograde_preprocessors", ())) == list(
        AUTOGRADE_PREPROCESSORS
    )


@dataclass(frozen=True)
class Refused:
    """A submission that could not be judged, and why; `content_hash` is None where it could not even be read."""

    student: str
    reason: Exception
    content_hash: str | None = None


@dataclass
class _Work:
    """What is made of one student's submission on its way into the gradebook."""

    marks: StudentMarks
    folder: Successor | None = None
    refused: Refused | None = None


class BulkWriter:
    """Writes the marks of one day in batches; close it in the end.

    Raises nbgrader's MissingEntry where its gradebook does not know the day, and what its preprocessors raise where the
    released notebook is damaged.
    """

    def __init__(self, coursedir: Any, day: DaySpec, store: ResultsStore) -> None:
        self._coursedir, self._day, self._store = coursedir, day, store
        self._log = silent_log()
        autograde = DayAutograde(coursedir=coursedir, config=coursedir.config, log=self._log)
        self._notebooks = AutogradedNotebooks(autograde, day)
        source = Path(coursedir.format_path(coursedir.source_directory, ".", day.name))
        kept = autograde.exclude_overwriting.get(day.name, ())
        self._files = OtherFiles.of_day(source, coursedir.ignore, kept)
        self._permissions = int(str(autograde.permissions), 8)
        with commands_on_path():
            self._gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        self._gradebook.check_course()  # nbgrader's preprocessors name no course, and so make the default one
        penalty = _LatePenalty(autograde)
        self._rows = GradebookRows(self._gradebook, day.name, penalty)
        self._recipe = recipe(coursedir.config, day, self._notebooks.recipe, source, penalty.plugin)

    def close(self) -> None:
        """Close the connections."""
        self._gradebook.close()

    def write(self, batch: Iterable[tuple[Submission, Report] | Refused]) -> dict[str, Exception]:
        """Write a batch; return why a student has no new mark or folder.

        Raises StoreUnavailable where the gradebook cannot be written; then nothing of the batch is changed.
        """
        place = self._place(".").parent / f".{self._day.name}.lock"  # another grader may be writing the same folders
        with in_turn(place):
            return self._write(list(batch))

    def _write(self, items: Sequence[tuple[Submission, Report] | Refused]) -> dict[str, Exception]:
        failed: dict[str, Exception] = {}
        work: list[_Work] = []
        unchanged = self._up_to_date([item for item in items if not isinstance(item, Refused)])
        try:
            for item in items:
                if isinstance(item, Refused) or item[0].student not in unchanged:
                    self._prepare(item, work, failed)
            if work:
                self._write_rows([each.marks for each in work], failed)
            for each in work:
                self._finish(each, failed)
        finally:
            for each in work:
                if each.folder is not None:
                    each.folder.drop()
        return failed

    def _up_to_date(self, items: Iterable[tuple[Submission, Report]]) -> set[str]:
        """Return the students of whom nothing has to be written; raises StoreUnavailable."""
        makings = {}
        for submission, report in items:
            name = submission.student
            try:
                sources = self._sources(report, self.require(name))
            except NbGraderException:
                continue
            makings[name] = Making(sources, folder_state(self._place(name)))
        try:
            return self._rows.receipts.up_to_date(makings)
        except SQLAlchemyError as error:
            raise store_trouble(self._coursedir.db_url, "read", error) from error

    def _sources(self, report: Report, submitted: Path) -> str:
        """Return the hash of all that a student's marks, notebook and files are made from."""
        return hash_of(self._recipe, report, folder_state(submitted))

    def _place(self, student: str) -> Path:
        return Path(self._coursedir.format_path(self._coursedir.autograded_directory, student, self._day.name))

    def _prepare(
        self, item: tuple[Submission, Report] | Refused, work: list[_Work], failed: dict[str, Exception]
    ) -> None:
        """Make one student's notebook and files beside what is there; nothing for whom nbgrader leaves out."""
        student = item.student if isinstance(item, Refused) else item[0].student
        try:
            submitted = self.require(student)
            timestamp = self._timestamp(submitted)
        except (NbGraderException, OSError) as error:
            failed[student] = error
            return
        if not isinstance(item, Refused):
            try:
                work.append(self._converted(*item, submitted, timestamp))
                return
            except Exception as error:
                item = Refused(student, error, item[0].content_hash)
        failed[student] = item.reason
        work.append(_Work(StudentMarks(student, timestamp, None, {}), refused=item))

    def require(self, student: str) -> Path:
        """Return the folder that a student handed in; raises NbGraderException where nbgrader would not see it."""
        if self._coursedir.student_id_exclude and student in self._coursedir.student_id_exclude.split(","):
            raise NbGraderException("nbgrader left it out (see c.CourseDirectory.student_id_exclude)")
        submitted = Path(self._coursedir.format_path(self._coursedir.submitted_directory, student, self._day.name))
        if not submitted.is_dir():
            raise NbGraderException(f"there is no folder {submitted}")
        return submitted

    def _timestamp(self, submitted: Path) -> datetime | None:
        """Prepare a submission as `prepare` does, and return its time (UTC); raises OSError."""
        lay_placeholder(submitted, self._day.name)
        set_aside_bad_timestamp(submitted)
        found: datetime | None = self._coursedir.get_existing_timestamp(str(submitted))
        return found

    def _converted(self, submission: Submission, report: Report, submitted: Path, timestamp: datetime | None) -> _Work:
        """Make the notebook, and the folder that is to be installed."""
        name, student = self._day.name, submission.student
        sources = self._sources(report, submitted)  # before anything is read: what changes meanwhile shows next time
        notebook = self._notebooks.make(submission, report)
        folder = Successor(self._place(student))
        try:
            self._files.copy(submitted, folder.fresh, self._permissions)
            path = folder.fresh / f"{name}.ipynb"
            path.write_text(notebook.text, encoding="utf-8")
            path.chmod(self._permissions)
        except BaseException:
            folder.drop()
            raise
        making = Making(sources, folder_state(folder.fresh))
        return _Work(StudentMarks(student, timestamp, notebook.scores, notebook.comments, making), folder)

    def _write_rows(self, batch: list[StudentMarks], failed: dict[str, Exception]) -> None:
        """Write all rows in one transaction; where the gradebook refuses a row, each student's by themselves."""
        try:
            failed.update(self._rows.write(batch))
        except Exception as error:
            self._raise_if_unavailable(error)
            for each in batch:
                try:
                    failed.update(self._rows.write([each]))
                except Exception as own:
                    self._raise_if_unavailable(own)
                    failed[each.student] = own

    def _raise_if_unavailable(self, error: Exception) -> None:
        fault = database_fault(error)
        if fault is not None:
            raise store_trouble(self._coursedir.db_url, "write", fault) from error

    def _finish(self, work: _Work, failed: dict[str, Exception]) -> None:
        """Install a student's new folder, or take back marks that belong to another submission."""
        if work.refused is not None:
            refused, url = work.refused, self._coursedir.db_url
            withdraw_marks(url, self._store, refused.student, self._day.name, refused.content_hash, self._log)
        elif work.folder is not None and work.marks.student not in failed:
            try:
                work.folder.install()
            except OSError as error:
                failed[work.marks.student] = error


class _LatePenalty:
    """What the course's plugin takes off for being late, as nbgrader's preprocessor asks and bounds it."""

    def __init__(self, autograde: DayAutograde) -> None:
        self._step = AssignLatePenalties(parent=autograde)
        self._step.init_plugin()
        self.plugin: type = type(self._step.plugin_inst)

    def __call__(self, student: str, score: float, seconds_late: float) -> float | None:
        penalty = self._step.plugin_inst.late_submission_penalty(student, score, seconds_late)
        if penalty is None:
            return None
        return float(self._step._check_late_penalty(SimpleNamespace(score=score), penalty))
