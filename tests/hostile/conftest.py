"""A course to attack: its canaries are new for every run, and nothing of it may ever be seen by a guest."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.local import LocalEngine
from proctorch.grading.submission import submission_from_file
from proctorch.model import DaySpec, Report, Submission

HERE = Path(__file__).parent
DAY = "hostile_day"


@dataclass(frozen=True)
class Canaries:
    """Random words that stand in the hidden checks, the solution, the course secret and the host's environment."""

    hidden: str
    solution: str
    secret: bytes
    environment: str

    def texts(self) -> list[str]:
        """Return every form in which one of them could turn up."""
        secret = [self.secret.hex(), self.secret[10:].hex(), repr(self.secret)]
        return [self.hidden, self.solution, self.environment, *secret]


@dataclass(frozen=True)
class Target:
    """The course under attack."""

    course: Course
    day: DaySpec
    canaries: Canaries


@dataclass(frozen=True)
class Attack:
    """A folder: a submission, the exercise that it is aimed at, and the verdicts that it must get."""

    name: str
    submission: Path
    exercise: str
    verdicts: frozenset[str]
    says: tuple[str, ...]


def attacks() -> list[Attack]:
    """Return every attack of the suite."""
    return [_attack(path) for path in sorted(HERE.glob("*/*/expected.json"))]


def _attack(path: Path) -> Attack:
    expected = json.loads(path.read_text())
    name = f"{path.parent.parent.name}/{path.parent.name}"
    verdicts = frozenset(expected["verdicts"])
    return Attack(name, path.parent / "submission.py", expected["exercise"], verdicts, tuple(expected.get("says", ())))


def fresh_canaries() -> Canaries:
    """Return canaries that begin alike, so that an attacker who knows the beginning can search for them."""
    return Canaries(
        hidden="CANARY-hidden-" + secrets.token_hex(8),
        solution="CANARY-solution-" + secrets.token_hex(8),
        secret=b"CANARY-secret-" + secrets.token_hex(9).encode(),
        environment="CANARY-environment-" + secrets.token_hex(8),
    )


def write_course(root: Path, canaries: Canaries) -> Target:
    """Write the course into a folder, with the canaries in it."""
    shutil.copytree(HERE / "course", root)
    for path, word, canary in (
        (root / "graders" / DAY / "hidden.py", "@HIDDEN@", canaries.hidden),
        (root / "solutions" / f"{DAY}.py", "@SOLUTION@", canaries.solution),
    ):
        path.write_text(path.read_text().replace(word, canary))
    course = Course(root)
    course.state.mkdir()
    (course.state / "secret").write_text(canaries.secret.hex())
    assert course.secret() == canaries.secret
    return Target(course, load_day(course, DAY), canaries)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The course under attack, in a folder that the attackers are told."""
    return write_course(tmp_path_factory.mktemp("hostile") / "course", fresh_canaries())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each attack; the controls are no attacks."""
    if "attack" in metafunc.fixturenames:
        found = [attack for attack in attacks() if not attack.name.startswith("control/")]
        metafunc.parametrize("attack", found, ids=[attack.name for attack in found])


@pytest.fixture(scope="session")
def chosen_attacks(request: pytest.FixtureRequest) -> list[Attack]:
    """The attacks that this run of pytest asks for, and the controls."""
    params = [getattr(getattr(item, "callspec", None), "params", {}) for item in request.session.items]
    wanted = {found["attack"].name for found in params if "attack" in found}
    return [attack for attack in attacks() if attack.name in wanted or attack.name.startswith("control/")]


@pytest.fixture(scope="session")
def reports(
    target: Target, chosen_attacks: list[Attack], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Report]]:
    """The reports of all attacks, graded in one batch by one worker in one zygote, as a class would be.

    Crashes and timeouts are not tried again: an attack gains nothing by a second run, which costs as much.
    """
    folder = tmp_path_factory.mktemp("submitted")
    os.environ["PROCTORCH_TEST_CANARY"] = target.canaries.environment
    try:
        with LocalEngine(target.course, target.day, workers=1) as engine:
            handed_in = [_hand_in(attack, folder, target) for attack in chosen_attacks]
            yield {report.student: report for report in engine.grade(handed_in, once=True)}
    finally:
        del os.environ["PROCTORCH_TEST_CANARY"]


def _hand_in(attack: Attack, folder: Path, target: Target) -> Submission:
    path = folder / f"{attack.name.replace('/', '_')}.py"
    path.write_text(attack.submission.read_text().replace("@COURSE@", str(target.course.root)))
    return submission_from_file(path, target.day, attack.name)
