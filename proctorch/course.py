"""Where things are: the course is the folder with `nbgrader_config.py`."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from proctorch.errors import CourseError

CONFIG_NAME = "nbgrader_config.py"
HINTS_FILE = "hints.json"
DAY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Course:
    """The folders and files of one course; nothing is read until it is asked for."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """Return the course that holds `start` (default: the working folder); raises CourseError without one."""
        place = (start or Path.cwd()).resolve()
        for folder in (place, *place.parents):
            if (folder / CONFIG_NAME).is_file():
                return cls(folder)
        raise CourseError(
            f"{place} is not inside a course: no folder from there upwards holds {CONFIG_NAME}.\n"
            "  To mend it: change into the course folder, or name it with --course FOLDER."
        )

    @property
    def solutions(self) -> Path:
        """The authored days."""
        return self.root / "solutions"

    @property
    def graders(self) -> Path:
        """One folder a day with public.py, hidden.py and misconceptions.py."""
        return self.root / "graders"

    @property
    def exercises(self) -> Path:
        """The generated stubs."""
        return self.root / "exercises"

    @property
    def source(self) -> Path:
        """nbgrader's source folder, generated."""
        return self.root / "source"

    @property
    def release(self) -> Path:
        """What nbgrader's generate_assignment wrote."""
        return self.root / "release"

    @property
    def submitted(self) -> Path:
        """What nbgrader's collect wrote: submitted/STUDENT/DAY."""
        return self.root / "submitted"

    @property
    def state(self) -> Path:
        """The engine's own folder: the course secret and whatever else is never handed out."""
        return self.root / ".proctorch"

    def solution(self, day: str) -> Path:
        """The authored file of a day."""
        return self.solutions / f"{day}.py"

    def days(self) -> tuple[str, ...]:
        """The names of the authored days, in order."""
        return tuple(sorted(path.stem for path in self.solutions.glob("*.py") if DAY_NAME.match(path.stem)))

    def require_day(self, day: str) -> str:
        """Return `day`; raises CourseError with the days that exist when there is no such day."""
        if not DAY_NAME.match(day) or not self.solution(day).is_file():
            known = ", ".join(self.days()) or "none yet"
            raise CourseError(f"there is no day {day!r} in {self.solutions}; days: {known}.")
        return day

    def secret(self) -> bytes:
        """Return the course secret (32 bytes), made on first use and readable by the owner alone.

        Inputs of hidden checks come from it, so whoever holds it can predict them. Raises CourseError when the file is
        damaged.
        """
        path = self.state / "secret"
        if not path.exists():
            self.state.mkdir(mode=0o700, exist_ok=True)
            fresh = self.state / f"secret.{os.getpid()}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                    stream.write(secrets.token_hex(32))
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        try:
            secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise CourseError(f"{path} does not hold 64 hexadecimal digits.\n  To mend it: restore it.") from error
        if len(secret) != 32:
            raise CourseError(f"{path} does not hold 64 hexadecimal digits.\n  To mend it: restore it.")
        return secret
