"""The nouns that every part of Proctorch shares; all of them values, none with behaviour beyond arithmetic."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal


class Verdict(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_IMPLEMENTED = "not_implemented"
    MISSING = "missing"
    BLOCKED = "blocked"
    ERROR = "error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    FORBIDDEN = "forbidden"
    UNREADABLE = "unreadable"
    NOT_JUDGED = "not_judged"

    @property
    def judged(self) -> bool:
        """False where the engine failed, so that no mark may be given."""
        return self is not Verdict.NOT_JUDGED


@dataclass(frozen=True)
class ExerciseSpec:
    """One thing to implement, as its author wrote it.

    `defines` are the top-level names of the stub; `signatures` maps each of them (for a class `Net.forward`) to the
    header of its definition, for example `def softmax(logits: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]`.
    `stub` is the cell's source as students receive it. `hidden_checks` and `hidden_points` say how much is decided by
    checks that are not released.
    """

    name: str
    title: str
    points: Fraction
    stub: str
    defines: tuple[str, ...] = ()
    signatures: Mapping[str, str] = field(default_factory=dict)
    hidden_checks: int = 0
    hidden_points: Fraction = Fraction(0)


@dataclass(frozen=True)
class DaySpec:
    """One day of the course: its name, its title and its exercises in order.

    `devices` is how many CUDA devices its checks ask for; they are simulated where there are none.
    """

    name: str
    title: str
    exercises: tuple[ExerciseSpec, ...]
    devices: int = 0

    def exercise(self, name: str) -> ExerciseSpec:
        """Return the exercise called `name`; raises KeyError with the names that exist."""
        for exercise in self.exercises:
            if exercise.name == name:
                return exercise
        known = ", ".join(exercise.name for exercise in self.exercises)
        raise KeyError(f"{self.name} has no exercise {name!r}; it has {known}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data; `from_dict` is the way back."""
        data = dataclasses.asdict(self)
        if not self.devices:
            del data["devices"]
        for exercise in data["exercises"]:
            exercise["points"] = str(exercise["points"])
            exercise["hidden_points"] = str(exercise["hidden_points"])
            exercise["defines"] = list(exercise["defines"])
        data["exercises"] = list(data["exercises"])
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DaySpec:
        """Rebuild a day from what `to_dict` returned."""
        exercises = tuple(
            ExerciseSpec(
                **{
                    **exercise,
                    "points": Fraction(exercise["points"]),
                    "hidden_points": Fraction(exercise["hidden_points"]),
                    "defines": tuple(exercise["defines"]),
                }
            )
            for exercise in data["exercises"]
        )
        return cls(data["name"], data["title"], exercises, data.get("devices", 0))


@dataclass(frozen=True)
class Cell:
    """One cell of a submission.

    `exercise` names the exercise whose answer this cell is, `check_of` the one whose check call it holds (such cells
    are never run by the engine); both are None for every other cell. `label` is how feedback calls it: "cell 4
    (softmax)".
    """

    kind: Literal["code", "markdown", "raw"]
    source: str
    label: str
    cell_id: str = ""
    exercise: str | None = None
    check_of: str | None = None


@dataclass(frozen=True)
class Problem:
    """Why a submission, or one exercise of it, cannot be run: the verdict and a sentence that says the cure."""

    verdict: Verdict
    message: str


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one day.

    `problem` concerns the whole submission (then there are no cells); `problems` single exercises. `notes` are
    sentences for the student that cost nothing ("the notebook and the .py file were both changed: the notebook
    counts").
    """

    student: str
    day: str
    cells: tuple[Cell, ...]
    origin: Literal["notebook", "script", "none"]
    problem: Problem | None = None
    problems: Mapping[str, Problem] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of all that decides the marks: the code cells in their order and the problems found."""
        digest = hashlib.sha256()
        for cell in self.cells:
            if cell.kind == "code" and cell.check_of is None:
                digest.update(repr((cell.exercise, cell.source)).encode("utf-8", "surrogatepass"))
        digest.update(repr((self.problem, sorted(self.problems.items()))).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


Grid = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A failed comparison drawn small: three grids of one shape, at most 16 by 16, and which squares are wrong.

    `note` says what was left out, and what the rows and columns are.
    """

    expected: Grid
    given: Grid
    difference: Grid
    wrong: tuple[tuple[bool, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class CheckResult:
    """What became of one check for one submission.

    `message` is all that the student may read; `detail` is the whole story, for instructors. `rung` is the step of
    the ladder that failed, `exception` the type that the student's code raised and `line` where in their cell.
    `output` is what the student's code printed meanwhile (shown to students for public checks only). `misconception`
    is the name of the known mistake that this failure is, `hint` its next step. `behaviour` is a fingerprint of what
    a failing submission answered: equal ones made the same mistake. `seconds` is wall-clock time. `picture` is drawn
    in notebooks, for public checks in practice; it is neither stored nor written to files.
    """

    id: str
    exercise: str
    public: bool
    claim: str
    verdict: Verdict
    points: Fraction
    max_points: Fraction
    message: str = ""
    detail: str = ""
    rung: str | None = None
    exception: str | None = None
    line: int | None = None
    hint: str | None = None
    misconception: str | None = None
    behaviour: str | None = None
    output: str = ""
    seconds: float = 0.0
    picture: Picture | None = field(default=None, compare=False)

    def to_dict(self, *, instructor: bool) -> dict[str, Any]:
        """Return JSON-ready data; without `instructor` only what the student may read."""
        data = dataclasses.asdict(self)
        data["verdict"] = self.verdict.value
        data["points"], data["max"] = float(self.points), float(self.max_points)
        del data["max_points"], data["picture"]
        if not instructor:
            del data["detail"]
            if not self.public:
                del data["output"]
        return data


@dataclass(frozen=True)
class ExerciseResult:
    """The checks of one exercise and what they add up to (fractions, summed exactly and clamped to 0..max)."""

    exercise: str
    title: str
    max_points: Fraction
    checks: tuple[CheckResult, ...]

    @property
    def points(self) -> Fraction:
        """The sum of the checks' points, between 0 and the maximum."""
        return max(Fraction(0), min(self.max_points, sum((check.points for check in self.checks), Fraction(0))))

    @property
    def judged(self) -> bool:
        """False when the engine could not judge one of the checks: then there is no mark."""
        return all(check.verdict.judged for check in self.checks)

    def to_dict(self, *, instructor: bool) -> dict[str, Any]:
        """Return JSON-ready data; `points` is None where there is no mark."""
        return {
            "exercise": self.exercise,
            "title": self.title,
            "points": float(self.points) if self.judged else None,
            "max": float(self.max_points),
            "checks": [check.to_dict(instructor=instructor) for check in self.checks],
        }


@dataclass(frozen=True)
class Provenance:
    """What decided a result, so that it can be repeated: hashes, versions, seed, machine, level of the sandbox.

    `graders` maps each exercise to the hash of its checks; `secret` is a fingerprint of the course secret, not the
    secret; `sandbox` is `full`, `reduced` or `practice`, and `measures` names what held in it; `graded_at` is a time in
    UTC, by ISO 8601. `kept_from` says of exercises that were not judged with the others when they were.
    """

    engine: str
    python: str
    torch: str
    numpy: str
    platform: str
    cpu_capability: str
    threads: int
    device: str
    sandbox: str
    secret: str
    submission: str
    graders: Mapping[str, str]
    graded_at: str = ""
    kept_from: Mapping[str, str] = field(default_factory=dict)
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that was found about one submission of one student."""

    student: str
    day: str
    exercises: tuple[ExerciseResult, ...]
    provenance: Provenance
    notes: tuple[str, ...] = ()
    problem: Problem | None = None
    seconds: float = 0.0

    @property
    def judged(self) -> bool:
        """True when every exercise has a mark."""
        return all(exercise.judged for exercise in self.exercises)

    @property
    def points(self) -> Fraction:
        """The sum of the exercises' points."""
        return sum((exercise.points for exercise in self.exercises), Fraction(0))

    @property
    def max_points(self) -> Fraction:
        """The sum of the exercises' maxima."""
        return sum((exercise.max_points for exercise in self.exercises), Fraction(0))

    def to_dict(self, *, instructor: bool) -> dict[str, Any]:
        """Return JSON-ready data; `points` is None where there is no mark."""
        return {
            "student": self.student,
            "day": self.day,
            "points": float(self.points) if self.judged else None,
            "max": float(self.max_points),
            "judged": self.judged,
            "notes": list(self.notes),
            "problem": None
            if self.problem is None
            else {"verdict": self.problem.verdict.value, "message": self.problem.message},
            "exercises": [exercise.to_dict(instructor=instructor) for exercise in self.exercises],
            "provenance": dataclasses.asdict(self.provenance),
            "seconds": self.seconds,
        }
