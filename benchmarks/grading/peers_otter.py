"""otter-grader as it comes: an `otter run` for each submission, in otter's own environment, a test file an exercise."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.grading.classes import Pupil, hand_in
from benchmarks.grading.floor import Passed
from benchmarks.grading.measure import Usage, run_measured
from benchmarks.grading.peers_nbgrader import ADAPTER
from benchmarks.grading.plan import PlannedCheck
from benchmarks.grading.workload import Graded, without_others

_HEAD = """OK_FORMAT = False
name = {exercise!r}

from otter.test_files import test_case

{adapter}

_GRADERS = load_graders({texts!r})
"""
_PASSED = re.compile(r"(\S+::\S+) result:\s+✅")
_CASE = """

@test_case(name={name!r}, points={points!r}, hidden={hidden!r})
def test_{number}(env):
    run_check(_GRADERS, {check!r}, env)
"""


def test_file(graded: Graded, plan: Sequence[PlannedCheck], exercise: str) -> str:
    """Return an exercise's checks as an otter test file."""
    texts = {path.stem: without_others(path.read_text(encoding="utf-8"), exercise) for path in graded.grader_files}
    text = _HEAD.format(exercise=exercise, adapter=ADAPTER.read_text(encoding="utf-8"), texts=texts)
    own = [check for check in plan if check.exercise == exercise]
    for number, check in enumerate(own):
        row = (check.file, check.owner, check.function, check.seed)
        text += _CASE.format(
            name=check.id, points=check.points, hidden=check.file == "hidden", number=number, check=row
        )
    return text


def make_autograder(graded: Graded, plan: Sequence[PlannedCheck], folder: Path, otter: Path) -> Path:
    """Write the assignment's tests and let otter pack them; raises RuntimeError with otter's words."""
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for exercise in graded.day.exercises:
        text = test_file(graded, plan, exercise.name)
        (tests / f"{exercise.name}.py").write_text(text, encoding="utf-8")
    command = [str(otter), "generate", "-t", str(tests), "-o", str(folder / "autograder.zip")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"otter generate failed:\n{done.stdout}{done.stderr}")
    return folder / "autograder.zip"


def run_otter(
    graded: Graded, plan: Sequence[PlannedCheck], pupils: Sequence[Pupil], folder: Path, otter: Path
) -> tuple[list[Usage], Passed]:
    """Run otter once for each student; return what each call cost and who passed which checks."""
    day, autograder = graded.day.name, make_autograder(graded, plan, folder, otter)
    hand_in(graded.course.release, folder / "submitted", day, pupils)
    usages, passed = [], {}
    # otter asks PATH for the kernel's Python
    environment = {"PATH": f"{otter.parent}:/usr/bin:/bin", "VIRTUAL_ENV": str(otter.parents[1])}
    for pupil in pupils:
        results = folder / "results" / pupil.name
        results.mkdir(parents=True)
        notebook = folder / "submitted" / pupil.name / day / f"{day}.ipynb"
        command = [str(otter), "run", str(notebook), "-a", str(autograder), "-o", str(results), "--no-logo"]
        usage = run_measured(command, folder, results / "otter.log", environment)
        usages.append(usage)
        if usage.status or not (results / "results.json").is_file():
            raise RuntimeError(f"otter run failed:\n{usage.output[-3000:]}")
        tests = json.loads((results / "results.json").read_text(encoding="utf-8"))["tests"]
        passed[pupil.name] = passed_in(tests, plan)
    return usages, passed


def passed_in(tests: Sequence[dict[str, Any]], plan: Sequence[PlannedCheck]) -> frozenset[str]:
    """Return the checks that a submission passes, from otter's results: it lists a question's only when one fails."""
    found: set[str] = set()
    for test in tests:
        if "max_score" in test and test["score"] == test["max_score"]:
            found.update(check.id for check in plan if check.exercise == test["name"])
        elif "max_score" in test:
            found.update(_PASSED.findall(test["output"]))
    return frozenset(found)
