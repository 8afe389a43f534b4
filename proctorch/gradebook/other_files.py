"""What stands beside an autograded notebook: the student's other files, and over them the course's.

The same choice as nbgrader's Autograde makes (its `init_assignment`), with each folder of the course listed once
instead of once a student, and with names taken for names: nbgrader takes a student's folder for a pattern.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from proctorch.gradebook.intake import is_plain_file


@dataclass(frozen=True)
class OtherFiles:
    """Which files of a submission are copied, and which of the course are copied over them.

    `source` is the course's folder of the day, `overwriting` its files by their place in the folder, `ignored` the
    patterns of `c.CourseDirectory.ignore`.
    """

    source: Path
    overwriting: Mapping[str, Path]
    ignored: tuple[str, ...]

    @classmethod
    def of_day(cls, source: Path, ignored: Iterable[str], kept: Iterable[str]) -> OtherFiles:
        """List the course's files of a day; those in `kept` do not replace a student's."""
        patterns = (*ignored, "*.ipynb")
        files = {place: source / place for place in _listed(source, patterns)}
        for place in kept:
            files.pop(os.path.normpath(place), None)
        return cls(source, files, patterns)

    def copy(self, submitted: Path, target: Path, permissions: int) -> None:
        """Copy what belongs beside the notebook from `submitted` to `target`; raises OSError."""
        own = {
            place: submitted / place for place in _listed(submitted, self.ignored) if self._copyable(submitted, place)
        }
        made: set[Path] = set()
        for place, path in {**own, **self.overwriting}.items():
            copied = target / place
            if copied.parent not in made:
                copied.parent.mkdir(parents=True, exist_ok=True)
                made.add(copied.parent)
            shutil.copyfile(path, copied)
            copied.chmod(permissions)

    def _copyable(self, submitted: Path, place: str) -> bool:
        """False for links, pipes and unreadable files, and for what is in the way of a file of the course."""
        path = submitted / place
        if not is_plain_file(path) or not os.access(path, os.R_OK) or (self.source / place).is_dir():
            return False
        return not any((self.source / folder).is_file() for folder in Path(place).parents)


def _listed(root: Path, patterns: Iterable[str]) -> Iterator[str]:
    """Yield the places, from `root` on, of all files that no pattern ignores."""
    relative = [pattern for pattern in patterns if not os.path.isabs(pattern)]
    absolute = {path for pattern in patterns if os.path.isabs(pattern) for path in glob.glob(pattern)}

    def ignored(folder: str, name: str) -> bool:
        return os.path.join(folder, name) in absolute or any(_matches(name, pattern) for pattern in relative)

    if ignored(str(root.parent), root.name):
        return
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not ignored(folder, name)]
        for name in files:
            if not ignored(folder, name):
                yield os.path.relpath(os.path.join(folder, name), root)


def _matches(name: str, pattern: str) -> bool:
    """True where `glob` would find `name` by `pattern`: a hidden file only by a pattern that begins with a dot."""
    if name.startswith(".") and not pattern.startswith("."):
        return False
    return fnmatch.fnmatchcase(name, pattern)
