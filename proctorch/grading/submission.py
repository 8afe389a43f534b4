"""What one student handed in: which file counts, and what it says.

The notebook counts, unless its exercises are untouched (or it is missing or cannot be read) and the `.py` file's are
not. Bad input never raises here: it becomes a Problem whose sentence says the cure. EngineError is raised only when the
machine cannot read what is there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from proctorch.authoring.syntax import parses
from proctorch.grading.notebook_reader import read_notebook_bytes
from proctorch.grading.recognition import Reading
from proctorch.grading.script_reader import read_script_bytes
from proctorch.grading.untrusted_file import (
    NOTEBOOK_LIMIT,
    SCRIPT_LIMIT,
    list_untrusted,
    printable,
    read_untrusted,
)
from proctorch.model import DaySpec, Problem, Submission, Verdict


@dataclass(frozen=True)
class _Found:
    """One file of a submission: its name, what it says (None when it is not there), and what to tell about its name."""

    file_name: str
    reading: Reading | None
    notes: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """True when the file is there and could be read."""
        return self.reading is not None and self.reading.problem is None

    @property
    def answers(self) -> dict[str, str]:
        """The exercises that were worked on, with their text."""
        return dict(self.reading.answers) if self.reading is not None else {}


@parses
def read_submission(folder: Path, day: DaySpec, student: str) -> Submission:
    """Return what a student handed in for a day, from the folder `submitted/STUDENT/DAY`.

    Raises EngineError when the folder is there and this machine cannot read it.
    """
    notebook = _find_notebook(folder, day)
    script = _find_script(folder, day)
    counting, origin, notes = _which_counts(notebook, script)
    if counting is None or counting.reading is None:
        return _nothing(folder, day, student)
    return _submission(counting.reading, day, student, origin, counting.notes + notes)


@parses
def submission_from_file(path: Path, day: DaySpec, student: str) -> Submission:
    """Return the submission that a single `.ipynb` or `.py` file is; a link named by the caller is followed.

    Raises EngineError when this machine cannot read the file.
    """
    target = path.resolve()
    if path.suffix == ".py":
        return _submission(_read_script(target, day, path.name) or _absent(path), day, student, "script")
    data = read_untrusted(target, NOTEBOOK_LIMIT)
    reading = _read_notebook(data, day, printable(path.name))
    return _submission(reading or _absent(path), day, student, "notebook")


def _absent(path: Path) -> Reading:
    message = f"There is no file {printable(str(path), 300)}. To mend it: look at its name and folder."
    return Reading(problem=Problem(Verdict.MISSING, message))


def _submission(
    reading: Reading,
    day: DaySpec,
    student: str,
    origin: Literal["notebook", "script"],
    notes: Sequence[str] = (),
) -> Submission:
    return Submission(
        student=student,
        day=day.name,
        cells=reading.cells,
        origin="none" if reading.problem is not None else origin,
        problem=reading.problem,
        problems=dict(reading.problems),
        notes=(*notes, *reading.notes),
    )


def _find_notebook(folder: Path, day: DaySpec) -> _Found:
    """Read DAY.ipynb, or else the only other notebook in the folder."""
    expected = f"{day.name}.ipynb"
    reading = _read_notebook(read_untrusted(folder / expected, NOTEBOOK_LIMIT), day, expected)
    if reading is not None:
        return _Found(expected, reading)
    others = [name for name in list_untrusted(folder) if name.endswith(".ipynb") and name != expected]
    others = [name for name in others if not name.startswith(".")]
    if len(others) != 1:
        return _Found(expected, None)
    shown = printable(others[0])
    note = f"Your notebook is called {shown}; it was taken for {expected}. Keep the released name next time."
    return _Found(shown, _read_notebook(read_untrusted(folder / others[0], NOTEBOOK_LIMIT), day, shown), (note,))


def _read_notebook(data: bytes | Problem | None, day: DaySpec, shown: str) -> Reading | None:
    if isinstance(data, Problem):
        return Reading(problem=data)
    return None if data is None else read_notebook_bytes(data, day, shown)


def _find_script(folder: Path, day: DaySpec) -> _Found:
    """Read DAY.py, or else the only other `.py` file whose name starts with the day's."""
    expected = f"{day.name}.py"
    reading = _read_script(folder / expected, day, expected)
    if reading is not None:
        return _Found(expected, reading)
    others = [name for name in list_untrusted(folder) if name.endswith(".py") and name.startswith(day.name)]
    if len(others) != 1:
        return _Found(expected, None)
    shown = printable(others[0])
    note = f"Your file is called {shown}; it was taken for {expected}. Keep the released name next time."
    return _Found(shown, _read_script(folder / others[0], day, shown), (note,))


def _read_script(path: Path, day: DaySpec, shown: str) -> Reading | None:
    data = read_untrusted(path, SCRIPT_LIMIT)
    if isinstance(data, Problem):
        return Reading(problem=data)
    return None if data is None else _script_reading(data, _Same(day), printable(shown))


@dataclass(frozen=True)
class _Same:
    """A day as a key: the same object, which is kept alive."""

    day: DaySpec

    def __hash__(self) -> int:
        return id(self.day)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.day is self.day


@functools.lru_cache(maxsize=8)
def _script_reading(data: bytes, same: _Same, shown: str) -> Reading:
    """Read a `.py` file; most of a class hand in the stub as it was released, beside their notebook."""
    return read_script_bytes(data, same.day, shown)


def _which_counts(
    notebook: _Found, script: _Found
) -> tuple[_Found | None, Literal["notebook", "script"], tuple[str, ...]]:
    """Return the file that counts, what it is, and what the student should know about that choice."""
    if notebook.readable and notebook.answers:
        return notebook, "notebook", _both_changed(notebook, script)
    if script.readable and script.answers:
        return script, "script", (_why_script(notebook, script),)
    if notebook.reading is not None:
        unread = script.reading.problem if script.reading is not None else None
        if notebook.readable and unread is not None:
            return notebook, "notebook", (unread.message,)
        return notebook, "notebook", ()
    return (script if script.reading is not None else None), "script", ()


def _both_changed(notebook: _Found, script: _Found) -> tuple[str, ...]:
    """Say that the notebook counts when the `.py` file holds other answers."""
    if not any(notebook.answers.get(name) != text for name, text in script.answers.items()):
        return ()
    return (
        f"{notebook.file_name} and {script.file_name} were both changed: the notebook counts. To have the .py file "
        "graded, hand it in with the notebook as it was released.",
    )


def _why_script(notebook: _Found, script: _Found) -> str:
    if notebook.reading is None:
        return f"There is no {notebook.file_name}, so {script.file_name} counts."
    if notebook.reading.problem is not None:
        return f"{script.file_name} counts, for the notebook cannot be used: {notebook.reading.problem.message}"
    return f"The exercises in {notebook.file_name} are untouched, so {script.file_name} counts."


def _nothing(folder: Path, day: DaySpec, student: str) -> Submission:
    """Nothing to grade: say what was expected, and what was there instead."""
    there = [printable(name) for name in list_untrusted(folder) if name.endswith((".ipynb", ".py"))][:5]
    instead = f" The folder holds {', '.join(there)} instead." if there else ""
    message = (
        f"No {day.name}.ipynb or {day.name}.py was handed in.{instead} To mend it: name your file {day.name}.ipynb "
        "and hand it in again."
    )
    return replace(Submission(student, day.name, (), "none"), problem=Problem(Verdict.MISSING, message))
