"""Collecting from the exchange without following links, and so that nbgrader sees every submission afterwards.

Every student can write into the exchange's inbound folder. nbgrader's own collect copies what a link there points to,
with the instructor's rights, so that a link to a solution would be handed in as an answer; and it stops for the whole
class at a folder whose name is not a submission's, at a pipe, or at a submission that is too large.
"""

from __future__ import annotations

import datetime
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

from nbgrader.exchange.default.collect import ExchangeCollect

from proctorch.course import Course
from proctorch.gradebook.intake import prepare


class Collect(ExchangeCollect):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's collect, for `c.ExchangeFactory.collect`."""

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """Read student and time from a folder's name; one that is not a submission's is older than any that is."""
        name = os.path.basename(path)
        student = name.split(f"+{self.coursedir.assignment_id}+")[0]
        never = {"username": student, "filename": name, "timestamp": datetime.datetime.min}
        if os.path.islink(path) or not os.path.isdir(path):
            self.log.error("Not collected, for it is not a folder: %r", path)
            return never
        if not is_name(student):
            self.log.error("Not collected, for this is nobody's name: %r", path)
            return never
        try:
            return dict(super()._path_to_record(path))
        except Exception as error:
            self.log.error("Not a submission's name: %r (%s)", path, error)
            return never

    def copy_files(self) -> None:
        """Collect all submissions, then make those without a notebook visible to Autograde."""
        records: list[dict[str, Any]] = self.src_records  # type: ignore[has-type]  # set by nbgrader's init_src
        self.src_records = [each for each in records if each["timestamp"] != datetime.datetime.min]
        super().copy_files()
        course, day = Course(Path(self.coursedir.root)), self.coursedir.assignment_id
        if course.solution(day).is_file():
            for sentence in prepare(course, day):
                self.log.warning("%s", sentence)

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy one submission by way of a copy that holds nothing but plain files and folders."""
        with tempfile.TemporaryDirectory(prefix="proctorch-collect-") as place:
            staged = os.path.join(place, "submission")
            whole = self.get_size(src) <= 1000 * self.coursedir.max_dir_size
            if not whole:
                self.log.error("Too large (c.CourseDirectory.max_dir_size), so only the answers are collected: %s", src)
            try:
                shutil.copytree(src, staged, symlinks=True, ignore=self._not_plain if whole else self._not_answers)
            except OSError as error:
                # copytree goes on behind a file that it cannot copy, and tells of it at the end.
                self.log.error("Not collected as a whole: %s: %s", src, error)
            try:
                super().do_copy(staged, dest, log)
            except (OSError, RuntimeError) as error:
                self.log.error("Not collected: %s: %s", src, error)
                os.makedirs(dest, exist_ok=True)

    def _not_answers(self, folder: str, names: list[str]) -> list[str]:
        """Return all entries of a folder but the day's notebook, its `.py` file and the time."""
        day = self.coursedir.assignment_id
        odd = set(self._not_plain(folder, names))
        return [name for name in names if name in odd or name not in (f"{day}.ipynb", f"{day}.py", "timestamp.txt")]

    def _not_plain(self, folder: str, names: list[str]) -> list[str]:
        """Return the entries of a folder that are neither plain files nor folders."""
        odd = [name for name in names if not _is_plain(os.path.join(folder, name))]
        if odd:
            self.log.warning("Left out of what was collected, for they are links or devices: %r in %s", odd, folder)
        return odd


def is_name(student: str) -> bool:
    """False for what no account is called: control and invisible letters, and what ends a text in HTML or a script.

    Whoever can write into the exchange chooses this name, and nbgrader puts it into its pages as it is.
    """
    return student.isprintable() and not set(student) & set('<>"`\\')


def _is_plain(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
