"""When does a result still hold? As long as its key is the same: a hash of all that decides marks and feedback."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass

from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.grading.seeds import fingerprint
from proctorch.grading.versions import engine_fingerprint, file_hash
from proctorch.model import Submission


def result_key(
    submission_hash: str, graders: Mapping[str, str], engine: str, environment: Mapping[str, str], secret: str
) -> str:
    """Return the SHA-256 of what decides a result.

    `graders` are hashes by name, `engine` is the engine's version, `environment` the versions and the machine, `secret`
    the fingerprint of the course secret (inputs of checks come from it).
    """
    parts = [submission_hash, dict(graders), engine, dict(environment), secret]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class ResultKeys:
    """All of a key but the submission; made once for a day and used for each of its submissions."""

    graders: Mapping[str, str]
    engine: str
    environment: Mapping[str, str]
    secret: str

    @classmethod
    def of(cls, course: Course, day: str, *, sandbox: str = "full") -> ResultKeys:
        """Return the keys of a day as its files are now; raises CourseError where its graders cannot be read."""
        secret = fingerprint(course.secret())
        return cls(grader_hashes(course, day), engine_fingerprint(), environment_facts(sandbox), secret)

    def key(self, submission: Submission) -> str:
        """Return the key under which the submission's result is kept."""
        return result_key(submission.content_hash, self.graders, self.engine, self.environment, self.secret)


def grader_hashes(course: Course, day: str) -> dict[str, str]:
    """Return the hash of every file that decides the day's marks: its graders and its solution (signatures, points)."""
    folder = course.graders / day
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    solution = course.solution(day)
    try:
        hashes = {path.relative_to(folder).as_posix(): file_hash([path]) for path in files}
        return hashes | ({"solution": file_hash([solution])} if solution.exists() else {})
    except OSError as error:
        raise CourseError(
            f"{error.filename} cannot be read ({error.strerror}).\n"
            "  To mend it: give yourself the right to read it (chmod u+r)."
        ) from error


def environment_facts(sandbox: str) -> dict[str, str]:
    """Return versions, machine and level of the sandbox; reads package metadata and imports nothing."""
    return {
        "python": platform.python_version(),
        "torch": _version("torch"),
        "numpy": _version("numpy"),
        "system": platform.system(),
        "machine": platform.machine(),
        "sandbox": sandbox,
    }


def _version(package: str) -> str:
    """Return a package's installed version, or "none"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
