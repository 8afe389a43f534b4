from __future__ import annotations

import asyncio
import json
import logging
import re
from pathlib import Path

import pytest

from proctorch.gradebook.config import commands_on_path
from proctorch.gradebook.formgrader.call import Call, Formgrader
from proctorch.gradebook.formgrader.process import CallFailed, WorkerProcess

DAY = "day01_small"
RIGHT = {"double": "2 * x", "negate": "-x"}


def plain(text: str) -> str:
    """Leave out what differs from one run to the next: times, and the terminal's colours."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*", "TIME", re.sub(r"\x1b\[[0-9;]*m", "", text))


@pytest.mark.slow
def test_the_reply_is_the_one_that_nbgrader_gives(extension, ask, hand_in, course):
    from nbgrader.apps.api import NbGraderAPI

    hand_in("ada", RIGHT)
    api = NbGraderAPI(extension.coursedir, parent=extension)
    for first in (api.autograde, api.generate_feedback):  # later ones find a result, and a page to take away
        assert first(DAY, "ada")["success"]
    theirs = api.autograde(DAY, "ada"), api.generate_feedback(DAY, "ada"), api.generate_feedback(DAY)
    ours = ask(("autograde", DAY, "ada"), ("generate_feedback", DAY, "ada"), ("generate_feedback", DAY))
    for their, our in zip(theirs, ours, strict=True):
        assert their["success"]
        assert json.loads(plain(json.dumps(our))) == json.loads(plain(json.dumps(their)))
        assert list(our) == list(their)
    assert (course.root / "feedback" / "ada" / DAY / f"{DAY}.html").is_file()


@pytest.mark.slow
def test_an_error_is_nbgraders_own_with_its_log(extension, ask, hand_in):
    hand_in("ada", {"double": "'BREAK THE ENGINE'"})
    hand_in("ben", RIGHT)
    broken, missing, good = ask(("autograde", DAY, "ada"), ("autograde", DAY, "nobody"), ("autograde", DAY, "ben"))
    assert broken["success"] is False
    assert "the host ended" in broken["log"]
    assert "SystemExit" in broken["error"] or "NbGraderException" in broken["error"]
    assert missing["success"] is False and "nobody" in missing["log"]
    assert good["success"] is True


@pytest.mark.slow
def test_a_changed_config_counts_at_once(extension, course):
    """The same process first knows nobody, and after the change the student of another gradebook."""
    from nbgrader.api import Gradebook

    other = f"sqlite:///{course.root / 'other.db'}"
    with commands_on_path(), Gradebook(other) as gradebook:
        gradebook.add_student("ada")
    call = Call(Formgrader.of(extension, logging.INFO), "get_students", ())

    async def scene():
        worker, config = WorkerProcess(), course.root / "nbgrader_config.py"
        before = await worker.do(call)
        config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {other!r}\n")
        after = await worker.do(call)
        worker.end()
        return [student["id"] for student in before], [student["id"] for student in after]

    assert asyncio.run(scene()) == ([], ["ada"])


@pytest.mark.slow
def test_a_failed_call_tells_why_and_the_next_one_works(ask):
    failed, students = ask(("no_such_method",), ("get_students",))
    assert isinstance(failed, CallFailed)
    assert "no_such_method" in str(failed) and "Traceback" in str(failed)
    assert students == []


@pytest.mark.slow
def test_the_page_is_the_one_that_nbgrader_makes(extension, ask, hand_in, course):
    from nbconvert.exporters import HTMLExporter

    hand_in("ada", RIGHT)
    ask(("autograde", DAY, "ada"))
    path = str(course.root / "autograded" / "ada" / DAY / f"{DAY}.ipynb")
    resources = {
        "assignment_id": DAY,
        "notebook_id": DAY,
        "submission_id": "x",
        "index": 0,
        "total": 1,
        "base_url": "",
        "student": "ada",
        "last_name": None,
        "first_name": None,
        "notebook_path": "x",
    }
    theirs, _ = HTMLExporter(config=extension.config).from_filename(path, resources=dict(resources))
    (ours,) = ask(("page", path, resources))
    assert plain(ours) == plain(theirs)
    assert "double" in ours and Path(path).is_file()
