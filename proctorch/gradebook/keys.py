"""When does a result still hold? As long as its key is the same: a hash of all that decides marks and feedback.

Each exercise has a key of its own, so that mending the checks of one leaves the results of the others standing.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass

from proctorch.course import Course
from proctorch.errors import CourseError
from proctorch.gradebook.exercise_versions import ExerciseVersion, day_version
from proctorch.grading.seeds import fingerprint
from proctorch.grading.versions import engine_fingerprint, file_hash
from proctorch.model import Submission
from proctorch.sandbox.level import Level


def digest(data: object) -> str:
    """Return the SHA-256 of JSON-ready data; the order of names does not matter."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class ResultKeys:
    """All of a key but the submission; made once for a day and used for each of its submissions.

    `exercises` are versions in the day's order, `material` the hash of what else stands beside the graders, `engine`
    the engine's version, `environment` the versions and the machine, `secret` the fingerprint of the course secret
    (inputs of checks come from it).
    """

    exercises: Mapping[str, ExerciseVersion]
    material: str
    engine: str
    environment: Mapping[str, str]
    secret: str

    @classmethod
    def of(cls, course: Course, day: str, *, sandbox: str = Level.FULL) -> ResultKeys:
        """Return the keys of a day as its files are now; raises CourseError where they cannot be read."""
        secret = fingerprint(course.secret())
        version = day_version(course, day)
        return cls(version.exercises, version.material, engine_fingerprint(), environment_facts(str(sandbox)), secret)

    def facts(self, submission: Submission, exercise: str) -> dict[str, str]:
        """Return what decides one exercise's result, by name, as hashes and versions."""
        return self._facts(code_hash(submission), exercise)

    def _facts(self, code: str, exercise: str) -> dict[str, str]:
        version = self.exercises[exercise]
        below = [(name, self.exercises[name].checks, self.exercises[name].task) for name in version.builds_on]
        return {
            "submission": code,
            "checks": version.checks,
            "task": version.task,
            "mistakes": version.mistakes,
            "builds_on": digest(below) if below else "",
            "material": self.material,
            "engine": self.engine,
            "environment": digest(dict(self.environment)),
            "secret": self.secret,
        }

    def exercise_keys(self, submission: Submission) -> dict[str, str]:
        """Return the key of each exercise, in the day's order."""
        code = code_hash(submission)
        return {name: digest([name, self._facts(code, name)]) for name in self.exercises}

    def key(self, submission: Submission) -> str:
        """Return the key under which the whole of a submission's result is kept."""
        return digest(list(self.exercise_keys(submission).values()) or code_hash(submission))


def code_hash(submission: Submission) -> str:
    """Return the hash of the code that is run and of what its cells are called.

    Messages name a cell by its place ("cell 4"), so the same code in other places must not share them.
    """
    labels = [cell.label for cell in submission.cells if cell.kind == "code" and cell.check_of is None]
    return hashlib.sha256(repr((submission.content_hash, labels)).encode("utf-8", "surrogatepass")).hexdigest()


def grader_hashes(course: Course, day: str) -> dict[str, str]:
    """Return the hash of every file that an exam of the day's graders reads: the graders and the solution."""
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
