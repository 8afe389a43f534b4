"""A course to attack: its canaries are new for every run, and nothing of it may ever be seen by a guest."""

from __future__ import annotations

import json
import os
import runpy
import secrets
import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.local import LocalEngine
from proctorch.grading.submission import read_submission
from proctorch.model import DaySpec, Report, Submission
from tests.hostile.tally import Tally

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
    """A folder: a submission, the exercise that it is aimed at, and the verdicts that it must get.

    The submission is `submission.py`, or what `make` in `make.py` puts into the folder that is handed in.
    """

    name: str
    folder: Path
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
    return Attack(name, path.parent, expected["exercise"], verdicts, tuple(expected.get("says", ())))


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


TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin an empty tally."""
    config.stash[TALLY] = Tally()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count each attack under its family: its folder's name, or its test file's. Controls are no attacks."""
    report = yield
    if HERE in item.path.parents and "honest" not in item.name and (report.when == "call" or report.failed):
        params = getattr(getattr(item, "callspec", None), "params", {})
        attack, graded = params.get("attack"), getattr(item, "funcargs", {}).get("reports", {})
        family = attack.name.split("/")[0] if attack else item.path.stem.removeprefix("test_")
        if attack or family != "hostile":
            seconds = call.duration + (graded[attack.name].seconds if attack and attack.name in graded else 0.0)
            item.config.stash[TALLY].add(family, seconds, succeeded=report.failed)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the tally; a run of the whole suite, as `make hostile` is, keeps it too."""
    tally = config.stash[TALLY]
    if tally.families:
        terminalreporter.section("attacks")
        for line in tally.lines():
            terminalreporter.write_line(line)
    if len(tally.families) > 1 and config.args and Path(config.args[0]).resolve() == HERE:
        tally.write()


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


def _hand_in(attack: Attack, submitted: Path, target: Target) -> Submission:
    folder = submitted / attack.name.replace("/", "_") / target.day.name
    folder.mkdir(parents=True)
    script = attack.folder / "submission.py"
    if script.exists():
        path = folder / f"{target.day.name}.py"
        path.write_text(script.read_text().replace("@COURSE@", str(target.course.root)))
    else:
        runpy.run_path(str(attack.folder / "make.py"))["make"](folder, str(target.course.root), notebook)
    return read_submission(folder, target.day, attack.name)


def notebook(**sources: str) -> dict[str, Any]:
    """Return a notebook with one cell for each exercise, as nbgrader marks them."""
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "source": source,
            "execution_count": None,
            "outputs": [],
            "metadata": {"nbgrader": {"grade_id": name, "solution": True, "grade": False, "locked": False}},
        }
        for name, source in sources.items()
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
